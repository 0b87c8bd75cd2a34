/*
 * Supply: the registry's way through the uplink: manifest and parts from the broker to stiled, over
 * a connection of its own so that nothing else waits, and what stiled asks for to the broker. It
 * checks nothing and keeps nothing: what finds no room is dropped, and stiled asks again.
 */
#pragma once

#include "controller/local/client.h"
#include "controller/publish/notice.h"
#include "controller/settings.h"

enum {
        SUPPLY_PARTS_MAX = 16,  /* that wait for stiled; it asks for 8 at once */
        SUPPLY_ASK_MS = 5000,   /* stiled is asked what it wants when nothing else is said */
        SUPPLY_RETRY_MS = 5000, /* stiled is not there, or cannot take the manifest now */
};

struct supply {
        const struct settings *settings;
        const struct notice_source *source;
        char topics[NOTICE_TOPIC_MAX]; /* to subscribe to */
        struct client client;
        int64_t request_id;                         /* outstanding; 0: none */
        bool is_manifest_asked;                     /* the outstanding one is about it */
        struct bus_message *manifest;               /* the connection's newest; NULL: none */
        struct bus_message *part[SUPPLY_PARTS_MAX]; /* oldest first */
        size_t parts;
        int64_t retry_ms, ask_ms, manifest_ms;
        uint64_t dropped;
        bool is_refused; /* said once in the log, until one is taken */
};

/* Both are borrowed. */
void supply_init(struct supply *supply, const struct settings *settings,
                 const struct notice_source *source);
void supply_deinit(struct supply *supply);

/* Is a message on this topic the registry's? */
bool supply_is_for(const struct supply *supply, const char *topic);
/* Takes the message. */
void supply_take(struct supply *supply, struct bus_message *take_message);
/* The connection to the broker has ended: with the next one's manifest stiled asks anew. */
void supply_down(struct supply *supply);
/* To be called at every turn. `bus` is NULL while there is no connection to the broker. */
void supply_step(struct supply *supply, struct bus *bus, bool is_gate_up, int64_t now_ms);
