/* Random: a repeatable sequence for property tests (splitmix64). */
#pragma once

#include "common/base.h"

static inline uint64_t random_of(uint64_t *seed)
{
        uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

/* 0 to limit - 1. */
static inline int below(uint64_t *seed, int limit)
{
        return (int)(random_of(seed) % (uint64_t)limit);
}
