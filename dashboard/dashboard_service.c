#include "dashboard/dashboard_service.h"

#include "common/log.h"
#include "common/program.h"
#include "common/replace.h"
#include "controller/validate/cose/sign1_write.h"
#include "dashboard/dashboard_wiring.h"
#include "dashboard/http/site.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

enum {
        WORKERS_MAX = 32,
        BODY_MAX = 1 << 20, /* a file of people */
        TIMEOUT_S = 60,
        TURN_MS = 10000
};

struct service {
        const struct dashboard_options *options;
        struct history *history[WORKERS_MAX + 1]; /* the last is the hub's */
        size_t histories;
        struct accounts *accounts;
        struct access *access;
        struct signing_key *command_key; /* NULL: commands are not signed */
        struct commander_signer signer;
        struct commander *commander;
        struct command_desk commands;
        struct roster *roster;
        struct enrol_desk enrol;
        struct attendance_desk attendance;
        struct people_passes passes;
        struct people_desk people;
        struct places *places;
        struct places_desk places_desk;
        struct requests *requests;
        struct requests_desk requests_desk;
        struct assets *assets;
        struct api *api;
        struct site site;
        struct web *web;
        int signal_fd;
};

static int note(void *context, const struct principal *who, const char *action, const char *target,
                json_t *detail, const char *outcome)
{
        struct service *service = context;
        return access_note(service->access, who, action, target, detail, outcome);
}

static int open_histories(struct service *service)
{
        size_t wanted = (size_t)service->options->http.workers + 1;
        for (; service->histories < wanted; service->histories++) {
                service->history[service->histories] = dashboard_wiring_history(service->options);
                if (!service->history[service->histories])
                        return -ENOMEM;
        }
        return 0;
}

/* Over the topic too: what is signed for one gate is none for another. */
static int sign_command(void *context, const char *topic, const char *payload, uint8_t *out,
                        size_t size)
{
        const struct service *service = context;
        return sign1_write(service->command_key, topic, strlen(topic), payload, strlen(payload),
                           out, size);
}

static int open_command_key(struct service *service)
{
        const char *file = service->options->broker.sign_key_file;
        if (file[0] == '\0')
                return 0;
        int r = signing_key_load(file, NULL, &service->command_key);
        if (r)
                log_error("the key of commands is not there", "path=%s error=%s", file,
                          strerror(-r));
        service->signer = (struct commander_signer){ sign_command, service };
        return r;
}

static int open_commands(struct service *service, const struct api_audit *audit)
{
        struct feed *feed = NULL;
        int r = open_command_key(service);
        if (!r)
                r = dashboard_wiring_feed(service->options, &feed);
        if (!r && feed)
                r = commander_new(feed, service->options->broker.name,
                                  service->command_key ? &service->signer : NULL,
                                  &service->commander);
        service->commands = (struct command_desk){ .commander = service->commander,
                                                   .audit = *audit,
                                                   .wait_ms = COMMAND_DESK_WAIT_MS };
        return r;
}

static int open_passes(struct service *service)
{
        const struct dashboard_options *options = service->options;
        if (options->passes.key[0] == '\0' || options->registry.socket[0] == '\0')
                return 0;
        service->passes.days = options->passes.days;
        service->passes.link_h = options->passes.link_h;
        int r = issuing_open(options->passes.keys_folder, options->passes.key,
                             &service->passes.issuing);
        return r ? r : links_open(options->passes.file, &service->passes.links);
}

static int open_people(struct service *service, const struct api_audit *audit)
{
        if (service->options->registry.socket[0] != '\0') {
                service->roster = roster_new(service->options->registry.socket);
                if (!service->roster)
                        return -ENOMEM;
        }
        service->people =
                (struct people_desk){ .passes = service->passes.links ? &service->passes : NULL,
                                      .roster = service->roster,
                                      .audit = *audit,
                                      .has_declarations =
                                              service->options->registry.has_declarations };
        return 0;
}

static int open_places(struct service *service, const struct api_audit *audit)
{
        int r = dashboard_wiring_places(service->options, &service->places);
        service->places_desk =
                (struct places_desk){ .places = service->places,
                                      .histories = service->history,
                                      .audit = *audit,
                                      .offset_min = service->options->site.utc_offset_min };
        return r;
}

/* The only thing that is ever written to the archive from here: seldom, and so on a connection of
 * its own. */
static int erase_person(void *context, const uint8_t subject[SUBJECT_LEN],
                        struct archive_deletion *erased)
{
        const struct service *service = context;
        struct archive *archive = NULL;
        int r = dashboard_wiring_archive(service->options, &archive);
        if (!r && archive)
                r = archive_erase(archive, subject, erased);
        archive_close(archive);
        return r;
}

static int open_requests(struct service *service, const struct api_audit *audit)
{
        int r = dashboard_wiring_requests(service->options, &service->requests);
        service->requests_desk =
                (struct requests_desk){ .requests = service->requests,
                                        .people = &service->people,
                                        .histories = service->history,
                                        .audit = *audit,
                                        .erase = erase_person,
                                        .context = service,
                                        .offset_min = service->options->site.utc_offset_min };
        return r;
}

static int open_api(struct service *service, const struct api_audit *audit)
{
        const struct api_settings settings = {
                .histories = service->history,
                .history_count = service->histories - 1,
                .followed = service->history[service->histories - 1],
                .audit = *audit,
                .offset_min = service->options->site.utc_offset_min,
        };
        return api_new(&settings, &service->api);
}

static void open_enrol(struct service *service, const struct api_audit *audit)
{
        const struct dashboard_options *options = service->options;
        service->enrol = (struct enrol_desk){ .at = options->enrolment.desk,
                                              .ca_file = options->broker.ca_file,
                                              .certificate_file = options->broker.certificate_file,
                                              .private_key_file = options->broker.private_key_file,
                                              .audit = *audit };
}

static void open_attendance(struct service *service, const struct api_audit *audit)
{
        service->attendance =
                (struct attendance_desk){ .roster = service->roster,
                                          .histories = service->history,
                                          .audit = *audit,
                                          .offset_min = service->options->site.utc_offset_min,
                                          .is_on = service->options->registry.has_attendance };
}

static int open_web(struct service *service)
{
        const struct dashboard_options *options = service->options;
        bool is_tls = dashboard_options_has_tls(options);
        bool is_proxied = !is_tls && options->http.plain == DASHBOARD_PLAIN_PROXY;
        service->site.settings = (struct site_settings){
                .access = service->access,
                .api = service->api,
                .commands = &service->commands,
                .people = &service->people,
                .places = &service->places_desk,
                .requests = &service->requests_desk,
                .enrol = &service->enrol,
                .attendance = &service->attendance,
                .assets = service->assets,
                .histories = service->history,
                .is_cookie_secure = is_tls || is_proxied,
                .trusted_proxy = is_proxied ? options->http.trusted_proxy : NULL,
                .url = options->http.url,
                .are_metrics_open = options->http.metrics == DASHBOARD_METRICS_EVERYONE,
                .logins_max = options->http.workers > 1 ? (unsigned)options->http.workers - 1 : 1
        };
        const struct web_settings settings = {
                .address = options->http.address,
                .port = (uint16_t)options->http.port,
                .certificate_file = is_tls ? options->http.certificate_file : NULL,
                .private_key_file = is_tls ? options->http.private_key_file : NULL,
                .workers = (unsigned)options->http.workers,
                .connections_max = (unsigned)options->http.connections_max,
                .connections_per_address = (unsigned)options->http.connections_per_address,
                .body_max = BODY_MAX,
                .timeout_s = TIMEOUT_S,
                .headers = site_headers,
                .header_count = site_header_count,
                .handler = site_handle,
                .context = &service->site,
        };
        return web_open(&settings, &service->web);
}

struct first_link {
        const struct dashboard_options *options;
        uint16_t port;
        char token[ACCESS_TOKEN_MAX];
};

static void write_link(const void *context, FILE *file)
{
        const struct first_link *link = context;
        const struct dashboard_options *options = link->options;
        if (options->http.url[0] != '\0')
                fprintf(file, "%s/first#%s\n", options->http.url, link->token);
        else
                fprintf(file, "%s://%s:%u/first#%s\n",
                        dashboard_options_has_tls(options) ? "https" : "http",
                        options->http.address, link->port, link->token);
}

/* While there is no administrator: the link that makes one, for whoever may read the file. */
static int offer_first(struct service *service)
{
        const char *path = service->options->accounts.link_file;
        struct first_link link = { .options = service->options, .port = web_port(service->web) };
        int is_first = access_is_first(service->access);
        if (is_first <= 0) {
                (void)unlink(path);
                return is_first;
        }
        access_make_first(service->access, link.token);
        int r = replace_file(path, write_link, &link);
        explicit_bzero(&link, sizeof(link));
        if (r)
                log_error("first link not written", "path=%s error=%s", path, strerror(-r));
        else
                log_info("there is no administrator: the link that makes one is in a file",
                         "path=%s", path);
        return r;
}

static int begin(struct service *service)
{
        const struct dashboard_options *options = service->options;
        const struct api_audit audit = { .note = note, .context = service };
        service->signal_fd = program_signals();
        int r = service->signal_fd < 0 ? service->signal_fd : open_histories(service);
        if (!r)
                r = dashboard_wiring_accounts(options, &service->accounts);
        if (!r)
                r = access_new(service->accounts, &service->access);
        if (!r)
                r = assets_open(options->http.page, &service->assets);
        if (!r)
                r = open_commands(service, &audit);
        if (!r)
                r = open_passes(service);
        if (!r)
                r = open_people(service, &audit);
        if (!r)
                r = open_places(service, &audit);
        if (!r)
                r = open_requests(service, &audit);
        if (!r)
                r = open_api(service, &audit);
        if (!r)
                open_enrol(service, &audit);
        if (!r)
                open_attendance(service, &audit);
        if (!r)
                r = open_web(service);
        return r ? r : offer_first(service);
}

static void end(struct service *service)
{
        /* The web first: nobody is answered any more, and the hub's streams are over. */
        web_close(service->web);
        api_free(service->api);
        commander_free(service->commander);
        signing_key_free(service->command_key);
        roster_free(service->roster);
        issuing_close(service->passes.issuing);
        links_close(service->passes.links);
        places_close(service->places);
        requests_close(service->requests);
        assets_close(service->assets);
        access_free(service->access);
        accounts_close(service->accounts);
        for (size_t i = 0; i < service->histories; i++)
                history_close(service->history[i]);
        if (service->signal_fd >= 0)
                close(service->signal_fd);
}

/* False: stop. */
static bool on_signal(struct service *service)
{
        struct signalfd_siginfo info;
        if (read(service->signal_fd, &info, sizeof(info)) != sizeof(info))
                return true;
        if (info.ssi_signo != SIGHUP)
                return false;
        if (web_reload(service->web) == 0)
                log_info("certificate read again", "signal=HUP");
        return true;
}

static void loop(struct service *service)
{
        bool is_watched = sd_watchdog_enabled(0, NULL) > 0, is_over = false;
        while (!is_over) {
                struct pollfd ready = { .fd = service->signal_fd, .events = POLLIN };
                if (poll(&ready, 1, TURN_MS) > 0)
                        is_over = !on_signal(service);
                if (is_watched)
                        sd_notify(0, "WATCHDOG=1");
        }
}

int dashboard_service_run(const struct dashboard_options *options)
{
        struct service service = { .options = options, .signal_fd = -1 };
        int r = begin(&service);
        if (r) {
                log_error("cannot start", "errno=%d", -r);
        } else {
                log_info("started", "version=" STILE_VERSION " address=%s port=%u",
                         options->http.address, web_port(service.web));
                sd_notify(0, "READY=1");
                loop(&service);
                sd_notify(0, "STOPPING=1");
        }
        end(&service);
        return r;
}
