/*
 * Hub: who watches, and what they are told: server-sent events of what is new in the archive. It
 * looks there itself (any collector may have stored it), often while somebody watches, and not at
 * all while nobody does.
 *
 * hub_step is one look; in the program a thread makes them. Everything else is called on any
 * thread.
 */
#pragma once

#include "dashboard/api/api_private.h"

enum {
        HUB_LOOK_MS = 250,   /* for rows; what takes long is done less often */
        HUB_GATES_MS = 1000, /* for gates' states */
        HUB_TOTALS_MS = 1000,
        HUB_PING_MS = 15000,
        HUB_LIFE_MS = 600000, /* then the browser comes again, and its session is asked about */
        HUB_ROWS_MAX = 200    /* of one journal a look; what is older is no news */
};

/* `settings` is copied. 0 or -errno. */
MUST_USE int hub_new(const struct api_settings *settings, struct hub **hub);
/* Ends all streams. Accepts NULL; returns NULL. */
struct hub *hub_free(struct hub *hub);
/* Starts the thread. */
MUST_USE int hub_start(struct hub *hub);

/* `stream` is taken over. It is told `hello` when it is known what is there: who asks for that
 * then, and listens, misses nothing. False: too many watch already, and it was ended. */
MUST_USE bool hub_add(struct hub *hub, struct web_stream *stream, const struct principal *who,
                      const char *area, int64_t now_ms);
void hub_forget(struct hub *hub, const char *name);
/* When it is to be called again. */
int64_t hub_step(struct hub *hub, int64_t now_ms, int64_t now_us);
