/*
 * Worker: the thread of a driver that connects for ever, and what joins it to its owner: two
 * mailboxes, of the driver's own messages, and signs: "stop" and "there is room" one way, "has
 * ended" the other.
 */
#pragma once

#include "common/mailbox.h"
#include <stdatomic.h>

struct worker {
        struct mailbox events, outbox; /* to the owner, from the owner */
        atomic_bool is_held;           /* the thread found no room for an event */
        int stop_fd, room_fd, done_fd; /* eventfds */
        pthread_t thread;
};

#define WORKER_EMPTY                                                                               \
        ((struct worker){ .events = MAILBOX_EMPTY,                                                 \
                          .outbox = MAILBOX_EMPTY,                                                 \
                          .stop_fd = -1,                                                           \
                          .room_fd = -1,                                                           \
                          .done_fd = -1 })

struct worker_room {
        size_t message_size, capacity;
};

/* 0 or -errno. worker_deinit also for one that is half made. */
MUST_USE int worker_init(struct worker *worker, struct worker_room events,
                         struct worker_room outbox);
/* What messages hold is for the driver to free before, with worker_left. */
void worker_deinit(struct worker *worker);
/* Takes a message out of a mailbox that nobody else uses any more; it may be half made. */
MUST_USE bool worker_left(struct mailbox *mailbox, void *message);
/* The thread takes no signals. Its function calls worker_done as its last act. 0 or -errno. */
MUST_USE int worker_start(struct worker *worker, const char *name, void *(*run)(void *),
                          void *context);
/*
 * Asks the thread to stop and waits for it. False: it does not come within `timeout_ms`. A thread
 * in the resolver cannot be called back: it and its memory must then stay until the process ends.
 */
MUST_USE bool worker_end(struct worker *worker, int timeout_ms);

/* The owner's: the oldest event. A thread that waits for room goes on when half of it is free: not
 * for each event, which would be a switch of threads for each. */
MUST_USE bool worker_take(struct worker *worker, void *event);

/* The thread's: waits up to timeout_ms (-1: for ever). True: the owner wants it to stop. */
bool worker_is_stopping(const struct worker *worker, int timeout_ms);
/* The thread's: an event for the owner. A full mailbox holds the thread, and with it the broker.
 * False: not handed on, the owner wants the thread to stop. */
MUST_USE bool worker_post(struct worker *worker, const void *event);
void worker_done(struct worker *worker);

/* How long to wait after so many failures in a row. */
int worker_pause_ms(int failures, int longest_s);
