/* Trust list, written: for those who make them. Needs a private key (controller/ports/signing.h),
 * so nothing in the gate calls it. */
#pragma once

#include "controller/ports/signing.h"
#include "controller/validate/trust_list.h"

/* A certificate or public key, DER; borrowed. */
struct trust_list_key {
        const uint8_t *der;
        size_t len;
};

/* A list with info's issuer, issued_us and expires_us. `*bytes` is the caller's. 0; -E2BIG: more
 * than is read; -EINVAL: no keys, or the issuer's is not Ed25519; -ENOMEM; -EIO. */
MUST_USE int trust_list_write(const struct trust_list_info *info, const struct trust_list_key *keys,
                              size_t count, const struct signing_key *issuer, uint8_t **bytes,
                              size_t *len);
