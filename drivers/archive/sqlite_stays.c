/* The archive on SQLite: stays, figures of hours, and what gates said last. */
#include "drivers/archive/sqlite_private.h"
#include "drivers/store/sqlite.h"

static int count(struct archive_sqlite *self, const struct summary_tally *tally)
{
        sqlite3_stmt *add = self->statement[SQL_COUNT];
        sqlite_bind_int(add, 1, tally->hour);
        sqlite_bind_int(add, 2, tally->gate);
        sqlite_bind_int(add, 3, tally->entries);
        sqlite_bind_int(add, 4, tally->exits);
        sqlite_bind_int(add, 5, tally->granted);
        sqlite_bind_int(add, 6, tally->denied);
        return sqlite_run(add);
}

static struct stay stay_of(sqlite3_stmt *row)
{
        struct stay stay = {
                .id = sqlite3_column_int64(row, 0),
                .is_entered = sqlite3_column_type(row, 1) != SQLITE_NULL,
                .entered_us = sqlite3_column_int64(row, 1),
                .is_left = sqlite3_column_type(row, 2) != SQLITE_NULL,
                .left_us = sqlite3_column_int64(row, 2),
                .is_left_assumed = sqlite3_column_int(row, 3) != 0,
                .gate_in = sqlite3_column_int64(row, 4),
                .gate_out = sqlite3_column_int64(row, 5),
        };
        (void)sqlite_column_copy(row, 6, stay.credential_class, sizeof(stay.credential_class));
        return stay;
}

static int load(struct archive_sqlite *self, const struct summary_passage *passage)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = self->statement[SQL_FIND_STAYS];
        int r, failed = 0;
        sqlite_bind_blob(rows, 1, passage->subject, 16);
        sqlite_bind_int(rows, 2, passage->site);
        sqlite_bind_int(rows, 3, passage->event.at_us);
        while (!failed && (r = sqlite_step(rows)) != 0) {
                struct stay stay = { 0 };
                if (r > 0)
                        stay = stay_of(rows);
                failed = r < 0 ? r : stay_book_add(&self->book, &stay);
        }
        return failed;
}

/* ?2 to ?4 of a change: how it ended. */
static void bind_end(sqlite3_stmt *change, const struct stay *stay)
{
        sqlite_bind_int(change, 1, stay->id);
        if (stay->is_left)
                sqlite_bind_int(change, 2, stay->left_us);
        sqlite_bind_int(change, 3, stay->is_left_assumed);
        if (stay->gate_out > 0)
                sqlite_bind_int(change, 4, stay->gate_out);
}

static int change(struct archive_sqlite *self, const struct stay *stay)
{
        sqlite3_stmt *end = self->statement[stay->is_moved ? SQL_MOVE_STAY : SQL_END_STAY];
        bind_end(end, stay);
        if (stay->is_moved) {
                sqlite_bind_int(end, 5, stay->entered_us);
                sqlite_bind_int(end, 6, stay->gate_in);
                sqlite_bind_optional(end, 7, stay->credential_class);
        }
        return sqlite_run(end);
}

static int add(struct archive_sqlite *self, const struct stay *stay,
               const struct summary_passage *whose)
{
        sqlite3_stmt *insert = self->statement[SQL_ADD_STAY];
        sqlite_bind_int(insert, 1, whose->site);
        sqlite_bind_blob(insert, 2, whose->subject, 16);
        sqlite_bind_int(insert, 3, stay_start_us(stay));
        if (stay->is_entered)
                sqlite_bind_int(insert, 4, stay->entered_us);
        if (stay->is_left)
                sqlite_bind_int(insert, 5, stay->left_us);
        sqlite_bind_int(insert, 6, stay->is_left_assumed);
        if (stay->gate_in > 0)
                sqlite_bind_int(insert, 7, stay->gate_in);
        if (stay->gate_out > 0)
                sqlite_bind_int(insert, 8, stay->gate_out);
        sqlite_bind_optional(insert, 9, stay->credential_class);
        return sqlite_run(insert);
}

/* All passages of one person in one site. */
static int live(struct archive_sqlite *self, const struct summary_passage *passages, size_t number)
{
        int r = 0;
        stay_book_clear(&self->book);
        for (size_t i = 0; i < number && !r; i++)
                r = load(self, &passages[i]);
        for (size_t i = 0; i < number && !r; i++)
                r = stay_book_note(&self->book, &passages[i].event);
        for (size_t i = 0; i < self->book.count && !r; i++) {
                const struct stay *stay = &self->book.stays[i];
                if (stay->is_changed)
                        r = stay->id > 0 ? change(self, stay) : add(self, stay, passages);
        }
        return r;
}

int archive_sqlite_put_summary(struct archive_sqlite *self, const struct summary *summary)
{
        int r = 0;
        for (size_t i = 0; i < summary->tally_count && !r; i++)
                r = count(self, &summary->tallies[i]);
        for (size_t i = 0, run; i < summary->passage_count && !r; i += run) {
                run = summary_run(summary, i);
                r = live(self, &summary->passages[i], run);
        }
        return r;
}

/* The hour's; a new hour takes the place of the gate's oldest. */
static int keep_health(struct archive_sqlite *self, const struct archive_news *news)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *keep = self->statement[SQL_KEEP_HEALTH];
        sqlite3_stmt *trim = self->statement[SQL_TRIM_HEALTH];
        sqlite_bind_text(keep, 1, news->gate);
        sqlite_bind_text(keep, 2, news->text);
        sqlite_bind_int(keep, 3, news->received_us);
        int r = sqlite_step(keep);
        if (r <= 0 || sqlite3_column_int64(keep, 0) > 1)
                return r < 0 ? r : 0;
        sqlite_bind_int(trim, 1, sqlite3_column_int64(keep, 1));
        sqlite_bind_int(trim, 2, sqlite3_column_int64(keep, 2) - ARCHIVE_HEALTH_HOURS);
        return sqlite_run(trim);
}

int archive_sqlite_put_news(struct archive_sqlite *self, const struct archive_news *news)
{
        bool is_status = news->kind == ARCHIVE_STATUS;
        sqlite3_stmt *hear = self->statement[is_status ? SQL_HEAR_STATUS : SQL_HEAR_HEALTH];
        int r = archive_sqlite_add_gate(self, news->gate);
        if (r)
                return r;
        sqlite_bind_text(hear, 1, news->gate);
        sqlite_bind_text(hear, 2, is_status ? news->state : news->text);
        sqlite_bind_int(hear, 3, news->received_us);
        if (is_status)
                sqlite_bind_text(hear, 4, news->text);
        if (is_status && news->has_journal) {
                sqlite_bind_blob(hear, 5, news->epoch, sizeof(news->epoch));
                sqlite_bind_int(hear, 6, (int64_t)news->head);
        }
        r = sqlite_run(hear);
        return r || is_status ? r : keep_health(self, news);
}
