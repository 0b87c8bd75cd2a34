/*
 * One-time code: what an enrolled phone shows, a new one every 10 s.
 *
 *     "SO1:" ID ":" 8 digits          ID as enrolled, in capitals (QR alphanumeric mode)
 *
 * The digits are a TOTP (RFC 6238) with SHA-256, step 10 s from 1970. The secret is not stored: it
 * is HMAC-SHA-256(site key, "one-time" ‖ 0 ‖ lookup of the enrolled id). Accepted: the step now,
 * one before, one after: a photographed code is good for 30 s at the most, and once. Pure but for
 * the digest port.
 */
#pragma once

#include "controller/flow.h"
#include "controller/ports/digest.h"

#define ONE_TIME_PREFIX          "SO1:"
#define CREDENTIAL_KIND_ONE_TIME "one-time"

enum {
        ONE_TIME_DIGITS = 8,
        ONE_TIME_STEP_S = 10,
        ONE_TIME_SECRET_LEN = 32
};

bool one_time_is_like(const char *text, size_t len);
/* The id, in small letters, and the digits as a number. False: not such a code. */
MUST_USE bool one_time_parse(const char *text, size_t len, char id[FLOW_ID_MAX], uint32_t *code);
/* Writes the code's text. */
enum {
        ONE_TIME_TEXT_MAX = 4 + FLOW_ID_MAX + 1 + ONE_TIME_DIGITS + 1
};
void one_time_format(const char *id, uint32_t code, char text[ONE_TIME_TEXT_MAX]);

/* The secret of a lookup. 0 or -EIO. */
MUST_USE int one_time_secret(const uint8_t site_key[DIGEST_KEY_LEN],
                             const uint8_t lookup[FLOW_DIGEST_LEN],
                             uint8_t secret[ONE_TIME_SECRET_LEN]);
/* The code of a moment (RFC 6238 over RFC 4226 5.3). `hash` as in digest.h. 0 or -EIO. */
MUST_USE int one_time_code(enum digest_hash hash, const uint8_t *secret, size_t secret_len,
                           int64_t step, int digits, uint32_t *code);
/*
 * Which of the three steps around now the code is of: 1 and *step; 0: of none. Constant time in the
 * code. A step not after `last_step` (0: none) does not count: each code opens once. -EIO.
 */
MUST_USE int one_time_check(const uint8_t secret[ONE_TIME_SECRET_LEN], uint32_t code,
                            int64_t now_us, int64_t last_step, int64_t *step);
