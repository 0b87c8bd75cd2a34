/*
 * Forwarder: a site's gates speak to the site's own broker (MQTT), the centre's engine is elsewhere
 * (AMQP); what gates say goes up, what they are told comes down. It keeps nothing: the gates'
 * journals do, until the collector's `ack` has come all the way down.
 *
 * So it must never let gates believe that somebody listens while nobody does. Without the centre it
 * leaves the site's broker; entries then come back as "nobody subscribes", and gates hold them.
 * Memory is bounded: one message each way that the other side does not take yet, and the feeds'
 * own; behind those the brokers wait. One thread.
 */
#pragma once

#include "dashboard/forward/route.h"
#include "dashboard/ports/feed.h"

enum {
        FORWARDER_STUCK_MS = 5000,  /* the centre takes nothing for so long: as if it were gone */
        FORWARDER_RETRY_MS = 50,    /* a message that was not taken */
        FORWARDER_REOPEN_MS = 1000, /* the site's feed could not be opened */
        FORWARDER_COMMAND_S = 10    /* expiry of commands: whoever is away does not get old ones */
};

struct forwarder_settings {
        const char *org, *site;
        struct feed *centre; /* borrowed */
        /* The site's feed, whose life is the forwarder's. 0 and *feed, or -errno. */
        int (*open_site)(void *context, struct feed **feed);
        void *context;
};

struct forwarder_counts {
        uint64_t up, down;
        uint64_t foreign; /* of another site */
        uint64_t wrong;   /* of no leaf that goes this way, or retained where nothing may be */
        uint64_t unsendable;
};

struct forwarder {
        struct forwarder_settings settings;
        char root[ROUTE_ROOT_MAX];
        struct feed *site; /* NULL: the site's broker is left alone */
        bool is_centre_up, is_site_up;
        char why[2][FEED_DETAIL_MAX]; /* why centre and site were not there; said when it changes */
        struct feed_message *held[2]; /* of each way: not taken yet */
        int64_t held_ms;              /* since when of ROUTE_UP */
        int64_t reopen_ms;
        struct forwarder_counts counts;
};

void forwarder_init(struct forwarder *forwarder, const struct forwarder_settings *settings);
/* Leaves the site's broker; the centre's feed is the owner's. */
void forwarder_deinit(struct forwarder *forwarder);

/* Does what can be done now; to be called when a feed is readable and at forwarder_due_ms. True:
 * there may be more. */
MUST_USE bool forwarder_turn(struct forwarder *forwarder, int64_t now_ms);
int64_t forwarder_due_ms(const struct forwarder *forwarder, int64_t now_ms);
