#include "drivers/archive/names.h"

#include <stdio.h>
#include <string.h>

enum {
        GATE_DEPTH = 3,
        SITE_DEPTH = 2
};

void names_site(const char *gate, char site[HISTORY_SITE_MAX])
{
        const char *end = strrchr(gate, '/');
        size_t len = end ? (size_t)(end - gate) : 0;
        if (len >= HISTORY_SITE_MAX)
                len = HISTORY_SITE_MAX - 1;
        memcpy(site, gate, len);
        site[len] = '\0';
}

static int depth_of(const char *area)
{
        int depth = area[0] != '\0';
        for (; *area; area++)
                depth += *area == '/';
        return depth;
}

/* Below '/', and below all that names are made of, is '!'; after '/' comes '0'. */
static struct names_range range_of(const char *area, int depth)
{
        struct names_range range = { "", "" };
        int own = depth_of(area);
        if (strlen(area) >= ARCHIVE_GATE_MAX || own > depth)
                return range; /* nothing */
        if (own == 0)
                (void)snprintf(range.high, sizeof(range.high), "~");
        else
                (void)snprintf(range.low, sizeof(range.low), "%s%s", area, own < depth ? "/" : "");
        if (own > 0)
                (void)snprintf(range.high, sizeof(range.high), "%s%s", area,
                               own < depth ? "0" : "!");
        return range;
}

struct names_range names_gates(const char *area)
{
        return range_of(area, GATE_DEPTH);
}

struct names_range names_sites(const char *area)
{
        return range_of(area, SITE_DEPTH);
}
