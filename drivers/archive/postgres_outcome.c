/* The archive on PostgreSQL: what a batch comes to beside its rows: figures, stays, news. */
#include "drivers/archive/names.h"
#include "drivers/archive/postgres_private.h"
#include "drivers/archive/postgres_schema.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* ---- people and their stays ---- */

/* Each person once: a statement must not meet a row that it has made itself. */
static void put_people(struct postgres_args *args, const struct summary *summary)
{
        size_t people = 0;
        for (size_t i = 0; i < summary->passage_count; i += summary_run(summary, i))
                people++;
        postgres_add_array(args, POSTGRES_INT, people);
        for (size_t i = 0; i < summary->passage_count; i += summary_run(summary, i))
                postgres_put_int(args, summary->passages[i].site);
        postgres_add_array(args, POSTGRES_BYTES, people);
        for (size_t i = 0; i < summary->passage_count; i += summary_run(summary, i))
                postgres_put_bytes(args, summary->passages[i].subject, 16);
}

static void put_passages(struct postgres_args *args, const struct summary *summary)
{
        size_t count = summary->passage_count;
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, summary->passages[i].site);
        postgres_add_array(args, POSTGRES_BYTES, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_bytes(args, summary->passages[i].subject, 16);
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, summary->passages[i].event.at_us);
}

/* Rows of (n, id, entered, left_at, left_assumed, gate_in, gate_out, credential_class). */
static struct stay stay_at(const PGresult *rows, int row)
{
        struct stay stay = {
                .id = postgres_integer(rows, row, 1),
                .is_entered = !PQgetisnull(rows, row, 2),
                .entered_us = postgres_integer(rows, row, 2),
                .is_left = !PQgetisnull(rows, row, 3),
                .left_us = postgres_integer(rows, row, 3),
                .is_left_assumed = postgres_integer(rows, row, 4) != 0,
                .gate_in = postgres_integer(rows, row, 5),
                .gate_out = postgres_integer(rows, row, 6),
        };
        (void)snprintf(stay.credential_class, sizeof(stay.credential_class), "%s",
                       PQgetvalue(rows, row, 7));
        return stay;
}

static int keep_stay(struct postgres_outcome *outcome, const struct summary_passage *whose,
                     const struct stay *stay)
{
        if (outcome->stay_count == outcome->stay_size) {
                size_t size = 2 * outcome->stay_size + 64;
                struct postgres_stay *stays = realloc(outcome->stays, size * sizeof(*stays));
                if (!stays)
                        return -ENOMEM;
                outcome->stays = stays;
                outcome->stay_size = size;
        }
        outcome->stays[outcome->stay_count++] = (struct postgres_stay){ whose, *stay };
        return 0;
}

/* One person's passages [first, end) and, from *row on, the stays beside them. */
static int live(struct postgres_outcome *outcome, struct stay_book *book, size_t first, size_t end,
                const PGresult *rows, int *row)
{
        const struct summary_passage *passages = outcome->summary.passages;
        int r = 0;
        stay_book_clear(book);
        for (; *row < PQntuples(rows) && postgres_integer(rows, *row, 0) <= (int64_t)end && !r;
             ++*row) {
                struct stay stay = stay_at(rows, *row);
                r = stay_book_add(book, &stay);
        }
        for (size_t i = first; i < end && !r; i++)
                r = stay_book_note(book, &passages[i].event);
        for (size_t i = 0; i < book->count && !r; i++)
                if (book->stays[i].is_changed)
                        r = keep_stay(outcome, &passages[first], &book->stays[i]);
        return r;
}

int postgres_outcome_find(struct archive_postgres *self, struct postgres_outcome *outcome,
                          const struct archive_batch *batch, const struct summary_place *places)
{
        struct summary *summary = &outcome->summary;
        struct postgres_args *people = postgres_slot(self, SLOT_PEOPLE);
        struct postgres_args *passages = postgres_slot(self, SLOT_PASSAGES);
        struct stay_book book = { 0 };
        PGresult *rows = NULL;
        int r = summary_make(summary, batch, places), row = 0;
        if (r || summary->passage_count == 0)
                return r;
        put_people(people, summary);
        put_passages(passages, summary);
        const struct postgres_step steps[] = {
                { POSTGRES_LOCK_PEOPLE, people, NULL },
                { POSTGRES_FIND_STAYS, passages, &rows },
        };
        r = postgres_link_run(&self->link, steps, ARRAY_LEN(steps));
        for (size_t i = 0, run; i < summary->passage_count && !r; i += run) {
                run = summary_run(summary, i);
                r = live(outcome, &book, i, i + run, rows, &row);
        }
        PQclear(rows);
        stay_book_deinit(&book);
        return r;
}

void postgres_outcome_deinit(struct postgres_outcome *outcome)
{
        summary_deinit(&outcome->summary);
        free(outcome->stays);
}

/* ---- to be written ---- */

static void put_site(struct postgres_args *args, const struct postgres_stay *stay)
{
        postgres_put_int(args, stay->whose->site);
}

static void put_subject(struct postgres_args *args, const struct postgres_stay *stay)
{
        postgres_put_bytes(args, stay->whose->subject, 16);
}

static void put_id(struct postgres_args *args, const struct postgres_stay *stay)
{
        postgres_put_int(args, stay->stay.id);
}

static void put_or_null(struct postgres_args *args, int64_t value, bool is_there)
{
        if (is_there)
                postgres_put_int(args, value);
        else
                postgres_put_null(args);
}

static void put_entered(struct postgres_args *args, const struct postgres_stay *stay)
{
        put_or_null(args, stay->stay.entered_us, stay->stay.is_entered);
}

static void put_left(struct postgres_args *args, const struct postgres_stay *stay)
{
        put_or_null(args, stay->stay.left_us, stay->stay.is_left);
}

static void put_assumed(struct postgres_args *args, const struct postgres_stay *stay)
{
        postgres_put_int(args, stay->stay.is_left_assumed);
}

static void put_gate_in(struct postgres_args *args, const struct postgres_stay *stay)
{
        put_or_null(args, stay->stay.gate_in, stay->stay.gate_in > 0);
}

static void put_gate_out(struct postgres_args *args, const struct postgres_stay *stay)
{
        put_or_null(args, stay->stay.gate_out, stay->stay.gate_out > 0);
}

static void put_class(struct postgres_args *args, const struct postgres_stay *stay)
{
        postgres_put_optional(args, stay->stay.credential_class);
}

struct column {
        enum postgres_type type;
        void (*put)(struct postgres_args *args, const struct postgres_stay *stay);
};

/* What POSTGRES_ADD_STAYS and POSTGRES_CHANGE_STAYS begin with, and what both end with. */
static const struct column whose[] = { { POSTGRES_INT, put_site },
                                       { POSTGRES_BYTES, put_subject } };
static const struct column which[] = { { POSTGRES_INT, put_id } };
static const struct column what[] = {
        { POSTGRES_INT, put_entered },  { POSTGRES_INT, put_left },
        { POSTGRES_INT, put_assumed },  { POSTGRES_INT, put_gate_in },
        { POSTGRES_INT, put_gate_out }, { POSTGRES_TEXT, put_class },
};

static void put_columns(struct postgres_args *args, const struct postgres_outcome *outcome,
                        bool are_new, size_t count, const struct column *columns, size_t width)
{
        for (size_t column = 0; column < width; column++) {
                postgres_add_array(args, columns[column].type, count);
                for (size_t i = 0; i < outcome->stay_count; i++)
                        if ((outcome->stays[i].stay.id == 0) == are_new)
                                columns[column].put(args, &outcome->stays[i]);
        }
}

static void add_stays(struct archive_postgres *self, struct postgres_script *script,
                      const struct postgres_outcome *outcome, bool are_new)
{
        struct postgres_args *args =
                postgres_slot(self, are_new ? SLOT_NEW_STAYS : SLOT_CHANGED_STAYS);
        size_t count = 0;
        for (size_t i = 0; i < outcome->stay_count; i++)
                count += (outcome->stays[i].stay.id == 0) == are_new;
        if (count == 0)
                return;
        if (are_new)
                put_columns(args, outcome, are_new, count, whose, ARRAY_LEN(whose));
        else
                put_columns(args, outcome, are_new, count, which, ARRAY_LEN(which));
        put_columns(args, outcome, are_new, count, what, ARRAY_LEN(what));
        postgres_add_step(script, are_new ? POSTGRES_ADD_STAYS : POSTGRES_CHANGE_STAYS, args, NULL);
}

static void put_tallies(struct postgres_args *args, const struct summary *summary)
{
        static const size_t columns[] = {
                offsetof(struct summary_tally, gate),    offsetof(struct summary_tally, hour),
                offsetof(struct summary_tally, entries), offsetof(struct summary_tally, exits),
                offsetof(struct summary_tally, granted), offsetof(struct summary_tally, denied),
        };
        for (size_t column = 0; column < ARRAY_LEN(columns); column++) {
                postgres_add_array(args, POSTGRES_INT, summary->tally_count);
                for (size_t i = 0; i < summary->tally_count; i++) {
                        int64_t value;
                        memcpy(&value, (const char *)&summary->tallies[i] + columns[column],
                               sizeof(value));
                        postgres_put_int(args, value);
                }
        }
}

void postgres_outcome_add(struct archive_postgres *self, struct postgres_script *script,
                          const struct postgres_outcome *outcome)
{
        struct postgres_args *tallies = postgres_slot(self, SLOT_TALLIES);
        add_stays(self, script, outcome, false);
        add_stays(self, script, outcome, true);
        if (outcome->summary.tally_count == 0)
                return;
        put_tallies(tallies, &outcome->summary);
        postgres_add_step(script, POSTGRES_COUNT, tallies, NULL);
}
