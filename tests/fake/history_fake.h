/* A history over arrays that the test holds, which fails when it is told to. */
#pragma once

#include "dashboard/ports/history.h"

struct history_fake {
        struct history history;
        const struct history_gate *gates; /* in order of the name */
        size_t gate_count;
        const struct history_event *events; /* in any order */
        size_t event_count;
        const struct history_visit *visits; /* in order of the entry */
        size_t visit_count;
        const struct history_tally *tallies; /* in order of hour, then gate */
        size_t tally_count;
        const struct history_health *health; /* of every gate; in order of hour */
        size_t health_count;
        size_t looks; /* calls so far */
        int error;    /* what every call answers; 0: it works */
};

/* Empty; the arrays are filled in by the test. */
struct history_fake history_fake(void);
