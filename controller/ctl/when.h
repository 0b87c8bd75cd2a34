/*
 * When: times as people write and read them, in the local time zone. Reading: a date
 * ("2026-11-24": the whole day), a local time ("2026-11-24T09:00"), RFC 3339, and for questions
 * also "now", "today", "yesterday" and "-2h" (s, m, h, d, w).
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

/* A day is a span: as a beginning it means its first moment, as an end the first moment of the day
 * after, because ends are exclusive. */
enum when_edge {
        WHEN_FROM,
        WHEN_UNTIL
};

/* A date, a local time or RFC 3339. False: none of them. */
MUST_USE bool when_parse_date(const char *text, enum when_edge edge, int64_t *us);
/* The relative forms too. */
MUST_USE bool when_parse(const char *text, enum when_edge edge, int64_t now_us, int64_t *us);

/* Wall clock, µs since 1970. */
int64_t when_now_us(void);

enum {
        WHEN_TEXT_MAX = 32
};

/* "2026-11-24 09:00:00", local. */
const char *when_local(char text[WHEN_TEXT_MAX], int64_t us);
/* A validity "always", "until 2026-12-31", "2026-01-01 to 2026-12-31"; an end at midnight is shown
 * as the day before, which is how when_parse_date reads it. RFC 3339, "" without limit. */
enum {
        WHEN_SPAN_MAX = 80
};
const char *when_span(char text[WHEN_SPAN_MAX], const char *from, const char *until);
/* The same as when_local from RFC 3339; other text is given back as it is. */
const char *when_local_text(char text[WHEN_TEXT_MAX], const char *rfc3339);
