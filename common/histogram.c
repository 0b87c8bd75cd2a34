#include "common/histogram.h"

/* Values below 4 have a bucket each; above, the two bits after the leading one choose among four.
 */
static int bucket_of(int64_t us)
{
        if (us < 4)
                return us < 0 ? 0 : (int)us;
        int log = 63 - __builtin_clzll((unsigned long long)us);
        int bucket = (log - 1) * 4 + (int)(us >> (log - 2) & 3);
        return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

int64_t histogram_bound_us(int bucket)
{
        if (bucket < 4)
                return bucket + 1;
        int log = bucket / 4 + 1;
        return (INT64_C(1) << log) + ((INT64_C(1) << (log - 2)) * (bucket % 4 + 1));
}

void histogram_add(struct histogram *histogram, int64_t us)
{
        atomic_fetch_add_explicit(&histogram->bucket[bucket_of(us)], 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&histogram->count, 1, memory_order_relaxed);
        if (us > atomic_load_explicit(&histogram->max_us, memory_order_relaxed))
                atomic_store_explicit(&histogram->max_us, us, memory_order_relaxed);
}

int64_t histogram_quantile(const struct histogram *histogram, double share)
{
        uint64_t count = atomic_load_explicit(&histogram->count, memory_order_relaxed);
        uint64_t wanted = (uint64_t)(share * (double)count + 0.999999);
        uint64_t seen = 0;
        int last = 0;
        for (int i = 0; i < HISTOGRAM_BUCKETS && count > 0; i++) {
                uint64_t here = atomic_load_explicit(&histogram->bucket[i], memory_order_relaxed);
                seen += here;
                if (here > 0)
                        last = i;
                if (seen >= wanted)
                        break;
        }
        int64_t bound = histogram_bound_us(last);
        int64_t max = atomic_load_explicit(&histogram->max_us, memory_order_relaxed);
        return count == 0 ? 0 : bound < max ? bound : max;
}
