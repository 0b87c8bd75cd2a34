/*
 * The feed over MQTT v5, on the bus. libmosquitto answers the broker as soon as a message is handed
 * over, and cannot be told to wait: settling does nothing here. What makes nothing be lost is the
 * gate's journal, of which only an `ack` settles rows. So the session is a clean one, too: a queue
 * at the broker would only bring again what gates send again by themselves.
 *
 * The network has a thread of its own (drivers/bus); between it and the owner a bounded mailbox.
 */
#include "drivers/feed/feed_drivers.h"

#include "common/log.h"
#include "controller/ports/bus.h"

#include <errno.h>
#include <stdio.h>

enum {
        IN_FLIGHT_MAX = 1000 /* acknowledgements and commands without their PUBACK */
};

struct feed_mqtt {
        struct feed feed;
        struct bus *bus;
        uint64_t handle;
        bool is_refused; /* the broker does not take what we say; logged once */
};

/* Takes over the strings. NULL: no memory, and the message is gone; its gate will be asked. */
static struct feed_message *take_message(struct feed_mqtt *self, struct bus_message *take)
{
        struct feed_message *message = malloc(sizeof(*message));
        if (message) {
                *message = (struct feed_message){ .topic = take->topic,
                                                  .payload = take->payload,
                                                  .len = take->len,
                                                  .content_type = take->content_type,
                                                  .response_topic = take->response_topic,
                                                  .correlation = take->correlation,
                                                  .correlation_len = take->correlation_len,
                                                  .is_retained = take->is_retained,
                                                  .handle = ++self->handle };
                take->topic = take->content_type = take->response_topic = NULL;
                take->payload = take->correlation = NULL;
        }
        bus_message_free(take);
        return message;
}

static void note_answer(struct feed_mqtt *self, int reason)
{
        bool is_refused = reason >= BUS_REFUSED;
        if (is_refused && !self->is_refused)
                log_error("the broker refuses acknowledgements or commands", "reason=%d", reason);
        self->is_refused = is_refused;
}

static int next(struct feed *feed, struct feed_event *event)
{
        struct feed_mqtt *self = (struct feed_mqtt *)feed;
        struct bus_event from;
        while (bus_next(self->bus, &from)) {
                switch (from.kind) {
                case BUS_UP:
                        *event = (struct feed_event){ .kind = FEED_UP };
                        return 1;
                case BUS_DOWN:
                        *event = (struct feed_event){ .kind = FEED_DOWN };
                        snprintf(event->detail, sizeof(event->detail), "%s", from.detail);
                        return 1;
                case BUS_MESSAGE:
                        *event = (struct feed_event){ .kind = FEED_MESSAGE };
                        event->message = take_message(self, from.message);
                        if (event->message)
                                return 1;
                        break;
                case BUS_PUBLISHED:
                        note_answer(self, from.reason);
                        break;
                }
        }
        return 0;
}

static void settle(struct feed *feed, uint64_t handle)
{
        (void)feed;
        (void)handle;
}

static int publish(struct feed *feed, const struct feed_publication *publication)
{
        struct feed_mqtt *self = (struct feed_mqtt *)feed;
        return bus_publish(self->bus, &(struct bus_publication){
                                              .topic = publication->topic,
                                              .payload = publication->payload,
                                              .len = publication->len,
                                              .content_type = publication->content_type,
                                              .response_topic = publication->response_topic,
                                              .correlation = publication->correlation,
                                              .correlation_len = publication->correlation_len,
                                              .expiry_s = publication->expiry_s,
                                              .qos = 1,
                                              .is_retained = publication->is_retained });
}

static void close_feed(struct feed *feed)
{
        struct feed_mqtt *self = (struct feed_mqtt *)feed;
        bus_close(self->bus);
        free(self);
}

static const struct feed_ops ops = {
        .name = "mqtt", .next = next, .settle = settle, .publish = publish, .close = close_feed
};

int feed_mqtt_open(const struct feed_mqtt_settings *settings, struct feed **feed)
{
        *feed = NULL;
        struct feed_mqtt *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        struct bus_settings bus = { .host = settings->host,
                                    .port = settings->port,
                                    .client_id = settings->client_id,
                                    .keepalive_s = settings->keepalive_s,
                                    .reconnect_max_s = settings->reconnect_max_s,
                                    .in_flight = IN_FLIGHT_MAX,
                                    .ca_file = settings->ca_file,
                                    .certificate_file = settings->certificate_file,
                                    .private_key_file = settings->private_key_file,
                                    .content_type = "application/json" };
        for (int i = 0; i < BUS_SUBSCRIPTIONS_MAX && settings->topics[i]; i++)
                bus.subscriptions[i] = settings->topics[i];
        int r = bus_open(&bus, &self->bus);
        if (r) {
                free(self);
                return r;
        }
        self->feed = (struct feed){ .ops = &ops, .fd = self->bus->fd };
        *feed = &self->feed;
        return 0;
}
