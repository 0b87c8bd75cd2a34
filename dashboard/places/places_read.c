/* The places desk's lists: places with what their gates do, and the coverage of divisions. */
#include "dashboard/api/figures.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"
#include "dashboard/http/answer.h"
#include "dashboard/places/coverage.h"
#include "dashboard/places/places_private.h"

#include <errno.h>

#define HOUR_US INT64_C(3600000000)

static bool is_theirs(void *context, const char *site)
{
        return places_may(context, site);
}

/* NULL: it has been answered. `query` has been read. */
static struct coverage *read_coverage(struct places_request *request, struct query *query,
                                      const char *division)
{
        struct history *history = request->desk->histories[request->web->worker];
        int offset_min = query_int(query, "offset_min", -840, 840, request->desk->offset_min);
        if (query->why[0] != '\0') {
                answer_error(request->response, 400, "bad_request", query->why);
                return NULL;
        }
        struct coverage *coverage = coverage_new(division, request->now_us);
        int r = coverage ? places_list(request->desk->places, coverage_add_place, coverage)
                         : -ENOMEM;
        if (!r)
                r = coverage_error(coverage);
        if (!r)
                r = history->ops->gates(history, "", "", SIZE_MAX >> 1, coverage_add_gate,
                                        coverage);
        if (!r)
                r = history->ops->tallies(
                        history, "", figures_first_hour(request->now_us, offset_min),
                        request->now_us / HOUR_US + 2, coverage_add_tally, coverage);
        if (!r)
                return coverage;
        answer_failure(request->response, r);
        return coverage_free(coverage);
}

void places_list_all(struct places_request *request)
{
        struct query query = query_of(request->web);
        const char *division = query_text(&query, "division", PLACES_DIVISION_MAX);
        const char *after = query_text(&query, "after", HISTORY_SITE_MAX), *next;
        int limit = query_int(&query, "limit", 1, PLACES_LIMIT_MAX, PLACES_LIMIT);
        struct coverage *coverage = read_coverage(request, &query, division);
        if (!coverage)
                return;
        json_t *places = coverage_places(coverage, after, (size_t)limit, is_theirs,
                                         (void *)request->who, &next);
        answer_json(request->response, 200,
                    places ? json_pack("{s:o, s:o, s:o}", "at", show_time(request->now_us),
                                       "places", places, "next", show_text(next))
                           : NULL);
        coverage_free(coverage);
}

void places_coverage(struct places_request *request)
{
        struct query query = query_of(request->web);
        const char *division = query_text(&query, "division", PLACES_DIVISION_MAX);
        struct coverage *coverage = read_coverage(request, &query, division);
        if (!coverage)
                return;
        answer_json(request->response, 200,
                    json_pack("{s:o, s:o, s:o}", "at", show_time(request->now_us), "total",
                              coverage_total(coverage, is_theirs, (void *)request->who),
                              "divisions",
                              coverage_divisions(coverage, is_theirs, (void *)request->who)));
        coverage_free(coverage);
}
