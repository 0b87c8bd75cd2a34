/* The archive on PostgreSQL: what its files share. */
#pragma once

#include "dashboard/ports/archive.h"
#include "drivers/archive/summary.h"
#include "drivers/postgres/postgres_link.h"

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
        SLOT_TALLIES,
        SLOT_PEOPLE,
        SLOT_PASSAGES,
        SLOT_NEW_STAYS,
        SLOT_CHANGED_STAYS,
        SLOT_NEWS_SITES,
        SLOT_NEWS_GATES,
        SLOT_STATUS,
        SLOT_HEALTH,
        SLOT_HEALTH_HOURS,
        SLOT_FORGOTTEN,
        SLOTS
};

enum {
        POSTGRES_DAYS_KNOWN = 64
};

/* A pipeline's steps, added as they are needed. */
enum {
        POSTGRES_STEPS_MAX = 20
};

struct postgres_script {
        struct postgres_step steps[POSTGRES_STEPS_MAX];
        size_t count;
};

static inline void postgres_add_step(struct postgres_script *script, const char *statement,
                                     const struct postgres_args *args, PGresult **result)
{
        script->steps[script->count++] = (struct postgres_step){ statement, args, result };
}

/* A stay to be written, and whose it is. */
struct postgres_stay {
        const struct summary_passage *whose;
        struct stay stay;
};

/* What a batch comes to beside its rows. */
struct postgres_outcome {
        struct summary summary;
        struct postgres_stay *stays;
        size_t stay_count, stay_size;
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

/* Figures and, after its people have been locked and looked up, stays, of the batch's new rows:
 * `places` are its streams'. In a transaction. 0 or -errno; postgres_outcome_deinit either way. */
MUST_USE int postgres_outcome_find(struct archive_postgres *self, struct postgres_outcome *outcome,
                                   const struct archive_batch *batch,
                                   const struct summary_place *places);
/* The steps that write it. */
void postgres_outcome_add(struct archive_postgres *self, struct postgres_script *script,
                          const struct postgres_outcome *outcome);
void postgres_outcome_deinit(struct postgres_outcome *outcome);
/* The steps that write what gates said. */
void postgres_add_news(struct archive_postgres *self, struct postgres_script *script,
                       const struct archive_batch *batch);

/* The port's calls, on a link that is there. */
MUST_USE int postgres_forget(struct archive_postgres *self, int64_t before_day, int64_t now_us,
                             struct archive_deletion *deletion);
MUST_USE int postgres_erase(struct archive_postgres *self, const uint8_t subject[16],
                            struct archive_deletion *erased);
MUST_USE int postgres_store(struct archive_postgres *self, const struct archive_batch *batch);
