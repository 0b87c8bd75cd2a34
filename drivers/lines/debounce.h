/*
 * Debounce: which changes of a bouncing contact count. Pure: no clock, no I/O, no allocation.
 *
 * A level counts once it has stood for the period, and the change is dated then, as the kernel's
 * own debouncer does it. Every edge starts the period again, one that led back to the same level
 * too: the contact has moved. A period of 0 lets every change of level through as it comes.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

struct debounce {
        bool is_on;    /* the level that counts */
        int64_t at_us; /* since when: the date of the change that counted last */
        bool seen;     /* the level after the latest edge */
        int64_t seen_us;
        int64_t period_us;
};

#define DEBOUNCE_NEVER INT64_MAX

void debounce_init(struct debounce *debounce, int period_ms, bool is_on);

/*
 * An edge at at_us led to is_on. True: a change counts now, debounce->is_on and ->at_us describe
 * it. With a period it is the level before the edge that counts: it had stood long enough. Never
 * more than one change for an edge.
 */
MUST_USE bool debounce_feed(struct debounce *debounce, bool is_on, int64_t at_us);

/* No edge came until now_us. True: a change counts now. */
MUST_USE bool debounce_advance(struct debounce *debounce, int64_t now_us);

/* When debounce_advance() will be true if no edge comes, or DEBOUNCE_NEVER. */
int64_t debounce_due(const struct debounce *debounce);
