/*
 * The feed over librabbitmq: a thread that connects to one node after another, serves the
 * connection until it is lost, waits and connects again. Two mailboxes join it to the owner:
 * publications one way, events the other; what is settled is a number that only grows.
 *
 * Publications and settlements carry the number of the connection that their owner believed in;
 * those that come to a later connection are dropped.
 */
#include "drivers/feed/amqp.h"

#include "common/log.h"
#include "drivers/bus/backoff.h"
#include "drivers/bus/worker.h"
#include "drivers/feed/amqp_link.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
        EVENTS_MAX = 1024, /* waiting for the owner; then the broker waits */
        OUTBOX_MAX = 4096,
        TURN_MAX = 64, /* messages between two looks at what the owner wants */
        TICK_MS = 1000,
        COUNT_FIRST_MS = 10000, /* those that a dead node had are gone by then */
        COUNT_EVERY_MS = 60000,
        TAG_BITS = 40 /* of a handle; the bits above are the connection's number */
};

static const uint64_t TAG_MASK = (UINT64_C(1) << TAG_BITS) - 1;

struct outgoing {
        uint64_t session;
        char *topic, *content_type, *response_topic;
        unsigned char *correlation;
        void *payload;
        size_t len, correlation_len;
        int expiry_s;
};

struct posted {
        uint64_t session;
        struct feed_event event;
};

struct feed_amqp {
        struct feed feed;
        struct feed_amqp_settings settings;
        char hosts_text[FEED_AMQP_HOSTS_LEN];
        const char *hosts[FEED_AMQP_HOSTS_MAX];
        size_t host_count;
        struct worker worker;
        int settle_fd;            /* eventfd: `settled` has grown */
        _Atomic uint64_t settled; /* handle */
        uint64_t believed;        /* the owner's: the connection that it knows; 0: none */
        /* The thread's. */
        uint64_t session, settled_tag;
        int64_t up_ms, count_ms;
        bool has_complained; /* about messages that are too large */
};

static void outgoing_free(struct outgoing *outgoing)
{
        free(outgoing->topic);
        free(outgoing->content_type);
        free(outgoing->response_topic);
        free(outgoing->correlation);
        free(outgoing->payload);
}

/* 0 or -EPIPE. */
static int settle_waiting(struct feed_amqp *self, struct amqp_link *link)
{
        uint64_t handle = atomic_load(&self->settled);
        if (handle >> TAG_BITS != self->session || (handle & TAG_MASK) <= self->settled_tag)
                return 0;
        self->settled_tag = handle & TAG_MASK;
        return amqp_link_settle(link, self->settled_tag);
}

/* 0 or -EPIPE. */
static int send_waiting(struct feed_amqp *self, struct amqp_link *link)
{
        struct outgoing outgoing;
        int error = settle_waiting(self, link);
        while (!error && mailbox_take(&self->worker.outbox, &outgoing)) {
                const struct feed_publication publication = { .topic = outgoing.topic,
                                                              .payload = outgoing.payload,
                                                              .len = outgoing.len,
                                                              .content_type = outgoing.content_type,
                                                              .response_topic =
                                                                      outgoing.response_topic,
                                                              .correlation = outgoing.correlation,
                                                              .correlation_len =
                                                                      outgoing.correlation_len,
                                                              .expiry_s = outgoing.expiry_s };
                if (outgoing.session == self->session)
                        error = amqp_link_publish(link, &publication);
                outgoing_free(&outgoing);
        }
        return error;
}

/* Takes over the event's message. False: the owner wants to close. */
static bool post(struct feed_amqp *self, const struct feed_event *event)
{
        struct posted posted = { .session = self->session, .event = *event };
        bool is_posted = worker_post(&self->worker, &posted);
        if (!is_posted)
                feed_message_free(event->message);
        return is_posted;
}

static void post_down(struct feed_amqp *self, const char *detail)
{
        struct feed_event event = { .kind = FEED_DOWN };
        snprintf(event.detail, sizeof(event.detail), "%s", detail);
        (void)post(self, &event);
}

/* What has come, up to TURN_MAX. 1: there may be more; 0: nothing waits; -EPIPE. */
static int take_messages(struct feed_amqp *self, struct amqp_link *link)
{
        for (int i = 0; i < TURN_MAX; i++) {
                struct feed_message *message = NULL;
                uint64_t tag = 0;
                int r = amqp_link_next(link, &message, &tag);
                if (r == 0 || r == -EPIPE)
                        return r;
                if (r == -EMSGSIZE) {
                        /* Settled with the next one: to give it back would bring it again. */
                        if (!self->has_complained)
                                log_warn("message too large", "limit=%d", FEED_AMQP_MESSAGE_MAX);
                        self->has_complained = true;
                        continue;
                }
                if (r < 0)
                        return -EPIPE; /* no memory: all that is not settled comes again */
                message->handle = self->session << TAG_BITS | tag;
                if (!post(self, &(struct feed_event){ .kind = FEED_MESSAGE, .message = message }))
                        return 0;
        }
        return 1;
}

/* Whoever else consumes the queue has rows that we lack, unless the archive is his as well. 0 or
 * -EPIPE. */
static int count_consumers(struct feed_amqp *self, struct amqp_link *link)
{
        if (self->settings.is_shared || monotonic_ms() < self->count_ms)
                return 0;
        self->count_ms = monotonic_ms() + COUNT_EVERY_MS;
        int count = amqp_link_consumers(link);
        if (count > 1)
                log_error("others consume this queue: is the archive the same?",
                          "queue=%s consumers=%d", self->settings.queue, count);
        return count < 0 ? count : 0;
}

/* Until it is lost or the owner closes. */
static const char *serve(struct feed_amqp *self, struct amqp_link *link)
{
        int more = 1;
        for (;;) {
                struct pollfd ready[] = {
                        { .fd = self->worker.stop_fd, .events = POLLIN },
                        { .fd = amqp_link_fd(link), .events = POLLIN },
                        { .fd = self->worker.outbox.event_fd, .events = POLLIN },
                        { .fd = self->settle_fd, .events = POLLIN },
                };
                if (poll(ready, ARRAY_LEN(ready), more > 0 ? 0 : TICK_MS) < 0)
                        ready[0].revents = ready[3].revents = 0;
                if (ready[0].revents) {
                        (void)send_waiting(self, link); /* what was settled last */
                        return "closed";
                }
                eventfd_t count;
                if (ready[3].revents)
                        (void)eventfd_read(self->settle_fd, &count);
                /* Counting first: messages that come before its answer are here, and no event of
                 * the descriptor tells of them any more. */
                if (count_consumers(self, link) < 0)
                        return amqp_link_detail(link);
                more = take_messages(self, link);
                if (more < 0 || send_waiting(self, link) < 0)
                        return amqp_link_detail(link);
        }
}

/* The other nodes of the cluster are tried at once: only all of them in vain is a reason to wait.
 */
static int pause_ms(const struct feed_amqp *self, int failures)
{
        int rounds = failures / (int)self->host_count;
        return failures % (int)self->host_count == 0
                       ? worker_pause_ms(rounds, self->settings.reconnect_max_s)
                       : 0;
}

static void *run(void *context)
{
        struct feed_amqp *self = context;
        int failures = 0;
        size_t host = 0;
        do {
                char detail[FEED_DETAIL_MAX] = "";
                struct amqp_link *link = NULL;
                self->up_ms = INT64_MAX;
                if (amqp_link_open(&self->settings, self->hosts[host], &link, detail) == 0) {
                        self->session++;
                        self->settled_tag = 0;
                        self->up_ms = monotonic_ms();
                        self->count_ms = self->up_ms + COUNT_FIRST_MS;
                        if (post(self, &(struct feed_event){ .kind = FEED_UP }))
                                snprintf(detail, sizeof(detail), "%s", serve(self, link));
                }
                amqp_link_close(link);
                failures = backoff_failures(failures, self->up_ms, monotonic_ms());
                host = (host + 1) % self->host_count;
                post_down(self, detail);
        } while (!worker_is_stopping(&self->worker, pause_ms(self, failures)));
        worker_done(&self->worker);
        return NULL;
}

/* NULL also where there is nothing to copy. */
static char *copy_text(const char *text)
{
        return text ? strdup(text) : NULL;
}

static void *copy_bytes(const void *bytes, size_t len)
{
        void *copied = malloc(len + 1);
        if (copied && len > 0)
                memcpy(copied, bytes, len);
        return copied;
}

/* 0 or -ENOMEM; what was copied until then is to be freed either way. */
static int copy_publication(const struct feed_publication *from, struct outgoing *outgoing)
{
        *outgoing = (struct outgoing){ .topic = strdup(from->topic),
                                       .content_type = copy_text(from->content_type),
                                       .response_topic = copy_text(from->response_topic),
                                       .correlation =
                                               copy_bytes(from->correlation, from->correlation_len),
                                       .correlation_len = from->correlation_len,
                                       .payload = copy_bytes(from->payload, from->len),
                                       .len = from->len,
                                       .expiry_s = from->expiry_s };
        bool is_copied = outgoing->topic && outgoing->payload && outgoing->correlation &&
                         (!from->content_type || outgoing->content_type) &&
                         (!from->response_topic || outgoing->response_topic);
        return is_copied ? 0 : -ENOMEM;
}

static int publish(struct feed *feed, const struct feed_publication *publication)
{
        struct feed_amqp *self = (struct feed_amqp *)feed;
        struct outgoing outgoing;
        if (self->believed == 0)
                return -ENOTCONN;
        if (publication->correlation_len > FEED_CORRELATION_MAX)
                return -EINVAL;
        int error = copy_publication(publication, &outgoing);
        outgoing.session = self->believed;
        if (!error && !mailbox_put(&self->worker.outbox, &outgoing))
                error = -EAGAIN;
        if (error)
                outgoing_free(&outgoing);
        return error;
}

static void settle(struct feed *feed, uint64_t handle)
{
        struct feed_amqp *self = (struct feed_amqp *)feed;
        if (handle <= atomic_load(&self->settled))
                return;
        atomic_store(&self->settled, handle);
        (void)eventfd_write(self->settle_fd, 1);
}

static int next(struct feed *feed, struct feed_event *event)
{
        struct feed_amqp *self = (struct feed_amqp *)feed;
        struct posted posted;
        if (!worker_take(&self->worker, &posted))
                return 0;
        *event = posted.event;
        if (event->kind == FEED_UP)
                self->believed = posted.session;
        else if (event->kind == FEED_DOWN)
                self->believed = 0;
        return 1;
}

static void deinit(struct feed_amqp *self)
{
        struct posted posted;
        struct outgoing outgoing;
        while (worker_left(&self->worker.events, &posted))
                feed_message_free(posted.event.message);
        while (worker_left(&self->worker.outbox, &outgoing))
                outgoing_free(&outgoing);
        if (self->settle_fd >= 0)
                close(self->settle_fd);
        worker_deinit(&self->worker);
        free(self);
}

static void close_feed(struct feed *feed)
{
        struct feed_amqp *self = (struct feed_amqp *)feed;
        if (worker_end(&self->worker, FEED_CLOSE_MS))
                deinit(self); /* else the thread still has it, until the process ends */
}

static const struct feed_ops ops = {
        .name = "amqp", .next = next, .settle = settle, .publish = publish, .close = close_feed
};

static void split_hosts(struct feed_amqp *self)
{
        char *rest = NULL;
        snprintf(self->hosts_text, sizeof(self->hosts_text), "%s", self->settings.hosts);
        for (char *host = strtok_r(self->hosts_text, ", ", &rest);
             host && self->host_count < FEED_AMQP_HOSTS_MAX; host = strtok_r(NULL, ", ", &rest))
                self->hosts[self->host_count++] = host;
}

int feed_amqp_open(const struct feed_amqp_settings *settings, struct feed **feed)
{
        *feed = NULL;
        struct feed_amqp *self = malloc(sizeof(*self));
        if (!self)
                return -ENOMEM;
        *self = (struct feed_amqp){ .feed = { .ops = &ops, .fd = -1 },
                                    .settings = *settings,
                                    .worker = WORKER_EMPTY,
                                    .settle_fd = -1 };
        split_hosts(self);
        int error = self->host_count > 0 ? 0 : -EINVAL;
        if (!error)
                error = worker_init(&self->worker,
                                    (struct worker_room){ sizeof(struct posted), EVENTS_MAX },
                                    (struct worker_room){ sizeof(struct outgoing), OUTBOX_MAX });
        if (!error) {
                self->settle_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
                error = self->settle_fd < 0 ? -errno : 0;
        }
        if (!error) {
                self->feed.fd = self->worker.events.event_fd;
                error = worker_start(&self->worker, "feed", run, self);
        }
        if (error)
                deinit(self);
        else
                *feed = &self->feed;
        return error;
}
