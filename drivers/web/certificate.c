#include "drivers/web/certificate.h"

#include "common/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

enum {
        CHAIN_MAX = 8
};

/* What was loaded once stays until the end: a handshake may be using it, and it is little. */
struct loaded {
        struct loaded *before;
        gnutls_pcert_st chain[CHAIN_MAX];
        unsigned int length;
        gnutls_privkey_t key;
};

struct certificate {
        const char *file, *key_file; /* borrowed */
        pthread_mutex_t mutex;
        struct loaded *loaded; /* the newest */
};

static void unload(struct loaded *loaded)
{
        for (unsigned int i = 0; i < loaded->length; i++)
                gnutls_pcert_deinit(&loaded->chain[i]);
        if (loaded->key)
                gnutls_privkey_deinit(loaded->key);
        free(loaded);
}

static int load_key(struct loaded *loaded, const char *file)
{
        gnutls_datum_t text = { .data = NULL };
        int r = gnutls_load_file(file, &text);
        if (r == 0)
                r = gnutls_privkey_init(&loaded->key);
        if (r == 0)
                r = gnutls_privkey_import_x509_raw(loaded->key, &text, GNUTLS_X509_FMT_PEM, NULL,
                                                   0);
        if (text.data)
                gnutls_memset(text.data, 0, text.size);
        gnutls_free(text.data);
        return r;
}

static int load_chain(struct loaded *loaded, const char *file)
{
        gnutls_datum_t text = { .data = NULL };
        unsigned int length = CHAIN_MAX;
        int r = gnutls_load_file(file, &text);
        if (r == 0)
                r = gnutls_pcert_list_import_x509_raw(loaded->chain, &length, &text,
                                                      GNUTLS_X509_FMT_PEM, 0);
        loaded->length = r == 0 ? length : 0;
        gnutls_free(text.data);
        return r;
}

/* Does the key belong to the first certificate? */
static bool is_pair(const struct loaded *loaded)
{
        unsigned char of_key[64], of_certificate[64];
        size_t key_len = sizeof(of_key), certificate_len = sizeof(of_certificate);
        gnutls_pubkey_t public;
        if (gnutls_pubkey_init(&public) != 0)
                return false;
        bool is_good =
                gnutls_pubkey_import_privkey(public, loaded->key, 0, 0) == 0 &&
                gnutls_pubkey_get_key_id(public, GNUTLS_KEYID_USE_SHA256, of_key, &key_len) == 0 &&
                gnutls_pubkey_get_key_id(loaded->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256,
                                         of_certificate, &certificate_len) == 0 &&
                key_len == certificate_len && gnutls_memcmp(of_key, of_certificate, key_len) == 0;
        gnutls_pubkey_deinit(public);
        return is_good;
}

int certificate_reload(struct certificate *certificate)
{
        struct loaded *loaded = calloc(1, sizeof(*loaded));
        if (!loaded)
                return -ENOMEM;
        const char *file = certificate->key_file;
        int r = load_key(loaded, file);
        if (r == 0)
                r = load_chain(loaded, file = certificate->file);
        if (r != 0 || !is_pair(loaded)) {
                log_error("certificate not loaded", "path=%s error=\"%s\"", file,
                          r ? gnutls_strerror(r) : "the key is another certificate's");
                unload(loaded);
                return -EBADMSG;
        }
        pthread_mutex_lock(&certificate->mutex);
        loaded->before = certificate->loaded;
        certificate->loaded = loaded;
        pthread_mutex_unlock(&certificate->mutex);
        return 0;
}

int certificate_open(const char *file, const char *key_file, struct certificate **result)
{
        struct certificate *certificate = calloc(1, sizeof(*certificate));
        *result = NULL;
        if (!certificate)
                return -ENOMEM;
        certificate->file = file;
        certificate->key_file = key_file;
        int r = -pthread_mutex_init(&certificate->mutex, NULL);
        if (!r)
                r = certificate_reload(certificate);
        if (r)
                certificate_close(certificate);
        else
                *result = certificate;
        return r;
}

struct certificate *certificate_close(struct certificate *certificate)
{
        if (!certificate)
                return NULL;
        while (certificate->loaded) {
                struct loaded *before = certificate->loaded->before;
                unload(certificate->loaded);
                certificate->loaded = before;
        }
        pthread_mutex_destroy(&certificate->mutex);
        free(certificate);
        return NULL;
}

void certificate_attach(struct certificate *certificate, gnutls_session_t session)
{
        gnutls_session_set_ptr(session, certificate);
}

int certificate_retrieve(gnutls_session_t session, const gnutls_datum_t *authorities,
                         int authority_count, const gnutls_pk_algorithm_t *algorithms,
                         int algorithm_count, gnutls_pcert_st **chain, unsigned int *chain_length,
                         gnutls_privkey_t *key)
{
        struct certificate *certificate = gnutls_session_get_ptr(session);
        (void)authorities;
        (void)authority_count;
        (void)algorithms;
        (void)algorithm_count;
        if (!certificate)
                return -1;
        pthread_mutex_lock(&certificate->mutex);
        struct loaded *loaded = certificate->loaded;
        pthread_mutex_unlock(&certificate->mutex);
        *chain = loaded->chain;
        *chain_length = loaded->length;
        *key = loaded->key;
        return 0;
}
