/* UUID: RFC 9562 as text and bytes. Pure: the caller brings the time and the randomness. */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum {
        UUID_TEXT_MAX = 37, /* 36 characters and their NUL */
        UUID_RANDOM_LEN = 10,
        UUID_LEN = 16
};

/*
 * Writes time (milliseconds since 1970; its low 48 bits count) and randomness as lower-case text.
 * Of the 80 random bits 74 are used: version and variant take the other six.
 */
void uuid7_format(int64_t unix_ms, const uint8_t random[UUID_RANDOM_LEN], char text[UUID_TEXT_MAX]);

/* Lower-case text of any version. */
void uuid_format(const uint8_t bytes[UUID_LEN], char text[UUID_TEXT_MAX]);
/* 36 characters, lower case, nothing behind them. False: it is none. */
MUST_USE bool uuid_parse(const char *text, uint8_t bytes[UUID_LEN]);
