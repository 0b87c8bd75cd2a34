/* Signing port on OpenSSL's libcrypto: private keys in PKCS #8 files. */
#include "drivers/crypto/signing_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        FILE_MAX = 16384, /* bytes of a key file */
        NUMBER_LEN = 32   /* of r and of s */
};

bool signing_is_p256(const EVP_PKEY *pkey)
{
        char curve[32] = "";
        return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
               EVP_PKEY_get_group_name(pkey, curve, sizeof(curve), NULL) == 1 &&
               strcmp(curve, "prime256v1") == 0;
}

static int wrap(EVP_PKEY *take_pkey, struct signing_key **key)
{
        int id = take_pkey ? EVP_PKEY_get_base_id(take_pkey) : EVP_PKEY_NONE;
        bool is_ours = id == EVP_PKEY_ED25519 || id == EVP_PKEY_X25519 ||
                       (take_pkey && signing_is_p256(take_pkey));
        struct signing_key *made = is_ours ? malloc(sizeof(*made)) : NULL;
        if (!made) {
                EVP_PKEY_free(take_pkey);
                return is_ours ? -ENOMEM : -ENOTSUP;
        }
        made->pkey = take_pkey;
        *key = made;
        return 0;
}

int signing_key_new(enum signing_kind kind, struct signing_key **key)
{
        EVP_PKEY *pkey = kind == SIGNING_ED25519  ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                         : kind == SIGNING_X25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "X25519")
                                                  : EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
        return pkey ? wrap(pkey, key) : -EIO;
}

struct signing_key *signing_key_free(struct signing_key *key)
{
        if (key)
                EVP_PKEY_free(key->pkey); /* which wipes */
        free(key);
        return NULL;
}

enum signing_kind signing_key_kind(const struct signing_key *key)
{
        switch (EVP_PKEY_get_base_id(key->pkey)) {
        case EVP_PKEY_ED25519:
                return SIGNING_ED25519;
        case EVP_PKEY_X25519:
                return SIGNING_X25519;
        default:
                return SIGNING_P256;
        }
}

/* The bytes of a file that only its owner may read. Their number, or -errno. */
static int read_file(const char *path, char bytes[FILE_MAX])
{
        struct stat status;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        int error = fstat(fd, &status) < 0        ? -errno
                    : (status.st_mode & 077) != 0 ? -EPERM
                    : status.st_size > FILE_MAX   ? -EFBIG
                                                  : 0;
        ssize_t got = error ? 0 : read(fd, bytes, FILE_MAX);
        if (got < 0)
                error = -errno;
        close(fd);
        return error ? error : (int)got;
}

struct passphrase {
        const char *text;
        bool is_asked;
};

static int give_passphrase(char *buffer, int size, int is_writing, void *context)
{
        struct passphrase *passphrase = context;
        (void)is_writing;
        passphrase->is_asked = true;
        size_t len = passphrase->text ? strlen(passphrase->text) : 0;
        if (len == 0 || len > (size_t)size)
                return -1;
        memcpy(buffer, passphrase->text, len);
        return (int)len;
}

static int read_bytes(const char *bytes, int len, const char *passphrase, struct signing_key **key)
{
        struct passphrase given = { .text = passphrase };
        BIO *input = BIO_new_mem_buf(bytes, len);
        EVP_PKEY *pkey =
                input ? PEM_read_bio_PrivateKey(input, NULL, give_passphrase, &given) : NULL;
        BIO_free(input);
        ERR_clear_error();
        if (!pkey)
                return given.is_asked ? -EKEYREJECTED : -EBADMSG;
        return wrap(pkey, key);
}

int signing_key_load(const char *path, const char *passphrase, struct signing_key **key)
{
        char bytes[FILE_MAX];
        int len = read_file(path, bytes);
        int error = len < 0 ? len : read_bytes(bytes, len, passphrase, key);
        OPENSSL_cleanse(bytes, sizeof(bytes));
        return error;
}

int signing_key_read(const char *pem, const char *passphrase, struct signing_key **key)
{
        return read_bytes(pem, (int)strlen(pem), passphrase, key);
}

static int write_file(int fd, const struct signing_key *key, const char *passphrase)
{
        BIO *output = BIO_new(BIO_s_mem());
        char *bytes = NULL;
        int error = -EIO;
        if (output && PEM_write_bio_PKCS8PrivateKey(
                              output, key->pkey, passphrase ? EVP_aes_256_cbc() : NULL, passphrase,
                              passphrase ? (int)strlen(passphrase) : 0, NULL, NULL) == 1) {
                long len = BIO_get_mem_data(output, &bytes);
                ssize_t written = write(fd, bytes, (size_t)len);
                /* A part of it is what a disk that fills up takes, without an errno. */
                error = written < 0      ? -errno
                        : written < len  ? -ENOSPC
                        : fsync(fd) != 0 ? -errno
                                         : 0;
                OPENSSL_cleanse(bytes, (size_t)len);
        }
        BIO_free(output);
        return error;
}

int signing_key_save(const struct signing_key *key, const char *path, const char *passphrase)
{
        char fresh[4096];
        /* It would be a key that nothing opens again. */
        if (passphrase && passphrase[0] == '\0')
                return -EINVAL;
        if (passphrase && strlen(passphrase) > SIGNING_PASSPHRASE_MAX)
                return -E2BIG;
        if (snprintf(fresh, sizeof(fresh), "%s.%ld", path, (long)getpid()) >= (int)sizeof(fresh))
                return -ENAMETOOLONG;
        int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        int error = write_file(fd, key, passphrase);
        close(fd);
        /* Linked into place: nobody ever sees half a key, and none is written over. */
        if (!error && link(fresh, path) < 0)
                error = -errno;
        unlink(fresh);
        return error;
}

int signing_key_public(const struct signing_key *key, uint8_t *der, size_t size)
{
        uint8_t *made = NULL;
        int len = i2d_PUBKEY(key->pkey, &made);
        int error = len <= 0 ? -EIO : (size_t)len > size ? -E2BIG : 0;
        if (!error)
                memcpy(der, made, (size_t)len);
        OPENSSL_free(made);
        return error ? error : len;
}

/* ECDSA-Sig-Value to r ‖ s. */
static int to_pair(const uint8_t *der, size_t len, uint8_t signature[SIGNING_SIGNATURE_MAX])
{
        ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)len);
        bool is_good = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, NUMBER_LEN) > 0 &&
                       BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + NUMBER_LEN, NUMBER_LEN) > 0;
        ECDSA_SIG_free(pair);
        return is_good ? 0 : -EIO;
}

int signing_key_sign(const struct signing_key *key, const void *data, size_t len,
                     uint8_t signature[SIGNING_SIGNATURE_MAX])
{
        uint8_t made[128];
        size_t made_len = sizeof(made);
        bool is_ed25519 = signing_key_kind(key) == SIGNING_ED25519;
        if (signing_key_kind(key) == SIGNING_X25519)
                return -EINVAL;
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool is_good = context &&
                       EVP_DigestSignInit(context, NULL, is_ed25519 ? NULL : EVP_sha256(), NULL,
                                          key->pkey) == 1 &&
                       EVP_DigestSign(context, made, &made_len, data, len) == 1;
        EVP_MD_CTX_free(context);
        if (!is_good)
                return -EIO;
        if (!is_ed25519)
                return to_pair(made, made_len, signature);
        memcpy(signature, made, SIGNING_SIGNATURE_MAX);
        return 0;
}
