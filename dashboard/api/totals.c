/* How many are inside, what happened today, how many gates are up. */
#include "dashboard/api/totals.h"
#include "dashboard/api/api_private.h"
#include "dashboard/api/figures.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"

#include <errno.h>
#include <inttypes.h>

#define HOUR_US INT64_C(3600000000)

struct passages {
        int64_t entries, exits, denied;
};

static bool count_inside(void *context, const struct history_visit *site)
{
        struct totals *totals = context;
        totals->inside += site->id;
        return true;
}

static bool count_tally(void *context, const struct history_tally *tally)
{
        struct passages *passages = context;
        passages->entries += (int64_t)tally->entries;
        passages->exits += (int64_t)tally->exits;
        passages->denied += (int64_t)tally->denied;
        return true;
}

static bool count_gate(void *context, const struct history_gate *gate)
{
        struct totals *totals = context;
        int64_t *of_state = strcmp(gate->state, "online") == 0    ? &totals->online
                            : strcmp(gate->state, "stopped") == 0 ? &totals->stopped
                            : strcmp(gate->state, "offline") == 0 ? &totals->offline
                                                                  : &totals->unknown;
        ++*of_state;
        return true;
}

int totals_add(struct history *history, const char *area, struct totals *totals)
{
        int r = history->ops->inside_counts(history, area, count_inside, totals);
        return r ? r : history->ops->gates(history, area, "", SIZE_MAX >> 1, count_gate, totals);
}

json_t *totals_of(struct history *history, char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX],
                  size_t count, int64_t now_us, int offset_min, int *error)
{
        struct totals totals = { .inside = 0 };
        struct passages passages = { .entries = 0 };
        int64_t from = figures_first_hour(now_us, offset_min), until = now_us / HOUR_US + 2;
        int r = 0;
        for (size_t i = 0; i < count && !r; i++) {
                r = totals_add(history, areas[i], &totals);
                if (!r)
                        r = history->ops->tallies(history, areas[i], from, until, count_tally,
                                                  &passages);
        }
        *error = r;
        return r ? NULL
                 : json_pack("{s:o, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I}}", "at",
                             show_time(now_us), "inside", (json_int_t)totals.inside,
                             "entries_today", (json_int_t)passages.entries, "exits_today",
                             (json_int_t)passages.exits, "denied_today",
                             (json_int_t)passages.denied, "gates", "online",
                             (json_int_t)totals.online, "stopped", (json_int_t)totals.stopped,
                             "offline", (json_int_t)totals.offline, "unknown",
                             (json_int_t)totals.unknown);
}

void api_totals(struct ask *ask)
{
        struct query query = query_of(ask->web);
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        int error = 0;
        int offset_min = query_int(&query, "offset_min", -840, 840, ask->api->settings.offset_min);
        size_t count = areas_of(ask->who, MAY_VIEW, query_area(&query), areas);
        if (query.why[0] != '\0') {
                answer_error(ask->response, 400, "bad_request", query.why);
                return;
        }
        json_t *totals = totals_of(ask->history, areas, count, ask->now_us, offset_min, &error);
        if (error)
                answer_failure(ask->response, error);
        else
                answer_json(ask->response, 200, totals);
}
