/*
 * Connection: one connection to the broker, from the first packet to the loss, on one libmosquitto
 * handle that is never used again. So nothing of libmosquitto's own queues, which it would send
 * again after a reconnect, lives longer than the connection. One thread; no locks.
 */
#pragma once

#include "controller/ports/bus.h"

struct connection;

/* Called from within connection_step only; may block, and then the broker waits. */
struct connection_listener {
        void *context;
        void (*up)(void *context);
        void (*published)(void *context, uint64_t token, int reason);
        void (*message)(void *context, struct bus_message *take);
};

/*
 * Resolves, connects (blocks: seconds in a dead resolver, minutes where packets vanish) and begins
 * the handshake. Settings are borrowed for its life. 0, or -errno and *connection == NULL with
 * `detail` saying why.
 */
MUST_USE int connection_open(const struct bus_settings *settings,
                             const struct connection_listener *listener,
                             struct connection **connection, char detail[BUS_DETAIL_MAX]);
/* Says goodbye when it can do so at once (the will is then not sent), and frees. Accepts NULL. */
struct connection *connection_close(struct connection *connection);

/* What to poll for. */
int connection_fd(const struct connection *connection);
short connection_events(const struct connection *connection);
bool connection_is_up(const struct connection *connection);

/* After poll, and at least once a second: reads, writes, keeps alive. 0, or -EPIPE: it is lost,
 * connection_detail says why. */
MUST_USE int connection_step(struct connection *connection, short revents);
const char *connection_detail(const struct connection *connection);

/* Only while up. 0; -EPIPE: lost; -EMSGSIZE, -EINVAL: this broker can never take this message. */
MUST_USE int connection_publish(struct connection *connection,
                                const struct bus_publication *publication);
