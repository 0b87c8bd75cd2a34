/*
 * Enrol desk: the resource /api/v1/enrolments (config/openapi.json): one-time tokens for new gates,
 * which the CA's desk (stilectl gate serve --granter) makes for the dashboard's certificate. The
 * CA's key is not here. Called on many threads; blocks as long as the desk does.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/api/api.h"

struct enrol_desk {
        const char *at; /* HOST:PORT of the CA's desk; "": none */
        const char *ca_file, *certificate_file, *private_key_file;
        struct api_audit audit;
};

/* False: the path is none of its own. */
MUST_USE bool enrol_desk_handle(const struct enrol_desk *desk, const struct web_request *request,
                                const struct principal *who, struct web_response *response);
