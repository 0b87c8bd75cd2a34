/* Backoff: how long to wait before the next try. Exponential, full jitter: those that lost their
 * broker together must not come back together. Pure. */
#pragma once

#include "common/base.h"

/* Tries in vain up to now, when a connection that was up since up_ms (INT64_MAX: never) has ended
 * at now_ms. One that lasted for ten seconds was a good one. */
int backoff_failures(int before, int64_t up_ms, int64_t now_ms);
/* `failures` from 1 on; `random` is fresh. */
int backoff_pause_ms(int failures, int longest_s, uint32_t random);
