/*
 * The history on SQLite: its life, gates, events, figures. A connection that may write, and is told
 * not to: a database in WAL mode that nobody has open cannot be read without making its index.
 */
#include "drivers/archive/history_sqlite_private.h"

#include "common/log.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/archive/day.h"
#include "drivers/archive/names.h"
#include "drivers/archive/sqlite_private.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
        BUSY_MS = 1000,
        LOOK_STEPS = 10000 /* of SQLite's machine, between looks at the clock */
};

sqlite3_stmt *history_sqlite_begin(struct history *history, enum history_sqlite_statement which)
{
        struct history_sqlite *self = (struct history_sqlite *)history;
        self->deadline_ms = monotonic_ms() + HISTORY_WAIT_MS;
        return self->statement[which];
}

int history_sqlite_step(sqlite3_stmt *rows)
{
        int r = sqlite_step(rows);
        if (r < 0 && sqlite3_errcode(sqlite3_db_handle(rows)) == SQLITE_INTERRUPT)
                return -ETIMEDOUT;
        return r;
}

const char *history_sqlite_text(sqlite3_stmt *row, int column)
{
        const char *text = (const char *)sqlite3_column_text(row, column);
        return text ? text : "";
}

static int gates(struct history *history, const char *area, const char *after, size_t limit,
                 history_gate_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_GATES);
        const struct names_range range = names_gates(area);
        int r;
        sqlite_bind_text(rows, 1, range.low);
        sqlite_bind_text(rows, 2, range.high);
        sqlite_bind_text(rows, 3, after);
        sqlite_bind_int(rows, 4, history_limit(limit));
        while ((r = history_sqlite_step(rows)) > 0) {
                const struct history_gate gate = {
                        .gate = history_sqlite_text(rows, 0),
                        .state = history_sqlite_text(rows, 1),
                        .state_us = sqlite3_column_int64(rows, 2),
                        .status = history_sqlite_text(rows, 3),
                        .health = history_sqlite_text(rows, 4),
                        .health_us = sqlite3_column_int64(rows, 5),
                        .last_row_us = sqlite3_column_int64(rows, 6),
                        .behind = (uint64_t)sqlite3_column_int64(rows, 7),
                        .lost = (uint64_t)sqlite3_column_int64(rows, 8),
                };
                if (!visit(context, &gate))
                        return 0;
        }
        return r;
}

/* Exactly so many bytes, or none. */
static void copy_bytes(sqlite3_stmt *row, int column, uint8_t *bytes, size_t len)
{
        const void *blob = sqlite3_column_blob(row, column);
        if (blob && (size_t)sqlite3_column_bytes(row, column) == len)
                memcpy(bytes, blob, len);
}

static int tell_events(sqlite3_stmt *rows, history_event_visitor *visit, void *context)
{
        int r;
        while ((r = history_sqlite_step(rows)) > 0) {
                struct history_event event = {
                        .place = { .at_us = sqlite3_column_int64(rows, 0),
                                   .stream = sqlite3_column_int64(rows, 1),
                                   .seq = (uint64_t)sqlite3_column_int64(rows, 2) },
                        .gate = history_sqlite_text(rows, 3),
                        .received_us = sqlite3_column_int64(rows, 5),
                        .event = history_sqlite_text(rows, 6),
                        .reason = history_sqlite_text(rows, 7),
                        .direction = history_sqlite_text(rows, 8),
                        .credential_class = history_sqlite_text(rows, 9),
                        .clock = history_sqlite_text(rows, 10),
                        .access_point = history_sqlite_text(rows, 11),
                        .grant_seq = (uint64_t)sqlite3_column_int64(rows, 13),
                        .flags = (uint32_t)sqlite3_column_int64(rows, 14),
                };
                copy_bytes(rows, 4, event.id, sizeof(event.id));
                copy_bytes(rows, 12, event.subject, sizeof(event.subject));
                if (!visit(context, &event))
                        return 0;
        }
        return r;
}

/* 1, 0 or -errno. */
static int has_few_streams(struct history *history, const struct names_range *range)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_COUNT_STREAMS);
        sqlite_bind_text(rows, 1, range->low);
        sqlite_bind_text(rows, 2, range->high);
        sqlite_bind_int(rows, 3, HISTORY_FEW_STREAMS + 1);
        int r = history_sqlite_step(rows);
        return r > 0 ? sqlite3_column_int(rows, 0) <= HISTORY_FEW_STREAMS : r;
}

static int events(struct history *history, const struct history_event_filter *filter,
                  history_event_visitor *visit, void *context)
{
        const struct names_range range = names_gates(filter->area);
        const struct history_bounds bounds = history_bounds(filter);
        int few = has_few_streams(history, &range);
        if (few < 0)
                return few;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows =
                history_sqlite_begin(history, few ? HISTORY_EVENTS_OF_FEW : HISTORY_EVENTS);
        sqlite_bind_int(rows, 1, bounds.from_us);
        sqlite_bind_int(rows, 2, bounds.last_us);
        sqlite_bind_int(rows, 3, bounds.before.at_us);
        sqlite_bind_int(rows, 4, bounds.before.stream);
        sqlite_bind_int(rows, 5, (int64_t)bounds.before.seq);
        sqlite_bind_text(rows, 6, range.low);
        sqlite_bind_text(rows, 7, range.high);
        sqlite_bind_text(rows, 8, filter->event);
        sqlite_bind_text(rows, 9, filter->reason);
        if (filter->subject)
                sqlite_bind_blob(rows, 10, filter->subject, HISTORY_SUBJECT_LEN);
        sqlite_bind_int(rows, 11, filter->with_silent);
        sqlite_bind_int(rows, 12, history_limit(filter->limit));
        return tell_events(rows, visit, context);
}

static int rows_after(struct history *history, int64_t stream, uint64_t after, size_t limit,
                      history_event_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_ROWS_AFTER);
        sqlite_bind_int(rows, 1, stream);
        sqlite_bind_int(rows, 2, (int64_t)after);
        sqlite_bind_int(rows, 3, history_limit(limit));
        return tell_events(rows, visit, context);
}

static int tallies(struct history *history, const char *area, int64_t from_hour, int64_t until_hour,
                   history_tally_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_TALLIES);
        const struct names_range range = names_gates(area);
        int r;
        sqlite_bind_int(rows, 1, from_hour);
        sqlite_bind_int(rows, 2, until_hour);
        sqlite_bind_text(rows, 3, range.low);
        sqlite_bind_text(rows, 4, range.high);
        while ((r = history_sqlite_step(rows)) > 0) {
                const struct history_tally tally = {
                        .gate = history_sqlite_text(rows, 0),
                        .hour = sqlite3_column_int64(rows, 1),
                        .entries = (uint64_t)sqlite3_column_int64(rows, 2),
                        .exits = (uint64_t)sqlite3_column_int64(rows, 3),
                        .denied = (uint64_t)sqlite3_column_int64(rows, 4),
                        .granted = (uint64_t)sqlite3_column_int64(rows, 5),
                };
                if (!visit(context, &tally))
                        return 0;
        }
        return r;
}

static int health(struct history *history, const char *gate, int64_t from_hour, int64_t until_hour,
                  history_health_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_HEALTH);
        int r;
        sqlite_bind_text(rows, 1, gate);
        sqlite_bind_int(rows, 2, from_hour);
        sqlite_bind_int(rows, 3, until_hour);
        while ((r = history_sqlite_step(rows)) > 0) {
                const struct history_health hour = {
                        .hour = sqlite3_column_int64(rows, 0),
                        .reports = (uint64_t)sqlite3_column_int64(rows, 1),
                        .data = history_sqlite_text(rows, 2),
                };
                if (!visit(context, &hour))
                        return 0;
        }
        return r;
}

static int heads(struct history *history, history_head_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_HEADS);
        int r;
        while ((r = history_sqlite_step(rows)) > 0) {
                const struct history_head head = {
                        .stream = sqlite3_column_int64(rows, 0),
                        .highest = (uint64_t)sqlite3_column_int64(rows, 1),
                };
                if (!visit(context, &head))
                        return 0;
        }
        return r;
}

static int deletion_of(struct history *history, int64_t day, struct history_deletion *deletion)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_DELETION);
        sqlite_bind_int(rows, 1, day);
        sqlite_bind_int(rows, 2, day * DAY_US);
        sqlite_bind_int(rows, 3, (day + 1) * DAY_US);
        int r = history_sqlite_step(rows);
        if (r > 0)
                *deletion = (struct history_deletion){
                        .entries = (uint64_t)sqlite3_column_int64(rows, 0),
                        .stays = (uint64_t)sqlite3_column_int64(rows, 1),
                        .refusals = (uint64_t)sqlite3_column_int64(rows, 2),
                        .last_us = sqlite3_column_int64(rows, 3),
                        .left_entries = (uint64_t)sqlite3_column_int64(rows, 4),
                        .left_stays = (uint64_t)sqlite3_column_int64(rows, 5),
                        .later_stays = (uint64_t)sqlite3_column_int64(rows, 6),
                };
        return r > 0 ? 0 : r < 0 ? r : -EIO;
}

static void close_history(struct history *history)
{
        struct history_sqlite *self = (struct history_sqlite *)history;
        sqlite_finalize_all(self->statement, HISTORY_STATEMENTS);
        (void)sqlite3_close(self->db);
        free(self);
}

static const struct history_ops ops = { .name = "sqlite",
                                        .gates = gates,
                                        .events = events,
                                        .inside = history_sqlite_inside,
                                        .inside_counts = history_sqlite_inside_counts,
                                        .visits = history_sqlite_visits,
                                        .contacts = history_sqlite_contacts,
                                        .tallies = tallies,
                                        .health = health,
                                        .heads = heads,
                                        .rows_after = rows_after,
                                        .deletion = deletion_of,
                                        .close = close_history };

static int is_too_late(void *context)
{
        const struct history_sqlite *self = context;
        return monotonic_ms() > self->deadline_ms;
}

/* 0; -ENOENT: the collector has still to make it, or to bring it to this version. */
static int check_version(sqlite3 *db)
{
        int64_t application_id = 0, version = 0;
        int r = sqlite_query_int(db, "PRAGMA user_version", &version);
        if (!r)
                r = sqlite_query_int(db, "PRAGMA application_id", &application_id);
        if (r)
                return r;
        if (version == 0 && application_id == 0)
                return -ENOENT;
        if (application_id != archive_sqlite_schema.application_id ||
            version > archive_sqlite_schema.version)
                return -EPROTONOSUPPORT;
        return version < archive_sqlite_schema.version ? -ENOENT : 0;
}

/* As an archive, whose file somebody else may have edited, is opened (drivers/store/database.c). */
static int open_database(struct history_sqlite *self, const char *path)
{
        int opened = sqlite3_open_v2(
                path, &self->db,
                SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
        if (opened != SQLITE_OK)
                return self->db ? sqlite_errno(self->db) : -ENOMEM;
        sqlite3_busy_timeout(self->db, BUSY_MS);
        sqlite3_db_config(self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        sqlite3_db_config(self->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
        sqlite3_db_config(self->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        int r = sqlite_exec(self->db, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;"
                                      "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
        if (!r)
                r = check_version(self->db);
        if (!r)
                r = sqlite_prepare_all(self->db, history_sqlite_sql, HISTORY_STATEMENTS,
                                       self->statement);
        sqlite3_progress_handler(self->db, LOOK_STEPS, is_too_late, self);
        return r;
}

int history_sqlite_open(const char *path, struct history **history)
{
        *history = NULL;
        /* SQLite says of a file that is not there only that it cannot be opened. */
        if (access(path, F_OK) < 0)
                return -errno;
        struct history_sqlite *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->history.ops = &ops;
        int r = open_database(self, path);
        if (!r) {
                *history = &self->history;
                return 0;
        }
        if (r != -ENOENT)
                log_error("archive not opened for reading", "path=%s errno=%d", path, -r);
        close_history(&self->history);
        return r;
}
