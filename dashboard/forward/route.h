/*
 * Route: which messages a site's forwarder carries, and which way. Pure. The leaves of the two ways
 * are disjoint, so nothing can go round in a circle; and a message of another site is carried
 * neither up nor down, whatever the brokers' access lists say.
 */
#pragma once

#include "controller/flow.h"
#include <stdbool.h>

enum {
        ROUTE_ROOT_MAX = 16 + 2 * FLOW_ID_MAX
};

enum route_way {
        ROUTE_UP,
        ROUTE_DOWN
};

enum route {
        ROUTE_PASS,
        ROUTE_FOREIGN, /* not of this site */
        ROUTE_WRONG    /* of no leaf that goes this way */
};

struct route_leaf {
        const char *name;
        bool has_rest; /* name/{identifier} */
        enum route_way way;
};

enum {
        ROUTE_LEAVES = 9
};
extern const struct route_leaf route_leaves[ROUTE_LEAVES];

/* "stile/v1/{org}/{site}/" */
void route_root(char root[ROUTE_ROOT_MAX], const char *org, const char *site);
enum route route_of(const char *root, enum route_way way, const char *topic);
/* Is this the topic's leaf, as in route_leaves? Only of a topic that may pass. */
bool route_is_leaf(const char *root, const char *topic, const char *leaf);
