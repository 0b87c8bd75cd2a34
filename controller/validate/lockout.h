/*
 * Lockout: after too many bad codes at an access point, nothing is read there for a while. Pure;
 * one per entry. Times are CLOCK_MONOTONIC.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        LOCKOUT_CODES_MAX = 50
};

struct lockout_config {
        int codes; /* so many bad codes … ; 0: never */
        int within_s, for_s;
};

struct lockout {
        int64_t bad_ms[LOCKOUT_CODES_MAX]; /* a ring of the last ones */
        size_t next, count;
        int64_t until_ms; /* 0: open */
};

/* Guesses count; what is known and refused, or is plainly no pass, does not. */
bool lockout_counts(enum reason reason);
/* Notes a bad code. True: with this one it begins. */
MUST_USE bool lockout_note(struct lockout *lockout, const struct lockout_config *config,
                           int64_t now_ms);
bool lockout_is_on(struct lockout *lockout, int64_t now_ms);
