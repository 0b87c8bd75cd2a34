/*
 * Reception: takes connections and lets an enrolment answer them. Bounded in all that a
 * stranger may do: connections, at all and from one address; time; bytes.
 */
#pragma once

#include "controller/enrol/enrolment.h"
#include "controller/ports/tls.h"

enum {
        RECEPTION_LINKS_MAX = 32,
        RECEPTION_LINKS_OF_ONE_MAX = 4,
        RECEPTION_LINK_MS = 10000
};

/* Called with what happened, for the log. */
typedef void reception_said_fn(void *context, const char *address, const char *what);

struct reception {
        int listener; /* borrowed; does not block */
        struct tls_end *end;
        struct enrolment *enrolment;
        reception_said_fn *said;
        void *context;
        struct reception_link *link[RECEPTION_LINKS_MAX];
};

/* Waits at most wait_ms, or until `stop_fd` can be read, and does what there is to do. False: that
 * can be read. */
MUST_USE bool reception_turn(struct reception *reception, int stop_fd, int wait_ms);
/* Ends all connections. */
void reception_close(struct reception *reception);
