/* How many are inside, what happened today, how many gates are up. */
#include "dashboard/api/api_private.h"
#include "dashboard/api/figures.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"

#include <errno.h>
#include <inttypes.h>

#define HOUR_US INT64_C(3600000000)

struct sums {
        int64_t inside, entries, exits, denied;
        int64_t online, stopped, offline, unknown;
};

static bool count_inside(void *context, const struct history_visit *site)
{
        struct sums *sums = context;
        sums->inside += site->id;
        return true;
}

static bool count_tally(void *context, const struct history_tally *tally)
{
        struct sums *sums = context;
        sums->entries += (int64_t)tally->entries;
        sums->exits += (int64_t)tally->exits;
        sums->denied += (int64_t)tally->denied;
        return true;
}

static bool count_gate(void *context, const struct history_gate *gate)
{
        struct sums *sums = context;
        int64_t *of_state = strcmp(gate->state, "online") == 0    ? &sums->online
                            : strcmp(gate->state, "stopped") == 0 ? &sums->stopped
                            : strcmp(gate->state, "offline") == 0 ? &sums->offline
                                                                  : &sums->unknown;
        ++*of_state;
        return true;
}

json_t *totals_of(struct history *history, char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX],
                  size_t count, int64_t now_us, int offset_min, int *error)
{
        struct sums sums = { 0 };
        int64_t from = figures_first_hour(now_us, offset_min), until = now_us / HOUR_US + 2;
        int r = 0;
        for (size_t i = 0; i < count && !r; i++) {
                r = history->ops->inside_counts(history, areas[i], count_inside, &sums);
                if (!r)
                        r = history->ops->tallies(history, areas[i], from, until, count_tally,
                                                  &sums);
                if (!r)
                        r = history->ops->gates(history, areas[i], "", SIZE_MAX >> 1, count_gate,
                                                &sums);
        }
        *error = r;
        return r ? NULL
                 : json_pack("{s:o, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I, s:I}}", "at",
                             show_time(now_us), "inside", (json_int_t)sums.inside, "entries_today",
                             (json_int_t)sums.entries, "exits_today", (json_int_t)sums.exits,
                             "denied_today", (json_int_t)sums.denied, "gates", "online",
                             (json_int_t)sums.online, "stopped", (json_int_t)sums.stopped,
                             "offline", (json_int_t)sums.offline, "unknown",
                             (json_int_t)sums.unknown);
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
