/*
 * Credential: what a code's bytes claim to be, and the key under which the registry knows it.
 *
 * The values here are personal data: they stay in validate/ and in the hands of whoever asked, and
 * only the lookup goes on.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include "controller/ports/digest.h"
#include "controller/validate/national_id.h"

/* What a value is: two kinds never share a lookup. Stored lookups depend on these. */
#define CREDENTIAL_KIND_CODE        "code"
#define CREDENTIAL_KIND_NATIONAL_ID "national-id"

enum {
        CREDENTIAL_CODE_MIN = 4,   /* bytes of a code that can be enrolled */
        CREDENTIAL_VALUE_MAX = 257 /* 256 bytes and a NUL */
};

struct credential_reading {
        enum credential_class class;
        /* The card's fields agree as far as that can be told without a clock; true for others. */
        bool is_consistent;
        const char *kind;                 /* CREDENTIAL_KIND_..., "" for what is unknown */
        char value[CREDENTIAL_VALUE_MAX]; /* identifier: normalised text or card number, or "" */
        struct national_id national_id;   /* CREDENTIAL_CCCD and CREDENTIAL_CAN_CUOC_2024 only */
};

/*
 * Any bytes have a class: a citizen card, else a code (text of 4 to 256 bytes once normalised),
 * else CREDENTIAL_UNKNOWN. Never CREDENTIAL_NONE. Enrolling reads the same way as the camera, so
 * what is enrolled is what is found.
 */
enum credential_class credential_read(const struct payload *payload,
                                      struct credential_reading *reading);

/* HMAC-SHA-256 (key, kind, a NUL, value). 0; -E2BIG: longer than any reading's; -EIO. */
MUST_USE int credential_lookup(const uint8_t key[DIGEST_KEY_LEN], const char *kind,
                               const char *value, uint8_t lookup[FLOW_DIGEST_LEN]);
