#include "dashboard/forwarder_service.h"

#include "common/log.h"
#include "common/program.h"
#include "dashboard/forward/forwarder.h"
#include "dashboard/forwarder_wiring.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
        REPORT_MS = 60000
};

struct service {
        struct forwarder_options *options;
        const char *path;
        struct forwarder_wiring wiring;
        struct feed *centre;
        struct forwarder forwarder;
        struct forwarder_counts told;
        int64_t report_ms;
        int signal_fd;
};

/* What was added since the last line, if anything was. */
static void report(struct service *service, int64_t now_ms)
{
        const struct forwarder_counts *now = &service->forwarder.counts, *told = &service->told;
        if (memcmp(now, told, sizeof(*now)) != 0)
                log_info("forwarded", "up=%llu down=%llu foreign=%llu wrong=%llu unsendable=%llu",
                         (unsigned long long)(now->up - told->up),
                         (unsigned long long)(now->down - told->down),
                         (unsigned long long)(now->foreign - told->foreign),
                         (unsigned long long)(now->wrong - told->wrong),
                         (unsigned long long)(now->unsendable - told->unsendable));
        service->told = *now;
        service->report_ms = now_ms + REPORT_MS;
}

static int open_feeds(struct service *service)
{
        forwarder_wiring_init(&service->wiring, service->options);
        int error = forwarder_wiring_centre(&service->wiring, &service->centre);
        if (error)
                return error;
        const struct forwarder_settings settings = { .org = service->options->forwarder.org,
                                                     .site = service->options->forwarder.site,
                                                     .centre = service->centre,
                                                     .open_site = forwarder_wiring_site,
                                                     .context = &service->wiring };
        forwarder_init(&service->forwarder, &settings);
        service->told = (struct forwarder_counts){ 0 };
        return 0;
}

/* The site first: its gates are to see at once that nobody listens. */
static void close_feeds(struct service *service)
{
        report(service, monotonic_ms());
        forwarder_deinit(&service->forwarder);
        service->centre = feed_close(service->centre);
}

/* Feeds borrow the options, so they end before those change. */
static int reload(struct service *service)
{
        static struct forwarder_options next;
        close_feeds(service);
        if (forwarder_options_load(&next, service->path, stderr) == 0)
                *service->options = next;
        else
                log_error("configuration not taken over", "path=%s", service->path);
        log_info("connecting anew", "signal=HUP");
        return open_feeds(service);
}

/* False: stop. */
static bool on_signal(struct service *service, int *error)
{
        struct signalfd_siginfo info;
        if (read(service->signal_fd, &info, sizeof(info)) != sizeof(info))
                return true;
        if (info.ssi_signo != SIGHUP)
                return false;
        *error = reload(service);
        return *error == 0;
}

static int loop(struct service *service)
{
        struct forwarder *forwarder = &service->forwarder;
        bool is_watched = sd_watchdog_enabled(0, NULL) > 0;
        int error = 0;
        for (;;) {
                int64_t now_ms = monotonic_ms();
                bool has_more = forwarder_turn(forwarder, now_ms);
                if (now_ms >= service->report_ms)
                        report(service, now_ms);
                if (is_watched)
                        sd_notify(0, "WATCHDOG=1");
                bool is_up_free = forwarder->site && !forwarder->held[ROUTE_UP];
                struct pollfd ready[] = {
                        { .fd = service->signal_fd, .events = POLLIN },
                        { .fd = forwarder->held[ROUTE_DOWN] ? -1 : service->centre->fd,
                          .events = POLLIN },
                        { .fd = is_up_free ? forwarder->site->fd : -1, .events = POLLIN },
                };
                int timeout_ms = (int)(forwarder_due_ms(forwarder, now_ms) - now_ms);
                if (poll(ready, ARRAY_LEN(ready), has_more ? 0 : timeout_ms) > 0 &&
                    ready[0].revents && !on_signal(service, &error))
                        return error;
        }
}

int forwarder_service_run(struct forwarder_options *options, const char *path)
{
        struct service service = { .options = options, .path = path };
        service.signal_fd = program_signals();
        int error = service.signal_fd < 0 ? service.signal_fd : open_feeds(&service);
        if (error) {
                log_error("cannot start", "errno=%d", -error);
        } else {
                log_info("started", "version=" STILE_VERSION " org=%s site=%s",
                         options->forwarder.org, options->forwarder.site);
                sd_notify(0, "READY=1");
                error = loop(&service);
                sd_notify(0, "STOPPING=1");
                if (service.centre)
                        close_feeds(&service);
        }
        if (service.signal_fd >= 0)
                close(service.signal_fd);
        return error;
}
