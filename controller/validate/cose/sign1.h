/*
 * Sign1: COSE_Sign1 (RFC 9052, 4.2) taken apart, put together, and checked against keys. Pure but
 * for the signature port.
 */
#pragma once

#include "common/cbor/cbor.h"
#include "controller/ports/signature.h"

enum {
        SIGN1_KID_MAX = 32,
        SIGN1_TO_BE_SIGNED_MAX = 16384 /* payload, external data and headers, for the signature */
};

struct sign1 {
        bool has_alg, is_alg_protected;
        int64_t alg;                /* COSE's number; the protected header wins */
        uint8_t kid[SIGN1_KID_MAX]; /* the protected header wins */
        size_t kid_len;             /* 0: none */
        bool is_canonical;          /* shortest heads, definite lengths, empty protected as h'' */
        /* Within the bytes that were read. */
        const uint8_t *protected_header, *payload, *signature;
        size_t protected_len, payload_len, signature_len; /* an empty map counts as length 0 */
};

/*
 * Reads one COSE_Sign1 from where the reader is: tagged 18, tagged 61 around 18 (CWT), or untagged.
 * Another tag, a detached payload, a duplicate label, a `crit` header: -EBADMSG. What follows it is
 * the caller's business.
 */
MUST_USE int sign1_read(struct cbor_reader *reader, struct sign1 *message);

/* 1: signed with this key under message->alg; 0: not, or the key has no such algorithm; -E2BIG;
 * -EIO. `external` (may be NULL) is the external_aad. */
MUST_USE int sign1_verify(const struct sign1 *message, const struct signature_key *key,
                          const void *external, size_t external_len);

/* The Sig_structure that is to be signed. Bytes written or -E2BIG. */
MUST_USE int sign1_to_be_signed(const void *protected_header, size_t protected_len,
                                const void *external, size_t external_len, const void *payload,
                                size_t payload_len, uint8_t *out, size_t size);
