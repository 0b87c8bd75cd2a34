/*
 * API: the resources that show what the archive knows. The dispatcher has already found out who
 * asks
 * (`principal`), checked CSRF and the path's prefix; this asks history, leaves out what the asker
 * may not see, notes in the audit log what must be noted, and answers. Paths and shapes:
 * config/openapi.json.
 *
 * Called on many threads at once; each worker has a history of its own.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/ports/history.h"
#include "dashboard/ports/web.h"
#include <jansson.h>

/* Durable when it returns 0; else the look does not happen (503). `detail` is borrowed, may be
 * NULL. */
struct api_audit {
        int (*note)(void *context, const struct principal *who, const char *action,
                    const char *target, json_t *detail, const char *outcome);
        void *context;
};

/* Before a look or a change. False: it could not be noted, which has been answered. `detail` is
 * taken over. */
MUST_USE bool api_audit_note(const struct api_audit *audit, const struct principal *who,
                             const char *action, const char *target, json_t *detail,
                             struct web_response *response);

struct api_settings {
        struct history *const *histories; /* one for each worker; borrowed */
        size_t history_count;
        struct history *followed; /* for the follower's thread; borrowed */
        struct api_audit audit;
        int offset_min; /* the site's time, minutes east of UTC */
};

struct api;

/* 0 or -errno. Starts the follower's thread. */
MUST_USE int api_new(const struct api_settings *settings, struct api **api);
/* Ends streams and the follower. Accepts NULL; returns NULL. */
struct api *api_free(struct api *api);

/* False: the path is none of its own. */
MUST_USE bool api_handle(struct api *api, const struct web_request *request,
                         const struct principal *who, struct web_response *response);
/* A session of the account has ended, or its rights have changed: its streams end; who still may
 * comes again. */
void api_forget(struct api *api, const char *name);
