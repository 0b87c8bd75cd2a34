/* The archive on PostgreSQL: what its files share. */
#pragma once

#include "dashboard/ports/archive.h"
#include "drivers/archive/postgres_link.h"

enum postgres_slot {
        SLOT_IDS,
        SLOT_SEQS,
        SLOT_DAYS,
        SLOT_ROWS,
        SLOT_FOUND,
        SLOT_CLOSED,
        SLOT_OPENED,
        SLOT_MOVED,
        SLOT_REFUSALS,
        SLOT_TRIM,
        SLOTS
};

enum {
        POSTGRES_DAYS_KNOWN = 64
};

struct archive_postgres {
        struct archive archive;
        struct postgres_link link;
        struct postgres_args args[SLOTS];  /* of one pipeline; their memory is used again */
        int32_t days[POSTGRES_DAYS_KNOWN]; /* that have a table, as far as is remembered */
        size_t day_count;
};

/* The slot, emptied. */
static inline struct postgres_args *postgres_slot(struct archive_postgres *self,
                                                  enum postgres_slot slot)
{
        postgres_args_clear(&self->args[slot]);
        return &self->args[slot];
}

/* Reads rows of (id, contiguous, highest) into the streams with these ids; -ENOENT: one is not
 * among them. */
MUST_USE int postgres_take_streams(const PGresult *rows, struct archive_stream *streams,
                                   size_t count);
/* Makes SLOT_IDS the streams' ids. */
void postgres_put_ids(struct archive_postgres *self, const struct archive_stream *streams,
                      size_t count);
/* Makes sure that there is a table for each row's day. 0 or -errno. */
MUST_USE int postgres_make_days(struct archive_postgres *self, const struct archive_batch *batch);
/* The batch's new rows, its refusals, and how many of those are kept, as their statements take
 * them. */
const struct postgres_args *postgres_put_rows(struct archive_postgres *self,
                                              const struct archive_batch *batch);
const struct postgres_args *postgres_put_refusals(struct archive_postgres *self,
                                                  const struct archive_batch *batch);
const struct postgres_args *postgres_put_kept(struct archive_postgres *self);

/* The port's call, on a link that is there. */
MUST_USE int postgres_store(struct archive_postgres *self, const struct archive_batch *batch);
