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
        SERVICE_PATH_MAX = 256,
        SERVICE_CACHE_BYTES = 64 << 20
};

/* Section [registry] of the collector's configuration. */
struct service_settings {
        char org[FLOW_ID_MAX], site[FLOW_ID_MAX];
        char folder[SERVICE_PATH_MAX];          /* registry.db and published.db are in it */
        char socket[SERVICE_PATH_MAX];          /* where stilectl talks to; "": no office */
        char site_key_file[SERVICE_PATH_MAX];   /* that of the site's gates */
        char key_file[SERVICE_PATH_MAX];        /* of a manager with the role `registry` */
        char passphrase_file[SERVICE_PATH_MAX]; /* "": the key has none */
        int look_s;                             /* how often to look for changes */
        int renew_s;                            /* how often the manifest is issued anew */
};

struct service;

/*
 * Opens everything and starts. `send` is called in a thread of the service; it never blocks. A key
 * that cannot be used, or a file that cannot be opened: -errno after a log line.
 */
MUST_USE int service_open(const struct service_settings *settings, publisher_send_fn *send,
                          void *context, struct service **service);
/* Stops both threads, waits for them. Accepts NULL; returns NULL. */
struct service *service_close(struct service *service);

/* From any thread; copied; never block. What there is no room for is dropped: gates ask again. */
/* A gate is there: `birth` or `status`. */
void service_hear_gate(struct service *service, const char *gate);
/* Malformed ones are dropped. */
void service_hear_want(struct service *service, const char *gate, const unsigned char *bytes,
                       size_t len);
/* Connected again: what was sent last may be lost. */
void service_hear_broker(struct service *service);
/* After a send that was answered with -EAGAIN: there is room. */
void service_hear_room(struct service *service);
