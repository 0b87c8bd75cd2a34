/*
 * Throttle: whoever guesses waits. After a few failures each further one doubles the time in which
 * nothing is tried for that key (an account's name, an address). Bounded: the key that failed
 * longest ago makes room. No clock, no lock.
 */
#pragma once

#include "common/base.h"

enum {
        THROTTLE_KEYS = 1024,
        THROTTLE_KEY_MAX = 72,
        THROTTLE_FREE = 5, /* failures without a wait */
        THROTTLE_LONGEST_S = 300,
        THROTTLE_FORGET_S = 3600 /* since the last failure */
};

struct throttle {
        struct {
                char key[THROTTLE_KEY_MAX]; /* "": free */
                int failures;
                int64_t last_us, until_us;
        } entry[THROTTLE_KEYS];
};

/* The key of an address: of IPv6 its /64, for one who has an address there has all of them. ""
 * stays
 * "". */
void throttle_place(const char *address, char key[THROTTLE_KEY_MAX]);
/* How many seconds to wait; 0: it may be tried. */
int throttle_wait_s(const struct throttle *throttle, const char *key, int64_t now_us);
void throttle_fail(struct throttle *throttle, const char *key, int64_t now_us);
void throttle_forget(struct throttle *throttle, const char *key);
