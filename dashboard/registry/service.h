/*
 * Service: a site's registry at the centre, whole: the office where people get into it and the
 * publisher that brings it to the gates, each in a thread of its own. Whoever has the connection to
 * the broker feeds it and sends for it.
 */
#pragma once

#include "common/mailbox.h"
#include "dashboard/registry/office.h"
#include "dashboard/registry/publisher.h"

enum {
        REGISTRY_PATH_MAX = 108,
        REGISTRY_CACHE_BYTES = 64 << 20
};

/* Section [registry] of the collector's configuration. */
struct registry_settings {
        char org[FLOW_ID_MAX], site[FLOW_ID_MAX];
        char folder[REGISTRY_PATH_MAX];          /* registry.db and published.db are in it */
        char socket[REGISTRY_PATH_MAX];          /* where stilectl talks to; "": no office */
        char site_key_file[REGISTRY_PATH_MAX];   /* that of the site's gates */
        char key_file[REGISTRY_PATH_MAX];        /* of a manager with the role `registry` */
        char passphrase_file[REGISTRY_PATH_MAX]; /* "": the key has none */
        int look_s;                              /* how often to look for changes */
        int renew_s;                             /* how often the manifest is issued anew */
        int retention_days;                      /* of visitors, after their visit */
};

struct registry_service;

/*
 * Opens everything and starts. `send` is called in a thread of the service; it never blocks. A key
 * that cannot be used, or a file that cannot be opened: -errno after a log line.
 */
MUST_USE int registry_service_open(const struct registry_settings *settings,
                                   publisher_send_fn *send, void *context,
                                   struct registry_service **service);
/* Stops both threads, waits for them. Accepts NULL; returns NULL. */
struct registry_service *registry_service_close(struct registry_service *service);

/* From any thread; copied; never block. What there is no room for is dropped: gates ask again. */
/* A gate has connected: `birth`. */
void registry_service_hear_birth(struct registry_service *service, const char *gate);
/* It is there: `status`. */
void registry_service_hear_gate(struct registry_service *service, const char *gate);
/* Malformed ones are dropped. */
void registry_service_hear_want(struct registry_service *service, const char *gate,
                                const unsigned char *bytes, size_t len);
/* Connected again: what was sent last may be lost. */
void registry_service_hear_broker(struct registry_service *service);
/* After a send that was answered with -EAGAIN: there is room. */
void registry_service_hear_room(struct registry_service *service);
