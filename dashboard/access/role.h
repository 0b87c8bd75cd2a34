/* Role: the words for roles, and what an area's name must be (principal.h). Pure. */
#pragma once

#include "common/base.h"
#include "dashboard/access/principal.h"
#include <jansson.h>

enum {
        ROLES = ROLE_ADMINISTRATOR + 1
};

const char *role_name(enum role role);
/* False: it is none. */
MUST_USE bool role_parse(const char *name, enum role *role);
/* "" or one to three names of a-z, 0-9, - with '/' between. */
MUST_USE bool area_is_good(const char *area);
/* Has any of these roles in the area, given as bits 1 << ROLE_…? */
bool principal_may(const struct principal *who, unsigned roles, const char *area);
/* In any area at all? */
bool principal_has(const struct principal *who, unsigned roles);
/* [{"role", "area"}…]. NULL: no memory. */
json_t *grants_show(const struct grant *grants, size_t count);
