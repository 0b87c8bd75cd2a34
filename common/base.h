/* Base: the few macros and the clock that every file of Stile may use. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

/* In clang 14 the [[gnu::…]] spelling fails under -std=c17: attributes live behind macros. */
#define MUST_USE          __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define CLEANUP(fn)       __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Monotonic time: what every deadline and latency is measured with. */
static inline int64_t monotonic_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Wall clock: microseconds since 1970, UTC; it may be wrong, and go back. */
static inline int64_t wall_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline int64_t monotonic_ms(void)
{
        return monotonic_us() / 1000;
}

/* For CLEANUP(free_ptr) on a heap pointer. */
static inline void free_ptr(void *ptr)
{
        free(*(void **)ptr);
}
