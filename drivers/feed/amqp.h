/*
 * Feed over AMQP 0-9-1: RabbitMQ, whose MQTT plugin brings what gates publish as amq.topic, with
 * "/" of a topic as "." of a routing key. Several collectors consume one quorum queue; a message
 * belongs to one of them until it is settled, and goes to another when that one dies.
 * So those that consume one queue must store into one archive.
 */
#pragma once

#include "dashboard/ports/feed.h"

enum {
        FEED_AMQP_HOSTS_MAX = 8, /* more are not tried */
        FEED_AMQP_HOSTS_LEN = 512,
        FEED_AMQP_MESSAGE_MAX = 65536 /* larger ones are settled unread: no gate sends them */
};

/* Strings are borrowed for the life of the feed. */
struct feed_amqp_settings {
        const char *hosts; /* "name:port, name:port": nodes of one cluster, tried in turn */
        const char *virtual_host;
        /* NULL user: who we are is in the certificate (EXTERNAL). The password is the file's first
         * line, read at each connection. */
        const char *user, *password_file;
        /* TLS 1.2 or newer with the broker's name verified. ca_file NULL: no TLS. */
        const char *ca_file, *certificate_file, *private_key_file;
        const char *queue; /* made when missing: durable and of quorum */
        /* Not durable, and gone with its last consumer: for what is worth nothing later. */
        bool is_passing;
        /* What is published goes there; it has to exist. NULL: to amq.topic. */
        const char *exchange;
        int queue_max; /* messages that wait at most, then the oldest go; 0: no limit */
        const char *const *bindings; /* MQTT topic filters without "#"; NULL after the last */
        bool is_shared;              /* others may consume the queue for the same archive */
        int prefetch;                /* messages that may be unsettled at a time */
        int heartbeat_s, reconnect_max_s;
};

/* Begins to connect. 0 and *feed, or -errno and *feed == NULL. */
MUST_USE int feed_amqp_open(const struct feed_amqp_settings *settings, struct feed **feed);
