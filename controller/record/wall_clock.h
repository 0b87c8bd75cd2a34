/*
 * Wall clock: what time it is, and how much that can be believed. A Pi has no clock battery: after
 * a power cut it may wake in the past. The time given here never goes back behind the last row that
 * was recorded; while the system's clock is behind it, the clock is untrusted.
 *
 * Then the time given goes on from the last row, at half the speed: so what was recorded grows old
 * even where no clock is ever set, never sooner than it really does, and a system's clock that was
 * not lost, but once ahead, catches up. When somebody vouches for the system's clock, it was ahead:
 * the time given stands still until then.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

struct wall_clock {
        int64_t last_us;   /* nothing earlier is given out */
        int64_t likely_us; /* what age goes by: the system's time if vouched for, else last_us */
        int64_t looked_us; /* monotonic; 0: not yet */
};

/* What the system says. */
struct wall_clock_reading {
        int64_t system_us, monotonic_us;
        bool is_synchronised;
};

/* Time now, µs since 1970 UTC, and the clock's quality: synchronised (the kernel or timesyncd says
 * so), holdover (plausible, nobody vouches), untrusted (behind the last record). */
int64_t wall_clock_now(struct wall_clock *clock, enum clock_quality *quality);
/* The decision apart from the system, for tests. */
int64_t wall_clock_judge(struct wall_clock *clock, const struct wall_clock_reading *reading,
                         enum clock_quality *quality);
