#include "dashboard/api/hub_private.h"

#include "dashboard/api/show.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
        /* Looking in vain takes at most a twentieth of the time. Rows are told once: to rest after
         * them would only make more of them wait. */
        COST_FACTOR = 20,
        REST_MAX_MS = 10000
};

int hub_new(const struct api_settings *settings, struct hub **result)
{
        struct hub *hub = calloc(1, sizeof(*hub));
        *result = NULL;
        if (!hub)
                return -ENOMEM;
        hub->settings = *settings;
        hub->stop_fd = eventfd(0, EFD_CLOEXEC);
        int r = hub->stop_fd < 0 ? -errno : -pthread_mutex_init(&hub->mutex, NULL);
        if (r) {
                free(hub);
                return r;
        }
        *result = hub;
        return 0;
}

void hub_drop(struct hub *hub, struct watcher *watcher, bool is_bye)
{
        static const char bye[] = "event: bye\ndata: {}\n\n";
        if (is_bye)
                (void)!web_stream_push(watcher->stream, bye, sizeof(bye) - 1);
        web_stream_end(watcher->stream);
        free(watcher->totals);
        memset(watcher, 0, sizeof(*watcher));
        hub->watchers--;
}

static void push(struct hub *hub, struct watcher *watcher, const char *text, size_t len)
{
        if (!web_stream_push(watcher->stream, text, len))
                hub_drop(hub, watcher, false);
}

void hub_tell(struct hub *hub, struct watcher *watcher, const char *event, const char *id,
              json_t *data)
{
        char *text = json_dumps(data, JSON_COMPACT), *message = NULL;
        json_decref(data);
        int len = text ? asprintf(&message, "event: %s\n%s%s%sdata: %s\n\n", event,
                                  id ? "id: " : "", id ? id : "", id ? "\n" : "", text)
                       : -1;
        if (len > 0)
                push(hub, watcher, message, (size_t)len);
        if (len >= 0)
                free(message);
        free(text);
}

bool hub_add(struct hub *hub, struct web_stream *stream, const struct principal *who,
             const char *area, int64_t now_ms)
{
        struct watcher *watcher = NULL;
        pthread_mutex_lock(&hub->mutex);
        for (size_t i = 0; i < API_STREAMS_MAX && !watcher; i++)
                if (!hub->watcher[i].stream)
                        watcher = &hub->watcher[i];
        if (watcher) {
                *watcher = (struct watcher){ .stream = stream,
                                             .who = *who,
                                             .ping_ms = now_ms + HUB_PING_MS,
                                             .end_ms = now_ms + HUB_LIFE_MS };
                snprintf(watcher->area, sizeof(watcher->area), "%s", area);
                hub->watchers++;
        }
        pthread_mutex_unlock(&hub->mutex);
        if (!watcher)
                web_stream_end(stream);
        return watcher != NULL;
}

void hub_forget(struct hub *hub, const char *name)
{
        pthread_mutex_lock(&hub->mutex);
        for (size_t i = 0; i < API_STREAMS_MAX; i++)
                if (hub->watcher[i].stream && strcmp(hub->watcher[i].who.name, name) == 0)
                        hub_drop(hub, &hub->watcher[i], true);
        pthread_mutex_unlock(&hub->mutex);
}

/* Those who are due get a sign of life, or are sent to come again. True: somebody watches. */
static bool keep_up(struct hub *hub, int64_t now_ms)
{
        pthread_mutex_lock(&hub->mutex);
        for (size_t i = 0; i < API_STREAMS_MAX; i++) {
                struct watcher *watcher = &hub->watcher[i];
                if (watcher->stream && watcher->end_ms <= now_ms) {
                        hub_drop(hub, watcher, false);
                } else if (watcher->stream && watcher->ping_ms <= now_ms) {
                        watcher->ping_ms = now_ms + HUB_PING_MS;
                        push(hub, watcher, ":\n\n", 3);
                }
        }
        bool is_watched = hub->watchers > 0;
        pthread_mutex_unlock(&hub->mutex);
        return is_watched;
}

/* Tells one watcher their totals, when they have changed. They are counted without the lock. */
static int tell_totals(struct hub *hub, size_t which, int64_t now_us)
{
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        struct watcher *watcher = &hub->watcher[which];
        int error = 0;
        pthread_mutex_lock(&hub->mutex);
        const struct web_stream *stream = watcher->stream;
        size_t count = stream ? areas_of(&watcher->who, MAY_VIEW, watcher->area, areas) : 0;
        pthread_mutex_unlock(&hub->mutex);
        if (!stream)
                return 0;
        json_t *totals = totals_of(hub->settings.followed, areas, count, now_us,
                                   hub->settings.offset_min, &error);
        if (error)
                return error;
        json_object_del(totals, "at");
        char *text = json_dumps(totals, JSON_COMPACT);
        pthread_mutex_lock(&hub->mutex);
        bool is_new = text && watcher->stream == stream &&
                      (!watcher->totals || strcmp(watcher->totals, text) != 0);
        if (is_new) {
                free(watcher->totals);
                watcher->totals = text;
                json_object_set_new(totals, "at", show_time(now_us));
                hub_tell(hub, watcher, "totals", NULL, json_incref(totals));
        }
        pthread_mutex_unlock(&hub->mutex);
        if (!is_new)
                free(text);
        json_decref(totals);
        return 0;
}

/* The first look opens the archive, which says nothing of what the next ones take. */
static int64_t next_time(const struct hub *hub, int64_t begin_ms, int64_t now_ms, int64_t every_ms)
{
        int64_t rest_ms = hub->is_primed ? (monotonic_ms() - begin_ms) * COST_FACTOR : 0;
        if (rest_ms > REST_MAX_MS)
                rest_ms = REST_MAX_MS;
        return now_ms + (rest_ms > every_ms ? rest_ms : every_ms);
}

static int look(struct hub *hub, int64_t now_ms, int64_t now_us)
{
        int r = 0;
        int64_t begin_ms = monotonic_ms();
        if (hub->look_ms <= now_ms) {
                r = hub_look_for_heads(hub);
                hub->look_ms = next_time(hub, begin_ms, now_ms, HUB_LOOK_MS);
                if (!r)
                        r = hub_tell_rows(hub);
        }
        begin_ms = monotonic_ms();
        if (!r && hub->gates_ms <= now_ms) {
                r = hub_look_for_gates(hub);
                hub->gates_ms = next_time(hub, begin_ms, now_ms, HUB_GATES_MS);
        }
        begin_ms = monotonic_ms();
        if (!r && hub->totals_ms <= now_ms) {
                for (size_t i = 0; i < API_STREAMS_MAX && !r; i++)
                        r = tell_totals(hub, i, now_us);
                hub->totals_ms = next_time(hub, begin_ms, now_ms, HUB_TOTALS_MS);
        }
        return r;
}

static void greet(struct hub *hub, int64_t now_us)
{
        pthread_mutex_lock(&hub->mutex);
        for (size_t i = 0; i < API_STREAMS_MAX; i++) {
                struct watcher *watcher = &hub->watcher[i];
                if (watcher->stream && !watcher->is_greeted) {
                        watcher->is_greeted = true;
                        hub_tell(hub, watcher, "hello", NULL,
                                 json_pack("{s:o}", "at", show_time(now_us)));
                }
        }
        pthread_mutex_unlock(&hub->mutex);
}

int64_t hub_step(struct hub *hub, int64_t now_ms, int64_t now_us)
{
        if (!keep_up(hub, now_ms)) {
                /* What happens while nobody watches is told to nobody. */
                hub->is_primed = false;
                hub->heads = hub->gates = 0;
                hub->look_ms = hub->gates_ms = hub->totals_ms = 0;
                return now_ms + HUB_LOOK_MS;
        }
        if (look(hub, now_ms, now_us) != 0)
                return now_ms + HUB_TOTALS_MS; /* the archive is away: looked for again */
        hub->is_primed = true;
        greet(hub, now_us);
        return hub->look_ms;
}

static void *run(void *context)
{
        struct hub *hub = context;
        (void)pthread_setname_np(pthread_self(), "hub");
        for (;;) {
                int64_t now_ms = monotonic_ms();
                int64_t next_ms = hub_step(hub, now_ms, wall_us());
                int64_t left_ms = next_ms - monotonic_ms();
                struct pollfd stop = { .fd = hub->stop_fd, .events = POLLIN };
                if (poll(&stop, 1, left_ms > 0 ? (int)left_ms : 0) > 0)
                        return NULL;
        }
}

int hub_start(struct hub *hub)
{
        int r = -pthread_create(&hub->thread, NULL, run, hub);
        hub->has_thread = r == 0;
        return r;
}

struct hub *hub_free(struct hub *hub)
{
        if (!hub)
                return NULL;
        if (hub->has_thread) {
                uint64_t one = 1;
                ssize_t put = write(hub->stop_fd, &one, sizeof(one));
                (void)put;
                pthread_join(hub->thread, NULL);
        }
        for (size_t i = 0; i < API_STREAMS_MAX; i++)
                if (hub->watcher[i].stream)
                        hub_drop(hub, &hub->watcher[i], false);
        pthread_mutex_destroy(&hub->mutex);
        close(hub->stop_fd);
        free(hub->head);
        free(hub->gate);
        free(hub->gate_before);
        free(hub);
        return NULL;
}
