/* Unsealing port on libsodium. */
#include "controller/ports/unsealing.h"

#include "drivers/crypto/signing_key.h"

#include <errno.h>
#include <sodium.h>

int unsealing_open(const struct signing_key *key, const uint8_t *sealed, size_t len,
                   char plain[SEALING_PLAIN_MAX + 1])
{
        uint8_t private[crypto_box_SECRETKEYBYTES], public[crypto_box_PUBLICKEYBYTES];
        size_t private_len = sizeof(private), public_len = sizeof(public);
        if (signing_key_kind(key) != SIGNING_X25519 || sodium_init() < 0)
                return -EINVAL;
        if (len < SEALING_OVERHEAD || len > FLOW_SEALED_MAX)
                return -EBADMSG;
        bool is_open =
                EVP_PKEY_get_raw_private_key(key->pkey, private, &private_len) == 1 &&
                EVP_PKEY_get_raw_public_key(key->pkey, public, &public_len) == 1 &&
                crypto_box_seal_open((unsigned char *)plain, sealed, len, public, private) == 0;
        sodium_memzero(private, sizeof(private));
        if (!is_open)
                return -EBADMSG;
        plain[len - SEALING_OVERHEAD] = '\0';
        return (int)(len - SEALING_OVERHEAD);
}
