/* What a filter of events asks for, as SQL takes it. Pure. */
#pragma once

#include "dashboard/ports/history.h"

enum {
        HISTORY_FEW_STREAMS = 64 /* whose events are looked for in each of them */
};

struct history_bounds {
        int64_t from_us, last_us; /* [from, last] */
        struct history_place before;
};

static inline struct history_bounds history_bounds(const struct history_event_filter *filter)
{
        struct history_bounds bounds = {
                .from_us = filter->from_us > 0 ? filter->from_us : INT64_MIN,
                .last_us = filter->until_us > 0 ? filter->until_us - 1 : INT64_MAX,
                .before = filter->before,
        };
        const struct history_place *before = &filter->before;
        if (before->at_us == 0 && before->stream == 0 && before->seq == 0)
                bounds.before = (struct history_place){ INT64_MAX, INT64_MAX, INT64_MAX };
        if (bounds.last_us > bounds.before.at_us)
                bounds.last_us = bounds.before.at_us;
        return bounds;
}

/* As SQL takes it. */
static inline int64_t history_limit(size_t limit)
{
        return limit > INT64_MAX ? INT64_MAX : (int64_t)limit;
}
