/*
 * Mailbox: a bounded queue of fixed-size messages between two threads.
 *
 * Any thread may put; one owner takes. The eventfd is readable while something waits, so it fits
 * poll and sd-event alike. The mutex inherits priority: a low-priority sender that holds it cannot
 * keep the real-time gate waiting behind a third thread. Nothing is allocated after mailbox_init.
 */
#pragma once

#include "common/base.h"
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct mailbox {
        pthread_mutex_t mutex;
        unsigned char *ring;
        size_t message_size, capacity, head, count;
        uint64_t refused; /* messages that found it full */
        int event_fd;
};

#define MAILBOX_EMPTY ((struct mailbox){ .event_fd = -1 })

/* 0 or -errno. `capacity` messages of `message_size` bytes. */
MUST_USE int mailbox_init(struct mailbox *mailbox, size_t message_size, size_t capacity);
void mailbox_deinit(struct mailbox *mailbox);

/* Copies the message in. False: full, counted in `refused`, nothing was queued. Never blocks. */
MUST_USE bool mailbox_put(struct mailbox *mailbox, const void *message);

/* Copies the oldest message out. False: empty. Never blocks. */
MUST_USE bool mailbox_take(struct mailbox *mailbox, void *message);

/* Waits until a message is there, at most timeout_ms (-1: for ever), and takes it. False: none
 * came. */
MUST_USE bool mailbox_wait(struct mailbox *mailbox, void *message, int timeout_ms);

/* How many wait. */
size_t mailbox_count(struct mailbox *mailbox);
uint64_t mailbox_refused(struct mailbox *mailbox);
