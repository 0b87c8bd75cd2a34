/*
 * Bus port: one lasting connection to a message broker (MQTT v5, or 3.1.1 where a broker knows no
 * more). The real one is in drivers/bus.
 *
 * The bus connects by itself and for ever: with exponential back-off and full jitter, from the
 * first try on. Its network lives in a thread of its own, because resolvers block; the functions
 * below belong to one thread, the owner's, and never block (close: at most BUS_CLOSE_MS).
 *
 * Nothing outlives a connection: what was not acknowledged when it ends is forgotten, nothing is
 * sent again by the bus, and no acknowledgement of an earlier connection is ever reported after
 * the BUS_DOWN. Whoever publishes keeps what must not be lost.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stddef.h>

enum {
        BUS_SUBSCRIPTIONS_MAX = 8,
        BUS_DETAIL_MAX = 96,
        BUS_PACKET_MAX = 65536, /* the broker is asked not to send more in one message */
        BUS_REFUSED = 128,      /* reasons from here on are refusals (MQTT v5, 2.4) */
        BUS_NOT_HEARD = 16,     /* accepted, but nobody subscribes to it */
        BUS_CLOSE_MS = 300
};

/* A message that came. Heap; strings end in NUL; payload[len] is NUL too. */
struct bus_message {
        char *topic;
        char *response_topic; /* NULL: none */
        char *content_type;   /* NULL: none */
        unsigned char *payload;
        size_t len;
        unsigned char *correlation; /* NULL: none */
        size_t correlation_len;
        bool is_retained; /* published as retained, now or long ago */
        int qos;
};

struct bus_event {
        enum {
                BUS_UP,        /* connected and subscribed */
                BUS_DOWN,      /* lost, or a try failed: `detail` says why */
                BUS_PUBLISHED, /* the broker answered a QoS 1 publication: `token`, `reason` */
                BUS_MESSAGE    /* `message` is the receiver's: bus_message_free */
        } kind;
        uint64_t token;
        int reason; /* of MQTT v5; >= BUS_REFUSED: the broker did not take it */
        struct bus_message *message;
        char detail[BUS_DETAIL_MAX];
};

struct bus_publication {
        const char *topic;
        const char *payload;
        size_t len;               /* of the payload; 0: it is a text */
        const char *content_type; /* NULL: the settings' */
        int expiry_s;             /* the broker drops what is older; 0: never */
        int qos;                  /* 0 or 1; only 1 is reported with BUS_PUBLISHED */
        bool is_retained;
        uint64_t token; /* the owner's; comes back in BUS_PUBLISHED */
        const unsigned char *correlation;
        size_t correlation_len;     /* 0: none */
        const char *response_topic; /* NULL: none */
};

/*
 * Strings are borrowed for the life of the bus.
 *
 * MQTT 3.1.1 knows no content type, response topic, correlation and expiry: they do not go out and
 * do not come. A publication is answered with reason 0 or, refused, by the end of the connection
 * (mosquitto drops it and answers 0); nobody says that nobody subscribes. A message is known as
 * retained only when it was there before the subscription.
 */
struct bus_settings {
        const char *host;
        int port;
        const char *client_id;
        bool is_mqtt_311;
        int keepalive_s;     /* >= 5 */
        int reconnect_max_s; /* longest pause between two tries */
        int in_flight;       /* most QoS 1 publications of the owner without their answer */
        /* TLS 1.2 or newer with the broker's name verified; the files are read at each
         * connection. ca_file NULL: no TLS. */
        const char *ca_file, *certificate_file, *private_key_file;
        const char *content_type;                         /* of every publication and of the will */
        const char *will_topic, *will_payload;            /* retained, QoS 1; NULL: no will */
        const char *subscriptions[BUS_SUBSCRIPTIONS_MAX]; /* QoS 1; at least one; NULL: no more */
};

struct bus;

struct bus_ops {
        const char *name;
        /* Copies and queues. 0; -ENOTCONN before BUS_UP and after BUS_DOWN was taken; -EAGAIN:
         * in_flight are without their answer, or too much is queued; -ENOMEM. */
        int (*publish)(struct bus *bus, const struct bus_publication *publication);
        /* Takes the next event: 1; 0: none waits. Events come in the order in which they
         * happened, and none is dropped: while nobody takes them, the broker has to wait. */
        int (*next)(struct bus *bus, struct bus_event *event);
        /* Disconnects politely (the will is not sent) and frees the bus. */
        void (*close)(struct bus *bus);
};

struct bus {
        const struct bus_ops *ops;
        int fd; /* readable while next() has something; the bus's */
};

/* Begins to connect; implemented once per build. 0 and *bus, or -errno and *bus == NULL. */
MUST_USE int bus_open(const struct bus_settings *settings, struct bus **bus);

MUST_USE static inline int bus_publish(struct bus *bus, const struct bus_publication *publication)
{
        return bus->ops->publish(bus, publication);
}

MUST_USE static inline int bus_next(struct bus *bus, struct bus_event *event)
{
        return bus->ops->next(bus, event);
}

/* Accepts NULL; returns NULL. */
static inline struct bus *bus_close(struct bus *bus)
{
        if (bus)
                bus->ops->close(bus);
        return NULL;
}

/* Accepts NULL. */
static inline void bus_message_free(struct bus_message *message)
{
        if (!message)
                return;
        free(message->topic);
        free(message->response_topic);
        free(message->content_type);
        free(message->payload);
        free(message->correlation);
        free(message);
}
