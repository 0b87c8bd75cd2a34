/*
 * A batch is two messages and two answers: lock the streams; then the rows, what the ledger makes
 * of them, and COMMIT. Between them goes another when a row is below its stream's head: ask which
 * of them are missing; and one when somebody passed a gate: lock those people and ask for the stays
 * beside their passages. A lock is what
 * makes two collectors one after the other: what is asked after it has been got is what the other
 * one left. All take theirs in one order, streams before people before what follows from them.
 */
#include "drivers/archive/postgres_ledger.h"
#include "drivers/archive/postgres_private.h"
#include "drivers/archive/postgres_schema.h"

#include <errno.h>

/* The streams of a batch, as its transaction has them. */
struct flock {
        struct archive_stream *streams;
        struct summary_place *places;
        int64_t *newest_us; /* `at` of a new row above all others; NONE: there is none */
        size_t count;
};

#define NONE INT64_MIN

static int flock_init(struct flock *flock, const struct archive_batch *batch)
{
        size_t size = batch->stream_count + 1;
        *flock = (struct flock){ .streams = calloc(size, sizeof(*flock->streams)),
                                 .places = calloc(size, sizeof(*flock->places)),
                                 .newest_us = calloc(size, sizeof(*flock->newest_us)),
                                 .count = batch->stream_count };
        if (!flock->streams || !flock->places || !flock->newest_us)
                return -ENOMEM;
        for (size_t i = 0; i < flock->count; i++) {
                flock->streams[i] = batch->streams[i];
                flock->newest_us[i] = NONE;
        }
        return 0;
}

static void flock_deinit(struct flock *flock)
{
        free(flock->streams);
        free(flock->places);
        free(flock->newest_us);
}

/* Rows of (id, contiguous, highest, gate, site). */
static int take_flock(const PGresult *rows, struct flock *flock)
{
        for (int row = 0; row < PQntuples(rows); row++) {
                int64_t id = postgres_get_int(PQgetvalue(rows, row, 0));
                for (size_t i = 0; i < flock->count; i++)
                        if (flock->streams[i].id == id)
                                flock->places[i] = (struct summary_place){
                                        .gate = postgres_get_int(PQgetvalue(rows, row, 3)),
                                        .site = postgres_get_int(PQgetvalue(rows, row, 4)),
                                };
        }
        return postgres_take_streams(rows, flock->streams, flock->count);
}

/* Begins a transaction that has the streams to itself. They are read. */
static int lock(struct archive_postgres *self, struct flock *flock)
{
        PGresult *rows = NULL;
        const struct postgres_step steps[] = {
                { POSTGRES_BEGIN, NULL, NULL },
                { POSTGRES_LOCK_STREAMS, &self->args[SLOT_IDS], &rows },
        };
        postgres_put_ids(self, flock->streams, flock->count);
        int r = postgres_link_run(&self->link, steps, ARRAY_LEN(steps));
        if (!r)
                r = take_flock(rows, flock);
        PQclear(rows);
        return r;
}

/* Above everything that the stream has, and has passed over. */
static uint64_t head_of(const struct archive_stream *stream)
{
        return stream->highest > stream->contiguous ? stream->highest : stream->contiguous;
}

/* Ids, heads, highest and newest. */
static void put_moved(struct archive_postgres *self, const struct flock *flock)
{
        struct postgres_args *moved = postgres_slot(self, SLOT_MOVED);
        const struct archive_stream *streams = flock->streams;
        postgres_add_array(moved, POSTGRES_INT, flock->count);
        for (size_t i = 0; i < flock->count; i++)
                postgres_put_int(moved, streams[i].id);
        postgres_add_array(moved, POSTGRES_INT, flock->count);
        for (size_t i = 0; i < flock->count; i++)
                postgres_put_int(moved, (int64_t)head_of(&streams[i]));
        postgres_add_array(moved, POSTGRES_INT, flock->count);
        for (size_t i = 0; i < flock->count; i++)
                postgres_put_int(moved, (int64_t)streams[i].highest);
        postgres_add_array(moved, POSTGRES_INT, flock->count);
        for (size_t i = 0; i < flock->count; i++) {
                if (flock->newest_us[i] == NONE)
                        postgres_put_null(moved);
                else
                        postgres_put_int(moved, flock->newest_us[i]);
        }
}

/* Commits the script and reads where the streams are then. */
static int commit(struct archive_postgres *self, struct postgres_script *script,
                  struct flock *flock)
{
        PGresult *rows = NULL;
        put_moved(self, flock);
        postgres_add_step(script, POSTGRES_MOVE_STREAMS, &self->args[SLOT_MOVED], &rows);
        postgres_add_step(script, POSTGRES_COMMIT, NULL, NULL);
        int r = postgres_link_run(&self->link, script->steps, script->count);
        if (!r)
                r = postgres_take_streams(rows, flock->streams, flock->count);
        PQclear(rows);
        return r;
}

/* Three arrays: the streams of ranges, their beginnings and, if wanted, their ends. */
static const struct postgres_args *put_ranges(struct postgres_args *args,
                                              const struct ledger_range *ranges, size_t count,
                                              const struct archive_stream *streams, bool with_last)
{
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, streams[ranges[i].stream].id);
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, (int64_t)ranges[i].first);
        if (!with_last)
                return args;
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, (int64_t)ranges[i].last);
        return args;
}

/* Of the batch's rows: the stream, the sequence. */
static const struct postgres_args *put_question(struct archive_postgres *self,
                                                const struct ledger *ledger,
                                                const struct archive_batch *batch)
{
        struct postgres_args *args = postgres_slot(self, SLOT_SEQS);
        postgres_add_array(args, POSTGRES_INT, ledger->count);
        for (size_t i = 0; i < ledger->count; i++)
                postgres_put_int(args, batch->streams[ledger->rows[i].stream].id);
        postgres_add_array(args, POSTGRES_INT, ledger->count);
        for (size_t i = 0; i < ledger->count; i++)
                postgres_put_int(args, (int64_t)ledger->rows[i].seq);
        return args;
}

/* Rows of (n, the gap's first, its last), n from 1; without a gap: lost, and not found before. */
static void take_missing(struct ledger *ledger, const PGresult *missing)
{
        for (int i = 0; i < PQntuples(missing); i++) {
                size_t n = (size_t)postgres_get_int(PQgetvalue(missing, i, 0));
                struct ledger_row *row = &ledger->rows[n - 1];
                row->is_late = PQgetisnull(missing, i, 1) != 0;
                if (row->is_late)
                        continue;
                row->gap_first = (uint64_t)postgres_get_int(PQgetvalue(missing, i, 1));
                row->gap_last = (uint64_t)postgres_get_int(PQgetvalue(missing, i, 2));
        }
}

/* Is a row among them that the stream may have had? Above its head none is. */
static bool is_any_known(const struct ledger *ledger, const struct archive_stream *streams)
{
        for (size_t i = 0; i < ledger->count; i++)
                if (ledger->rows[i].seq <= head_of(&streams[ledger->rows[i].stream]))
                        return true;
        return false;
}

/* Which of the rows below the heads of the streams, which are locked, are missing. */
static int find_missing(struct archive_postgres *self, const struct flock *flock,
                        struct ledger *ledger, const struct archive_batch *batch)
{
        PGresult *missing = NULL;
        if (!is_any_known(ledger, flock->streams))
                return 0;
        const struct postgres_step ask = { POSTGRES_FIND_MISSING, put_question(self, ledger, batch),
                                           &missing };
        int r = postgres_link_run(&self->link, &ask, 1);
        if (!r)
                take_missing(ledger, missing);
        PQclear(missing);
        return r;
}

static void add_ranges(struct archive_postgres *self, struct postgres_script *script,
                       const char *statement, enum postgres_slot slot,
                       const struct ledger_range *ranges, size_t count,
                       const struct archive_stream *streams, bool with_last)
{
        if (count > 0)
                postgres_add_step(
                        script, statement,
                        put_ranges(postgres_slot(self, slot), ranges, count, streams, with_last),
                        NULL);
}

/* The ledger's rows are the batch's, in its order. */
static int write_ledger(struct ledger *ledger, const struct archive_batch *batch)
{
        int r = ledger_init(ledger, batch->count);
        for (size_t i = 0; i < batch->count && !r; i++)
                ledger->rows[i] = (struct ledger_row){ .stream = batch->rows[i].stream,
                                                       .index = i,
                                                       .seq = batch->rows[i].seq };
        if (!r)
                ledger_sort(ledger);
        return r;
}

/* Moves the streams' `highest`, says of the rows which are new. 0 or -ENOMEM. */
static int judge(struct ledger *ledger, const struct archive_batch *batch, struct flock *flock)
{
        uint64_t *heads = calloc(batch->stream_count + 1, sizeof(uint64_t));
        if (!heads)
                return -ENOMEM;
        for (size_t i = 0; i < batch->stream_count; i++)
                heads[i] = head_of(&flock->streams[i]);
        ledger_judge(ledger, heads);
        for (size_t i = 0; i < ledger->count; i++) {
                const struct ledger_row *row = &ledger->rows[i];
                batch->rows[row->index].is_new = row->is_new;
                if (row->seq <= flock->streams[row->stream].highest)
                        continue;
                flock->streams[row->stream].highest = row->seq;
                flock->newest_us[row->stream] = batch->rows[row->index].at_us;
        }
        free(heads);
        return 0;
}

/* What follows from the ledger, and the refusals and news, committed. */
static int write_all(struct archive_postgres *self, const struct archive_batch *batch,
                     const struct ledger *ledger, const struct postgres_outcome *outcome,
                     struct flock *flock)
{
        struct postgres_script script = { 0 };
        const struct archive_stream *streams = flock->streams;
        if (batch->count > 0) {
                postgres_add_step(&script, POSTGRES_ADD_ROWS, postgres_put_rows(self, batch), NULL);
                add_ranges(self, &script, POSTGRES_ADD_FOUND, SLOT_FOUND, ledger->found,
                           ledger->found_count, streams, false);
                add_ranges(self, &script, POSTGRES_CLOSE_GAPS, SLOT_CLOSED, ledger->closed,
                           ledger->closed_count, streams, false);
                add_ranges(self, &script, POSTGRES_OPEN_GAPS, SLOT_OPENED, ledger->opened,
                           ledger->opened_count, streams, true);
                postgres_outcome_add(self, &script, outcome);
        }
        postgres_add_news(self, &script, batch);
        if (batch->refused > 0) {
                postgres_add_step(&script, POSTGRES_ADD_REFUSALS,
                                  postgres_put_refusals(self, batch), NULL);
                postgres_add_step(&script, POSTGRES_TRIM, postgres_put_kept(self), NULL);
        }
        return commit(self, &script, flock);
}

static int store_all(struct archive_postgres *self, const struct archive_batch *batch,
                     struct flock *flock)
{
        struct ledger ledger;
        struct postgres_outcome outcome = { 0 };
        int r = write_ledger(&ledger, batch);
        if (!r)
                r = postgres_make_days(self, batch);
        if (!r)
                r = lock(self, flock);
        if (!r)
                r = find_missing(self, flock, &ledger, batch);
        if (!r)
                r = judge(&ledger, batch, flock);
        if (!r)
                r = postgres_outcome_find(self, &outcome, batch, flock->places);
        if (!r)
                r = write_all(self, batch, &ledger, &outcome, flock);
        postgres_outcome_deinit(&outcome);
        ledger_deinit(&ledger);
        return r;
}

/* Nothing is to be written: no lock, and nobody waits. */
static int look(struct archive_postgres *self, struct archive_stream *streams, size_t count)
{
        PGresult *rows = NULL;
        postgres_put_ids(self, streams, count);
        const struct postgres_step read = { POSTGRES_READ_STREAMS, &self->args[SLOT_IDS], &rows };
        int r = postgres_link_run(&self->link, &read, 1);
        if (!r)
                r = postgres_take_streams(rows, streams, count);
        PQclear(rows);
        return r;
}

int postgres_store(struct archive_postgres *self, const struct archive_batch *batch)
{
        /* A batch that fails is as it was. */
        struct flock flock;
        int r = flock_init(&flock, batch);
        if (!r)
                r = batch->count + batch->refused + batch->news_count > 0
                            ? store_all(self, batch, &flock)
                            : look(self, flock.streams, flock.count);
        for (size_t i = 0; i < flock.count && !r; i++)
                batch->streams[i] = flock.streams[i];
        flock_deinit(&flock);
        return r;
}
