/* Connection's inside: what connection.c (from the first packet to the loss) and
 * connection_traffic.c (messages in and out) share. */
#pragma once

#include "drivers/bus/connection.h"

#include <mosquitto.h>
#include <mqtt_protocol.h>

/* A QoS 1 publication that waits for its PUBACK. */
struct outstanding {
        int mid;
        uint64_t token;
};

struct connection {
        struct mosquitto *mosq;
        const struct bus_settings *settings;
        struct connection_listener listener;
        struct outstanding *outstanding; /* oldest first */
        int outstanding_count;
        bool is_up;
        bool is_deaf; /* a subscription was refused */
        char detail[BUS_DETAIL_MAX];
};

void connection_set_detail(struct connection *connection, const char *phrase, const char *why);
/* libmosquitto's codes are poor ("A TLS error occurred."); keeps what its log said before. */
void connection_note_error(struct connection *connection, int rc, int error);
/* Messages and answers go to the listener from now on. */
void connection_listen(struct connection *connection);
