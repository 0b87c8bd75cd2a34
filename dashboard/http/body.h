/*
 * Body: what a request brings, as JSON: an object of members that are known, each of its kind
 * (config/openapi.json). Whether one must be there, and what its value may be, is for whoever reads
 * it; but a member that is misspelt, or is of another kind, is never passed over.
 */
#pragma once

#include "dashboard/ports/web.h"
#include <jansson.h>

enum body_kind {
        BODY_TEXT,
        BODY_TEXT_OR_NULL,
        BODY_INTEGER,
        BODY_BOOL,
        BODY_ARRAY
};

struct body_member {
        const char *name; /* NULL: the end of the list */
        enum body_kind kind;
};

/* Of whatever members: for whom somebody else judges them. A new reference; NULL: it is no object,
 * and the response says so. */
MUST_USE json_t *body_object(const struct web_request *request, struct web_response *response);
/* A new reference. NULL: it is refused, and the response says which member is wrong. */
MUST_USE json_t *body_read(const struct web_request *request, const struct body_member *members,
                           struct web_response *response);
