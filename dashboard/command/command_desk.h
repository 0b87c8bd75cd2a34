/*
 * Command desk: the resources by which people at the dashboard command gates:
 * POST /api/v1/gates/{org}/{site}/{gate}/commands and GET /api/v1/commands/{id}
 * (config/openapi.json). Who asks, and CSRF, have been seen to. Called on many threads at once.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/api/api.h"
#include "dashboard/command/commander.h"

enum {
        COMMAND_DESK_WAIT_MS = 1000 /* a gate on the LAN answers well within that */
};

struct command_desk {
        struct commander *commander; /* borrowed; NULL: this dashboard commands nobody */
        struct api_audit audit;
        int wait_ms; /* how long a POST waits for the gate's answer: COMMAND_DESK_WAIT_MS */
};

/* False: the path is none of its own. */
MUST_USE bool command_desk_handle(const struct command_desk *desk,
                                  const struct web_request *request, const struct principal *who,
                                  struct web_response *response);
