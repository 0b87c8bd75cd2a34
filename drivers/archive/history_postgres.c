/* The history on PostgreSQL: its life, gates, events, figures. */
#include "drivers/archive/history_postgres_private.h"

#include "common/log.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/archive/day.h"
#include "drivers/archive/names.h"

#include <errno.h>
#include <string.h>

struct postgres_args *history_postgres_begin(struct history *history)
{
        struct history_postgres *self = (struct history_postgres *)history;
        postgres_args_clear(&self->args);
        return &self->args;
}

int history_postgres_ask(struct history *history, const char *statement, PGresult **rows)
{
        struct history_postgres *self = (struct history_postgres *)history;
        const struct postgres_step step = { statement, &self->args, rows };
        int r = postgres_link_need(&self->link);
        return r ? r : postgres_link_run(&self->link, &step, 1);
}

void history_postgres_bytes(const PGresult *rows, int row, int column, uint8_t *bytes, int len)
{
        if (PQgetlength(rows, row, column) == len)
                memcpy(bytes, PQgetvalue(rows, row, column), (size_t)len);
}

static int gates(struct history *history, const char *area, const char *after, size_t limit,
                 history_gate_visitor *visit, void *context)
{
        PGresult *rows = NULL;
        struct postgres_args *args = history_postgres_begin(history);
        const struct names_range range = names_gates(area);
        postgres_add_text(args, range.low);
        postgres_add_text(args, range.high);
        postgres_add_text(args, after);
        postgres_add_int(args, history_limit(limit));
        int r = history_postgres_ask(history, HISTORY_GATES, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct history_gate gate = {
                        .gate = PQgetvalue(rows, row, 0),
                        .state = PQgetvalue(rows, row, 1),
                        .state_us = postgres_integer(rows, row, 2),
                        .status = PQgetvalue(rows, row, 3),
                        .health = PQgetvalue(rows, row, 4),
                        .health_us = postgres_integer(rows, row, 5),
                        .last_row_us = postgres_integer(rows, row, 6),
                        .behind = (uint64_t)postgres_integer(rows, row, 7),
                        .lost = (uint64_t)postgres_integer(rows, row, 8),
                };
                goes_on = visit(context, &gate);
        }
        PQclear(rows);
        return r;
}

static struct history_event event_at(const PGresult *rows, int row)
{
        struct history_event event = {
                .place = { .at_us = postgres_integer(rows, row, 0),
                           .stream = postgres_integer(rows, row, 1),
                           .seq = (uint64_t)postgres_integer(rows, row, 2) },
                .gate = PQgetvalue(rows, row, 3),
                .received_us = postgres_integer(rows, row, 5),
                .event = PQgetvalue(rows, row, 6),
                .reason = PQgetvalue(rows, row, 7),
                .direction = PQgetvalue(rows, row, 8),
                .credential_class = PQgetvalue(rows, row, 9),
                .clock = PQgetvalue(rows, row, 10),
                .access_point = PQgetvalue(rows, row, 11),
                .grant_seq = (uint64_t)postgres_integer(rows, row, 13),
                .flags = (uint32_t)postgres_integer(rows, row, 14),
        };
        history_postgres_bytes(rows, row, 4, event.id, sizeof(event.id));
        history_postgres_bytes(rows, row, 12, event.subject, sizeof(event.subject));
        return event;
}

static int tell_events(struct history *history, const char *statement, history_event_visitor *visit,
                       void *context)
{
        PGresult *rows = NULL;
        int r = history_postgres_ask(history, statement, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct history_event event = event_at(rows, row);
                goes_on = visit(context, &event);
        }
        PQclear(rows);
        return r;
}

/* 1, 0 or -errno. */
static int has_few_streams(struct history *history, const struct names_range *range)
{
        PGresult *rows = NULL;
        struct postgres_args *args = history_postgres_begin(history);
        postgres_add_text(args, range->low);
        postgres_add_text(args, range->high);
        postgres_add_int(args, HISTORY_FEW_STREAMS + 1);
        int r = history_postgres_ask(history, HISTORY_COUNT_STREAMS, &rows);
        if (!r)
                r = postgres_integer(rows, 0, 0) <= HISTORY_FEW_STREAMS;
        PQclear(rows);
        return r;
}

static int events(struct history *history, const struct history_event_filter *filter,
                  history_event_visitor *visit, void *context)
{
        const struct names_range range = names_gates(filter->area);
        const struct history_bounds bounds = history_bounds(filter);
        int few = has_few_streams(history, &range);
        if (few < 0)
                return few;
        struct postgres_args *args = history_postgres_begin(history);
        postgres_add_int(args, bounds.from_us);
        postgres_add_int(args, bounds.last_us);
        postgres_add_int(args, bounds.before.at_us);
        postgres_add_int(args, bounds.before.stream);
        postgres_add_int(args, (int64_t)bounds.before.seq);
        postgres_add_text(args, range.low);
        postgres_add_text(args, range.high);
        postgres_add_text(args, filter->event);
        postgres_add_text(args, filter->reason);
        postgres_add_bytes(args, filter->subject, filter->subject ? HISTORY_SUBJECT_LEN : 0);
        postgres_add_int(args, filter->with_silent);
        postgres_add_int(args, history_limit(filter->limit));
        return tell_events(history, few ? HISTORY_EVENTS_OF_FEW : HISTORY_EVENTS, visit, context);
}

static int rows_after(struct history *history, int64_t stream, uint64_t after, size_t limit,
                      history_event_visitor *visit, void *context)
{
        struct postgres_args *args = history_postgres_begin(history);
        postgres_add_int(args, stream);
        postgres_add_int(args, (int64_t)after);
        postgres_add_int(args, history_limit(limit));
        return tell_events(history, HISTORY_ROWS_AFTER, visit, context);
}

/* False: it is enough. */
static bool tell_tallies(const PGresult *rows, history_tally_visitor *visit, void *context)
{
        for (int row = 0; row < PQntuples(rows); row++) {
                const struct history_tally tally = {
                        .gate = PQgetvalue(rows, row, 0),
                        .hour = postgres_integer(rows, row, 1),
                        .entries = (uint64_t)postgres_integer(rows, row, 2),
                        .exits = (uint64_t)postgres_integer(rows, row, 3),
                        .denied = (uint64_t)postgres_integer(rows, row, 4),
                        .granted = (uint64_t)postgres_integer(rows, row, 5),
                };
                if (!visit(context, &tally))
                        return false;
        }
        return true;
}

/* Page by page until there is none; *rows has the first. */
static int read_tallies(struct postgres_link *link, PGresult **rows, history_tally_visitor *visit,
                        void *context)
{
        int64_t deadline_ms = monotonic_ms() + HISTORY_WAIT_MS;
        const struct postgres_step more = { HISTORY_MORE_TALLIES, NULL, rows };
        const struct postgres_step end = { HISTORY_END, NULL, NULL };
        int r = 0;
        while (!r && PQntuples(*rows) > 0 && tell_tallies(*rows, visit, context)) {
                PQclear(*rows);
                *rows = NULL;
                r = monotonic_ms() > deadline_ms ? -ETIMEDOUT : postgres_link_run(link, &more, 1);
        }
        if (r == -ETIMEDOUT)
                postgres_link_leave(link);
        return r ? r : postgres_link_run(link, &end, 1);
}

static int tallies(struct history *history, const char *area, int64_t from_hour, int64_t until_hour,
                   history_tally_visitor *visit, void *context)
{
        struct history_postgres *self = (struct history_postgres *)history;
        struct postgres_args *args = history_postgres_begin(history);
        const struct names_range range = names_gates(area);
        PGresult *rows = NULL;
        const struct postgres_step steps[] = {
                { HISTORY_BEGIN, NULL, NULL },
                { HISTORY_TALLIES, args, NULL },
                { HISTORY_MORE_TALLIES, NULL, &rows },
        };
        postgres_add_int(args, from_hour);
        postgres_add_int(args, until_hour);
        postgres_add_text(args, range.low);
        postgres_add_text(args, range.high);
        int r = postgres_link_need(&self->link);
        if (!r)
                r = postgres_link_run(&self->link, steps, ARRAY_LEN(steps));
        if (!r)
                r = read_tallies(&self->link, &rows, visit, context);
        PQclear(rows);
        return r;
}

static int health(struct history *history, const char *gate, int64_t from_hour, int64_t until_hour,
                  history_health_visitor *visit, void *context)
{
        PGresult *rows = NULL;
        struct postgres_args *args = history_postgres_begin(history);
        postgres_add_text(args, gate);
        postgres_add_int(args, from_hour);
        postgres_add_int(args, until_hour);
        int r = history_postgres_ask(history, HISTORY_HEALTH, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct history_health hour = {
                        .hour = postgres_integer(rows, row, 0),
                        .reports = (uint64_t)postgres_integer(rows, row, 1),
                        .data = PQgetvalue(rows, row, 2),
                };
                goes_on = visit(context, &hour);
        }
        PQclear(rows);
        return r;
}

static int heads(struct history *history, history_head_visitor *visit, void *context)
{
        PGresult *rows = NULL;
        (void)history_postgres_begin(history);
        int r = history_postgres_ask(history, HISTORY_HEADS, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct history_head head = {
                        .stream = postgres_integer(rows, row, 0),
                        .highest = (uint64_t)postgres_integer(rows, row, 1),
                };
                goes_on = visit(context, &head);
        }
        PQclear(rows);
        return r;
}

static int deletion_of(struct history *history, int64_t day, struct history_deletion *deletion)
{
        PGresult *rows = NULL;
        struct postgres_args *args = history_postgres_begin(history);
        postgres_add_date(args, (int32_t)(day - DAYS_TO_2000));
        postgres_add_int(args, day * DAY_US);
        postgres_add_int(args, (day + 1) * DAY_US);
        int r = history_postgres_ask(history, HISTORY_DELETION, &rows);
        if (!r)
                *deletion = (struct history_deletion){
                        .entries = (uint64_t)postgres_integer(rows, 0, 0),
                        .stays = (uint64_t)postgres_integer(rows, 0, 1),
                        .refusals = (uint64_t)postgres_integer(rows, 0, 2),
                        .last_us = postgres_integer(rows, 0, 3),
                        .left_entries = (uint64_t)postgres_integer(rows, 0, 4),
                        .left_stays = (uint64_t)postgres_integer(rows, 0, 5),
                        .later_stays = (uint64_t)postgres_integer(rows, 0, 6),
                };
        PQclear(rows);
        return r;
}

static void close_history(struct history *history)
{
        struct history_postgres *self = (struct history_postgres *)history;
        postgres_link_leave(&self->link);
        postgres_args_deinit(&self->args);
        free(self->link.conninfo);
        free(self);
}

static const struct history_ops ops = { .name = "postgresql",
                                        .gates = gates,
                                        .events = events,
                                        .inside = history_postgres_inside,
                                        .inside_counts = history_postgres_inside_counts,
                                        .visits = history_postgres_visits,
                                        .contacts = history_postgres_contacts,
                                        .tallies = tallies,
                                        .health = health,
                                        .heads = heads,
                                        .rows_after = rows_after,
                                        .deletion = deletion_of,
                                        .close = close_history };

int history_postgres_open(const char *conninfo, struct history **history)
{
        const char *why;
        *history = NULL;
        struct history_postgres *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->history.ops = &ops;
        self->link.prepare = history_postgres_prepare;
        self->link.application = "stile-dashboard";
        self->link.is_reader = true;
        self->link.conninfo = strdup(conninfo);
        if (self->link.conninfo && postgres_link_check(conninfo, &why, self->link.name)) {
                *history = &self->history;
                return 0;
        }
        if (self->link.conninfo)
                log_error("not a connection", "why=%s", why);
        int r = self->link.conninfo ? -EINVAL : -ENOMEM;
        close_history(&self->history);
        return r;
}
