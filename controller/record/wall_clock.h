/*
 * Wall clock: what time it is, and how much that can be believed. A Pi has no clock battery: after
 * a power cut it may wake in the past. The time given here never goes back behind the last row that
 * was recorded; while the system's clock is behind it, the clock is untrusted.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

struct wall_clock {
        int64_t last_us; /* nothing earlier is given out */
};

/* Time now, µs since 1970 UTC, and the clock's quality: synchronised (the kernel or timesyncd says
 * so), holdover (plausible, nobody vouches), untrusted (behind the last record). */
int64_t wall_clock_now(struct wall_clock *clock, enum clock_quality *quality);
/* The decision apart from the system, for tests. */
int64_t wall_clock_judge(struct wall_clock *clock, int64_t system_us, bool is_synchronised,
                         enum clock_quality *quality);
