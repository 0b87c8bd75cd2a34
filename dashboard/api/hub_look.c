/* What is new since the last look. */
#include "dashboard/api/hub_private.h"
#include "dashboard/api/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static int compare(const void *a, const void *b)
{
        int64_t one = ((const struct head *)a)->stream, two = ((const struct head *)b)->stream;
        return one < two ? -1 : one > two;
}

/* What was known before is in order; new ones come behind, to be sorted in. */
struct heads {
        struct hub *hub;
        size_t known;
        bool is_out_of_memory;
};

static bool take_head(void *context, const struct history_head *taken)
{
        struct heads *heads = context;
        struct hub *hub = heads->hub;
        const struct head key = { .stream = taken->stream };
        struct head *head = heads->known > 0
                                    ? bsearch(&key, hub->head, heads->known, sizeof(*head), compare)
                                    : NULL;
        if (head) {
                head->highest = taken->highest;
                return true;
        }
        if (hub->heads == hub->head_capacity) {
                size_t capacity = hub->head_capacity ? 2 * hub->head_capacity : 64;
                struct head *more = reallocarray(hub->head, capacity, sizeof(*more));
                heads->is_out_of_memory = !more;
                if (!more)
                        return false;
                hub->head = more;
                hub->head_capacity = capacity;
        }
        hub->head[hub->heads++] = (struct head){ .stream = taken->stream,
                                                 .highest = taken->highest,
                                                 .from = hub->is_primed ? 0 : taken->highest };
        return true;
}

struct rows {
        struct hub *hub;
        uint64_t last;
};

static bool tell_row(void *context, const struct history_event *event)
{
        struct rows *rows = context;
        struct hub *hub = rows->hub;
        char id[48];
        rows->last = event->place.seq;
        snprintf(id, sizeof(id), "%" PRId64 "-%" PRIu64, event->place.stream, event->place.seq);
        pthread_mutex_lock(&hub->mutex);
        for (size_t i = 0; i < API_STREAMS_MAX; i++) {
                struct watcher *watcher = &hub->watcher[i];
                if (watcher->stream && area_contains(watcher->area, event->gate)) {
                        json_t *shown = events_show(&watcher->who, event);
                        if (shown)
                                hub_tell(hub, watcher, "entry", id, shown);
                }
        }
        pthread_mutex_unlock(&hub->mutex);
        return true;
}

int hub_look_for_heads(struct hub *hub)
{
        struct history *history = hub->settings.followed;
        struct heads heads = { .hub = hub, .known = hub->heads };
        int r = history->ops->heads(history, take_head, &heads);
        if (!r && heads.is_out_of_memory)
                r = -ENOMEM;
        if (hub->heads > heads.known)
                qsort(hub->head, hub->heads, sizeof(*hub->head), compare);
        return r;
}

int hub_tell_rows(struct hub *hub)
{
        struct history *history = hub->settings.followed;
        int r = 0;
        for (size_t i = 0; i < hub->heads && !r; i++) {
                struct head *head = &hub->head[i];
                if (head->highest <= head->from)
                        continue;
                if (head->highest - head->from > HUB_ROWS_MAX)
                        head->from = head->highest - HUB_ROWS_MAX;
                struct rows rows = { .hub = hub, .last = head->from };
                r = history->ops->rows_after(history, head->stream, head->from, HUB_ROWS_MAX,
                                             tell_row, &rows);
                if (!r)
                        head->from = rows.last > head->highest ? rows.last : head->highest;
        }
        return r;
}

/* FNV-1a, 64 bits. */
static uint64_t digest(uint64_t hash, const char *text)
{
        for (; *text != '\0'; text++)
                hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
        return hash;
}

static void tell_gate(struct hub *hub, const struct history_gate *gate)
{
        pthread_mutex_lock(&hub->mutex);
        for (size_t i = 0; i < API_STREAMS_MAX; i++) {
                struct watcher *watcher = &hub->watcher[i];
                if (watcher->stream && area_contains(watcher->area, gate->gate) &&
                    principal_may(&watcher->who, MAY_VIEW, gate->gate))
                        hub_tell(hub, watcher, "gate", NULL, show_gate(gate));
        }
        pthread_mutex_unlock(&hub->mutex);
}

static bool take_gate(void *context, const struct history_gate *gate)
{
        struct hub *hub = context;
        if (hub->gates == hub->gate_capacity) {
                size_t capacity = hub->gate_capacity ? 2 * hub->gate_capacity : 64;
                struct gate_mark *more = reallocarray(hub->gate, capacity, sizeof(*more));
                if (!more)
                        return false;
                hub->gate = more;
                hub->gate_capacity = capacity;
        }
        struct gate_mark *mark = &hub->gate[hub->gates++];
        snprintf(mark->name, sizeof(mark->name), "%s", gate->gate);
        mark->said = digest(digest(UINT64_C(14695981039346656037), gate->state), gate->status);
        /* Both lists are in order of the name. */
        while (hub->gate_place < hub->gates_before &&
               strcmp(hub->gate_before[hub->gate_place].name, mark->name) < 0)
                hub->gate_place++;
        bool is_known = hub->gate_place < hub->gates_before &&
                        strcmp(hub->gate_before[hub->gate_place].name, mark->name) == 0;
        if (hub->is_primed && (!is_known || hub->gate_before[hub->gate_place].said != mark->said))
                tell_gate(hub, gate);
        return true;
}

int hub_look_for_gates(struct hub *hub)
{
        struct history *history = hub->settings.followed;
        free(hub->gate_before);
        hub->gate_before = hub->gate;
        hub->gates_before = hub->gates;
        hub->gate = NULL;
        hub->gates = hub->gate_capacity = hub->gate_place = 0;
        return history->ops->gates(history, "", "", SIZE_MAX >> 1, take_gate, hub);
}
