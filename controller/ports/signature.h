/*
 * Signature port: public keys, and whether they signed something. Implemented once per build
 * (drivers/crypto). Keys are immutable: threads may share them.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* COSE's numbers (RFC 9053, RFC 9864, IANA "COSE Algorithms"). */
enum signature_alg {
        SIGNATURE_ES256 = -7, /* P-256, SHA-256, r ‖ s of 64 bytes */
        SIGNATURE_EDDSA = -8, /* Ed25519 or Ed448, as the key is */
        SIGNATURE_ES384 = -35,
        SIGNATURE_ES512 = -36,
        SIGNATURE_PS256 = -37, /* RSASSA-PSS, MGF1 with the same hash, salt as long as the hash */
        SIGNATURE_PS384 = -38,
        SIGNATURE_PS512 = -39,
};

/* What a health certificate's signer may sign (EU DCC extended key usages, CO6 to CO11). */
enum signature_usage {
        SIGNATURE_USAGE_TEST = 1,
        SIGNATURE_USAGE_VACCINATION = 2,
        SIGNATURE_USAGE_RECOVERY = 4,
        SIGNATURE_USAGE_OTHER = 8 /* its extended key usages are of other things: none of these */
};

enum {
        SIGNATURE_KID_LEN = 8,
        SIGNATURE_NAME_MAX = 128,
        SIGNATURE_DER_MAX = 8192 /* bytes of a certificate or key that is read */
};

struct signature_key;

struct signature_key_info {
        /* First 8 bytes of SHA-256 of the DER: of the certificate, or of the bare key's
         * SubjectPublicKeyInfo (eu-dcc-hcert-spec 2.6.2; ours for bare keys). */
        uint8_t kid[SIGNATURE_KID_LEN];
        bool is_certificate;
        int64_t from_us, until_us;        /* of the certificate; a bare key: 0, no limit */
        unsigned int usage;               /* enum signature_usage, or'ed; 0: not limited */
        char subject[SIGNATURE_NAME_MAX]; /* of the certificate, UTF-8, cut; a bare key: "" */
};

/*
 * A certificate or a SubjectPublicKeyInfo, DER or PEM. EC P-256/384/521, RSA of 2048 to 4096 bits,
 * Ed25519, Ed448. The certificate's own signature and chain are not looked at: being in the list is
 * what makes it trusted. 0; -EBADMSG: neither, or trailing bytes; -ENOTSUP: another kind of key;
 * -ENOMEM; -EIO. `info` may be NULL.
 */
MUST_USE int signature_key_read(const void *bytes, size_t len, struct signature_key **key,
                                struct signature_key_info *info);
/* A P-256 key from its x coordinate and, of y, the last bit (SEC 1, 2.3.4). 0; -EBADMSG: not on
 * the curve; -ENOMEM; -EIO. */
MUST_USE int signature_key_p256(const uint8_t x[32], bool is_y_odd, struct signature_key **key);
/* The same key once more, for another owner, who frees it too. */
struct signature_key *signature_key_ref(struct signature_key *key);
/* Accepts NULL; returns NULL. */
struct signature_key *signature_key_free(struct signature_key *key);

/* 1: signed with this key; 0: not; -EINVAL: this kind of key has no such algorithm; -EIO. The
 * signature is as COSE has it. ES256 with both s and n - s is good: callers do not take a signature
 * for an identity. */
MUST_USE int signature_verify(const struct signature_key *key, enum signature_alg alg,
                              const void *data, size_t len, const void *signature,
                              size_t signature_len);
