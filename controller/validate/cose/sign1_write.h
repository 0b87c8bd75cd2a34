/*
 * Sign1, written: COSE_Sign1 messages signed with a private key (controller/ports/signing.h), so
 * nothing in the gate calls it.
 */
#pragma once

#include "controller/ports/signing.h"
#include <stddef.h>

enum {
        SIGN1_ROUND_MAX = 256 /* bytes of a message besides its payload, and less */
};

/*
 * Tag 18 around [h'{1: alg, 4: kid}', {}, payload, signature], deterministically; alg is EdDSA or
 * ES256 as the key is, kid the first 8 bytes of SHA-256 of its SubjectPublicKeyInfo. `external` may
 * be NULL. Bytes written, -E2BIG, -ENOMEM or -EIO.
 */
MUST_USE int sign1_write(const struct signing_key *key, const void *external, size_t external_len,
                         const void *payload, size_t payload_len, uint8_t *out, size_t size);
