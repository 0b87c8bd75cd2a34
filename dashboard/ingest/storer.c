#include "dashboard/ingest/storer.h"

#include "common/mailbox.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>

struct order {
        struct archive_batch batch;
        bool is_last; /* no batch, but the end */
};

struct storer {
        struct archive *archive;
        struct mailbox orders, answers; /* of struct order; of int */
        pthread_t thread;
        bool is_running, is_busy; /* the owner's */
};

/* There is room: never more than one waits. */
static void put(struct mailbox *mailbox, const void *message)
{
        bool is_put = mailbox_put(mailbox, message);
        assert(is_put);
        (void)is_put;
}

static void *run(void *context)
{
        struct storer *storer = context;
        struct order order = { .is_last = false };
        while (!order.is_last) {
                if (!mailbox_wait(&storer->orders, &order, -1) || order.is_last)
                        continue;
                int error = archive_store(storer->archive, &order.batch);
                put(&storer->answers, &error);
        }
        return NULL;
}

int storer_open(struct archive *archive, struct storer **storer)
{
        struct storer *self = calloc(1, sizeof(*self));
        *storer = NULL;
        if (!self)
                return -ENOMEM;
        self->archive = archive;
        self->orders = self->answers = MAILBOX_EMPTY;
        int r = mailbox_init(&self->orders, sizeof(struct order), 1);
        if (!r)
                r = mailbox_init(&self->answers, sizeof(int), 1);
        if (!r)
                r = -pthread_create(&self->thread, NULL, run, self);
        if (r) {
                storer_close(self);
                return r;
        }
        self->is_running = true;
        pthread_setname_np(self->thread, "storer");
        *storer = self;
        return 0;
}

struct storer *storer_close(struct storer *storer)
{
        if (!storer)
                return NULL;
        (void)storer_wait(storer);
        if (storer->is_running) {
                put(&storer->orders, &(struct order){ .is_last = true });
                pthread_join(storer->thread, NULL);
        }
        mailbox_deinit(&storer->orders);
        mailbox_deinit(&storer->answers);
        free(storer);
        return NULL;
}

void storer_begin(struct storer *storer, const struct archive_batch *batch)
{
        assert(!storer->is_busy);
        storer->is_busy = true;
        put(&storer->orders, &(struct order){ .batch = *batch });
}

bool storer_is_busy(const struct storer *storer)
{
        return storer->is_busy;
}

bool storer_take(struct storer *storer, int *error)
{
        if (!mailbox_take(&storer->answers, error))
                return false;
        storer->is_busy = false;
        return true;
}

int storer_wait(struct storer *storer)
{
        int error = 0;
        while (storer->is_busy && !mailbox_wait(&storer->answers, &error, -1))
                ;
        storer->is_busy = false;
        return error;
}

int storer_fd(const struct storer *storer)
{
        return storer->answers.event_fd;
}
