#include "dashboard/api/api.h"

#include "dashboard/api/hub.h"
#include "dashboard/api/query.h"

#include <errno.h>
#include <stdio.h>

static const char root[] = "/api/v1/", gates_leaf[] = "gates/", health_leaf[] = "/health";

static const struct {
        const char *name;
        enum web_method method;
        resource *answer;
} resources[] = {
        { "gates", WEB_GET, api_gates },
        { "totals", WEB_GET, api_totals },
        { "events", WEB_GET, api_events },
        { "presence", WEB_GET, api_presence },
        { "presence.csv", WEB_GET, api_presence_csv },
        { "visits", WEB_GET, api_visits },
        { "traces", WEB_POST, api_traces },
        { "figures", WEB_GET, api_figures },
        { "figures.csv", WEB_GET, api_figures_csv },
        { "stream", WEB_GET, api_stream },
};

int api_new(const struct api_settings *settings, struct api **result)
{
        struct api *api = calloc(1, sizeof(*api));
        *result = NULL;
        if (!api)
                return -ENOMEM;
        api->settings = *settings;
        int r = hub_new(settings, &api->hub);
        if (!r)
                r = hub_start(api->hub);
        if (r)
                api_free(api);
        else
                *result = api;
        return r;
}

struct api *api_free(struct api *api)
{
        if (!api)
                return NULL;
        hub_free(api->hub);
        free(api);
        return NULL;
}

void api_forget(struct api *api, const char *name)
{
        hub_forget(api->hub, name);
}

bool ask_note(struct ask *ask, const char *action, const char *target, json_t *detail)
{
        return api_audit_note(&ask->api->settings.audit, ask->who, action, target, detail,
                              ask->response);
}

void ask_forbid(struct ask *ask)
{
        answer_error(ask->response, 403, "forbidden", "this needs a role that you have not");
}

void api_stream(struct ask *ask)
{
        struct query query = query_of(ask->web);
        const char *area = query_area(&query);
        if (query.why[0] != '\0') {
                answer_error(ask->response, 400, "bad_request", query.why);
                return;
        }
        if (!principal_has(ask->who, MAY_VIEW)) {
                ask_forbid(ask);
                return;
        }
        struct web_stream *stream = web_stream_new();
        if (!stream) {
                answer_failure(ask->response, -ENOMEM);
                return;
        }
        /* One hold is the response's, the other the hub's. */
        struct web_stream *held = web_stream_hold(stream);
        if (!hub_add(ask->api->hub, stream, ask->who, area, monotonic_ms())) {
                web_stream_release(held);
                answer_error(ask->response, 503, "busy", "too many watch already");
                return;
        }
        ask->response->status = 200;
        ask->response->content_type = "text/event-stream";
        ask->response->stream = held;
}

/* "org/site/gate", or what is below it. */
static void answer_gate(struct ask *ask, const char *name)
{
        size_t len = strlen(name), leaf = sizeof(health_leaf) - 1;
        char gate[ARCHIVE_GATE_MAX];
        if (len <= leaf || len - leaf >= sizeof(gate) ||
            strcmp(name + len - leaf, health_leaf) != 0) {
                api_gate(ask, name);
                return;
        }
        memcpy(gate, name, len - leaf);
        gate[len - leaf] = '\0';
        /* A gate may be called health. */
        if (area_is_gate(gate))
                api_gate_health(ask, gate);
        else
                api_gate(ask, name);
}

static void answer_known(struct ask *ask, const char *name, bool *is_known)
{
        *is_known = true;
        for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
                if (strcmp(name, resources[i].name) != 0)
                        continue;
                if (ask->web->method == resources[i].method)
                        resources[i].answer(ask);
                else
                        answer_error(ask->response, 405, "method_not_allowed", "see openapi.json");
                return;
        }
        if (strncmp(name, gates_leaf, sizeof(gates_leaf) - 1) != 0)
                *is_known = false;
        else if (ask->web->method != WEB_GET)
                answer_error(ask->response, 405, "method_not_allowed", "see openapi.json");
        else
                answer_gate(ask, name + sizeof(gates_leaf) - 1);
}

bool api_handle(struct api *api, const struct web_request *request, const struct principal *who,
                struct web_response *response)
{
        bool is_known;
        struct ask ask = { .api = api,
                           .history = api->settings.histories[request->worker],
                           .web = request,
                           .who = who,
                           .response = response,
                           .now_us = wall_us() };
        if (strncmp(request->path, root, sizeof(root) - 1) != 0)
                return false;
        answer_known(&ask, request->path + sizeof(root) - 1, &is_known);
        return is_known;
}
