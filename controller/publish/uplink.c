#include "controller/publish/uplink.h"

#include "common/log.h"
#include "controller/publish/courier.h"
#include "controller/publish/discovery.h"
#include "controller/publish/errand.h"
#include "controller/publish/local_link.h"
#include "controller/publish/report.h"
#include "controller/publish/supply.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
        TURN_MS = 500, /* nothing is more urgent that a descriptor does not announce */
        ASK_MS = 10000,
        STATE_MS = 10000,
        GOODBYE_MS = 500,
        EVENTS_A_TURN = 256, /* a flood from the broker must not shut out the rest */
        SPARE_IN_FLIGHT = 32 /* status and outcomes, beside the entries */
};

/* Entries count from 1, everything else is 0. */
static const uint64_t GOODBYE_TOKEN = UINT64_MAX, DISCOVERY_TOKEN = UINT64_MAX - 1;

enum broker {
        CONNECTING,
        CONNECTED,
        DISCONNECTED
};

static const char *const broker_names[] = { "connecting", "connected", "disconnected" };

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
        enum broker broker;
        char detail[BUS_DETAIL_MAX]; /* why not connected */
        bool is_refused;             /* the broker does not take status or outcomes */
        bool is_goodbye_heard;
        uint64_t told;    /* the watermark that the gate knows */
        int64_t asked_ms; /* when status was asked for */
        int64_t state_ms; /* when uplink-state is to be told */
};

static int64_t wall_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void set_broker(struct uplink *uplink, enum broker broker, const char *detail)
{
        uplink->broker = broker;
        snprintf(uplink->detail, sizeof(uplink->detail), "%s", detail);
        uplink->state_ms = 0;
        sd_notifyf(0, "STATUS=Broker %s%s%s", broker_names[broker], detail[0] != '\0' ? ": " : "",
                   detail);
}

/* ---- the broker ---- */

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

static void on_bus_event(struct uplink *uplink, const struct bus_event *event, int64_t now_ms)
{
        switch (event->kind) {
        case BUS_UP:
                log_info("broker connected", "host=%s port=%d", uplink->settings->uplink.host,
                         uplink->settings->uplink.port);
                courier_up(&uplink->courier, uplink->bus, wall_us(), now_ms);
                report_up(&uplink->report);
                announce(uplink);
                set_broker(uplink, CONNECTED, "");
                break;
        case BUS_DOWN:
                courier_down(&uplink->courier);
                supply_down(&uplink->supply);
                local_link_unfollow(&uplink->link);
                if (strcmp(uplink->detail, event->detail) != 0 || uplink->broker == CONNECTED) {
                        log_warn("broker not connected", "why=\"%s\"", event->detail);
                        set_broker(uplink, DISCONNECTED, event->detail);
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

/* ---- the gate ---- */

static uint64_t number_of(const json_t *object, const char *key)
{
        return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void on_gate_up(struct uplink *uplink, json_t *status, int64_t now_ms)
{
        const json_t *journal = json_object_get(status, "journal");
        const char *epoch =
                json_string_value(json_object_get(json_object_get(status, "gate"), "epoch"));
        uplink->told = number_of(journal, "acked");
        courier_gate(&uplink->courier, epoch ? epoch : "", number_of(journal, "head"), uplink->told,
                     now_ms);
        report_gate(&uplink->report, status);
        uplink->asked_ms = now_ms;
        uplink->state_ms = 0;
}

/* What cmd/sync asked for and the gate has agreed to. "", or why it is not done. */
static const char *send_again(struct uplink *uplink, const json_t *sync, int64_t now_ms)
{
        const char *epoch = json_string_value(json_object_get(sync, "epoch"));
        if (json_object_get(sync, "registry"))
                uplink->supply.ask_ms = 0; /* at the next turn */
        if (!epoch)
                return "";
        return courier_resend(&uplink->courier, epoch, number_of(sync, "from"), now_ms);
}

static void on_outcome(struct uplink *uplink, const struct local_event *event, int64_t now_ms)
{
        json_t *ok = json_object_get(event->message, "ok");
        const json_t *sync = json_object_get(ok, "sync");
        const char *refusal = sync ? send_again(uplink, sync, now_ms) : "";
        if (refusal[0] != '\0') {
                json_object_set_new(ok, "outcome", json_string("refused"));
                json_object_set_new(ok, "refusal", json_string(refusal));
        }
        errands_end(&uplink->errands, uplink->bus, event->id, event->message,
                    uplink->courier.epoch);
}

static void on_local_event(struct uplink *uplink, const struct local_event *event, int64_t now_ms)
{
        switch (event->kind) {
        case LOCAL_UP:
                on_gate_up(uplink, event->message, now_ms);
                break;
        case LOCAL_DOWN:
                report_no_gate(&uplink->report);
                errands_give_up(&uplink->errands, uplink->bus, INT64_MAX);
                break;
        case LOCAL_STATUS:
                report_gate(&uplink->report, event->message);
                break;
        case LOCAL_ACKED:
                break; /* the next one goes out in turn() */
        case LOCAL_OUTCOME:
                on_outcome(uplink, event, now_ms);
                break;
        case LOCAL_ROW:
                courier_row(&uplink->courier, event->message, now_ms);
                break;
        }
        json_decref(event->message);
}

/* What the gate is told and asked unasked. */
static void tell_gate(struct uplink *uplink, int64_t now_ms)
{
        struct local_link *link = &uplink->link;
        int64_t ask_every_ms =
                uplink->report.health_every_ms < ASK_MS ? uplink->report.health_every_ms : ASK_MS;
        if (courier_is_to_follow(&uplink->courier, now_ms))
                local_link_follow(link, uplink->courier.sent);
        if (uplink->courier.acked > uplink->told && link->ack_id == 0) {
                local_link_ack(link, uplink->courier.epoch, uplink->courier.acked);
                uplink->told = uplink->courier.acked;
        }
        if (now_ms - uplink->asked_ms >= ask_every_ms) {
                local_link_ask_status(link);
                uplink->asked_ms = now_ms;
        }
        if (now_ms >= uplink->state_ms) {
                local_link_uplink_state(
                        link,
                        json_pack("{s:s, s:s, s:I, s:I}", "broker", broker_names[uplink->broker],
                                  "detail", uplink->detail, "published",
                                  (json_int_t)uplink->courier.published, "in_flight",
                                  (json_int_t)courier_under_way(&uplink->courier)));
                uplink->state_ms = now_ms + STATE_MS;
        }
}

/* ---- the loop ---- */

static int open_bus(struct uplink *uplink)
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
        set_broker(uplink, CONNECTING, "");
        return bus_open(&bus, &uplink->bus);
}

static void turn(struct uplink *uplink)
{
        struct bus_event bus_event;
        struct local_event local_event;
        int64_t now_ms = monotonic_ms();
        local_link_step(&uplink->link, now_ms);
        /* A retained command comes with the connection: it is to find the gate that writes it down,
         * so the broker waits until the gate is there or is known not to be. */
        bool is_gate_known = uplink->link.is_up || uplink->link.is_absent;
        for (int i = 0; is_gate_known && i < EVENTS_A_TURN; i++) {
                if (bus_next(uplink->bus, &bus_event) <= 0)
                        break;
                on_bus_event(uplink, &bus_event, now_ms);
        }
        while (local_link_next(&uplink->link, courier_has_room(&uplink->courier), now_ms,
                               &local_event) > 0)
                on_local_event(uplink, &local_event, now_ms);
        errands_give_up(&uplink->errands, uplink->bus, now_ms);
        if (uplink->link.is_up)
                tell_gate(uplink, now_ms);
        else if (uplink->link.is_absent)
                report_no_gate(&uplink->report);
        supply_step(&uplink->supply, uplink->broker == CONNECTED ? uplink->bus : NULL,
                    uplink->link.is_up, now_ms);
        if (uplink->broker == CONNECTED)
                report_step(&uplink->report, uplink->bus, now_ms);
}

/* False: stop. */
static bool on_signal(struct uplink *uplink)
{
        struct signalfd_siginfo info;
        if (read(uplink->signal_fd, &info, sizeof(info)) != sizeof(info))
                return true;
        if (info.ssi_signo != SIGHUP)
                return false;
        log_info("connecting anew", "signal=HUP");
        courier_down(&uplink->courier);
        supply_down(&uplink->supply);
        local_link_unfollow(&uplink->link);
        uplink->bus = bus_close(uplink->bus);
        return open_bus(uplink) == 0;
}

static void loop(struct uplink *uplink)
{
        bool is_watched = sd_watchdog_enabled(0, NULL) > 0;
        for (;;) {
                turn(uplink);
                if (is_watched)
                        sd_notify(0, "WATCHDOG=1");
                int rows_fd = courier_has_room(&uplink->courier) ? uplink->link.rows.fd : -1;
                struct pollfd ready[] = {
                        { .fd = uplink->signal_fd, .events = POLLIN },
                        { .fd = uplink->bus->fd, .events = POLLIN },
                        { .fd = uplink->link.requests.fd, .events = POLLIN },
                        { .fd = rows_fd, .events = POLLIN },
                        { .fd = uplink->supply.client.fd, .events = POLLIN },
                };
                if (poll(ready, ARRAY_LEN(ready), TURN_MS) > 0 && ready[0].revents &&
                    !on_signal(uplink))
                        return;
        }
}

/* Says `stopped` and waits for the broker to have it, a moment at most. */
static void say_goodbye(struct uplink *uplink)
{
        int64_t deadline_ms = monotonic_ms() + GOODBYE_MS;
        struct bus_event event;
        if (uplink->broker != CONNECTED ||
            report_goodbye(&uplink->report, uplink->bus, GOODBYE_TOKEN) < 0)
                return;
        while (!uplink->is_goodbye_heard && uplink->broker == CONNECTED) {
                int64_t left_ms = deadline_ms - monotonic_ms();
                struct pollfd ready = { .fd = uplink->bus->fd, .events = POLLIN };
                if (left_ms <= 0 || poll(&ready, 1, (int)left_ms) <= 0)
                        return;
                while (bus_next(uplink->bus, &event) > 0)
                        on_bus_event(uplink, &event, monotonic_ms());
        }
}

static int block_signals(void)
{
        sigset_t handled;
        sigemptyset(&handled);
        sigaddset(&handled, SIGTERM);
        sigaddset(&handled, SIGINT);
        sigaddset(&handled, SIGHUP);
        if (sigprocmask(SIG_BLOCK, &handled, NULL) < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
                return -errno;
        int fd = signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK);
        return fd < 0 ? -errno : fd;
}

static int begin(struct uplink *uplink, const struct settings *settings)
{
        *uplink = (struct uplink){ .settings = settings,
                                   .signal_fd = -1,
                                   .supply = { .client = CLIENT_CLOSED } };
        notice_source_init(&uplink->source, settings->gate.org, settings->gate.site,
                           settings->gate.id);
        const char *root = uplink->source.root;
        snprintf(uplink->client_id, sizeof(uplink->client_id), "stile-%s-%s-%s", settings->gate.org,
                 settings->gate.site, settings->gate.id);
        snprintf(uplink->ack_topic, sizeof(uplink->ack_topic), "%s/ack", root);
        snprintf(uplink->command_topics, sizeof(uplink->command_topics), "%s/cmd/+", root);
        snprintf(uplink->status_topic, sizeof(uplink->status_topic), "%s/status", root);
        uplink->errands.source = &uplink->source;
        report_init(&uplink->report, &uplink->source, settings->uplink.health_s);
        local_link_init(&uplink->link, settings);
        supply_init(&uplink->supply, settings, &uplink->source);
        uplink->will = report_will(&uplink->source);
        int error = courier_init(&uplink->courier, &uplink->source,
                                 settings->uplink.ack == ACK_COLLECTOR,
                                 (size_t)settings->uplink.in_flight);
        if (error || !uplink->will)
                return -ENOMEM;
        uplink->signal_fd = block_signals();
        return uplink->signal_fd < 0 ? uplink->signal_fd : open_bus(uplink);
}

int uplink_run(const struct settings *settings)
{
        struct uplink uplink;
        int error = begin(&uplink, settings);
        if (error) {
                log_error("uplink not started", "errno=%d", -error);
        } else {
                sd_notify(0, "READY=1");
                log_info("uplink started", "root=%s", uplink.source.root);
                loop(&uplink);
                sd_notify(0, "STOPPING=1");
                say_goodbye(&uplink);
        }
        local_link_deinit(&uplink.link);
        supply_deinit(&uplink.supply);
        bus_close(uplink.bus);
        report_deinit(&uplink.report);
        courier_deinit(&uplink.courier);
        if (uplink.signal_fd >= 0)
                close(uplink.signal_fd);
        free(uplink.will);
        return error;
}
