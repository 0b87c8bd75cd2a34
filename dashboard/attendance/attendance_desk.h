/*
 * Attendance desk: the resource /api/v1/attendance.csv (config/openapi.json): who was there on
 * which days, by name, for a manager of the site. Off unless the site says that it is what people
 * were told; each export is in the audit log first. Called on many threads.
 */
#pragma once

#include "dashboard/access/principal.h"
#include "dashboard/api/api.h"
#include "dashboard/people/roster.h"

struct attendance_desk {
        struct roster *roster;            /* borrowed; NULL: there is no registry */
        struct history *const *histories; /* borrowed; one a worker */
        struct api_audit audit;
        int offset_min;
        bool is_on;
};

/* False: the path is none of its own. */
MUST_USE bool attendance_desk_handle(const struct attendance_desk *desk,
                                     const struct web_request *request, const struct principal *who,
                                     struct web_response *response);
