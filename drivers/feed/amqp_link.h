/*
 * AMQP link: the connection to one node, from the TCP handshake to the loss; never used again. One
 * thread; blocks at most AMQP_LINK_PATIENCE_S in its handshake and while the node does not read.
 */
#pragma once

#include "drivers/feed/amqp.h"

enum {
        AMQP_LINK_PATIENCE_S = 10
};

struct amqp_link;

/* Connects to `host`, "name:port", makes queue and bindings, and consumes. 0, or -errno with
 * *link == NULL and `detail` saying why. */
MUST_USE int amqp_link_open(const struct feed_amqp_settings *settings, const char *host,
                            struct amqp_link **link, char detail[FEED_DETAIL_MAX]);
/* Accepts NULL; returns NULL. */
struct amqp_link *amqp_link_close(struct amqp_link *link);

int amqp_link_fd(const struct amqp_link *link);
/*
 * The next message that is here already, and its tag: 1; 0: none; -EPIPE: the connection is lost,
 * amqp_link_detail says why; -EMSGSIZE: one that is too large, only its tag; -ENOMEM. Also keeps
 * the connection alive: to be called at least once a second.
 */
MUST_USE int amqp_link_next(struct amqp_link *link, struct feed_message **message, uint64_t *tag);
/* Settles this and all before. 0 or -EPIPE. */
MUST_USE int amqp_link_settle(struct amqp_link *link, uint64_t tag);
/* 0 or -EPIPE. */
MUST_USE int amqp_link_publish(struct amqp_link *link, const struct feed_publication *publication);
/* How many consume the queue, this one among them. Waits for the answer. -EPIPE: lost. */
MUST_USE int amqp_link_consumers(struct amqp_link *link);
const char *amqp_link_detail(const struct amqp_link *link);
