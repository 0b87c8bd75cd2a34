/* Random: numbers that are the same in every run, for drawn scenes. */
#pragma once

#include "common/base.h"

struct random {
        uint64_t state;
};

static inline struct random random_of(uint64_t seed)
{
        return (struct random){ seed * 0x9e3779b97f4a7c15U + 0x632be59bd9b4e019U };
}

/* splitmix64 */
static inline uint32_t random_bits(struct random *random)
{
        uint64_t z = random->state += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static inline int random_below(struct random *random, int limit)
{
        return (int)(((uint64_t)random_bits(random) * (uint64_t)limit) >> 32);
}

static inline double random_between(struct random *random, double low, double high)
{
        return low + (high - low) * (double)random_bits(random) / 4294967296.0;
}

/* About normal, of mean 0 and deviation 1: the sum of four uniform ones. */
static inline double random_normal(struct random *random)
{
        uint32_t one = random_bits(random), two = random_bits(random);
        int sum = (int)(one & 0xffff) + (int)(one >> 16) + (int)(two & 0xffff) + (int)(two >> 16);
        return ((double)sum - 131070.0) / 37837.0;
}
