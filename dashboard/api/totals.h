/* Totals: how many are inside, and how many gates are up, counted over the archive. */
#pragma once

#include "dashboard/ports/history.h"

struct totals {
        int64_t inside;
        int64_t online, stopped, offline, unknown; /* gates, by what they said last */
};

/* Adds those of an area, "" for all. 0 or -errno, then some may have been added. */
MUST_USE int totals_add(struct history *history, const char *area, struct totals *totals);
