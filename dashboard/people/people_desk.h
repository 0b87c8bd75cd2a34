/*
 * People desk: the resources of who is in the site's registry: /api/v1/people…, /api/v1/visitors,
 * /api/v1/levels, /api/v1/declarations and /api/v1/names (config/openapi.json). Who asks, and CSRF, have been seen to.
 * Called on many threads at once.
 *
 * Names are masked unless `reveal=1` asks for them, and that is noted in the audit log first; so is
 * every change.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/api/api.h"
#include "dashboard/people/roster.h"

struct people_desk {
        struct roster *roster; /* borrowed; NULL: no registry is kept here */
        struct api_audit audit;
        bool has_declarations; /* the site asks for them */
};

/* False: the path is none of its own. */
MUST_USE bool people_desk_handle(const struct people_desk *desk, const struct web_request *request,
                                 const struct principal *who, struct web_response *response);
