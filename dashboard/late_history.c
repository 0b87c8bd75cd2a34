#include "dashboard/late_history.h"

enum {
        RETRY_MS = 1000
};

struct late_history {
        struct history history;
        history_opener *open;
        const char *where;
        struct history *opened; /* NULL: not yet */
        int64_t retry_ms;
        int error; /* why not, last time */
};

/* 0 or -errno. */
static int reach(struct history *history, struct history **opened)
{
        struct late_history *self = (struct late_history *)history;
        if (!self->opened && monotonic_ms() >= self->retry_ms) {
                self->error = self->open(self->where, &self->opened);
                self->retry_ms = monotonic_ms() + RETRY_MS;
        }
        *opened = self->opened;
        return self->opened ? 0 : self->error;
}

static int gates(struct history *history, const char *area, const char *after, size_t limit,
                 history_gate_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->gates(history, area, after, limit, visit, context);
}

static int events(struct history *history, const struct history_event_filter *filter,
                  history_event_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->events(history, filter, visit, context);
}

static int inside(struct history *history, const char *area, int64_t after_entered_us,
                  int64_t after_id, size_t limit, history_visit_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r
                 : history->ops->inside(history, area, after_entered_us, after_id, limit, visit,
                                        context);
}

static int inside_counts(struct history *history, const char *area, history_visit_visitor *visit,
                         void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->inside_counts(history, area, visit, context);
}

static int visits(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                  const char *area, int64_t from_us, int64_t until_us, size_t limit,
                  history_visit_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r
                 : history->ops->visits(history, subject, area, from_us, until_us, limit, visit,
                                        context);
}

static int contacts(struct history *history, const struct history_contact_query *query,
                    history_contact_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->contacts(history, query, visit, context);
}

static int tallies(struct history *history, const char *area, int64_t from_hour, int64_t until_hour,
                   history_tally_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->tallies(history, area, from_hour, until_hour, visit, context);
}

static int health(struct history *history, const char *gate, int64_t from_hour, int64_t until_hour,
                  history_health_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->health(history, gate, from_hour, until_hour, visit, context);
}

static int heads(struct history *history, history_head_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->heads(history, visit, context);
}

static int rows_after(struct history *history, int64_t stream, uint64_t after, size_t limit,
                      history_event_visitor *visit, void *context)
{
        int r = reach(history, &history);
        return r ? r : history->ops->rows_after(history, stream, after, limit, visit, context);
}

static int deletion_of(struct history *history, int64_t day, struct history_deletion *deletion)
{
        int r = reach(history, &history);
        return r ? r : history->ops->deletion(history, day, deletion);
}

static void close_late(struct history *history)
{
        struct late_history *self = (struct late_history *)history;
        history_close(self->opened);
        free(self);
}

static const struct history_ops ops = {
        .name = "late",
        .gates = gates,
        .events = events,
        .inside = inside,
        .inside_counts = inside_counts,
        .visits = visits,
        .contacts = contacts,
        .tallies = tallies,
        .health = health,
        .heads = heads,
        .rows_after = rows_after,
        .deletion = deletion_of,
        .close = close_late,
};

struct history *late_history_new(history_opener *open, const char *where)
{
        struct late_history *self = calloc(1, sizeof(*self));
        if (!self)
                return NULL;
        *self = (struct late_history){ .history = { .ops = &ops }, .open = open, .where = where };
        return &self->history;
}
