/* How a gate fared, hour by hour. */
#include "dashboard/api/api_private.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"

#include <string.h>

enum {
        DAY_HOURS = 24,
        DAYS_MAX = ARCHIVE_HEALTH_HOURS / DAY_HOURS,
        DAYS_DEFAULT = 7
};

#define HOUR_US INT64_C(3600000000)

static bool take(void *context, const struct history_health *health)
{
        json_t *data = json_loads(health->data, 0, NULL);
        json_t *hour =
                json_pack("{s:o, s:I, s:o}", "hour", show_time(health->hour * HOUR_US), "reports",
                          (json_int_t)health->reports, "health", data ? data : json_null());
        return json_array_append_new(context, hour) == 0;
}

void api_gate_health(struct ask *ask, const char *gate)
{
        struct query query = query_of(ask->web);
        int days = query_int(&query, "days", 1, DAYS_MAX, DAYS_DEFAULT);
        if (query.why[0] != '\0') {
                answer_error(ask->response, 400, "bad_request", query.why);
                return;
        }
        if (!area_is_gate(gate) || !principal_may(ask->who, MAY_VIEW, gate)) {
                answer_error(ask->response, 404, "not_found", "there is no such gate");
                return;
        }
        int64_t until = ask->now_us / HOUR_US + 1;
        json_t *hours = json_array();
        int r = ask->history->ops->health(ask->history, gate, until - (int64_t)days * DAY_HOURS,
                                          until, take, hours);
        if (r) {
                json_decref(hours);
                answer_failure(ask->response, r);
                return;
        }
        answer_json(ask->response, 200,
                    json_pack("{s:o, s:s, s:o}", "at", show_time(ask->now_us), "gate", gate,
                              "hours", hours));
}
