/*
 * The archive on SQLite: what is older than it may be goes, and who wants to. Deleted content is
 * overwritten in the file (secure_delete), and the log, which still has it, is cut when a sweep is
 * through.
 */
#include "controller/record/subject.h"
#include "drivers/archive/day.h"
#include "drivers/archive/sqlite_private.h"
#include "drivers/store/sqlite.h"

#include <errno.h>

enum {
        ENTRIES,
        STAYS,
        REFUSALS,
        KINDS
};

enum {
        ERASE_ROWS = 100000 /* looked at in one transaction: moments */
};

struct sweep {
        struct archive_sqlite *self;
        int64_t before_us, now_us;
        uint64_t deleted[KINDS];
};

static int note(const struct sweep *sweep, int kind, int64_t day, int64_t number)
{
        sqlite3_stmt *count = sweep->self->statement[SQL_COUNT_DELETED];
        if (number == 0)
                return 0;
        sqlite_bind_int(count, 1, day);
        for (int i = 0; i < KINDS; i++)
                sqlite_bind_int(count, 2 + i, i == kind ? number : 0);
        sqlite_bind_int(count, 5, sweep->now_us);
        return sqlite_run(count);
}

static void bind(const struct sweep *sweep, sqlite3_stmt *statement)
{
        sqlite_bind_int(statement, 1, sweep->before_us);
        sqlite_bind_int(statement, 2, ARCHIVE_FORGET_MAX);
}

/* Deletes a part of one kind; the statement gives the day of each. 0 or -errno. */
static int drop(struct sweep *sweep, int kind, enum sqlite_statement which)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *days = sweep->self->statement[which];
        int64_t day = 0, number = 0;
        int r, failed = 0;
        bind(sweep, days);
        while (!failed && (r = sqlite_step(days)) != 0) {
                if (r < 0)
                        return r;
                int64_t next = sqlite3_column_int64(days, 0);
                if (next != day) {
                        failed = note(sweep, kind, day, number);
                        number = 0;
                }
                day = next;
                number++;
                sweep->deleted[kind]++;
        }
        return failed ? failed : note(sweep, kind, day, number);
}

static int drop_all(struct sweep *sweep)
{
        sqlite3_stmt *keep = sweep->self->statement[SQL_KEEP_FOUND];
        bind(sweep, keep);
        int r = sqlite_run(keep);
        if (!r)
                r = drop(sweep, ENTRIES, SQL_FORGET_ROWS);
        if (!r)
                r = drop(sweep, STAYS, SQL_FORGET_STAYS);
        return r ? r : drop(sweep, REFUSALS, SQL_FORGET_REFUSALS);
}

/* Not while somebody reads: then with the next sweep. */
static int cut_log(struct archive_sqlite *self)
{
        if (!self->is_log_left)
                return 0;
        int r = database_checkpoint(self->db);
        self->is_log_left = r != 0;
        return r == -EBUSY ? 0 : r;
}

int archive_sqlite_forget(struct archive *archive, int64_t before_day, int64_t now_us,
                          struct archive_deletion *deletion)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        struct sweep sweep = { .self = self, .before_us = before_day * DAY_US, .now_us = now_us };
        int r = archive_sqlite_begin(self, ARCHIVE_SQLITE_DURABLE);
        if (!r)
                r = archive_sqlite_end(self, drop_all(&sweep));
        if (r)
                return r;
        *deletion = (struct archive_deletion){ .entries = sweep.deleted[ENTRIES],
                                               .stays = sweep.deleted[STAYS],
                                               .refusals = sweep.deleted[REFUSALS] };
        for (int i = 0; i < KINDS; i++) {
                self->is_log_left = self->is_log_left || sweep.deleted[i] > 0;
                if (sweep.deleted[i] >= ARCHIVE_FORGET_MAX)
                        deletion->has_more = true;
        }
        return deletion->has_more ? 0 : cut_log(self);
}

/* Runs a change in a transaction of its own. How many rows it changed, or -errno. */
static int change(struct archive_sqlite *self, sqlite3_stmt *statement)
{
        int r = archive_sqlite_begin(self, ARCHIVE_SQLITE_DURABLE);
        if (!r)
                r = sqlite_run(statement);
        int changed = sqlite3_changes(self->db);
        r = archive_sqlite_end(self, r);
        return r ? r : changed;
}

static int last_row(struct archive_sqlite *self, int64_t *last)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = self->statement[SQL_LAST_ROW];
        int r = sqlite_step(row);
        if (r > 0)
                *last = sqlite3_column_int64(row, 0);
        return r < 0 ? r : 0;
}

static int erase_rows(struct archive_sqlite *self, const uint8_t subject[16], uint64_t *erased)
{
        int64_t last = 0;
        int r = last_row(self, &last);
        for (int64_t at = 0; at < last && r >= 0; at += ERASE_ROWS) {
                sqlite3_stmt *update = self->statement[SQL_ERASE_ROWS];
                sqlite_bind_blob(update, 1, subject, 16);
                sqlite_bind_int(update, 2, at);
                sqlite_bind_int(update, 3, at + ERASE_ROWS);
                r = change(self, update);
                *erased += r > 0 ? (uint64_t)r : 0;
        }
        return r < 0 ? r : 0;
}

int archive_sqlite_erase(struct archive *archive, const uint8_t subject[16],
                         struct archive_deletion *erased)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        char text[SUBJECT_TEXT_MAX];
        sqlite3_stmt *stays = self->statement[SQL_ERASE_STAYS],
                     *refusals = self->statement[SQL_ERASE_REFUSALS];
        int r = erase_rows(self, subject, &erased->entries);
        if (r)
                return r;
        self->is_log_left = true;
        sqlite_bind_blob(stays, 1, subject, 16);
        r = change(self, stays);
        erased->stays = r > 0 ? (uint64_t)r : 0;
        if (r < 0)
                return r;
        subject_format(subject, text);
        sqlite_bind_text(refusals, 1, text);
        r = change(self, refusals);
        erased->refusals = r > 0 ? (uint64_t)r : 0;
        return r < 0 ? r : cut_log(self);
}
