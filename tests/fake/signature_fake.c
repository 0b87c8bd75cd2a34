/* Signature fake: distinguishes inputs, proves nothing. Unit tests need no crypto library: no bytes
 * are a key here, so nobody is ever trusted. */
#include "controller/ports/signature.h"

#include <errno.h>

int signature_key_read(const void *bytes, size_t len, struct signature_key **key,
                       struct signature_key_info *info)
{
        (void)bytes;
        (void)len;
        (void)key;
        (void)info;
        return -EBADMSG;
}

int signature_key_p256(const uint8_t x[32], bool is_y_odd, struct signature_key **key)
{
        (void)x;
        (void)is_y_odd;
        (void)key;
        return -EBADMSG;
}

struct signature_key *signature_key_ref(struct signature_key *key)
{
        return key;
}

struct signature_key *signature_key_free(struct signature_key *key)
{
        (void)key;
        return NULL;
}

int signature_verify(const struct signature_key *key, enum signature_alg alg, const void *data,
                     size_t len, const void *signature, size_t signature_len)
{
        (void)key;
        (void)alg;
        (void)data;
        (void)len;
        (void)signature;
        (void)signature_len;
        return 0;
}
