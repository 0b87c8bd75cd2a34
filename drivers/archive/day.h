/* Days of the archive: UTC, in days since 1970. Pure. */
#pragma once

#include "dashboard/ports/archive.h"

#define DAY_US INT64_C(86400000000)

enum {
        /* A gate is offline for months at most. */
        DAY_LATE_MAX = 400,
        DAY_EARLY_MAX = 1,
        DAYS_TO_2000 = 10957 /* from which PostgreSQL counts */
};

static inline int64_t day_of_time(int64_t at_us)
{
        return at_us / DAY_US - (at_us % DAY_US < 0);
}

/* The day of a row: on which it happened. A clock that is far off says nothing: then the day on
 * which it came. */
static inline int64_t day_of_row(const struct archive_row *row)
{
        int64_t day = day_of_time(row->at_us), received = day_of_time(row->received_us);
        bool is_likely = day >= received - DAY_LATE_MAX && day <= received + DAY_EARLY_MAX;
        return is_likely ? day : received;
}
