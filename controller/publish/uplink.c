#include "controller/publish/uplink_private.h"

#include "common/log.h"
#include "common/program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
        TURN_MS = 500,      /* nothing is more urgent that a descriptor does not announce */
        EVENTS_A_TURN = 256 /* a flood from the broker must not shut out the rest */
};

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
                uplink_on_bus_event(uplink, &bus_event, now_ms);
        }
        while (local_link_next(&uplink->link, courier_has_room(&uplink->courier), now_ms,
                               &local_event) > 0)
                uplink_on_local_event(uplink, &local_event, now_ms);
        courier_flush(&uplink->courier, now_ms);
        errands_give_up(&uplink->errands, uplink->bus, now_ms);
        if (uplink->link.is_up)
                uplink_tell_gate(uplink, now_ms);
        else if (uplink->link.is_absent)
                report_no_gate(&uplink->report);
        supply_step(&uplink->supply, uplink->broker == UPLINK_CONNECTED ? uplink->bus : NULL,
                    uplink->link.is_up, now_ms);
        if (uplink->broker == UPLINK_CONNECTED)
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
        return uplink_connect(uplink) == 0;
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
        uplink->signal_fd = program_signals();
        return uplink->signal_fd < 0 ? uplink->signal_fd : uplink_connect(uplink);
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
                uplink_say_goodbye(&uplink);
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
