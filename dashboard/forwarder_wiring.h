/* Wiring: which drivers the forwarder's settings mean. */
#pragma once

#include "dashboard/forward/route.h"
#include "dashboard/forwarder_settings.h"
#include "dashboard/ports/feed.h"

/* What the feeds borrow for their lives. */
struct forwarder_wiring {
        const struct forwarder_options *options;
        char client_id[32 + 2 * FLOW_ID_MAX], queue[32 + 2 * FLOW_ID_MAX],
                exchange[32 + 2 * FLOW_ID_MAX];
        char filters[ROUTE_LEAVES][ROUTE_ROOT_MAX + 32];
        const char *up[ROUTE_LEAVES + 1], *down[ROUTE_LEAVES + 1];
};

void forwarder_wiring_init(struct forwarder_wiring *wiring,
                           const struct forwarder_options *options);
/* 0, or -errno and NULL. */
MUST_USE int forwarder_wiring_centre(const struct forwarder_wiring *wiring, struct feed **feed);
/* As struct forwarder_settings wants it. */
MUST_USE int forwarder_wiring_site(void *wiring, struct feed **feed);
