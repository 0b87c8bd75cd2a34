/*
 * Places desk: the register of places and its coverage: /api/v1/places… and /api/v1/coverage
 * (config/openapi.json). Who asks, and CSRF, have been seen to. Called on many threads at once.
 *
 * Managers see and change the places of their areas; every change and reminder is noted first.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/api/api.h"
#include "dashboard/ports/places.h"

struct places_desk {
        struct places *places;            /* borrowed */
        struct history *const *histories; /* one a worker */
        struct api_audit audit;
        int offset_min; /* where days begin */
};

/* False: the path is none of its own. */
MUST_USE bool places_desk_handle(const struct places_desk *desk, const struct web_request *request,
                                 const struct principal *who, struct web_response *response);
