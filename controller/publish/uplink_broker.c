/* Uplink: the broker's side. */
#include "controller/publish/uplink_private.h"

#include "common/log.h"
#include "controller/publish/discovery.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

enum {
        GOODBYE_MS = 500,
        SPARE_IN_FLIGHT = 32 /* status and outcomes, beside the entries */
};

/* Entries count from 1, everything else is 0. */
static const uint64_t GOODBYE_TOKEN = UINT64_MAX, DISCOVERY_TOKEN = UINT64_MAX - 1;

static const char *const broker_names[] = { "connecting", "connected", "disconnected" };

const char *uplink_broker_name(enum uplink_broker broker)
{
        return broker_names[broker];
}

static void set_broker(struct uplink *uplink, enum uplink_broker broker, const char *detail)
{
        uplink->broker = broker;
        snprintf(uplink->detail, sizeof(uplink->detail), "%s", detail);
        uplink->state_ms = 0;
        sd_notifyf(0, "STATUS=Broker %s%s%s", broker_names[broker], detail[0] != '\0' ? ": " : "",
                   detail);
}

static void on_published(struct uplink *uplink, const struct bus_event *event, int64_t now_ms)
{
        if (event->token == GOODBYE_TOKEN) {
                uplink->is_goodbye_heard = true;
        } else if (event->token == DISCOVERY_TOKEN) {
                if (event->reason >= BUS_REFUSED)
                        log_error("broker refuses Home Assistant's discovery", "reason=%d",
                                  event->reason);
        } else if (event->token != 0) {
                courier_answered(&uplink->courier, event->token, event->reason, now_ms);
        } else {
                bool is_refused = event->reason >= BUS_REFUSED;
                if (is_refused && !uplink->is_refused)
                        log_error("broker refuses status or outcomes", "reason=%d", event->reason);
                uplink->is_refused = is_refused;
        }
}

/* Retained, and said at each connection: the broker may be another one. */
static void announce(struct uplink *uplink)
{
        char topic[DISCOVERY_TOPIC_MAX];
        if (uplink->settings->uplink.home_assistant == HOME_ASSISTANT_OFF)
                return;
        discovery_topic(uplink->settings, topic);
        char *json = discovery_format(uplink->settings);
        const struct bus_publication publication = { .topic = topic,
                                                     .payload = json,
                                                     .qos = 1,
                                                     .is_retained = true,
                                                     .token = DISCOVERY_TOKEN };
        int error = json ? bus_publish(uplink->bus, &publication) : -ENOMEM;
        if (error)
                log_warn("not announced to Home Assistant", "errno=%d", -error);
        free(json);
}

void uplink_on_bus_event(struct uplink *uplink, const struct bus_event *event, int64_t now_ms)
{
        switch (event->kind) {
        case BUS_UP:
                log_info("broker connected", "host=%s port=%d", uplink->settings->uplink.host,
                         uplink->settings->uplink.port);
                courier_up(&uplink->courier, uplink->bus, wall_us(), now_ms);
                report_up(&uplink->report);
                announce(uplink);
                set_broker(uplink, UPLINK_CONNECTED, "");
                break;
        case BUS_DOWN:
                courier_down(&uplink->courier);
                supply_down(&uplink->supply);
                local_link_unfollow(&uplink->link);
                if (strcmp(uplink->detail, event->detail) != 0 ||
                    uplink->broker == UPLINK_CONNECTED) {
                        log_warn("broker not connected", "why=\"%s\"", event->detail);
                        set_broker(uplink, UPLINK_DISCONNECTED, event->detail);
                }
                break;
        case BUS_PUBLISHED:
                on_published(uplink, event, now_ms);
                break;
        case BUS_MESSAGE:
                if (strcmp(event->message->topic, uplink->ack_topic) == 0)
                        courier_collected(&uplink->courier, event->message, now_ms);
                else if (supply_is_for(&uplink->supply, event->message->topic)) {
                        supply_take(&uplink->supply, event->message);
                        break;
                } else
                        errands_begin(&uplink->errands, uplink->bus, &uplink->link, event->message,
                                      wall_us(), now_ms);
                bus_message_free(event->message);
                break;
        }
}

int uplink_connect(struct uplink *uplink)
{
        const struct settings *settings = uplink->settings;
        bool is_tls = settings->uplink.is_tls;
        const struct bus_settings bus = {
                .host = settings->uplink.host,
                .port = settings->uplink.port,
                .client_id = uplink->client_id,
                .is_mqtt_311 = settings->uplink.mqtt == MQTT_311,
                .keepalive_s = settings->uplink.keepalive_s,
                .reconnect_max_s = settings->uplink.reconnect_max_s,
                .in_flight = settings->uplink.in_flight + SPARE_IN_FLIGHT,
                .ca_file = is_tls ? settings->uplink.ca_file : NULL,
                .certificate_file = is_tls ? settings->uplink.certificate_file : NULL,
                .private_key_file = is_tls ? settings->uplink.private_key_file : NULL,
                .content_type = NOTICE_CONTENT_TYPE,
                .will_topic = uplink->status_topic,
                .will_payload = uplink->will,
                .subscriptions = { uplink->ack_topic, uplink->command_topics,
                                   uplink->supply.topics },
        };
        set_broker(uplink, UPLINK_CONNECTING, "");
        return bus_open(&bus, &uplink->bus);
}

void uplink_say_goodbye(struct uplink *uplink)
{
        int64_t deadline_ms = monotonic_ms() + GOODBYE_MS;
        struct bus_event event;
        if (uplink->broker != UPLINK_CONNECTED ||
            report_goodbye(&uplink->report, uplink->bus, GOODBYE_TOKEN) < 0)
                return;
        while (!uplink->is_goodbye_heard && uplink->broker == UPLINK_CONNECTED) {
                int64_t left_ms = deadline_ms - monotonic_ms();
                struct pollfd ready = { .fd = uplink->bus->fd, .events = POLLIN };
                if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) <= 0)
                        return;
                while (bus_next(uplink->bus, &event) > 0)
                        uplink_on_bus_event(uplink, &event, monotonic_ms());
        }
}
