/* One person's visits. */
#include "dashboard/api/api_private.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"

#include <errno.h>

enum {
        VISITS_MAX = 2000
};

struct list {
        json_t *visits;
        bool is_cut;
};

static bool take(void *context, const struct history_visit *visit)
{
        struct list *list = context;
        list->is_cut = json_array_size(list->visits) == VISITS_MAX;
        return !list->is_cut && json_array_append_new(list->visits, show_visit(visit)) == 0;
}

void api_visits(struct ask *ask)
{
        struct query query = query_of(ask->web);
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        uint8_t subject[HISTORY_SUBJECT_LEN];
        const char *area = query_area(&query);
        int64_t from_us = query_time(&query, "from"), until_us = query_time(&query, "until");
        if (!query_subject(&query, subject))
                query_complain(&query, "subject", "is wanted");
        if (query.why[0] != '\0') {
                answer_error(ask->response, 400, "bad_request", query.why);
                return;
        }
        size_t count = areas_of(ask->who, MAY_SEE_VISITS, area, areas);
        if (count == 0) {
                ask_forbid(ask);
                return;
        }
        if (!ask_note(ask, "look_visits", web_request_query(ask->web, "subject"), NULL))
                return;
        struct list list = { .visits = json_array() };
        int r = 0;
        for (size_t i = 0; i < count && !r && !list.is_cut; i++)
                r = ask->history->ops->visits(ask->history, subject, areas[i], from_us,
                                              until_us ? until_us : INT64_MAX, VISITS_MAX + 1, take,
                                              &list);
        if (r) {
                json_decref(list.visits);
                answer_failure(ask->response, r);
                return;
        }
        answer_json(ask->response, 200,
                    json_pack("{s:o, s:b}", "visits", list.visits, "truncated", list.is_cut));
}
