/* Uplink, inside: what uplink.c (the loop), uplink_broker.c and uplink_gate.c share. */
#pragma once

#include "controller/publish/courier.h"
#include "controller/publish/errand.h"
#include "controller/publish/local_link.h"
#include "controller/publish/report.h"
#include "controller/publish/supply.h"
#include "controller/publish/uplink.h"

enum uplink_broker {
        UPLINK_CONNECTING,
        UPLINK_CONNECTED,
        UPLINK_DISCONNECTED
};

struct uplink {
        const struct settings *settings;
        struct notice_source source;
        char client_id[NOTICE_ROOT_MAX];
        char ack_topic[NOTICE_TOPIC_MAX], command_topics[NOTICE_TOPIC_MAX],
                status_topic[NOTICE_TOPIC_MAX];
        char *will;
        int signal_fd;
        struct bus *bus;
        struct local_link link;
        struct courier courier;
        struct errands errands;
        struct report report;
        struct supply supply;
        enum uplink_broker broker;
        char detail[BUS_DETAIL_MAX]; /* why not connected */
        bool is_refused;             /* the broker does not take status or outcomes */
        bool is_goodbye_heard;
        uint64_t told;    /* the watermark that the gate knows */
        int64_t asked_ms; /* when status was asked for */
        int64_t state_ms; /* when uplink-state is to be told */
};

/* uplink_broker.c: 0, or -errno. The connection itself comes later, or again, by itself. */
MUST_USE int uplink_connect(struct uplink *uplink);
void uplink_on_bus_event(struct uplink *uplink, const struct bus_event *event, int64_t now_ms);
/* Says `stopped` and waits for the broker to have it, a moment at most. */
void uplink_say_goodbye(struct uplink *uplink);
const char *uplink_broker_name(enum uplink_broker broker);

/* uplink_gate.c */
void uplink_on_local_event(struct uplink *uplink, const struct local_event *event, int64_t now_ms);
/* What the gate is told and asked unasked. */
void uplink_tell_gate(struct uplink *uplink, int64_t now_ms);
