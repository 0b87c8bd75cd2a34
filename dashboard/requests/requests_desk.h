/*
 * Requests desk: the register of what people asked for, with the law's clocks, and the two rights
 * that are carried out here, access and deletion: /api/v1/requests… (config/openapi.json). Who
 * asks, and CSRF, have been seen to. Called on many threads at once.
 *
 * For managers of the site; without a registry, of everything. Every change and every look at what
 * is kept of somebody is noted first.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/api/api.h"
#include "dashboard/people/people_desk.h"
#include "dashboard/ports/archive.h"
#include "dashboard/ports/requests.h"

/* Takes a person out of the archive. 0 or -errno; again, for the rest. */
typedef int requests_eraser(void *context, const uint8_t subject[SUBJECT_LEN],
                            struct archive_deletion *erased);

struct requests_desk {
        struct requests *requests;        /* borrowed */
        const struct people_desk *people; /* borrowed: the registry, and links to passes */
        struct history *const *histories; /* one a worker */
        struct api_audit audit;
        requests_eraser *erase;
        void *context;
        int offset_min; /* where days begin */
};

/* False: the path is none of its own. */
MUST_USE bool requests_desk_handle(const struct requests_desk *desk,
                                   const struct web_request *request, const struct principal *who,
                                   struct web_response *response);
