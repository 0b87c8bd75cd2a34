/*
 * A gate at the broker of a feed: libmosquitto with MQTT 3.1.1, which mosquitto and RabbitMQ both
 * speak. It has no thread: it reads and writes within its verbs only.
 */
#pragma once

#include "tests/check.h"

#include <mosquitto.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FEED_USER  "test" /* and its password, where the broker asks */
#define FEED_GATE  "stile/v1/acme/hq/gate-1/"
#define FEED_ENTRY FEED_GATE "entry"
#define FEED_ACK   FEED_GATE "ack"

struct feed_peer {
        struct mosquitto *mosq; /* NULL: not connected */
        int port;
        int said, taken; /* messages; those that the broker has answered for */
        bool is_subscribed, has_heard;
        char topic[128];
        unsigned char payload[128]; /* of one that fits */
        size_t len;
};

static inline void feed_peer_taken(struct mosquitto *mosq, void *context, int mid)
{
        (void)mosq;
        (void)mid;
        ((struct feed_peer *)context)->taken++;
}

static inline void feed_peer_subscribed(struct mosquitto *mosq, void *context, int mid, int count,
                                        const int *granted)
{
        (void)mosq;
        (void)mid;
        (void)count;
        (void)granted;
        ((struct feed_peer *)context)->is_subscribed = true;
}

static inline void feed_peer_heard(struct mosquitto *mosq, void *context,
                                   const struct mosquitto_message *message)
{
        struct feed_peer *peer = context;
        (void)mosq;
        snprintf(peer->topic, sizeof(peer->topic), "%s", message->topic);
        peer->len = (size_t)message->payloadlen;
        if (peer->len > 0 && peer->len <= sizeof(peer->payload))
                memcpy(peer->payload, message->payload, peer->len);
        peer->has_heard = true;
}

static inline void feed_peer_turn(struct feed_peer *peer)
{
        assert_int_equal(mosquitto_loop(peer->mosq, 1000, 1), MOSQ_ERR_SUCCESS);
}

/* Hears what gates are told. Under a name that the broker gives it: RabbitMQ 3.10 takes a queue
 * away from the next of the same name while it still ends that of the last. */
static inline void feed_peer_connect(struct feed_peer *peer, int port)
{
        *peer = (struct feed_peer){ .mosq = mosquitto_new(NULL, true, peer), .port = port };
        assert_non_null(peer->mosq);
        mosquitto_publish_callback_set(peer->mosq, feed_peer_taken);
        mosquitto_subscribe_callback_set(peer->mosq, feed_peer_subscribed);
        mosquitto_message_callback_set(peer->mosq, feed_peer_heard);
        mosquitto_username_pw_set(peer->mosq, FEED_USER, FEED_USER);
        assert_int_equal(mosquitto_connect(peer->mosq, "127.0.0.1", port, 60), 0);
        assert_int_equal(mosquitto_subscribe(peer->mosq, NULL, FEED_ACK, 1), 0);
        while (!peer->is_subscribed)
                feed_peer_turn(peer);
}

static inline void feed_peer_close(struct feed_peer *peer)
{
        if (peer->mosq)
                mosquitto_destroy(peer->mosq);
        peer->mosq = NULL;
}

/* The broker was killed, and is back. */
static inline void feed_peer_reconnect(struct feed_peer *peer)
{
        feed_peer_close(peer);
        feed_peer_connect(peer, peer->port);
}

/* Without waiting: feed_peer_flush says when the broker has it. */
static inline void feed_peer_put(struct feed_peer *peer, const char *topic, const void *payload,
                                 size_t len)
{
        assert_int_equal(mosquitto_publish(peer->mosq, NULL, topic, (int)len, payload, 1, false),
                         MOSQ_ERR_SUCCESS);
        peer->said++;
}

static inline void feed_peer_flush(struct feed_peer *peer)
{
        while (peer->taken < peer->said)
                feed_peer_turn(peer);
}

/* An entry that the broker has, when it returns. */
static inline void feed_peer_say(struct feed_peer *peer, const char *payload)
{
        feed_peer_put(peer, FEED_ENTRY, payload, strlen(payload));
        feed_peer_flush(peer);
}

/* Waits for the next message. False: it is another one. */
static inline bool feed_peer_hears(struct feed_peer *peer, const char *topic, const void *payload,
                                   size_t len)
{
        while (!peer->has_heard)
                feed_peer_turn(peer);
        peer->has_heard = false;
        return strcmp(peer->topic, topic) == 0 && peer->len == len &&
               len <= sizeof(peer->payload) && memcmp(peer->payload, payload, len) == 0;
}
