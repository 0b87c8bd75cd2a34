#include "dashboard/collector_service.h"

#include "common/log.h"
#include "common/program.h"
#include "dashboard/collector_wiring.h"
#include "dashboard/ingest/collector.h"
#include "dashboard/registry/link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
        EVENTS_A_TURN = 2000, /* a flood must not shut out the signals */
        REPORT_MS = 60000
};

struct service {
        struct collector_options *options;
        const char *path;
        struct archive *archive;
        struct storer *storer;
        struct feed *feed;
        struct collector *collector;
        struct registry_link *registry; /* NULL: no registry is kept here */
        int signal_fd;
        int64_t report_ms;
        struct collector_counts told;
};

static struct collector_time time_now(void)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return (struct collector_time){ .now_ms = monotonic_ms(),
                                        .wall_us = (int64_t)now.tv_sec * 1000000 +
                                                   now.tv_nsec / 1000 };
}

static struct collector_settings settings_of(const struct service *service)
{
        const struct collector_options *options = service->options;
        return (struct collector_settings){ .feed = service->feed,
                                            .archive = service->archive,
                                            .storer = service->storer,
                                            .name = options->collector.name,
                                            .batch_rows = (size_t)options->collector.batch_rows,
                                            .batch_ms = options->collector.batch_ms,
                                            .gap_ms = options->collector.gap_ms,
                                            .retention_days = options->archive.retention_days };
}

/* What was added since the last line; what is open now. */
static void report(struct service *service, int64_t now_ms)
{
        const struct collector_counts *now = &service->collector->counts, *told = &service->told;
        log_info("collected",
                 "entries=%llu duplicates=%llu refused=%llu lost=%llu asked=%llu commits=%llu"
                 " forgotten=%llu gates=%zu open=%zu",
                 (unsigned long long)(now->entries - told->entries),
                 (unsigned long long)(now->duplicates - told->duplicates),
                 (unsigned long long)(now->refused - told->refused),
                 (unsigned long long)(now->lost - told->lost),
                 (unsigned long long)(now->asked - told->asked),
                 (unsigned long long)(now->commits - told->commits),
                 (unsigned long long)(now->forgotten - told->forgotten), now->gates, now->open);
        service->told = *now;
        service->report_ms = now_ms + REPORT_MS;
}

/* The registry looks at what the collector takes. */
static void hear_for_registry(struct service *service, const struct feed_event *event)
{
        if (!service->registry)
                return;
        if (event->kind == FEED_UP)
                registry_link_hear_up(service->registry);
        else if (event->kind == FEED_MESSAGE)
                registry_link_hear(service->registry, event->message);
}

/* True: there may be more. */
static bool take_events(struct service *service)
{
        struct feed_event event;
        for (int i = 0; i < EVENTS_A_TURN; i++) {
                struct collector_time time = time_now();
                if (!collector_has_room(service->collector))
                        collector_turn(service->collector, &time);
                if (!collector_has_room(service->collector) || !feed_next(service->feed, &event))
                        return false;
                hear_for_registry(service, &event);
                collector_take(service->collector, &event, &time);
        }
        return true;
}

/* New files of certificates, and what may change while running. */
static int reload(struct service *service)
{
        static struct collector_options next;
        struct collector_time time = time_now();
        if (collector_options_load(&next, service->path, stderr) == 0)
                collector_options_apply(service->options, &next);
        else
                log_error("configuration not taken over", "path=%s", service->path);
        (void)collector_flush(service->collector, &time);
        service->feed = feed_close(service->feed);
        int r = collector_wiring_feed(service->options, &service->feed);
        if (r)
                return r;
        log_info("connecting anew", "signal=HUP");
        const struct collector_settings settings = settings_of(service);
        collector_change(service->collector, &settings);
        if (service->registry)
                registry_link_change(service->registry, service->feed);
        return 0;
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
        bool is_watched = sd_watchdog_enabled(0, NULL) > 0;
        int error = 0;
        for (;;) {
                bool has_more = take_events(service);
                struct collector_time time = time_now();
                collector_turn(service->collector, &time);
                if (service->registry)
                        registry_link_pump(service->registry);
                if (time.now_ms >= service->report_ms)
                        report(service, time.now_ms);
                if (is_watched && !collector_is_stuck(service->collector, time.now_ms))
                        sd_notify(0, "WATCHDOG=1");
                int64_t left_ms = collector_due_ms(service->collector) - monotonic_ms();
                bool has_room = collector_has_room(service->collector);
                struct pollfd ready[] = {
                        { .fd = service->signal_fd, .events = POLLIN },
                        { .fd = has_room ? service->feed->fd : -1, .events = POLLIN },
                        { .fd = storer_fd(service->storer), .events = POLLIN },
                        { .fd = service->registry ? registry_link_fd(service->registry) : -1,
                          .events = POLLIN },
                };
                int timeout_ms = has_more || left_ms < 0 ? 0 : (int)left_ms;
                if (poll(ready, ARRAY_LEN(ready), timeout_ms) > 0 && ready[0].revents &&
                    !on_signal(service, &error))
                        return error;
        }
}

static int begin(struct service *service)
{
        const struct collector_options *options = service->options;
        service->signal_fd = program_signals();
        if (service->signal_fd < 0)
                return service->signal_fd;
        service->collector = malloc(sizeof(*service->collector));
        if (!service->collector)
                return -ENOMEM;
        int r = collector_wiring_archive(options, &service->archive);
        if (!r)
                r = storer_open(service->archive, &service->storer);
        if (!r)
                r = collector_wiring_feed(options, &service->feed);
        if (r)
                return r;
        const struct collector_settings settings = settings_of(service);
        int64_t now_ms = monotonic_ms();
        collector_init(service->collector, &settings, now_ms);
        service->report_ms = now_ms + REPORT_MS;
        struct registry_settings registry = options->registry;
        registry.retention_days = options->archive.retention_days;
        return registry.folder[0] == '\0'
                       ? 0
                       : registry_link_open(&registry, service->feed, &service->registry);
}

int collector_service_run(struct collector_options *options, const char *path)
{
        struct service service = { .options = options, .path = path, .signal_fd = -1 };
        int r = begin(&service);
        bool has_begun = r == 0;
        if (has_begun) {
                log_info("started", "version=" STILE_VERSION " archive=%s",
                         service.archive->ops->name);
                sd_notify(0, "READY=1");
                r = loop(&service);
                sd_notify(0, "STOPPING=1");
                struct collector_time time = time_now();
                int flushed = collector_flush(service.collector, &time);
                r = r ? r : flushed;
                report(&service, time.now_ms);
                collector_deinit(service.collector);
        } else {
                log_error("cannot start", "errno=%d", -r);
        }
        registry_link_close(service.registry);
        feed_close(service.feed);
        storer_close(service.storer);
        archive_close(service.archive);
        free(service.collector);
        if (service.signal_fd >= 0)
                close(service.signal_fd);
        return r;
}
