/* The history on PostgreSQL: who is inside, stays, contacts. */
#include "drivers/archive/history_postgres_private.h"
#include "drivers/archive/names.h"

static void add_sites(struct postgres_args *args, const char *area)
{
        const struct names_range range = names_sites(area);
        postgres_add_text(args, range.low);
        postgres_add_text(args, range.high);
}

static struct history_visit visit_at(const PGresult *rows, int row)
{
        struct history_visit visit = {
                .id = postgres_integer(rows, row, 0),
                .site = PQgetvalue(rows, row, 1),
                .entered_us = postgres_integer(rows, row, 3),
                .left_us = postgres_integer(rows, row, 4),
                .is_left_assumed = postgres_integer(rows, row, 5) != 0,
                .gate_in = PQgetvalue(rows, row, 6),
                .gate_out = PQgetvalue(rows, row, 7),
                .credential_class = PQgetvalue(rows, row, 8),
        };
        history_postgres_bytes(rows, row, 2, visit.subject, sizeof(visit.subject));
        return visit;
}

static int tell_visits(struct history *history, const char *statement, history_visit_visitor *visit,
                       void *context)
{
        PGresult *rows = NULL;
        int r = history_postgres_ask(history, statement, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct history_visit found = visit_at(rows, row);
                goes_on = visit(context, &found);
        }
        PQclear(rows);
        return r;
}

int history_postgres_inside(struct history *history, const char *area, int64_t after_entered_us,
                            int64_t after_id, size_t limit, history_visit_visitor *visit,
                            void *context)
{
        struct postgres_args *args = history_postgres_begin(history);
        add_sites(args, area);
        postgres_add_int(args, after_id > 0 ? after_entered_us : INT64_MIN);
        postgres_add_int(args, after_id);
        postgres_add_int(args, history_limit(limit));
        return tell_visits(history, HISTORY_INSIDE, visit, context);
}

int history_postgres_inside_counts(struct history *history, const char *area,
                                   history_visit_visitor *visit, void *context)
{
        PGresult *rows = NULL;
        add_sites(history_postgres_begin(history), area);
        int r = history_postgres_ask(history, HISTORY_INSIDE_COUNTS, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct history_visit count = { .id = postgres_integer(rows, row, 1),
                                                     .site = PQgetvalue(rows, row, 0),
                                                     .gate_in = "",
                                                     .gate_out = "",
                                                     .credential_class = "" };
                goes_on = visit(context, &count);
        }
        PQclear(rows);
        return r;
}

int history_postgres_visits(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                            const char *area, int64_t from_us, int64_t until_us, size_t limit,
                            history_visit_visitor *visit, void *context)
{
        struct postgres_args *args = history_postgres_begin(history);
        postgres_add_bytes(args, subject, HISTORY_SUBJECT_LEN);
        add_sites(args, area);
        postgres_add_int(args, from_us);
        postgres_add_int(args, until_us > 0 ? until_us : INT64_MAX);
        postgres_add_int(args, history_limit(limit));
        return tell_visits(history, HISTORY_VISITS, visit, context);
}

int history_postgres_contacts(struct history *history, const struct history_contact_query *query,
                              history_contact_visitor *visit, void *context)
{
        PGresult *rows = NULL;
        struct postgres_args *args = history_postgres_begin(history);
        postgres_add_bytes(args, query->subject, HISTORY_SUBJECT_LEN);
        add_sites(args, query->area);
        postgres_add_int(args, query->from_us);
        postgres_add_int(args, query->until_us > 0 ? query->until_us : INT64_MAX);
        postgres_add_int(args, query->margin_us);
        postgres_add_int(args, query->now_us);
        postgres_add_int(args, history_limit(query->limit));
        int r = history_postgres_ask(history, HISTORY_CONTACTS, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct history_contact contact = {
                        .visit = visit_at(rows, row),
                        .from_us = postgres_integer(rows, row, 9),
                        .until_us = postgres_integer(rows, row, 10),
                        .of_visit = postgres_integer(rows, row, 11),
                };
                goes_on = visit(context, &contact);
        }
        PQclear(rows);
        return r;
}
