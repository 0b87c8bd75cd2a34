/* Digest port: the few primitives that need a crypto library. Implemented in drivers/crypto. */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        DIGEST_KEY_LEN = 32,
        DIGEST_MAX = 64 /* bytes of the longest digest here */
};

enum digest_hash {
        DIGEST_SHA1, /* TOTP of other makers only */
        DIGEST_SHA256,
        DIGEST_SHA512
};

/* HMAC-SHA-256 (RFC 2104, FIPS 180-4). 0 or -EIO. */
MUST_USE int digest_hmac(const uint8_t key[DIGEST_KEY_LEN], const void *data, size_t len,
                         uint8_t out[FLOW_DIGEST_LEN]);
/* The same with any key and hash. Bytes of the digest, or -EIO. */
MUST_USE int digest_hmac_with(enum digest_hash hash, const void *key, size_t key_len,
                              const void *data, size_t len, uint8_t out[DIGEST_MAX]);
/* SHA-256. 0 or -EIO. */
MUST_USE int digest_sha256(const void *data, size_t len, uint8_t out[FLOW_DIGEST_LEN]);
/* The same of bytes that come one after another. NULL without memory. */
struct digest_sum;
struct digest_sum *digest_sum_new(void);
/* 0 or -EIO. */
MUST_USE int digest_sum_add(struct digest_sum *sum, const void *data, size_t len);
/* Digest of what was added; begins anew. 0 or -EIO. */
MUST_USE int digest_sum_take(struct digest_sum *sum, uint8_t out[FLOW_DIGEST_LEN]);
/* Accepts NULL; returns NULL. */
struct digest_sum *digest_sum_free(struct digest_sum *sum);
/* Equal in constant time. */
bool digest_equal(const void *a, const void *b, size_t len);
/* Bytes from the kernel's generator. 0 or -EIO. */
MUST_USE int digest_random(void *out, size_t len);
