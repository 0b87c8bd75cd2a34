/*
 * Roster: the site's registry, for the dashboard: a client of the collector's office
 * (docs/local-protocol.md, "at the centre"), and who is whom among the subjects of events.
 *
 * Called on many threads; calls wait for each other, and at most CLIENT_TIMEOUT_MS for the office.
 * It connects by itself, again and again.
 */
#pragma once

#include "controller/record/subject.h"
#include <jansson.h>
#include <stdbool.h>

enum {
        ROSTER_PATH_MAX = 108,
        ROSTER_SITE_MAX = 2 * FLOW_ID_MAX,
        ROSTER_FRESH_MS = 5000,    /* a list so old is read again when somebody asks */
        ROSTER_PEOPLE_MAX = 200000 /* more are not known by name */
};

struct roster;

/* NULL: no memory. */
struct roster *roster_new(const char *socket);
/* Accepts NULL; returns NULL. */
struct roster *roster_free(struct roster *roster);

/* Where the office is, for a connection of one's own: what is one import is one connection's. */
const char *roster_socket(const struct roster *roster);
/* Which site's, "org/site". 0 or -errno: the office is not there. */
MUST_USE int roster_site(struct roster *roster, char site[ROSTER_SITE_MAX]);

/* One verb. `fields` is taken over. 0 and *answer (the caller's), {"ok"} or {"error"}; -errno: no
 * answer; a change may have been made. */
MUST_USE int roster_call(struct roster *roster, const char *verb, json_t *fields, json_t **answer);

/* Borrowed for the call. */
struct roster_person {
        const char *id, *name;
        const uint8_t *subject; /* SUBJECT_LEN */
};

typedef bool roster_visitor(void *context, const struct roster_person *person);

/* Who they are, as far as they are in the registry. 0 or -errno. */
MUST_USE int roster_find(struct roster *roster, const uint8_t (*subjects)[SUBJECT_LEN],
                         size_t count, roster_visitor *visit, void *context);
/* Whose id or name holds `text`, without regard to case and marks, in order of the id. */
MUST_USE int roster_search(struct roster *roster, const char *text, roster_visitor *visit,
                           void *context);
