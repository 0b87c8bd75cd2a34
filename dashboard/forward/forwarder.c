#include "dashboard/forward/forwarder.h"

#include "common/log.h"

#include <errno.h>
#include <string.h>

enum {
        EVENTS_A_TURN = 256, /* neither way shuts out the other, nor the signals */
        IDLE_MS = 1000
};

void forwarder_init(struct forwarder *forwarder, const struct forwarder_settings *settings)
{
        *forwarder = (struct forwarder){ .settings = *settings };
        route_root(forwarder->root, settings->org, settings->site);
}

static void drop_held(struct forwarder *forwarder, enum route_way way)
{
        feed_message_free(forwarder->held[way]);
        forwarder->held[way] = NULL;
}

/* Gates see now that nobody listens. */
static void leave_site(struct forwarder *forwarder, const char *why)
{
        if (forwarder->site)
                log_warn("left the site's broker", "why=%s", why);
        forwarder->site = feed_close(forwarder->site);
        forwarder->is_site_up = false;
}

void forwarder_deinit(struct forwarder *forwarder)
{
        forwarder->site = feed_close(forwarder->site);
        drop_held(forwarder, ROUTE_UP);
        drop_held(forwarder, ROUTE_DOWN);
}

/* May it pass? What may not is counted. */
static bool check(struct forwarder *forwarder, enum route_way way,
                  const struct feed_message *message)
{
        const char *root = forwarder->root;
        switch (route_of(root, way, message->topic)) {
        case ROUTE_FOREIGN:
                forwarder->counts.foreign++;
                return false;
        case ROUTE_WRONG:
                forwarder->counts.wrong++;
                return false;
        case ROUTE_PASS:
                break;
        }
        /* The other side could not know that it was retained, and would take it for a fresh one. */
        if (message->is_retained && !route_is_leaf(root, message->topic, "status") &&
            !route_is_leaf(root, message->topic, "registry")) {
                forwarder->counts.wrong++;
                return false;
        }
        return true;
}

static int publish(struct forwarder *forwarder, enum route_way way,
                   const struct feed_message *message)
{
        const char *root = forwarder->root;
        struct feed_publication publication = { .topic = message->topic,
                                                .payload = message->payload,
                                                .len = message->len,
                                                .content_type = message->content_type,
                                                .response_topic = message->response_topic,
                                                .correlation = message->correlation,
                                                .correlation_len = message->correlation_len };
        if (way == ROUTE_UP)
                return feed_publish(forwarder->settings.centre, &publication);
        if (!forwarder->is_site_up)
                return -ENOTCONN;
        if (route_is_leaf(root, message->topic, "cmd"))
                publication.expiry_s = FORWARDER_COMMAND_S;
        /* AMQP does not say that it was retained; whoever comes later is to find it. */
        publication.is_retained = route_is_leaf(root, message->topic, "registry/manifest");
        return feed_publish(forwarder->site, &publication);
}

/* False: it is to be tried again. */
static bool pass(struct forwarder *forwarder, enum route_way way,
                 const struct feed_message *message)
{
        if (check(forwarder, way, message)) {
                int error = publish(forwarder, way, message);
                if (error == -EAGAIN || error == -ENOTCONN || error == -ENOMEM)
                        return false;
                if (error)
                        forwarder->counts.unsendable++;
                else if (way == ROUTE_UP)
                        forwarder->counts.up++;
                else
                        forwarder->counts.down++;
        }
        if (way == ROUTE_DOWN)
                feed_settle(forwarder->settings.centre, message->handle);
        return true;
}

/* True: nothing of this way is held. */
static bool try_held(struct forwarder *forwarder, enum route_way way)
{
        if (forwarder->held[way] && pass(forwarder, way, forwarder->held[way]))
                drop_held(forwarder, way);
        return !forwarder->held[way];
}

static void take_message(struct forwarder *forwarder, enum route_way way, struct feed_message *take,
                         int64_t now_ms)
{
        if (pass(forwarder, way, take)) {
                feed_message_free(take);
                return;
        }
        forwarder->held[way] = take;
        if (way == ROUTE_UP)
                forwarder->held_ms = now_ms;
}

enum end {
        CENTRE,
        SITE
};

/* A fault that lasts is said once. */
static void say_down(struct forwarder *forwarder, enum end end, const char *why)
{
        static const char *const phrases[] = { "centre not connected",
                                               "site's broker not connected" };
        if (strcmp(forwarder->why[end], why) != 0)
                log_warn(phrases[end], "why=\"%s\"", why);
        memcpy(forwarder->why[end], why, FEED_DETAIL_MAX);
}

static void take_centre(struct forwarder *forwarder, struct feed_event *event, int64_t now_ms)
{
        switch (event->kind) {
        case FEED_UP:
                log_info("centre connected", "feed=%s", forwarder->settings.centre->ops->name);
                forwarder->is_centre_up = true;
                forwarder->why[CENTRE][0] = '\0';
                break;
        case FEED_DOWN:
                say_down(forwarder, CENTRE, event->detail);
                forwarder->is_centre_up = false;
                leave_site(forwarder, "centre");
                /* The one has its journal, the other comes again: it was not settled. */
                drop_held(forwarder, ROUTE_UP);
                drop_held(forwarder, ROUTE_DOWN);
                break;
        case FEED_MESSAGE:
                take_message(forwarder, ROUTE_DOWN, event->message, now_ms);
                break;
        }
}

static void take_site(struct forwarder *forwarder, struct feed_event *event, int64_t now_ms)
{
        switch (event->kind) {
        case FEED_UP:
                log_info("site's broker connected", "feed=%s", forwarder->site->ops->name);
                forwarder->is_site_up = true;
                forwarder->why[SITE][0] = '\0';
                break;
        case FEED_DOWN:
                say_down(forwarder, SITE, event->detail);
                forwarder->is_site_up = false;
                break;
        case FEED_MESSAGE:
                take_message(forwarder, ROUTE_UP, event->message, now_ms);
                break;
        }
}

/* There when the centre is and takes what it is given, else not. */
static void keep_site(struct forwarder *forwarder, int64_t now_ms)
{
        bool is_stuck =
                forwarder->held[ROUTE_UP] && now_ms - forwarder->held_ms >= FORWARDER_STUCK_MS;
        if (is_stuck)
                leave_site(forwarder, "centre-takes-nothing");
        if (forwarder->site || !forwarder->is_centre_up || forwarder->held[ROUTE_UP] ||
            now_ms < forwarder->reopen_ms)
                return;
        int error = forwarder->settings.open_site(forwarder->settings.context, &forwarder->site);
        if (error)
                log_error("site's feed not opened", "errno=%d", -error);
        forwarder->reopen_ms = now_ms + FORWARDER_REOPEN_MS;
}

bool forwarder_turn(struct forwarder *forwarder, int64_t now_ms)
{
        struct feed_event event;
        int centre = 0, site = 0;
        while (centre < EVENTS_A_TURN && try_held(forwarder, ROUTE_DOWN) &&
               feed_next(forwarder->settings.centre, &event)) {
                take_centre(forwarder, &event, now_ms);
                centre++;
        }
        while (site < EVENTS_A_TURN && try_held(forwarder, ROUTE_UP) && forwarder->site &&
               feed_next(forwarder->site, &event)) {
                take_site(forwarder, &event, now_ms);
                site++;
        }
        keep_site(forwarder, now_ms);
        return centre == EVENTS_A_TURN || site == EVENTS_A_TURN;
}

int64_t forwarder_due_ms(const struct forwarder *forwarder, int64_t now_ms)
{
        bool is_waiting = forwarder->held[ROUTE_UP] || forwarder->held[ROUTE_DOWN];
        return now_ms + (is_waiting ? FORWARDER_RETRY_MS : IDLE_MS);
}
