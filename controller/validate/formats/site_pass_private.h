/* Site pass: what reading and writing share. */
#pragma once

#include "common/cbor/cbor.h"
#include "controller/validate/formats/site_pass.h"

enum {
        PASS_SUB = 2,
        PASS_EXP = 4,
        PASS_NBF = 5,
        PASS_IAT = 6,
        PASS_CTI = 7,
        PASS_CNF = 8,
        PASS_OURS = -65537, /* private use: a map of what follows, for a label costs five bytes */
        PASS_SITE = 1,
        PASS_LEVELS = 2,
        PASS_SCHEDULE = 3,
        PASS_USES = 4,
        PASS_DAY_USES = 5,
        PASS_SIGNATURE_LEN = 64, /* Ed25519 and ES256 alike */
        PASS_USES_MAX = 1000000
};

/* The proof's protected header, {1: -7}. */
extern const uint8_t site_pass_proof_header[3];

/* The payload of a pass. 0; -EBADMSG: not of the one form that is read. */
MUST_USE int site_pass_read_claims(const uint8_t *bytes, size_t len, struct site_pass *pass);
