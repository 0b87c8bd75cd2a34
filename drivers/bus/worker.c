#include "drivers/bus/worker.h"

#include "drivers/bus/backoff.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

int worker_init(struct worker *worker, struct worker_room events, struct worker_room outbox)
{
        *worker = WORKER_EMPTY;
        int error = mailbox_init(&worker->events, events.message_size, events.capacity);
        if (!error)
                error = mailbox_init(&worker->outbox, outbox.message_size, outbox.capacity);
        if (error)
                return error;
        worker->stop_fd = eventfd(0, EFD_CLOEXEC);
        if (worker->stop_fd < 0)
                return -errno;
        worker->room_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (worker->room_fd < 0)
                return -errno;
        worker->done_fd = eventfd(0, EFD_CLOEXEC);
        return worker->done_fd < 0 ? -errno : 0;
}

bool worker_left(struct mailbox *mailbox, void *message)
{
        return mailbox->ring && mailbox_take(mailbox, message);
}

void worker_deinit(struct worker *worker)
{
        mailbox_deinit(&worker->events);
        mailbox_deinit(&worker->outbox);
        if (worker->stop_fd >= 0)
                close(worker->stop_fd);
        if (worker->room_fd >= 0)
                close(worker->room_fd);
        if (worker->done_fd >= 0)
                close(worker->done_fd);
        *worker = WORKER_EMPTY;
}

/* Blocked SIGPIPE also spares us OpenSSL's write() to a dead peer. */
int worker_start(struct worker *worker, const char *name, void *(*run)(void *), void *context)
{
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        int error = -pthread_create(&worker->thread, NULL, run, context);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        if (!error)
                pthread_setname_np(worker->thread, name);
        return error;
}

bool worker_end(struct worker *worker, int timeout_ms)
{
        struct pollfd done = { .fd = worker->done_fd, .events = POLLIN };
        (void)eventfd_write(worker->stop_fd, 1);
        if (poll(&done, 1, timeout_ms) == 1) {
                pthread_join(worker->thread, NULL);
                return true;
        }
        pthread_detach(worker->thread);
        return false;
}

bool worker_is_stopping(const struct worker *worker, int timeout_ms)
{
        struct pollfd stop = { .fd = worker->stop_fd, .events = POLLIN };
        return poll(&stop, 1, timeout_ms) > 0;
}

bool worker_take(struct worker *worker, void *event)
{
        bool is_there = mailbox_take(&worker->events, event);
        if (atomic_load(&worker->is_held) &&
            mailbox_count(&worker->events) <= worker->events.capacity / 2) {
                atomic_store(&worker->is_held, false);
                (void)eventfd_write(worker->room_fd, 1);
        }
        return is_there;
}

/* False: the owner wants the thread to stop. */
static bool wait_for_room(struct worker *worker)
{
        struct pollfd ready[] = { { .fd = worker->stop_fd, .events = POLLIN },
                                  { .fd = worker->room_fd, .events = POLLIN } };
        eventfd_t ignored;
        (void)poll(ready, ARRAY_LEN(ready), -1);
        (void)eventfd_read(worker->room_fd, &ignored);
        return !ready[0].revents;
}

bool worker_post(struct worker *worker, const void *event)
{
        while (!mailbox_put(&worker->events, event)) {
                /* Said first, then tried again: the owner may have taken everything in between, and
                 * would take nothing more. */
                atomic_store(&worker->is_held, true);
                if (mailbox_put(&worker->events, event))
                        return true;
                if (!wait_for_room(worker))
                        return false;
        }
        return true;
}

void worker_done(struct worker *worker)
{
        (void)eventfd_write(worker->done_fd, 1);
}

int worker_pause_ms(int failures, int longest_s)
{
        uint32_t random = 0;
        ssize_t got = getrandom(&random, sizeof(random), 0); /* cannot fail for 4 bytes */
        (void)got;
        return backoff_pause_ms(failures, longest_s, random);
}
