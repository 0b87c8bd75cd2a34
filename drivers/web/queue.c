/* Between the daemon's thread, which may not wait, and the workers, which may. */
#include "drivers/web/web_private.h"

#include <errno.h>
#include <stdio.h>

bool queue_put(struct web *web, struct exchange *exchange)
{
        pthread_mutex_lock(&web->mutex);
        bool has_room = !atomic_load(&web->is_closing) &&
                        web->queued < (size_t)web->settings.workers * WEB_QUEUED_PER_WORKER;
        if (has_room) {
                /* Before a worker can resume it. */
                MHD_suspend_connection(exchange->connection);
                exchange->state = EXCHANGE_ASKED;
                exchange->next = NULL;
                *web->last = exchange;
                web->last = &exchange->next;
                web->queued++;
                pthread_cond_signal(&web->asked);
        }
        pthread_mutex_unlock(&web->mutex);
        return has_room;
}

/* NULL: the end, and nothing is left. */
static struct exchange *take(struct web *web)
{
        pthread_mutex_lock(&web->mutex);
        while (!web->first && !atomic_load(&web->is_closing))
                pthread_cond_wait(&web->asked, &web->mutex);
        struct exchange *exchange = web->first;
        if (exchange) {
                web->first = exchange->next;
                if (!web->first)
                        web->last = &web->first;
                web->queued--;
        }
        pthread_mutex_unlock(&web->mutex);
        return exchange;
}

static void *work(void *context)
{
        struct web_worker *worker = context;
        struct exchange *exchange;
        char name[16];
        (void)snprintf(name, sizeof(name), "web-%u", worker->number);
        (void)pthread_setname_np(pthread_self(), name);
        while ((exchange = take(worker->web)))
                exchange_answer(exchange, worker->number);
        return NULL;
}

int queue_open(struct web *web)
{
        web->last = &web->first;
        web->worker = calloc(web->settings.workers, sizeof(*web->worker));
        if (!web->worker)
                return -ENOMEM;
        for (; web->workers < web->settings.workers; web->workers++) {
                struct web_worker *worker = &web->worker[web->workers];
                *worker = (struct web_worker){ .web = web, .number = web->workers };
                int r = pthread_create(&worker->thread, NULL, work, worker);
                if (r)
                        return -r;
        }
        return 0;
}

void queue_close(struct web *web)
{
        pthread_mutex_lock(&web->mutex);
        atomic_store(&web->is_closing, true);
        pthread_cond_broadcast(&web->asked);
        pthread_mutex_unlock(&web->mutex);
        for (unsigned i = 0; i < web->workers; i++)
                pthread_join(web->worker[i].thread, NULL);
        free(web->worker);
}
