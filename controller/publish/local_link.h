/*
 * Local link: the uplink's two connections to stiled (docs/local-protocol.md): one for requests,
 * one that follows the journal and is not read while there is no room for rows. Connects for ever,
 * with back-off. One thread; a call blocks only when stiled does not read, then at most
 * CLIENT_TIMEOUT_MS.
 */
#pragma once

#include "controller/local/client.h"
#include "controller/settings.h"

enum {
        LOCAL_LINK_RETRY_FIRST_MS = 200,
        LOCAL_LINK_RETRY_MAX_MS = 5000,
        LOCAL_LINK_GREETING_MS = 5000
};

struct local_link {
        const struct settings *settings;
        struct client requests, rows;
        bool is_up;     /* greeted, and it is our gate */
        bool is_absent; /* tried, and not there */
        int64_t retry_ms, pause_ms, greeting_ms;
        int64_t hello_id, status_id, ack_id; /* outstanding; 0: none */
        const char *trouble;                 /* last one logged; NULL: none */
};

enum local_event_kind {
        LOCAL_UP,      /* `message` is the answer to status */
        LOCAL_DOWN,    /* every outstanding request is lost */
        LOCAL_STATUS,  /* `message` is the answer to status */
        LOCAL_ACKED,   /* the watermark was taken */
        LOCAL_OUTCOME, /* of a command: `id`, `message` is the whole answer */
        LOCAL_ROW      /* `message` is the event */
};

struct local_event {
        enum local_event_kind kind;
        int64_t id;
        json_t *message; /* the receiver's reference; NULL for those without */
};

/* Settings are borrowed. */
void local_link_init(struct local_link *link, const struct settings *settings);
void local_link_deinit(struct local_link *link);

/* Connects when it is time. To be called at every turn. */
void local_link_step(struct local_link *link, int64_t now_ms);
/* Takes the next event; rows only if wants_rows. 1 or 0. Call until 0. */
MUST_USE int local_link_next(struct local_link *link, bool wants_rows, int64_t now_ms,
                             struct local_event *event);

/* Requests; while up. What fails to be sent ends the link, which local_link_next then tells. */
void local_link_follow(struct local_link *link, uint64_t after);
void local_link_unfollow(struct local_link *link);
void local_link_ask_status(struct local_link *link);
void local_link_ack(struct local_link *link, const char *epoch, uint64_t seq);
/* Fields: reference taken. The id > 0 that the outcome will have; 0: not sent. */
int64_t local_link_command(struct local_link *link, json_t *fields);
/* Fields: reference taken. */
void local_link_uplink_state(struct local_link *link, json_t *fields);
