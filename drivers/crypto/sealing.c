/* Sealing port on libsodium; OpenSSL reads the key's file. */
#include "controller/ports/sealing.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

_Static_assert((int)SEALING_KEY_LEN == (int)crypto_box_PUBLICKEYBYTES, "libsodium's key");
_Static_assert((int)SEALING_OVERHEAD == (int)crypto_box_SEALBYTES, "libsodium's box");

int sealing_key_load(const char *path, uint8_t key[SEALING_KEY_LEN])
{
        size_t len = SEALING_KEY_LEN;
        FILE *file = fopen(path, "re");
        if (!file)
                return -errno;
        EVP_PKEY *pkey = PEM_read_PUBKEY(file, NULL, NULL, NULL);
        fclose(file);
        int error = !pkey                                           ? -EBADMSG
                    : EVP_PKEY_get_base_id(pkey) != EVP_PKEY_X25519 ? -ENOTSUP
                    : EVP_PKEY_get_raw_public_key(pkey, key, &len) != 1 || len != SEALING_KEY_LEN
                            ? -EBADMSG
                            : 0;
        EVP_PKEY_free(pkey);
        ERR_clear_error();
        return error;
}

int sealing_seal(const uint8_t key[SEALING_KEY_LEN], const void *plain, size_t len,
                 uint8_t sealed[FLOW_SEALED_MAX])
{
        if (len > SEALING_PLAIN_MAX)
                return -E2BIG;
        /* Any number of times, from any thread; a key of low order is what the box refuses. */
        if (sodium_init() < 0 || crypto_box_seal(sealed, plain, len, key) != 0)
                return -EIO;
        return 0;
}
