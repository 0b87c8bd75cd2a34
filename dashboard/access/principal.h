/*
 * Principal: who asks, as far as answering needs to know. Made of a session by dashboard/access,
 * used by every resource of dashboard/api. An area is a path of names, "org", "org/site" or
 * "org/site/gate"; "" is everything. A role holds in its area and all below.
 */
#pragma once

#include "controller/flow.h"
#include <stdbool.h>
#include <string.h>

enum {
        PRINCIPAL_NAME_MAX = 64,
        PRINCIPAL_AREA_MAX = 3 * FLOW_ID_MAX,
        PRINCIPAL_GRANTS_MAX = 16
};

/* Each may do what its line says and nothing of the others'. The words are role_name's. */
enum role {
        ROLE_VIEWER,       /* live gates, totals, masked events without silent alarms */
        ROLE_GUARD,        /* and who is inside, muster */
        ROLE_MANAGER,      /* and reports, silent alarms and duress, a person's visits */
        ROLE_TRACER,       /* contacts of a person, with case number and reason */
        ROLE_AUDITOR,      /* the audit log */
        ROLE_ADMINISTRATOR /* accounts; the audit log; not by itself what is inside the areas */
};

struct grant {
        enum role role;
        char area[PRINCIPAL_AREA_MAX];
};

struct principal {
        char name[PRINCIPAL_NAME_MAX];
        struct grant grants[PRINCIPAL_GRANTS_MAX];
        size_t grant_count;
        char address[46]; /* where the request comes from, for the audit log */
};

/* Is `inner` `outer` or below it, by whole names? */
static inline bool area_contains(const char *outer, const char *inner)
{
        size_t len = strlen(outer);
        return len == 0 ||
               (strncmp(outer, inner, len) == 0 && (inner[len] == '\0' || inner[len] == '/'));
}

static inline bool principal_is_manager(const struct principal *who, const char *area)
{
        for (size_t i = 0; i < who->grant_count; i++)
                if (who->grants[i].role == ROLE_MANAGER && area_contains(who->grants[i].area, area))
                        return true;
        return false;
}
