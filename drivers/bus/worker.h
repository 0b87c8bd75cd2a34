/*
 * Worker: the thread of a driver that connects for ever, and the two signs that join it to its
 * owner: "stop" one way, "has ended" the other. What they tell each other besides goes through
 * mailboxes of the driver's own.
 */
#pragma once

#include "common/base.h"
#include <pthread.h>
#include <stdbool.h>

struct worker {
        int stop_fd, done_fd; /* eventfds */
        pthread_t thread;
};

#define WORKER_EMPTY ((struct worker){ .stop_fd = -1, .done_fd = -1 })

/* 0 or -errno. worker_deinit also for one that is half made. */
MUST_USE int worker_init(struct worker *worker);
void worker_deinit(struct worker *worker);
/* The thread takes no signals. Its function calls worker_done as its last act. 0 or -errno. */
MUST_USE int worker_start(struct worker *worker, const char *name, void *(*run)(void *),
                          void *context);
/*
 * Asks the thread to stop and waits for it. False: it does not come within `timeout_ms`. A thread
 * in the resolver cannot be called back: it and its memory must then stay until the process ends.
 */
MUST_USE bool worker_end(struct worker *worker, int timeout_ms);

/* The thread's: waits up to timeout_ms (-1: for ever). True: the owner wants it to stop. */
bool worker_is_stopping(const struct worker *worker, int timeout_ms);
void worker_done(struct worker *worker);

/* How long to wait after so many failures in a row. */
int worker_pause_ms(int failures, int longest_s);
