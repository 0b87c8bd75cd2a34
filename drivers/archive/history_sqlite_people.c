/* The history on SQLite: who is inside, stays, contacts. */
#include "drivers/archive/history_sqlite_private.h"
#include "drivers/archive/names.h"
#include "drivers/store/sqlite.h"

#include <string.h>

static void bind_sites(sqlite3_stmt *rows, int index, const struct names_range *range)
{
        sqlite_bind_text(rows, index, range->low);
        sqlite_bind_text(rows, index + 1, range->high);
}

static struct history_visit visit_of(sqlite3_stmt *row)
{
        struct history_visit visit = {
                .id = sqlite3_column_int64(row, 0),
                .site = history_sqlite_text(row, 1),
                .entered_us = sqlite3_column_int64(row, 3),
                .left_us = sqlite3_column_int64(row, 4),
                .is_left_assumed = sqlite3_column_int(row, 5) != 0,
                .gate_in = history_sqlite_text(row, 6),
                .gate_out = history_sqlite_text(row, 7),
                .credential_class = history_sqlite_text(row, 8),
        };
        const void *subject = sqlite3_column_blob(row, 2);
        if (subject && sqlite3_column_bytes(row, 2) == HISTORY_SUBJECT_LEN)
                memcpy(visit.subject, subject, HISTORY_SUBJECT_LEN);
        return visit;
}

static int tell_visits(sqlite3_stmt *rows, history_visit_visitor *visit, void *context)
{
        int r;
        while ((r = history_sqlite_step(rows)) > 0) {
                const struct history_visit found = visit_of(rows);
                if (!visit(context, &found))
                        return 0;
        }
        return r;
}

int history_sqlite_inside(struct history *history, const char *area, int64_t after_entered_us,
                          int64_t after_id, size_t limit, history_visit_visitor *visit,
                          void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_INSIDE);
        const struct names_range range = names_sites(area);
        bind_sites(rows, 1, &range);
        sqlite_bind_int(rows, 3, after_id > 0 ? after_entered_us : INT64_MIN);
        sqlite_bind_int(rows, 4, after_id);
        sqlite_bind_int(rows, 5, history_limit(limit));
        return tell_visits(rows, visit, context);
}

int history_sqlite_inside_counts(struct history *history, const char *area,
                                 history_visit_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_INSIDE_COUNTS);
        const struct names_range range = names_sites(area);
        int r;
        bind_sites(rows, 1, &range);
        while ((r = history_sqlite_step(rows)) > 0) {
                const struct history_visit count = { .id = sqlite3_column_int64(rows, 1),
                                                     .site = history_sqlite_text(rows, 0),
                                                     .gate_in = "",
                                                     .gate_out = "",
                                                     .credential_class = "" };
                if (!visit(context, &count))
                        return 0;
        }
        return r;
}

int history_sqlite_visits(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                          const char *area, int64_t from_us, int64_t until_us, size_t limit,
                          history_visit_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_VISITS);
        const struct names_range range = names_sites(area);
        sqlite_bind_blob(rows, 1, subject, HISTORY_SUBJECT_LEN);
        bind_sites(rows, 2, &range);
        sqlite_bind_int(rows, 4, from_us);
        sqlite_bind_int(rows, 5, until_us > 0 ? until_us : INT64_MAX);
        sqlite_bind_int(rows, 6, history_limit(limit));
        return tell_visits(rows, visit, context);
}

int history_sqlite_contacts(struct history *history, const struct history_contact_query *query,
                            history_contact_visitor *visit, void *context)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = history_sqlite_begin(history, HISTORY_CONTACTS);
        const struct names_range range = names_sites(query->area);
        int r;
        sqlite_bind_blob(rows, 1, query->subject, HISTORY_SUBJECT_LEN);
        bind_sites(rows, 2, &range);
        sqlite_bind_int(rows, 4, query->from_us);
        sqlite_bind_int(rows, 5, query->until_us > 0 ? query->until_us : INT64_MAX);
        sqlite_bind_int(rows, 6, query->margin_us);
        sqlite_bind_int(rows, 7, query->now_us);
        sqlite_bind_int(rows, 8, history_limit(query->limit));
        while ((r = history_sqlite_step(rows)) > 0) {
                const struct history_contact contact = { .visit = visit_of(rows),
                                                         .from_us = sqlite3_column_int64(rows, 9),
                                                         .until_us = sqlite3_column_int64(rows, 10),
                                                         .of_visit =
                                                                 sqlite3_column_int64(rows, 11) };
                if (!visit(context, &contact))
                        return 0;
        }
        return r;
}
