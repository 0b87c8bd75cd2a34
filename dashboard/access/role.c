#include "dashboard/access/role.h"

static const char *const names[ROLES] = {
        [ROLE_VIEWER] = "viewer",   [ROLE_GUARD] = "guard",
        [ROLE_MANAGER] = "manager", [ROLE_TRACER] = "tracer",
        [ROLE_AUDITOR] = "auditor", [ROLE_ADMINISTRATOR] = "administrator",
};

const char *role_name(enum role role)
{
        return names[role];
}

bool role_parse(const char *name, enum role *role)
{
        for (int i = 0; i < ROLES; i++)
                if (strcmp(name, names[i]) == 0) {
                        *role = (enum role)i;
                        return true;
                }
        return false;
}

bool area_is_good(const char *area)
{
        if (area[0] == '\0')
                return true;
        for (int depth = 1; depth <= 3; depth++) {
                size_t len = strspn(area, "abcdefghijklmnopqrstuvwxyz0123456789-");
                if (len == 0 || len >= FLOW_ID_MAX)
                        return false;
                area += len;
                if (*area == '\0')
                        return true;
                if (*area++ != '/')
                        return false;
        }
        return false;
}

bool principal_may(const struct principal *who, unsigned roles, const char *area)
{
        for (size_t i = 0; i < who->grant_count; i++)
                if ((roles & 1U << who->grants[i].role) && area_contains(who->grants[i].area, area))
                        return true;
        return false;
}

bool principal_has(const struct principal *who, unsigned roles)
{
        for (size_t i = 0; i < who->grant_count; i++)
                if (roles & 1U << who->grants[i].role)
                        return true;
        return false;
}

json_t *grants_show(const struct grant *grants, size_t count)
{
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++)
                json_array_append_new(list,
                                      json_pack("{s:s, s:s}", "role", role_name(grants[i].role),
                                                "area", grants[i].area));
        return list;
}
