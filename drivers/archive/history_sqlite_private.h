/* The history on SQLite: what its files share. */
#pragma once

#include "drivers/archive/history_bounds.h"

#include <sqlite3.h>

enum history_sqlite_statement {
        HISTORY_GATES,
        HISTORY_COUNT_STREAMS,
        HISTORY_EVENTS,
        HISTORY_EVENTS_OF_FEW,
        HISTORY_INSIDE,
        HISTORY_INSIDE_COUNTS,
        HISTORY_VISITS,
        HISTORY_CONTACTS,
        HISTORY_TALLIES,
        HISTORY_HEALTH,
        HISTORY_HEADS,
        HISTORY_ROWS_AFTER,
        HISTORY_DELETION,
        HISTORY_STATEMENTS
};

extern const char *const history_sqlite_sql[HISTORY_STATEMENTS];

struct history_sqlite {
        struct history history;
        sqlite3 *db;
        sqlite3_stmt *statement[HISTORY_STATEMENTS];
        int64_t deadline_ms; /* of the call under way */
};

/* The statement of a call, which begins. */
sqlite3_stmt *history_sqlite_begin(struct history *history, enum history_sqlite_statement which);
/* 1: a row is there; 0: no more; -ETIMEDOUT; -errno. */
MUST_USE int history_sqlite_step(sqlite3_stmt *rows);
/* "" for NULL; good until the next step. */
const char *history_sqlite_text(sqlite3_stmt *row, int column);
/* The port's calls of people. */
int history_sqlite_inside(struct history *history, const char *area, int64_t after_entered_us,
                          int64_t after_id, size_t limit, history_visit_visitor *visit,
                          void *context);
int history_sqlite_inside_counts(struct history *history, const char *area,
                                 history_visit_visitor *visit, void *context);
int history_sqlite_visits(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                          const char *area, int64_t from_us, int64_t until_us, size_t limit,
                          history_visit_visitor *visit, void *context);
int history_sqlite_contacts(struct history *history, const struct history_contact_query *query,
                            history_contact_visitor *visit, void *context);
