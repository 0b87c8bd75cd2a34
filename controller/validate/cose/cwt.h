/* CWT: the registered claims of a CBOR Web Token (RFC 8392, 4). Pure. */
#pragma once

#include "common/cbor/cbor.h"

enum {
        CWT_TEXT_MAX = 128,
        CWT_ID_MAX = 32
};

/* Labels (IANA "CBOR Web Token Claims"). */
enum cwt_label {
        CWT_ISS = 1,
        CWT_SUB = 2,
        CWT_AUD = 3,
        CWT_EXP = 4,
        CWT_NBF = 5,
        CWT_IAT = 6,
        CWT_CTI = 7,
        CWT_CNF = 8, /* RFC 8747 */
};

struct cwt {
        char iss[CWT_TEXT_MAX], sub[CWT_TEXT_MAX], aud[CWT_TEXT_MAX]; /* "": absent */
        bool has_exp, has_nbf, has_iat;
        int64_t exp_us, nbf_us, iat_us; /* NumericDate, integer or float, as µs since 1970 */
        uint8_t cti[CWT_ID_MAX];
        size_t cti_len;
};

/* A claim that is not registered, or that is not taken care of here: the reader stands on its
 * value, which must be passed over whole (cbor_skip) or read whole. 0 or -errno, which ends the
 * reading. */
typedef int cwt_claim_fn(void *context, int64_t label, struct cbor_reader *value);

/*
 * Reads a claims set: one map, nothing behind it. Text keys are passed over. -EBADMSG: not a map, a
 * label twice, a date that is not a number or not between the years 1970 and 9999, trailing bytes;
 * -E2BIG: a text too long. `claim` may be NULL: other claims are passed over.
 */
MUST_USE int cwt_read(const void *bytes, size_t len, struct cwt *cwt, cwt_claim_fn *claim,
                      void *context);
