/*
 * Feed port: where the centre hears its gates, and speaks to them. Drivers: MQTT v5 (drivers/feed),
 * AMQP 0-9-1 with competing consumers.
 *
 * The feed connects by itself and for ever. What waits for the owner is bounded: while nobody takes
 * it, the broker has to wait, and may in the end drop the connection. Functions belong to one
 * thread, the owner's, and do not block (close: at most FEED_CLOSE_MS).
 *
 * A message is settled only after what it says is durable. What is not settled when a connection
 * ends comes again, from the broker (AMQP) or from the gate (MQTT, whose broker is answered before
 * the owner sees the message: there the gate's journal alone is what nothing is lost from, and a
 * row that was never acknowledged on `ack` is asked for again). So settling may promise more than
 * one driver needs; the owner need not know which.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stddef.h>

enum {
        FEED_DETAIL_MAX = 96,
        FEED_CLOSE_MS = 300,
        FEED_CORRELATION_MAX = 255 /* AMQP's short string */
};

/* A message that came. Heap; strings end in NUL; payload[len] is NUL too. */
struct feed_message {
        char *topic; /* stile/v1/{org}/{site}/{gate}/{leaf}, whatever the broker calls it */
        unsigned char *payload;
        size_t len;
        char *content_type, *response_topic; /* NULL: none */
        unsigned char *correlation;          /* NULL: none */
        size_t correlation_len;
        bool is_retained;
        uint64_t handle; /* grows with each message of a feed */
};

struct feed_event {
        enum {
                FEED_UP,     /* connected and subscribed */
                FEED_DOWN,   /* lost, or a try failed: `detail` says why */
                FEED_MESSAGE /* `message` is the receiver's: feed_message_free */
        } kind;
        struct feed_message *message;
        char detail[FEED_DETAIL_MAX];
};

/* Borrowed for the call. At least once, but only while the connection lasts: whoever publishes
 * does so again when it matters. */
struct feed_publication {
        const char *topic;
        const void *payload;
        size_t len;
        const char *content_type;   /* NULL: none */
        const char *response_topic; /* where an answer goes; NULL: none. MQTT's "/" in both */
        const unsigned char *correlation;
        size_t correlation_len; /* 0: none; up to FEED_CORRELATION_MAX */
        int expiry_s;           /* 0: never */
        bool is_retained;       /* brokers that retain nothing ignore it */
};

struct feed;

struct feed_ops {
        const char *name;
        /* Takes the next event: 1; 0: none waits. In the order in which they happened. */
        int (*next)(struct feed *feed, struct feed_event *event);
        /* This message and every earlier one is durable. Handles of an earlier connection do
         * nothing. When the connection is gone, FEED_DOWN follows. */
        void (*settle)(struct feed *feed, uint64_t handle);
        /* Copies and queues. 0; -ENOTCONN before FEED_UP and after FEED_DOWN was taken; -EAGAIN:
         * too much is under way; -EINVAL: it can never be sent; -ENOMEM. */
        int (*publish)(struct feed *feed, const struct feed_publication *publication);
        /* Ends the connection in an orderly way and frees the feed. */
        void (*close)(struct feed *feed);
};

struct feed {
        const struct feed_ops *ops;
        int fd; /* readable while next() may have something; the feed's */
};

MUST_USE static inline int feed_next(struct feed *feed, struct feed_event *event)
{
        return feed->ops->next(feed, event);
}

static inline void feed_settle(struct feed *feed, uint64_t handle)
{
        feed->ops->settle(feed, handle);
}

MUST_USE static inline int feed_publish(struct feed *feed,
                                        const struct feed_publication *publication)
{
        return feed->ops->publish(feed, publication);
}

/* Accepts NULL; returns NULL. */
static inline struct feed *feed_close(struct feed *feed)
{
        if (feed)
                feed->ops->close(feed);
        return NULL;
}

/* Accepts NULL. */
static inline void feed_message_free(struct feed_message *message)
{
        if (!message)
                return;
        free(message->topic);
        free(message->payload);
        free(message->content_type);
        free(message->response_topic);
        free(message->correlation);
        free(message);
}
