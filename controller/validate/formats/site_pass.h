/*
 * Site pass: our own credential, signed by an issuer whose public key the gate has.
 *
 *     "ST1:" base45( pass [ proof ] )          QR alphanumeric mode, error correction M
 *
 * pass   an untagged COSE_Sign1 (RFC 9052), EdDSA with Ed25519, protected {1: -8, 4: kid of 4
 *        bytes}, unprotected {}; its payload a CWT claims set (RFC 8392): 2 sub (holder), 4 exp, 5
 *        nbf, 6 iat, 7 cti (8 bytes), 8 cnf (RFC 8747: {1: COSE_Key EC2 P-256, y as its sign}) and
 *        one of private use, -65537: {1 site (text), 2 access levels (array of text), 3 schedule
 *        (text), 4 uses in all, 5 uses a day}. sub, iat and cti are always there.
 * proof  an untagged COSE_Sign1, ES256 by the key in cnf, protected {1: -7}, unprotected {},
 * payload {6: iat}, external_aad the bytes of the pass. A CBOR sequence (RFC 8742) with the pass.
 *
 * Only the deterministic encoding of exactly this is read (shortest heads, definite lengths, map
 * keys once and in the order above, nothing behind): whoever changes a byte of it, the signature's
 * own second form apart, gets a refusal. iss is not carried: the kid names the issuer.
 */
#pragma once

#include "controller/flow.h"
#include "controller/validate/trust.h"

#define SITE_PASS_PREFIX "ST1:"

enum {
        SITE_PASS_KID_LEN = 4,
        SITE_PASS_CTI_LEN = 8,
        SITE_PASS_BYTES_MAX = 1024, /* pass and proof */
        SITE_PASS_TEXT_MAX = 4 + 1024 / 2 * 3 + 3
};

struct site_pass {
        struct pass_claims claims;
        int64_t from_us, until_us; /* 0: no limit */
        uint8_t kid[SITE_PASS_KID_LEN];
        char issuer[SIGNATURE_NAME_MAX]; /* the name of the key that signed it; "": none did */
        uint8_t phone_x[32];             /* is_bound: the holder's key */
        bool is_phone_y_odd;
};

/* Does the text begin like one? */
bool site_pass_is_like(const char *text, size_t len);
/*
 * Reads and verifies. REASON_NONE; REASON_UNREADABLE: not of the form above;
 * REASON_UNTRUSTED_ISSUER: no key of that kid; REASON_BAD_SIGNATURE: the pass's or the proof's.
 * *pass holds what could be read (and is not to be believed unless REASON_NONE). Knows no time:
 * exp, nbf and the proof's age are judged by the rules. `trust` NULL: nobody is trusted.
 */
MUST_USE enum reason site_pass_read(const char *text, size_t len, const struct trust *trust,
                                    struct site_pass *pass);
