/*
 * Summary: what the new rows of a batch add to the figures of hours, and who went through where.
 * Pure. A lane without a passage sensor reports AccessTaken as others do (with no_sensor), and is
 * counted as they are.
 */
#pragma once

#include "drivers/archive/stay.h"

#define SUMMARY_HOUR_US INT64_C(3600000000)

/* Of each of the batch's streams: the archive's numbers. */
struct summary_place {
        int64_t gate, site;
};

struct summary_tally {
        int64_t hour; /* since 1970, UTC */
        int64_t gate;
        int64_t entries, exits, granted, denied;
};

struct summary_passage {
        int64_t site;
        const uint8_t *subject; /* the row's */
        struct stay_event event;
};

struct summary {
        struct summary_tally *tallies; /* in order of (hour, gate), each once */
        size_t tally_count;
        struct summary_passage *passages; /* in order of (site, subject, time) */
        size_t passage_count;
};

/* 0 or -ENOMEM; summary_deinit either way. */
MUST_USE int summary_make(struct summary *summary, const struct archive_batch *batch,
                          const struct summary_place *places);
void summary_deinit(struct summary *summary);
/* How many passages from `first` on are of the same person and site. */
size_t summary_run(const struct summary *summary, size_t first);
