#include "dashboard/registry/service.h"

#include "common/log.h"
#include "common/secret_file.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
        MAILBOX_CAPACITY = 4096,
        TURN_MS = 500,
        BATCH = 32
};

struct heard {
        enum {
                HEARD_BIRTH,
                HEARD_GATE,
                HEARD_WANT,
                HEARD_BROKER,
                HEARD_ROOM
        } kind;
        char gate[FLOW_ID_MAX];
        struct want_message want; /* HEARD_WANT */
};

struct registry_service {
        struct registry_settings settings;
        struct registry *registry;
        struct published *published;
        struct signing_key *key;
        struct publisher publisher;
        struct office office;
        struct mailbox in;
        pthread_t publisher_thread, office_thread;
        bool is_publishing, is_serving; /* the threads were started */
        /* An empty registry in the place of a damaged one: it must not lock everybody out. */
        bool is_set_aside;
        int stop_fd;
};

static int load_key(struct registry_service *service)
{
        const struct registry_settings *settings = &service->settings;
        char passphrase[SIGNING_PASSPHRASE_MAX + 1] = "";
        bool has_passphrase = settings->passphrase_file[0] != '\0';
        const char *why = has_passphrase ? secret_file_read(settings->passphrase_file, passphrase,
                                                            sizeof(passphrase))
                                         : NULL;
        int r = why ? -EACCES
                    : signing_key_load(settings->key_file, has_passphrase ? passphrase : NULL,
                                       &service->key);
        explicit_bzero(passphrase, sizeof(passphrase));
        if (why)
                log_error("passphrase not read", "path=%s why=\"%s\"", settings->passphrase_file,
                          why);
        else if (r)
                log_error("signing key not loaded", "path=%s errno=%d", settings->key_file, -r);
        return r;
}

static int open_stores(struct registry_service *service)
{
        char path[REGISTRY_PATH_MAX + 16], set_aside[256];
        (void)snprintf(path, sizeof(path), "%s/registry.db", service->settings.folder);
        int r = registry_open(path, &service->registry, set_aside);
        if (r)
                return r;
        service->is_set_aside = set_aside[0] != '\0';
        if (service->is_set_aside)
                log_error("damaged registry set aside: nothing is published; import the holders "
                          "again, and restart",
                          "path=%s", set_aside);
        (void)snprintf(path, sizeof(path), "%s/published.db", service->settings.folder);
        r = published_open(path, &service->published, set_aside);
        if (!r && set_aside[0] != '\0')
                log_warn("damaged record of what is published set aside", "path=%s", set_aside);
        return r;
}

static void hear(struct publisher *publisher, const struct heard *heard)
{
        switch (heard->kind) {
        case HEARD_BIRTH:
                publisher_hear_birth(publisher, heard->gate);
                break;
        case HEARD_GATE:
                publisher_hear_gate(publisher, heard->gate);
                break;
        case HEARD_WANT:
                publisher_hear_want(publisher, heard->gate, &heard->want);
                break;
        case HEARD_BROKER:
                publisher_hear_broker(publisher);
                break;
        case HEARD_ROOM:
                break; /* sending follows everything that is heard */
        }
}

static bool is_stopped(const struct registry_service *service)
{
        struct pollfd stop = { .fd = service->stop_fd, .events = POLLIN };
        return poll(&stop, 1, 0) > 0;
}

static int64_t wall_s(void)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return now.tv_sec;
}

static void *run_publisher(void *context)
{
        struct registry_service *service = context;
        bool may_send_more = false;
        (void)pthread_setname_np(pthread_self(), "registry");
        while (!is_stopped(service)) {
                struct heard heard;
                if (mailbox_wait(&service->in, &heard, may_send_more ? 0 : TURN_MS)) {
                        hear(&service->publisher, &heard);
                        while (mailbox_take(&service->in, &heard))
                                hear(&service->publisher, &heard);
                }
                publisher_look(&service->publisher, wall_s(), monotonic_ms());
                may_send_more = publisher_send_some(&service->publisher, BATCH);
        }
        return NULL;
}

static void *run_office(void *context)
{
        struct registry_service *service = context;
        (void)pthread_setname_np(pthread_self(), "office");
        office_run(&service->office, service->stop_fd);
        return NULL;
}

static int start(struct registry_service *service)
{
        int error = service->is_set_aside ? 0
                                          : pthread_create(&service->publisher_thread, NULL,
                                                           run_publisher, service);
        service->is_publishing = error == 0 && !service->is_set_aside;
        if (error || service->settings.socket[0] == '\0')
                return -error;
        error = pthread_create(&service->office_thread, NULL, run_office, service);
        service->is_serving = error == 0;
        return -error;
}

static int open_all(struct registry_service *service, publisher_send_fn *send, void *context)
{
        const struct registry_settings *settings = &service->settings;
        int r = load_key(service);
        if (!r)
                r = open_stores(service);
        if (!r && settings->socket[0] != '\0')
                r = office_open(&service->office, settings->socket, settings->folder,
                                settings->site_key_file, settings->org, settings->site,
                                settings->retention_days);
        if (r)
                return r;
        const struct publisher_settings publisher = { .org = settings->org,
                                                      .site = settings->site,
                                                      .registry = service->registry,
                                                      .published = service->published,
                                                      .key = service->key,
                                                      .cache_bytes = REGISTRY_CACHE_BYTES,
                                                      .look_ms = settings->look_s * INT64_C(1000),
                                                      .renew_s = settings->renew_s,
                                                      .send = send,
                                                      .context = context };
        r = publisher_init(&service->publisher, &publisher);
        if (!r)
                r = mailbox_init(&service->in, sizeof(struct heard), MAILBOX_CAPACITY);
        if (!r) {
                service->stop_fd = eventfd(0, EFD_CLOEXEC);
                r = service->stop_fd < 0 ? -errno : start(service);
        }
        return r;
}

int registry_service_open(const struct registry_settings *settings, publisher_send_fn *send,
                          void *context, struct registry_service **service)
{
        struct registry_service *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        opened->settings = *settings;
        opened->in = MAILBOX_EMPTY;
        opened->stop_fd = -1;
        office_init(&opened->office);
        int r = open_all(opened, send, context);
        if (r) {
                log_error("registry not served", "folder=%s errno=%d", settings->folder, -r);
                registry_service_close(opened);
                return r;
        }
        *service = opened;
        return 0;
}

static void stop(struct registry_service *service)
{
        const uint64_t one = 1;
        if (service->stop_fd < 0 || write(service->stop_fd, &one, sizeof(one)) != sizeof(one))
                return;
        if (service->is_publishing)
                pthread_join(service->publisher_thread, NULL);
        if (service->is_serving)
                pthread_join(service->office_thread, NULL);
}

struct registry_service *registry_service_close(struct registry_service *service)
{
        if (!service)
                return NULL;
        stop(service);
        mailbox_deinit(&service->in);
        publisher_deinit(&service->publisher);
        office_close(&service->office);
        published_close(service->published);
        registry_close(service->registry);
        signing_key_free(service->key);
        if (service->stop_fd >= 0)
                close(service->stop_fd);
        free(service);
        return NULL;
}

/* What does not fit is counted by the mailbox, and asked for again by the gate. */
static void tell(struct registry_service *service, const struct heard *heard)
{
        (void)!mailbox_put(&service->in, heard);
}

static void tell_of_gate(struct registry_service *service, struct heard *heard, const char *gate)
{
        if (strlen(gate) >= FLOW_ID_MAX)
                return;
        strcpy(heard->gate, gate);
        tell(service, heard);
}

void registry_service_hear_birth(struct registry_service *service, const char *gate)
{
        struct heard heard = { .kind = HEARD_BIRTH };
        tell_of_gate(service, &heard, gate);
}

void registry_service_hear_gate(struct registry_service *service, const char *gate)
{
        struct heard heard = { .kind = HEARD_GATE };
        tell_of_gate(service, &heard, gate);
}

void registry_service_hear_want(struct registry_service *service, const char *gate,
                                const unsigned char *bytes, size_t len)
{
        struct heard heard = { .kind = HEARD_WANT };
        if (want_read(bytes, len, &heard.want))
                tell_of_gate(service, &heard, gate);
}

void registry_service_hear_broker(struct registry_service *service)
{
        const struct heard heard = { .kind = HEARD_BROKER };
        tell(service, &heard);
}

void registry_service_hear_room(struct registry_service *service)
{
        const struct heard heard = { .kind = HEARD_ROOM };
        tell(service, &heard);
}
