/*
 * People desk: the resources of who is in the site's registry: /api/v1/people…, /api/v1/visitors,
 * /api/v1/declarations and /api/v1/names; and of what they may: /api/v1/levels…,
 * /api/v1/schedules… and /api/v1/special-days… (config/openapi.json). Who asks, and CSRF,
 * have been seen to. Called on many threads at once.
 *
 * Names are masked unless `reveal=1` asks for them, and that is noted in the audit log first; so is
 * every change.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/api/api.h"
#include "dashboard/people/issuing.h"
#include "dashboard/people/roster.h"
#include "dashboard/ports/links.h"

struct people_passes {
        struct issuing *issuing;
        struct links *links;
        int days;   /* that a pass is good for whose holder has no end */
        int link_h; /* hours in which a link must be opened */
};

struct people_desk {
        const struct people_passes *passes; /* borrowed; NULL: none are issued here */
        struct roster *roster;              /* borrowed; NULL: no registry is kept here */
        struct api_audit audit;
        bool has_declarations; /* the site asks for them */
};

/* A phone that opens its link: /api/v1/pass. Needs no session; the link is the secret. */
void people_pass_take(const struct people_desk *desk, const struct web_request *request,
                      const char *address, struct web_response *response);
/* What its owner declares on it: /api/v1/pass/declaration. Needs no session; the phone signs. */
void people_own_declare(const struct people_desk *desk, const struct web_request *request,
                        const char *address, struct web_response *response);
/* False: the path is none of its own. */
MUST_USE bool people_desk_handle(const struct people_desk *desk, const struct web_request *request,
                                 const struct principal *who, struct web_response *response);
