#include "dashboard/api/api_private.h"

#include <stdio.h>

enum {
        GATE_SLASHES = 2 /* of "org/site/gate" */
};

static int slashes_of(const char *area)
{
        int slashes = 0;
        for (; *area != '\0'; area++)
                slashes += *area == '/';
        return slashes;
}

bool area_is_gate(const char *area)
{
        return slashes_of(area) == GATE_SLASHES && area_is_good(area);
}

/* An area in the order of its gates: "a-1/…" comes before "a/…". */
static void order_of(const char *area, char key[PRINCIPAL_AREA_MAX + 1])
{
        snprintf(key, PRINCIPAL_AREA_MAX + 1, "%s%s", area,
                 area[0] != '\0' && slashes_of(area) < GATE_SLASHES ? "/" : "");
}

static int compare(const void *a, const void *b)
{
        char one[PRINCIPAL_AREA_MAX + 1], two[PRINCIPAL_AREA_MAX + 1];
        order_of(a, one);
        order_of(b, two);
        return strcmp(one, two);
}

size_t areas_of(const struct principal *who, unsigned roles, const char *area,
                char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX])
{
        size_t count = 0, kept = 0;
        for (size_t i = 0; i < who->grant_count; i++) {
                const struct grant *grant = &who->grants[i];
                bool is_all = area_contains(grant->area, area);
                bool is_any = is_all || area_contains(area, grant->area);
                if (is_any && roles & 1U << grant->role)
                        snprintf(areas[count++], PRINCIPAL_AREA_MAX, "%s",
                                 is_all ? area : grant->area);
        }
        /* An area comes before what it holds. */
        qsort(areas, count, sizeof(areas[0]), compare);
        for (size_t i = 0; i < count; i++) {
                bool is_held = false;
                for (size_t n = 0; n < kept; n++)
                        is_held = is_held || area_contains(areas[n], areas[i]);
                if (!is_held)
                        memmove(areas[kept++], areas[i], sizeof(areas[0]));
        }
        return kept;
}
