/* How the dashboard itself is: for load balancers, and for Prometheus (text format 0.0.4). */
#include "dashboard/api/totals.h"
#include "dashboard/http/site_private.h"
#include "dashboard/loopback.h"

#include <inttypes.h>
#include <stdio.h>

static bool find_one(void *context, const struct history_gate *gate)
{
        (void)context;
        (void)gate;
        return false;
}

static bool is_archive_up(const struct visit *visit)
{
        struct history *history = visit->site->settings.histories[visit->web->worker];
        return history->ops->gates(history, "", "", 1, find_one, NULL) == 0;
}

void state_health(struct visit *visit)
{
        bool is_up = is_archive_up(visit);
        answer_json(visit->response, is_up ? 200 : 503,
                    json_pack("{s:s, s:s, s:s}", "status", is_up ? "ok" : "degraded", "version",
                              STILE_VERSION, "archive", is_up ? "ok" : "unavailable"));
}

/* Nothing of an archive that does not answer: no gates are not gates that are not there. */
static void write_totals(struct visit *visit, FILE *out)
{
        struct history *history = visit->site->settings.histories[visit->web->worker];
        struct totals totals = { .inside = 0 };
        int r = totals_add(history, "", &totals);
        fprintf(out,
                "# HELP stile_dashboard_archive_up Whether the archive answers.\n"
                "# TYPE stile_dashboard_archive_up gauge\n"
                "stile_dashboard_archive_up %d\n",
                r == 0);
        if (r)
                return;
        fprintf(out,
                "# HELP stile_gates Gates, by what they said last.\n"
                "# TYPE stile_gates gauge\n"
                "stile_gates{state=\"online\"} %" PRId64 "\n"
                "stile_gates{state=\"stopped\"} %" PRId64 "\n"
                "stile_gates{state=\"offline\"} %" PRId64 "\n"
                "stile_gates{state=\"unknown\"} %" PRId64 "\n"
                "# HELP stile_people_inside People who went in and have not come out.\n"
                "# TYPE stile_people_inside gauge\n"
                "stile_people_inside %" PRId64 "\n",
                totals.online, totals.stopped, totals.offline, totals.unknown, totals.inside);
}

static void write_metrics(struct visit *visit, FILE *out)
{
        fputs("# HELP stile_dashboard_info What runs.\n"
              "# TYPE stile_dashboard_info gauge\n"
              "stile_dashboard_info{version=\"" STILE_VERSION "\"} 1\n",
              out);
        write_totals(visit, out);
        fputs("# HELP stile_dashboard_http_answers_total Answers, by the class of their status.\n"
              "# TYPE stile_dashboard_http_answers_total counter\n",
              out);
        for (size_t i = 1; i < ARRAY_LEN(visit->site->answers); i++)
                fprintf(out, "stile_dashboard_http_answers_total{code=\"%zuxx\"} %llu\n", i,
                        atomic_load(&visit->site->answers[i]));
}

/* They say nothing of people, but who asks from elsewhere need not know how busy it is. */
void state_metrics(struct visit *visit)
{
        /* What came through a proxy is from elsewhere, whatever address it tells. */
        bool is_near = visit->site->settings.are_metrics_open ||
                       (!visit->is_forwarded && loopback_is_host(visit->web->address) &&
                        !web_request_last_header(visit->web, "X-Forwarded-For"));
        FILE *out = is_near ? open_memstream(&visit->response->body, &visit->response->len) : NULL;
        if (!is_near) {
                answer_error(visit->response, 403, "forbidden",
                             "from this machine only; see [http] metrics");
        } else if (!out) {
                answer_error(visit->response, 503, "storage", "out of memory");
        } else {
                write_metrics(visit, out);
                fclose(out);
                visit->response->status = 200;
                visit->response->content_type = "text/plain; version=0.0.4; charset=utf-8";
        }
}
