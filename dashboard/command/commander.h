/*
 * Commander: gives people's orders to gates, and knows what became of the last ones. It owns the
 * feed on which gates answer, in a thread of its own; orders are given, and asked after, from any
 * thread.
 *
 * Nothing is tried again: an order that finds no broker, or a gate that does not answer within its
 * time, is over, and whoever gave it decides. The gate journals what it carried out.
 */
#pragma once

#include "dashboard/command/order.h"

enum {
        COMMANDER_KEPT = 256,     /* orders whose state is known; the oldest make room */
        COMMANDER_WAIT_MS = 12000 /* for an answer: the order's own time and a little more */
};

/* Who signs orders, for gates that ask for it (docs/mqtt.md, "Signed commands"). Called on the
 * commander's thread. Bytes written to `out`, or -errno. */
struct commander_signer {
        int (*sign)(void *context, const char *topic, const char *payload, uint8_t *out,
                    size_t size);
        void *context;
};

struct commander;

/* `client`: under which name gates answer, an identifier; the feed must be subscribed to
 * stile/v1/+/+/+/res/{client}. `signer` NULL: orders are not signed; else it must outlive the
 * commander. The feed is taken over, and closed, also by a failure. 0 or -errno. */
MUST_USE int commander_new(struct feed *feed, const char *client,
                           const struct commander_signer *signer, struct commander **commander);
/* Accepts NULL; returns NULL. */
struct commander *commander_free(struct commander *commander);

/* Names the order (`id`) and hands it over. 0; -ENOTCONN: no broker, nothing was sent; -EAGAIN: as
 * many as are kept have no answer yet. */
MUST_USE int commander_give(struct commander *commander, struct order *order);
/* What became of it, waiting up to `timeout_ms` for something else than ORDER_SENT. False: it is
 * not known (any more). */
MUST_USE bool commander_ask(struct commander *commander, const char *id, int timeout_ms,
                            struct order *order, int64_t *given_us, struct order_outcome *outcome);
