/*
 * Histogram: durations in microseconds, in buckets a fifth wide or less (four to each power of
 * two). One thread adds, any thread reads: the counters are relaxed atomics, so a reader may see
 * the one of two simultaneous additions, never a torn value.
 */
#pragma once

#include "common/base.h"
#include <stdatomic.h>

enum {
        HISTOGRAM_BUCKETS = 104
}; /* up to 2^27 µs, 134 s; longer counts as that */

struct histogram {
        atomic_uint_fast32_t bucket[HISTOGRAM_BUCKETS];
        atomic_uint_fast64_t count;
        atomic_int_fast64_t max_us;
};

void histogram_add(struct histogram *histogram, int64_t us);
/* Upper bound of the bucket that holds the given share (0 < share <= 1) of all values, never more
 * than the largest of them; 0: none yet. */
int64_t histogram_quantile(const struct histogram *histogram, double share);
/* Upper bound of a bucket, exclusive. */
int64_t histogram_bound_us(int bucket);
