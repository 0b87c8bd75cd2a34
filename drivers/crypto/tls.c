/* TLS port on OpenSSL's libssl (3.0 and later). */
#include "controller/ports/tls.h"

#include "drivers/crypto/signing_key.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct tls_end {
        SSL_CTX *context;
        bool is_client;
        uint8_t fingerprint[FLOW_DIGEST_LEN]; /* of the CA that a client takes */
        char host[256];
};

struct tls_link {
        SSL *ssl;
        int fd;
        short events;
        char why[TLS_WHY_MAX];
};

static X509 *read_certificate(const char *pem)
{
        BIO *input = BIO_new_mem_buf(pem, -1);
        X509 *certificate = input ? PEM_read_bio_X509(input, NULL, NULL, NULL) : NULL;
        BIO_free(input);
        return certificate;
}

static char *write_certificate(X509 *certificate)
{
        BIO *output = BIO_new(BIO_s_mem());
        char *bytes = NULL, *text = NULL;
        if (output && PEM_write_bio_X509(output, certificate) == 1) {
                long len = BIO_get_mem_data(output, &bytes);
                text = strndup(bytes, (size_t)len);
        }
        BIO_free(output);
        return text;
}

static struct tls_end *new_end(const SSL_METHOD *method)
{
        struct tls_end *end = calloc(1, sizeof(*end));
        if (!end)
                return NULL;
        end->context = SSL_CTX_new(method);
        /* No tickets and no cache: each connection is looked at anew, also after a revocation. */
        if (!end->context || SSL_CTX_set_min_proto_version(end->context, TLS1_2_VERSION) != 1)
                return tls_end_free(end);
        SSL_CTX_set_options(end->context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
        SSL_CTX_set_num_tickets(end->context, 0);
        SSL_CTX_set_session_cache_mode(end->context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_mode(end->context,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        return end;
}

static bool show(SSL_CTX *context, const char *certificate_pem, const struct signing_key *key)
{
        X509 *certificate = read_certificate(certificate_pem);
        bool is_set = certificate && SSL_CTX_use_certificate(context, certificate) == 1 &&
                      SSL_CTX_use_PrivateKey(context, key->pkey) == 1;
        X509_free(certificate);
        return is_set;
}

int tls_server(const char *certificate, const struct signing_key *key, const char *ca_pem,
               struct tls_end **end)
{
        struct tls_end *made = new_end(TLS_server_method());
        X509 *root = read_certificate(ca_pem);
        bool is_good = made && root && show(made->context, certificate, key) &&
                       X509_STORE_add_cert(SSL_CTX_get_cert_store(made->context), root) == 1 &&
                       SSL_CTX_add1_chain_cert(made->context, root) == 1 &&
                       SSL_CTX_add_client_CA(made->context, root) == 1;
        X509_free(root);
        ERR_clear_error();
        if (!is_good) {
                tls_end_free(made);
                return -EIO;
        }
        SSL_CTX_set_verify(made->context, SSL_VERIFY_PEER, NULL);
        *end = made;
        return 0;
}

static X509 *find_root(STACK_OF(X509) * chain, const uint8_t fingerprint[FLOW_DIGEST_LEN])
{
        for (int i = 0; i < sk_X509_num(chain); i++) {
                uint8_t digest[EVP_MAX_MD_SIZE];
                unsigned int len = 0;
                X509 *certificate = sk_X509_value(chain, i);
                if (X509_digest(certificate, EVP_sha256(), digest, &len) == 1 &&
                    len == FLOW_DIGEST_LEN && memcmp(digest, fingerprint, len) == 0)
                        return certificate;
        }
        return NULL;
}

/* Before there is any trust: the one CA that the fingerprint names is taken from what the server
 * sent, and then all is checked as always, with it alone. */
static int verify_pinned(X509_STORE_CTX *context, void *argument)
{
        const struct tls_end *end = argument;
        X509 *root = find_root(X509_STORE_CTX_get0_untrusted(context), end->fingerprint);
        STACK_OF(X509) *trusted = sk_X509_new_null();
        if (!root || !trusted || sk_X509_push(trusted, root) <= 0) {
                sk_X509_free(trusted);
                X509_STORE_CTX_set_error(context, X509_V_ERR_CERT_UNTRUSTED);
                return 0;
        }
        X509_STORE_CTX_set0_trusted_stack(context, trusted);
        int is_good = X509_verify_cert(context);
        X509_STORE_CTX_set0_trusted_stack(context, NULL);
        sk_X509_free(trusted);
        return is_good;
}

int tls_client(const uint8_t fingerprint[FLOW_DIGEST_LEN], const char *host,
               const char *certificate, const struct signing_key *key, struct tls_end **end)
{
        struct tls_end *made = new_end(TLS_client_method());
        if (!made || (certificate && !show(made->context, certificate, key))) {
                tls_end_free(made);
                ERR_clear_error();
                return -EIO;
        }
        made->is_client = true;
        memcpy(made->fingerprint, fingerprint, FLOW_DIGEST_LEN);
        snprintf(made->host, sizeof(made->host), "%s", host);
        SSL_CTX_set_verify(made->context, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_cert_verify_callback(made->context, verify_pinned, made);
        *end = made;
        return 0;
}

struct tls_end *tls_end_free(struct tls_end *end)
{
        if (end)
                SSL_CTX_free(end->context);
        free(end);
        return NULL;
}

struct tls_link *tls_link_new(struct tls_end *end, int take_fd)
{
        struct tls_link *link = calloc(1, sizeof(*link));
        if (!link) {
                close(take_fd);
                return NULL;
        }
        link->fd = take_fd;
        link->events = POLLIN;
        link->ssl = SSL_new(end->context);
        if (!link->ssl || SSL_set_fd(link->ssl, take_fd) != 1)
                return tls_link_free(link);
        if (!end->is_client) {
                SSL_set_accept_state(link->ssl);
                return link;
        }
        SSL_set_connect_state(link->ssl);
        if (SSL_set1_host(link->ssl, end->host) != 1 ||
            SSL_set_tlsext_host_name(link->ssl, end->host) != 1)
                return tls_link_free(link);
        return link;
}

struct tls_link *tls_link_free(struct tls_link *link)
{
        if (link) {
                SSL_free(link->ssl);
                close(link->fd);
        }
        free(link);
        ERR_clear_error();
        return NULL;
}

static int fail(struct tls_link *link)
{
        long verified = SSL_get_verify_result(link->ssl);
        unsigned long code = ERR_peek_error();
        const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
        if (verified != X509_V_OK)
                reason = X509_verify_cert_error_string(verified);
        snprintf(link->why, sizeof(link->why), "%s", reason ? reason : "the connection broke");
        ERR_clear_error();
        return -EPROTO;
}

/* What a call of libssl came to. */
static int result_of(struct tls_link *link, int result)
{
        if (result > 0)
                return result;
        switch (SSL_get_error(link->ssl, result)) {
        case SSL_ERROR_WANT_READ:
                link->events = POLLIN;
                return -EAGAIN;
        case SSL_ERROR_WANT_WRITE:
                link->events = POLLOUT;
                return -EAGAIN;
        case SSL_ERROR_ZERO_RETURN:
                return -EPIPE;
        default:
                return fail(link);
        }
}

int tls_link_handshake(struct tls_link *link)
{
        ERR_clear_error();
        int result = result_of(link, SSL_do_handshake(link->ssl));
        return result > 0 ? 0 : result;
}

int tls_link_read(struct tls_link *link, void *bytes, size_t size)
{
        ERR_clear_error();
        return result_of(link, SSL_read(link->ssl, bytes, (int)size));
}

int tls_link_write(struct tls_link *link, const void *bytes, size_t len)
{
        ERR_clear_error();
        return result_of(link, SSL_write(link->ssl, bytes, (int)len));
}

void tls_link_finish(struct tls_link *link)
{
        (void)SSL_shutdown(link->ssl);
        ERR_clear_error();
}

int tls_link_fd(const struct tls_link *link)
{
        return link->fd;
}

short tls_link_events(const struct tls_link *link)
{
        return link->events;
}

const char *tls_link_why(const struct tls_link *link)
{
        return link->why;
}

char *tls_link_peer(const struct tls_link *link)
{
        X509 *peer = SSL_get0_peer_certificate(link->ssl);
        return peer ? write_certificate(peer) : NULL;
}

char *tls_link_ca(const struct tls_link *link)
{
        STACK_OF(X509) *chain = SSL_get0_verified_chain(link->ssl);
        int count = chain ? sk_X509_num(chain) : 0;
        return count > 1 ? write_certificate(sk_X509_value(chain, count - 1)) : NULL;
}
