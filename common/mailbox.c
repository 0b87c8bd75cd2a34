#include "common/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int mailbox_init(struct mailbox *mailbox, size_t message_size, size_t capacity)
{
        *mailbox = MAILBOX_EMPTY;
        mailbox->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (mailbox->event_fd < 0)
                return -errno;
        mailbox->ring = calloc(capacity, message_size);
        if (!mailbox->ring) {
                close(mailbox->event_fd);
                mailbox->event_fd = -1;
                return -ENOMEM;
        }
        pthread_mutexattr_t attr;
        pthread_mutexattr_init(&attr);
        pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
        pthread_mutex_init(&mailbox->mutex, &attr);
        pthread_mutexattr_destroy(&attr);
        mailbox->message_size = message_size;
        mailbox->capacity = capacity;
        return 0;
}

void mailbox_deinit(struct mailbox *mailbox)
{
        if (!mailbox->ring)
                return;
        pthread_mutex_destroy(&mailbox->mutex);
        free(mailbox->ring);
        close(mailbox->event_fd);
        *mailbox = MAILBOX_EMPTY;
}

bool mailbox_put(struct mailbox *mailbox, const void *message)
{
        pthread_mutex_lock(&mailbox->mutex);
        bool fits = mailbox->count < mailbox->capacity;
        if (fits) {
                size_t slot = (mailbox->head + mailbox->count) % mailbox->capacity;
                memcpy(mailbox->ring + slot * mailbox->message_size, message,
                       mailbox->message_size);
                /* Readable until the ring is empty again. */
                if (mailbox->count++ == 0)
                        (void)eventfd_write(mailbox->event_fd, 1);
        } else {
                mailbox->refused++;
        }
        pthread_mutex_unlock(&mailbox->mutex);
        return fits;
}

bool mailbox_take(struct mailbox *mailbox, void *message)
{
        pthread_mutex_lock(&mailbox->mutex);
        bool is_there = mailbox->count > 0;
        if (is_there) {
                memcpy(message, mailbox->ring + mailbox->head * mailbox->message_size,
                       mailbox->message_size);
                mailbox->head = (mailbox->head + 1) % mailbox->capacity;
                eventfd_t ignored;
                if (--mailbox->count == 0)
                        (void)eventfd_read(mailbox->event_fd, &ignored);
        }
        pthread_mutex_unlock(&mailbox->mutex);
        return is_there;
}

bool mailbox_wait(struct mailbox *mailbox, void *message, int timeout_ms)
{
        if (mailbox_take(mailbox, message))
                return true;
        struct pollfd readable = { .fd = mailbox->event_fd, .events = POLLIN };
        (void)poll(&readable, 1, timeout_ms);
        return mailbox_take(mailbox, message);
}

size_t mailbox_count(struct mailbox *mailbox)
{
        pthread_mutex_lock(&mailbox->mutex);
        size_t count = mailbox->count;
        pthread_mutex_unlock(&mailbox->mutex);
        return count;
}

uint64_t mailbox_refused(struct mailbox *mailbox)
{
        pthread_mutex_lock(&mailbox->mutex);
        uint64_t refused = mailbox->refused;
        pthread_mutex_unlock(&mailbox->mutex);
        return refused;
}
