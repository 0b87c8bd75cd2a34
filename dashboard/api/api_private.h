/* What the files of the API share. */
#pragma once

#include "dashboard/access/role.h"
#include "dashboard/api/api.h"
#include "dashboard/http/answer.h"

#include <pthread.h>

enum {
        API_AREAS_MAX = PRINCIPAL_GRANTS_MAX,
        API_LIMIT_MAX = 500,
        API_LIMIT = 200,
        API_CURSOR_MAX = 64,
        API_STREAMS_MAX = 256
};

/* Each may read what the one before may, and more; a tracer visits only. */
enum {
        MAY_VIEW = 1U << ROLE_VIEWER | 1U << ROLE_GUARD | 1U << ROLE_MANAGER,
        MAY_SEE_PEOPLE = 1U << ROLE_GUARD | 1U << ROLE_MANAGER,
        MAY_MANAGE = 1U << ROLE_MANAGER,
        MAY_SEE_VISITS = 1U << ROLE_MANAGER | 1U << ROLE_TRACER,
        MAY_TRACE = 1U << ROLE_TRACER
};

struct hub;

struct api {
        struct api_settings settings;
        struct hub *hub;
};

/* One request under way. */
struct ask {
        struct api *api;
        struct history *history; /* the worker's */
        const struct web_request *web;
        const struct principal *who;
        struct web_response *response;
        int64_t now_us;
};

typedef void resource(struct ask *ask);

resource api_gates, api_totals, api_events, api_presence, api_presence_csv, api_visits, api_traces,
        api_figures, api_figures_csv, api_stream;
void api_gate(struct ask *ask, const char *gate);
void api_gate_health(struct ask *ask, const char *gate);

/* areas.c: where somebody may do something, within `area`. Areas of which none holds another, in
 * the order of their gates; their number. */
size_t areas_of(const struct principal *who, unsigned roles, const char *area,
                char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX]);

/* "org/site/gate", neither more nor less? */
bool area_is_gate(const char *area);

/* totals.c: of the areas, as JSON; NULL: `*error` says why. */
json_t *totals_of(struct history *history, char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX],
                  size_t count, int64_t now_us, int offset_min, int *error);

/* Notes the look; false: it could not be noted, and that has been answered. `detail` is taken
 * over. */
MUST_USE bool ask_note(struct ask *ask, const char *action, const char *target, json_t *detail);
/* Answers 403 and notes nothing. */
void ask_forbid(struct ask *ask);
