/* Subject: the pseudonym by which rows name a person (docs/mqtt.md, "Entries"). */
#pragma once

#include "controller/ports/digest.h"
#include <stdbool.h>

enum {
        SUBJECT_LEN = 16,
        SUBJECT_TEXT_LEN = 32, /* hex digits */
        SUBJECT_TEXT_MAX = SUBJECT_TEXT_LEN + 1
};

/* Of a holder, by their id. HMAC-SHA-256(key, "subject" ‖ 0 ‖ id), the first half. 0 or -EIO. */
MUST_USE int subject_of_holder(const uint8_t key[DIGEST_KEY_LEN], const char *holder,
                               uint8_t subject[SUBJECT_LEN]);
/* Of somebody whom the registry does not know, by what they showed. 0 or -EIO. */
MUST_USE int subject_of_lookup(const uint8_t key[DIGEST_KEY_LEN],
                               const uint8_t lookup[FLOW_DIGEST_LEN], uint8_t subject[SUBJECT_LEN]);
/* As hex digits. */
void subject_format(const uint8_t subject[SUBJECT_LEN], char text[SUBJECT_TEXT_MAX]);
/* Of the first SUBJECT_TEXT_LEN characters. False: they are not lower-case hex digits. */
MUST_USE bool subject_parse(const char *text, uint8_t subject[SUBJECT_LEN]);
