/*
 * Trust list: whose health certificates a gate believes, as one signed and dated file that is
 * carried to gates without a network (docs/trust.md).
 *
 *     COSE_Sign1 (RFC 9052), tag 18, EdDSA with Ed25519
 *     protected    {1: -8, 4: first 8 bytes of SHA-256 of the issuer's SubjectPublicKeyInfo}
 *     unprotected  {}
 *     payload      CWT claims (RFC 8392) {1: iss, 4: exp, 6: iat, -65550: [ + bstr ]}
 *
 * Each bstr is a certificate or a SubjectPublicKeyInfo in DER; iss is for people; exp may be left
 * out. Its issuer is one of those whose site passes the gate believes (TRUST_PASS).
 */
#pragma once

#include "controller/validate/cose/cwt.h"
#include "controller/validate/trust.h"

enum {
        TRUST_LIST_BYTES_MAX = 4 * 1024 * 1024,
        TRUST_LIST_KEYS_MAX = TRUST_KEYS_MAX,
        TRUST_LIST_CLAIM_KEYS = -65550 /* private use */
};

enum trust_list_answer {
        TRUST_LIST_GOOD,
        TRUST_LIST_DAMAGED,   /* not such a file, or more than the bounds above */
        TRUST_LIST_UNTRUSTED, /* no key of that kid */
        TRUST_LIST_FORGED,    /* none of them signed it */
        TRUST_LIST_NO_ROOM    /* no memory, or more keys than TRUST_KEYS_MAX in all */
};

struct trust_list_info {
        char issuer[CWT_TEXT_MAX];       /* iss */
        char signer[SIGNATURE_NAME_MAX]; /* the name of the key that signed it; "": none did */
        int64_t issued_us, expires_us;   /* iat, exp; expires_us 0: never */
        size_t count;                    /* keys in the list */
        size_t skipped;                  /* of these, such as are not taken: trust_list_read */
};

/* A list that was opened; lives as long as its bytes. */
struct trust_list {
        struct trust_list_info info;
        struct cbor_reader keys;
        size_t left;
};

/* Verifies and takes apart. What is TRUST_LIST_UNTRUSTED or TRUST_LIST_FORGED is in *list all the
 * same where it can be read, to be shown and not to be believed. `issuers` NULL: nobody. */
MUST_USE enum trust_list_answer trust_list_open(const uint8_t *bytes, size_t len,
                                                const struct trust *issuers,
                                                struct trust_list *list);
/* The next key's DER. False: there are no more. */
bool trust_list_next(struct trust_list *list, const uint8_t **der, size_t *len);

/*
 * Adds a list's keys to `into`, with TRUST_HEALTH, if it is good; `issuers` and `into` may be one.
 * Knows no time, so it takes an old one too: but no key is good for longer than its list, and a
 * certificate by it has expired by then (signature_key_info.until_us). With TRUST_LIST_NO_ROOM some
 * of them were added. `info` may be NULL.
 */
MUST_USE enum trust_list_answer trust_list_read(const uint8_t *bytes, size_t len,
                                                const struct trust *issuers, struct trust *into,
                                                struct trust_list_info *info);
/* Why it was refused, a constant string. */
const char *trust_list_words(enum trust_list_answer answer);
