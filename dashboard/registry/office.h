/*
 * Office: how people get into a site's registry at the centre. It listens on a local socket and
 * speaks the protocol of stiled's (docs/local-protocol.md), so that stilectl's verbs about people
 * and places, and its import, work here as they do at a gate.
 *
 * The folder is laid out as a gate's: registry.db, and a journal in which nothing happens. The site
 * key must be that of the site's gates, or they would not know the cards again. One thread, its
 * own.
 */
#pragma once

#include "controller/board.h"
#include "controller/local/server.h"
#include "controller/record/recorder.h"

/* Heavy: on the heap. */
struct office {
        struct settings settings;
        struct board board;
        struct recorder recorder;
        struct server server;
};

/* From here on office_close is safe. */
void office_init(struct office *office);
/* Root and our own user may talk. Visitors are forgotten so many days after their visit. 0, or
 * -errno after a log line. */
MUST_USE int office_open(struct office *office, const char *socket, const char *folder,
                         const char *key_file, const char *org, const char *site,
                         int retention_days);
void office_close(struct office *office);

/* Serves until stop_fd is readable. */
void office_run(struct office *office, int stop_fd);
