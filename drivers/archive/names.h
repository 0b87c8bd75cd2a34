/* Names: gates and sites, and the areas that hold them, as ranges of names in order of bytes. Pure.
 */
#pragma once

#include "dashboard/ports/history.h"

enum {
        NAMES_BOUND_MAX = ARCHIVE_GATE_MAX + 2
};

/* Names with low <= name < high. */
struct names_range {
        char low[NAMES_BOUND_MAX], high[NAMES_BOUND_MAX];
};

/* "org/site" of "org/site/gate". */
void names_site(const char *gate, char site[HISTORY_SITE_MAX]);

/* The gates of an area, whole names only: "org/si" has none of those of "org/site". */
struct names_range names_gates(const char *area);
/* The sites that lie whole in an area: a gate's has none. */
struct names_range names_sites(const char *area);
