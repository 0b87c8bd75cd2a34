/* What the files of the hub share. */
#pragma once

#include "dashboard/api/hub.h"

struct watcher {
        struct web_stream *stream; /* NULL: free */
        struct principal who;
        char area[PRINCIPAL_AREA_MAX];
        int64_t ping_ms, end_ms;
        bool is_greeted; /* from then on nothing that is new is missed */
        char *totals;    /* as told last; heap */
};

struct head {
        int64_t stream;
        uint64_t highest, from; /* rows above `from` are to be read */
};

struct gate_mark {
        char name[ARCHIVE_GATE_MAX];
        uint64_t said; /* a digest of its state and what it said */
};

struct hub {
        struct api_settings settings;
        pthread_t thread;
        bool has_thread;
        int stop_fd;
        pthread_mutex_t mutex; /* of the watchers */
        struct watcher watcher[API_STREAMS_MAX];
        size_t watchers;
        /* Of whoever steps. */
        bool is_primed; /* what is there now is known */
        struct head *head;
        size_t heads, head_capacity;
        struct gate_mark *gate, *gate_before;
        size_t gates, gates_before, gate_capacity, gate_place;
        int64_t look_ms, gates_ms, totals_ms;
};

/* Locked. Drops the watcher when it has gone. `bye` is told. */
void hub_drop(struct hub *hub, struct watcher *watcher, bool is_bye);
/* Locked: one message to one. Takes `data` over. */
void hub_tell(struct hub *hub, struct watcher *watcher, const char *event, const char *id,
              json_t *data);

/* hub_look.c: 0 or -errno. */
int hub_look_for_heads(struct hub *hub);
int hub_tell_rows(struct hub *hub);
int hub_look_for_gates(struct hub *hub);
/* events.c: what may be told of it to somebody; NULL: nothing. */
json_t *events_show(const struct principal *who, const struct history_event *event);
