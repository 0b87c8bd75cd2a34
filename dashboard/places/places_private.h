/* What the files of the places desk share. */
#pragma once

#include "dashboard/places/places_desk.h"

enum {
        PLACES_LIMIT_MAX = 500,
        PLACES_LIMIT = 200,
        PLACES_IMPORT_MAX = 20000,
        PLACES_COMPLAINTS_MAX = 100
};

/* One request under way. */
struct places_request {
        const struct places_desk *desk;
        const struct web_request *web;
        const struct principal *who;
        struct web_response *response;
        char site[HISTORY_SITE_MAX]; /* "": the list */
        int64_t now_us;
};

/* Before a change. False: it could not be noted, and that has been answered. `detail` is taken
 * over. */
MUST_USE bool places_note(struct places_request *request, const char *action, json_t *detail);
/* May whoever asks change this site? */
bool places_may(const struct principal *who, const char *site);
/* NULL, or what is wrong with it, a fixed phrase. */
const char *places_check(const struct place *place);

void places_list_all(struct places_request *request);
void places_coverage(struct places_request *request);
void places_import_csv(struct places_request *request);
