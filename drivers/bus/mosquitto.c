/*
 * The bus over libmosquitto: a thread that connects, serves the connection until it is lost, waits
 * and connects again. Two mailboxes join it to the owner: publications one way, events the other.
 *
 * Every publication carries the number of the connection that its owner believed in; one that
 * arrives in a later connection is dropped, because its owner will be told BUS_DOWN first and then
 * sends again what it must.
 */
#include "controller/ports/bus.h"
#include "drivers/bus/backoff.h"
#include "drivers/bus/connection.h"
#include "drivers/bus/worker.h"

#include <errno.h>
#include <mosquitto.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
        EVENTS_MAX = 256,     /* waiting for the owner; then the broker waits */
        SPARE_MAX = 64,       /* publications queued beyond in_flight: QoS 0 */
        TICK_MS = 1000,       /* keep alive is counted in seconds */
        HANDSHAKE_MS = 15000, /* from TCP's connection to the broker's consent */
        /* MQTT v5, 2.4 */
        PACKET_TOO_LARGE = 149,
        IMPOSSIBLE = 131 /* "implementation specific error" */
};

struct outgoing {
        uint64_t session, token;
        char *topic, *payload;
        char *content_type, *response_topic; /* may be NULL */
        unsigned char *correlation;
        size_t len, correlation_len;
        int qos, expiry_s;
        bool is_retained;
};

struct bus_mosquitto {
        struct bus bus;
        struct bus_settings settings;
        struct worker worker;
        /* The owner's. */
        uint64_t believed; /* the connection that the owner knows; 0: none */
        int unanswered;
        /* The thread's. */
        uint64_t session;
        int64_t up_ms;
};

struct posted {
        uint64_t session;
        struct bus_event event;
};

static void outgoing_free(struct outgoing *outgoing)
{
        free(outgoing->topic);
        free(outgoing->payload);
        free(outgoing->content_type);
        free(outgoing->response_topic);
        free(outgoing->correlation);
}

/* Takes over the event's message. */
static void post(struct bus_mosquitto *self, const struct bus_event *event)
{
        struct posted posted = { .session = self->session, .event = *event };
        if (!worker_post(&self->worker, &posted))
                bus_message_free(event->message);
}

static void post_up(void *context)
{
        struct bus_mosquitto *self = context;
        self->session++;
        self->up_ms = monotonic_ms();
        post(self, &(struct bus_event){ .kind = BUS_UP });
}

static void post_down(struct bus_mosquitto *self, const char *detail)
{
        struct bus_event event = { .kind = BUS_DOWN };
        snprintf(event.detail, sizeof(event.detail), "%s", detail);
        post(self, &event);
}

static void post_published(void *context, uint64_t token, int reason)
{
        post(context,
             &(struct bus_event){ .kind = BUS_PUBLISHED, .token = token, .reason = reason });
}

static void post_message(void *context, struct bus_message *take)
{
        post(context, &(struct bus_event){ .kind = BUS_MESSAGE, .message = take });
}

/* 0 or -EPIPE. */
static int send_waiting(struct bus_mosquitto *self, struct connection *connection)
{
        struct outgoing outgoing;
        while (mailbox_take(&self->worker.outbox, &outgoing)) {
                const struct bus_publication publication = {
                        .topic = outgoing.topic,
                        .payload = outgoing.payload,
                        .len = outgoing.len,
                        .content_type = outgoing.content_type,
                        .response_topic = outgoing.response_topic,
                        .expiry_s = outgoing.expiry_s,
                        .qos = outgoing.qos,
                        .is_retained = outgoing.is_retained,
                        .token = outgoing.token,
                        .correlation = outgoing.correlation,
                        .correlation_len = outgoing.correlation_len,
                };
                int error = 0;
                if (outgoing.session == self->session)
                        error = connection_publish(connection, &publication);
                outgoing_free(&outgoing);
                if (error == -EPIPE)
                        return error;
                /* As if the broker had said so. */
                if (error && publication.qos > 0)
                        post_published(self, publication.token,
                                       error == -EMSGSIZE ? PACKET_TOO_LARGE : IMPOSSIBLE);
        }
        return 0;
}

/* Until it is lost or the owner closes; connection_detail then says why. */
static const char *serve(struct bus_mosquitto *self, struct connection *connection)
{
        int64_t deadline_ms = monotonic_ms() + HANDSHAKE_MS;
        for (;;) {
                bool is_up = connection_is_up(connection);
                struct pollfd ready[] = {
                        { .fd = self->worker.stop_fd, .events = POLLIN },
                        { .fd = connection_fd(connection),
                          .events = connection_events(connection) },
                        { .fd = is_up ? self->worker.outbox.event_fd : -1, .events = POLLIN },
                };
                if (poll(ready, ARRAY_LEN(ready), TICK_MS) < 0)
                        ready[0].revents = ready[1].revents = ready[2].revents = 0;
                if (ready[0].revents)
                        return "closed";
                if (connection_step(connection, ready[1].revents) < 0)
                        return connection_detail(connection);
                if (connection_is_up(connection) && send_waiting(self, connection) < 0)
                        return connection_detail(connection);
                if (!connection_is_up(connection) && monotonic_ms() >= deadline_ms)
                        return "the broker does not answer";
        }
}

static void *run(void *context)
{
        struct bus_mosquitto *self = context;
        const struct connection_listener listener = {
                .context = self,
                .up = post_up,
                .published = post_published,
                .message = post_message,
        };
        int failures = 0;
        do {
                char detail[BUS_DETAIL_MAX] = "";
                struct connection *connection = NULL;
                self->up_ms = INT64_MAX;
                if (connection_open(&self->settings, &listener, &connection, detail) == 0)
                        snprintf(detail, sizeof(detail), "%s", serve(self, connection));
                connection_close(connection);
                failures = backoff_failures(failures, self->up_ms, monotonic_ms());
                post_down(self, detail);
        } while (!worker_is_stopping(&self->worker,
                                     worker_pause_ms(failures, self->settings.reconnect_max_s)));
        worker_done(&self->worker);
        return NULL;
}

/* Of any bytes, a NUL behind them. */
static void *copy_bytes(const void *bytes, size_t len)
{
        char *copied = malloc(len + 1);
        if (!copied)
                return NULL;
        memcpy(copied, bytes, len);
        copied[len] = '\0';
        return copied;
}

/* 0 or -ENOMEM; what was copied until then is to be freed either way. */
static int copy_publication(const struct bus_publication *from, struct outgoing *outgoing)
{
        *outgoing = (struct outgoing){
                .token = from->token,
                .topic = strdup(from->topic),
                .len = from->len > 0 ? from->len : strlen(from->payload),
                .correlation_len = from->correlation_len,
                .qos = from->qos,
                .expiry_s = from->expiry_s,
                .is_retained = from->is_retained,
        };
        outgoing->payload = copy_bytes(from->payload, outgoing->len);
        bool is_copied = outgoing->topic && outgoing->payload;
        if (from->content_type)
                is_copied = (outgoing->content_type = strdup(from->content_type)) && is_copied;
        if (from->response_topic)
                is_copied = (outgoing->response_topic = strdup(from->response_topic)) && is_copied;
        if (from->correlation_len > 0) {
                outgoing->correlation = copy_bytes(from->correlation, from->correlation_len);
                is_copied = is_copied && outgoing->correlation;
        }
        return is_copied ? 0 : -ENOMEM;
}

static int publish(struct bus *bus, const struct bus_publication *publication)
{
        struct bus_mosquitto *self = (struct bus_mosquitto *)bus;
        if (self->believed == 0)
                return -ENOTCONN;
        if (publication->qos > 0 && self->unanswered >= self->settings.in_flight)
                return -EAGAIN;
        struct outgoing outgoing;
        int error = copy_publication(publication, &outgoing);
        outgoing.session = self->believed;
        if (!error && !mailbox_put(&self->worker.outbox, &outgoing))
                error = -EAGAIN;
        if (error)
                outgoing_free(&outgoing);
        else if (publication->qos > 0)
                self->unanswered++;
        return error;
}

static int next(struct bus *bus, struct bus_event *event)
{
        struct bus_mosquitto *self = (struct bus_mosquitto *)bus;
        struct posted posted;
        if (!worker_take(&self->worker, &posted))
                return 0;
        *event = posted.event;
        switch (event->kind) {
        case BUS_UP:
                self->believed = posted.session;
                self->unanswered = 0;
                break;
        case BUS_DOWN:
                self->believed = 0;
                break;
        case BUS_PUBLISHED:
                self->unanswered--;
                break;
        case BUS_MESSAGE:
                break;
        }
        return 1;
}

static void deinit(struct bus_mosquitto *self)
{
        struct posted posted;
        struct outgoing outgoing;
        while (worker_left(&self->worker.events, &posted))
                bus_message_free(posted.event.message);
        while (worker_left(&self->worker.outbox, &outgoing))
                outgoing_free(&outgoing);
        worker_deinit(&self->worker);
        free(self);
        mosquitto_lib_cleanup();
}

static void close_bus(struct bus *bus)
{
        struct bus_mosquitto *self = (struct bus_mosquitto *)bus;
        if (worker_end(&self->worker, BUS_CLOSE_MS))
                deinit(self); /* else the thread still has it, until the process ends */
}

static const struct bus_ops ops = {
        .name = "mosquitto", .publish = publish, .next = next, .close = close_bus
};

int bus_open(const struct bus_settings *settings, struct bus **bus)
{
        *bus = NULL;
        struct bus_mosquitto *self = malloc(sizeof(*self));
        if (!self)
                return -ENOMEM;
        *self = (struct bus_mosquitto){ .bus = { .ops = &ops, .fd = -1 },
                                        .settings = *settings,
                                        .worker = WORKER_EMPTY };
        mosquitto_lib_init();
        int error = worker_init(&self->worker,
                                (struct worker_room){ sizeof(struct posted), EVENTS_MAX },
                                (struct worker_room){ sizeof(struct outgoing),
                                                      (size_t)settings->in_flight + SPARE_MAX });
        if (!error) {
                self->bus.fd = self->worker.events.event_fd;
                error = worker_start(&self->worker, "bus", run, self);
        }
        if (error)
                deinit(self);
        else
                *bus = &self->bus;
        return error;
}
