/* Wait: what is left until a deadline, as poll wants it. */
#pragma once

#include "common/base.h"

/* The deadline of a timeout that begins now. */
static inline int64_t wait_deadline_us(int timeout_ms)
{
        return monotonic_us() + (int64_t)timeout_ms * 1000;
}

/* Rounded up, so that 0 means that the deadline has passed. */
static inline int wait_left_ms(int64_t deadline_us)
{
        int64_t left_us = deadline_us - monotonic_us();
        return left_us <= 0 ? 0 : (int)((left_us + 999) / 1000);
}
