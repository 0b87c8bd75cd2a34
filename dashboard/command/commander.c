#include "dashboard/command/commander.h"

#include "common/log.h"
#include "common/mailbox.h"
#include "controller/publish/command_message.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct ticket {
        struct order order;
        int64_t given_us, until_ms; /* wall; monotonic */
        struct order_outcome outcome;
        bool is_used;
};

struct commander {
        struct feed *feed;
        const struct commander_signer *signer; /* NULL: nobody */
        char client[FLOW_ID_MAX];
        pthread_t thread;
        bool has_thread;
        int stop_fd;
        struct mailbox given;  /* of size_t: which ticket */
        pthread_mutex_t mutex; /* of all below */
        pthread_cond_t changed;
        bool is_up;
        size_t next;
        struct ticket ticket[COMMANDER_KEPT];
};

static struct ticket *find(struct commander *commander, const char *id)
{
        for (size_t i = 0; i < COMMANDER_KEPT; i++)
                if (commander->ticket[i].is_used && strcmp(commander->ticket[i].order.id, id) == 0)
                        return &commander->ticket[i];
        return NULL;
}

/* Only from ORDER_SENT: what is over stays over. Another gate cannot answer for this one: the
 * broker lets it write below its own name only. */
static void settle(struct commander *commander, const char *id, const char *gate,
                   const struct order_outcome *outcome)
{
        pthread_mutex_lock(&commander->mutex);
        struct ticket *ticket = find(commander, id);
        if (ticket && ticket->outcome.state == ORDER_SENT &&
            strcmp(ticket->order.gate, gate) == 0) {
                ticket->outcome = *outcome;
                pthread_cond_broadcast(&commander->changed);
        }
        pthread_mutex_unlock(&commander->mutex);
}

/* The message is the signed one from here on, whose bytes are in `sealed`. 0 or -errno. */
static int sign(const struct commander_signer *signer, struct feed_publication *publication,
                uint8_t *sealed, size_t size)
{
        int len = signer->sign(signer->context, publication->topic, publication->payload, sealed,
                               size);
        if (len < 0) {
                log_error("commands: not signed", "error=%s", strerror(-len));
                return len;
        }
        publication->payload = sealed;
        publication->len = (size_t)len;
        publication->content_type = COMMAND_SIGNED_TYPE;
        return 0;
}

/* The order is written before its number is put, and not again before it is settled, which only
 * this thread does. */
static void publish(struct commander *commander, const struct order *order)
{
        char topic[ORDER_TOPIC_MAX], reply[ORDER_TOPIC_MAX];
        uint8_t sealed[COMMAND_SIGNED_MAX];
        char *text = order_format(order, commander->client, wall_us());
        order_topic(order, topic);
        order_reply_topic(order, commander->client, reply);
        struct feed_publication publication = {
                .topic = topic,
                .payload = text,
                .len = text ? strlen(text) : 0,
                .content_type = "application/cloudevents+json",
                .response_topic = reply,
                .correlation = (const unsigned char *)order->id,
                .correlation_len = strlen(order->id),
                .expiry_s = ORDER_FOR_S,
        };
        int r = text ? 0 : -ENOMEM;
        if (!r && commander->signer)
                r = sign(commander->signer, &publication, sealed, sizeof(sealed));
        if (!r)
                r = feed_publish(commander->feed, &publication);
        free(text);
        if (r)
                settle(commander, order->id, order->gate,
                       &(struct order_outcome){ .state = ORDER_NOT_SENT });
}

static void hear(struct commander *commander, const struct feed_message *message)
{
        char gate[ARCHIVE_GATE_MAX], id[UUID_TEXT_MAX];
        struct order_outcome outcome;
        if (!message->is_retained &&
            order_read_outcome(message, commander->client, gate, id, &outcome))
                settle(commander, id, gate, &outcome);
}

static void set_up(struct commander *commander, bool is_up)
{
        pthread_mutex_lock(&commander->mutex);
        commander->is_up = is_up;
        pthread_mutex_unlock(&commander->mutex);
}

static void take_event(struct commander *commander, struct feed_event *event)
{
        switch (event->kind) {
        case FEED_UP:
                set_up(commander, true);
                log_info("commands: connected", "client=%s", commander->client);
                break;
        case FEED_DOWN:
                set_up(commander, false);
                log_warn("commands: not connected", "why=\"%s\"", event->detail);
                break;
        case FEED_MESSAGE:
                hear(commander, event->message);
                feed_settle(commander->feed, event->message->handle);
                feed_message_free(event->message);
                break;
        }
}

/* When the next order's time is over; -1: none waits. */
static int expire(struct commander *commander)
{
        int64_t now_ms = monotonic_ms(), next_ms = INT64_MAX;
        pthread_mutex_lock(&commander->mutex);
        for (size_t i = 0; i < COMMANDER_KEPT; i++) {
                struct ticket *ticket = &commander->ticket[i];
                if (!ticket->is_used || ticket->outcome.state != ORDER_SENT)
                        continue;
                if (ticket->until_ms <= now_ms) {
                        ticket->outcome.state = ORDER_UNANSWERED;
                        pthread_cond_broadcast(&commander->changed);
                } else if (ticket->until_ms < next_ms) {
                        next_ms = ticket->until_ms;
                }
        }
        pthread_mutex_unlock(&commander->mutex);
        return next_ms == INT64_MAX ? -1 : (int)(next_ms - now_ms);
}

static void *run(void *context)
{
        struct commander *commander = context;
        (void)pthread_setname_np(pthread_self(), "commander");
        for (;;) {
                struct pollfd fds[] = { { .fd = commander->stop_fd, .events = POLLIN },
                                        { .fd = commander->feed->fd, .events = POLLIN },
                                        { .fd = commander->given.event_fd, .events = POLLIN } };
                (void)poll(fds, ARRAY_LEN(fds), expire(commander));
                if (fds[0].revents)
                        return NULL;
                struct feed_event event;
                while (feed_next(commander->feed, &event) > 0)
                        take_event(commander, &event);
                size_t which;
                while (mailbox_take(&commander->given, &which))
                        publish(commander, &commander->ticket[which].order);
        }
}

static int init_locks(struct commander *commander)
{
        pthread_condattr_t attributes;
        int r = pthread_condattr_init(&attributes);
        if (r)
                return -r;
        (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        r = pthread_cond_init(&commander->changed, &attributes);
        pthread_condattr_destroy(&attributes);
        return r ? -r : -pthread_mutex_init(&commander->mutex, NULL);
}

int commander_new(struct feed *feed, const char *client, const struct commander_signer *signer,
                  struct commander **result)
{
        struct commander *commander = calloc(1, sizeof(*commander));
        *result = NULL;
        if (!commander) {
                feed_close(feed);
                return -ENOMEM;
        }
        commander->feed = feed;
        commander->signer = signer;
        commander->given = MAILBOX_EMPTY;
        snprintf(commander->client, sizeof(commander->client), "%s", client);
        commander->stop_fd = eventfd(0, EFD_CLOEXEC);
        int r = commander->stop_fd < 0 ? -errno : init_locks(commander);
        if (!r)
                r = mailbox_init(&commander->given, sizeof(size_t), COMMANDER_KEPT);
        if (!r)
                r = -pthread_create(&commander->thread, NULL, run, commander);
        commander->has_thread = r == 0;
        if (r) {
                commander_free(commander);
                return r;
        }
        *result = commander;
        return 0;
}

struct commander *commander_free(struct commander *commander)
{
        if (!commander)
                return NULL;
        if (commander->has_thread) {
                uint64_t one = 1;
                ssize_t put = write(commander->stop_fd, &one, sizeof(one));
                (void)put;
                pthread_join(commander->thread, NULL);
        }
        if (commander->stop_fd >= 0)
                close(commander->stop_fd);
        mailbox_deinit(&commander->given);
        feed_close(commander->feed);
        free(commander);
        return NULL;
}

/* A place for one more: the oldest, unless its order is under way. Locked. */
static struct ticket *take_ticket(struct commander *commander)
{
        struct ticket *ticket = &commander->ticket[commander->next];
        if (ticket->is_used && ticket->outcome.state == ORDER_SENT)
                return NULL;
        commander->next = (commander->next + 1) % COMMANDER_KEPT;
        return ticket;
}

int commander_give(struct commander *commander, struct order *order)
{
        int r = 0;
        pthread_mutex_lock(&commander->mutex);
        struct ticket *ticket = commander->is_up ? take_ticket(commander) : NULL;
        if (!ticket) {
                r = commander->is_up ? -EAGAIN : -ENOTCONN;
        } else {
                int64_t now_us = wall_us();
                order_name(now_us, order->id);
                *ticket = (struct ticket){ .order = *order,
                                           .given_us = now_us,
                                           .until_ms = monotonic_ms() + COMMANDER_WAIT_MS,
                                           .outcome = { .state = ORDER_SENT },
                                           .is_used = true };
                size_t which = (size_t)(ticket - commander->ticket);
                /* As many places as tickets: there is one. */
                if (!mailbox_put(&commander->given, &which))
                        ticket->outcome.state = ORDER_NOT_SENT;
        }
        pthread_mutex_unlock(&commander->mutex);
        return r;
}

bool commander_ask(struct commander *commander, const char *id, int timeout_ms, struct order *order,
                   int64_t *given_us, struct order_outcome *outcome)
{
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += timeout_ms / 1000;
        until.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
        if (until.tv_nsec >= 1000000000) {
                until.tv_sec++;
                until.tv_nsec -= 1000000000;
        }
        pthread_mutex_lock(&commander->mutex);
        /* Looked for each time: its place may have become another's. */
        struct ticket *ticket = find(commander, id);
        while (ticket && ticket->outcome.state == ORDER_SENT && timeout_ms > 0 &&
               pthread_cond_timedwait(&commander->changed, &commander->mutex, &until) == 0)
                ticket = find(commander, id);
        if (ticket) {
                *order = ticket->order;
                *given_us = ticket->given_us;
                *outcome = ticket->outcome;
        }
        pthread_mutex_unlock(&commander->mutex);
        return ticket != NULL;
}
