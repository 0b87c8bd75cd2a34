/* The gates, and how they are. */
#include "dashboard/api/api_private.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"

#include <errno.h>
#include <stdio.h>

struct list {
        json_t *gates;
        char last[ARCHIVE_GATE_MAX];
};

static bool add(void *context, const struct history_gate *gate)
{
        struct list *list = context;
        snprintf(list->last, sizeof(list->last), "%s", gate->gate);
        return json_array_append_new(list->gates, show_gate(gate)) == 0;
}

void api_gates(struct ask *ask)
{
        struct query query = query_of(ask->web);
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        const char *after = query_text(&query, "after", ARCHIVE_GATE_MAX);
        size_t limit = (size_t)query_int(&query, "limit", 1, API_LIMIT_MAX, API_LIMIT);
        size_t count = areas_of(ask->who, MAY_VIEW, query_area(&query), areas);
        struct list list = { .gates = json_array() };
        int r = query.why[0] != '\0' ? -EINVAL : 0;
        /* Areas are in order and none holds another: so are their gates. */
        for (size_t i = 0; i < count && !r && json_array_size(list.gates) < limit; i++)
                r = ask->history->ops->gates(ask->history, areas[i], after,
                                             limit - json_array_size(list.gates), add, &list);
        bool has_more = json_array_size(list.gates) == limit;
        if (r)
                json_decref(list.gates);
        if (query.why[0] != '\0')
                answer_error(ask->response, 400, "bad_request", query.why);
        else if (r)
                answer_failure(ask->response, r);
        else
                answer_json(ask->response, 200,
                            json_pack("{s:o, s:o, s:o}", "at", show_time(ask->now_us), "gates",
                                      list.gates, "next",
                                      has_more ? json_string(list.last) : json_null()));
}

void api_gate(struct ask *ask, const char *gate)
{
        struct list list = { .gates = json_array() };
        int r = 0;
        /* Whose it is not, for them it is not there. */
        if (area_is_gate(gate) && principal_may(ask->who, MAY_VIEW, gate))
                r = ask->history->ops->gates(ask->history, gate, "", 1, add, &list);
        if (r)
                answer_failure(ask->response, r);
        else if (json_array_size(list.gates) == 0)
                answer_error(ask->response, 404, "not_found", "there is no such gate");
        else
                answer_json(ask->response, 200, json_incref(json_array_get(list.gates, 0)));
        json_decref(list.gates);
}
