/* RFC 3339 times: microseconds since 1970 UTC and text with milliseconds,
 * "2026-11-24T02:00:00.000Z". */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum {
        RFC3339_MAX = 32
};

/* For years 1970 to 9999; others give the nearer end. */
void rfc3339_format(int64_t us, char text[RFC3339_MAX]);
/* Date, 'T' or 't' or a space, time, fraction of any length, 'Z' or ±hh:mm. False: not one. */
MUST_USE bool rfc3339_parse(const char *text, int64_t *us);
