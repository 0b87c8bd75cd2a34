/*
 * Rate: how many commands the network may have looked at, and what is said of the rest, so that a
 * flood fills neither the journal nor anybody's time. A bucket that fills by `per_minute` a minute
 * and holds as many. Pure.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum {
        RATE_TELL_MS = 60000 /* between two rows about refused ones */
};

struct rate {
        bool has_begun;
        int64_t credit; /* of a command, in 1/60,000 */
        int64_t at_ms;
        uint64_t untold; /* refused since the last row */
        int64_t told_ms;
        bool was_told;
};

/* May one more be looked at? */
MUST_USE bool rate_take(struct rate *rate, int per_minute, int64_t now_ms);
/* How many refused ones are to be told now: at once of the first, then once a minute. 0: none. */
uint64_t rate_tell(struct rate *rate, int64_t now_ms);
