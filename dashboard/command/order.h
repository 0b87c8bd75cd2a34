/*
 * Order: what somebody at the dashboard wants a gate to do, as the message that says so, and what
 * the gate answers (docs/mqtt.md, "Commands"). Pure but for the randomness of a number that is
 * never used again.
 */
#pragma once

#include "common/uuid.h"
#include "controller/flow.h"
#include "dashboard/ports/archive.h"
#include "dashboard/ports/feed.h"

enum {
        ORDER_ACTOR_MAX = 65,   /* and its NUL */
        ORDER_REASON_MAX = 129, /* in bytes, and its NUL */
        ORDER_MESSAGE_MAX = 160,
        ORDER_TOPIC_MAX = ARCHIVE_GATE_MAX + 64,
        ORDER_FOR_S = 10 /* a gate that gets it later does not carry it out */
};

enum order_command {
        ORDER_ACCESS_DOOR,
        ORDER_LOCK_OPEN,
        ORDER_LOCK_DOWN,
        ORDER_LOCK_OPEN_RELEASE,
        ORDER_LOCK_DOWN_RELEASE,
        ORDER_COMMANDS
};

enum order_state {
        ORDER_SENT,       /* on its way */
        ORDER_DONE,       /* the gate says so */
        ORDER_REFUSED,    /* the gate says so: `refusal` */
        ORDER_UNKNOWN,    /* the gate cannot tell */
        ORDER_UNANSWERED, /* nothing came in time */
        ORDER_NOT_SENT    /* the broker was gone */
};

struct order {
        char gate[ARCHIVE_GATE_MAX];    /* "org/site/gate" */
        char access_point[FLOW_ID_MAX]; /* "": all of the gate's */
        enum order_command command;
        char actor[ORDER_ACTOR_MAX], reason[ORDER_REASON_MAX];
        char id[UUID_TEXT_MAX]; /* nonce and correlation, too */
};

struct order_outcome {
        enum order_state state;
        char refusal[ARCHIVE_WORD_MAX];  /* a stable word; "" */
        char message[ORDER_MESSAGE_MAX]; /* for people; "" */
};

/* The field's names, "AccessDoor" … False: it is none. */
MUST_USE bool order_command_parse(const char *name, enum order_command *command);
const char *order_command_name(enum order_command command);
const char *order_state_name(enum order_state state);

/* A new one. UUIDv7. */
void order_name(int64_t wall_us, char id[UUID_TEXT_MAX]);
/* The message, answered to `client` below the gate's topic; valid for ORDER_FOR_S. Heap; NULL: no
 * memory. */
char *order_format(const struct order *order, const char *client, int64_t wall_us);
void order_topic(const struct order *order, char topic[ORDER_TOPIC_MAX]);
void order_reply_topic(const struct order *order, const char *client, char topic[ORDER_TOPIC_MAX]);

/* An outcome for `client`: whose, of which order. False: it is none, or malformed. */
MUST_USE bool order_read_outcome(const struct feed_message *message, const char *client,
                                 char gate[ARCHIVE_GATE_MAX], char id[UUID_TEXT_MAX],
                                 struct order_outcome *outcome);
