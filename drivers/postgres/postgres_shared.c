#include "drivers/postgres/postgres_shared.h"

#include "common/log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
        PAUSE_MS = 1000
};

#define BEGIN  "begin"
#define COMMIT "commit"
#define UNDO   "undo"

static const struct postgres_statement own[] = {
        { BEGIN, "BEGIN" },
        { COMMIT, "COMMIT" },
        { UNDO, "ROLLBACK" },
};

static int prepare(struct postgres_link *link)
{
        const struct postgres_shared_plan *plan = ((struct postgres_shared *)link)->plan;
        int r = postgres_tables_begin(link, &plan->tables);
        if (!r)
                r = postgres_tables_name(link, own, ARRAY_LEN(own));
        return r ? r : postgres_tables_name(link, plan->statements, plan->count);
}

static int need(struct postgres_shared *shared)
{
        if (!shared->link.conn && monotonic_ms() < shared->next_try_ms)
                return -ENOTCONN;
        int r = postgres_link_need(&shared->link);
        if (r)
                shared->next_try_ms = monotonic_ms() + PAUSE_MS;
        return r;
}

int postgres_shared_open(const char *conninfo, const struct postgres_shared_plan *plan,
                         struct postgres_shared **result)
{
        const char *why;
        struct postgres_shared *shared = calloc(1, sizeof(*shared));
        *result = NULL;
        if (!shared)
                return -ENOMEM;
        if (pthread_mutex_init(&shared->mutex, NULL) != 0) {
                free(shared);
                return -ENOMEM;
        }
        shared->plan = plan;
        shared->link.application = "stile-dashboard";
        shared->link.prepare = prepare;
        shared->link.conninfo = strdup(conninfo);
        int r = shared->link.conninfo ? 0 : -ENOMEM;
        if (!r && !postgres_link_check(conninfo, &why, shared->link.name)) {
                log_error("postgresql not used", "why=%s", why);
                r = -EINVAL;
        }
        if (!r)
                r = need(shared);
        if (r)
                postgres_shared_close(shared);
        else
                *result = shared;
        return r;
}

struct postgres_shared *postgres_shared_close(struct postgres_shared *shared)
{
        if (!shared)
                return NULL;
        postgres_link_leave(&shared->link);
        postgres_args_deinit(&shared->args);
        pthread_mutex_destroy(&shared->mutex);
        free(shared->link.conninfo);
        free(shared);
        return NULL;
}

struct postgres_shared *postgres_shared_lock(struct postgres_shared *shared)
{
        pthread_mutex_lock(&shared->mutex);
        return shared;
}

void postgres_shared_unlock(struct postgres_shared **shared)
{
        pthread_mutex_unlock(&(*shared)->mutex);
}

struct postgres_args *postgres_shared_args(struct postgres_shared *shared)
{
        postgres_args_clear(&shared->args);
        return &shared->args;
}

/* Once more if the connection, which was there, has died. */
static int run(struct postgres_shared *shared, const struct postgres_step *steps, size_t count)
{
        bool was_there = shared->link.conn != NULL;
        int r = need(shared);
        if (!r)
                r = postgres_link_run(&shared->link, steps, count);
        if (r != -ENOTCONN || !was_there)
                return r;
        r = need(shared);
        return r ? r : postgres_link_run(&shared->link, steps, count);
}

int postgres_shared_ask(struct postgres_shared *shared, const char *statement, PGresult **rows)
{
        const struct postgres_step step = { statement, &shared->args, rows };
        if (!shared->is_in)
                return run(shared, &step, 1);
        return shared->link.conn ? postgres_link_run(&shared->link, &step, 1) : -ENOTCONN;
}

int postgres_shared_do(struct postgres_shared *shared, const char *statement)
{
        CLEANUP(postgres_clear)
        PGresult *result = NULL;
        int r = postgres_shared_ask(shared, statement, &result);
        return r ? r : (int)strtol(PQcmdTuples(result), NULL, 10);
}

int postgres_shared_begin(struct postgres_shared *shared, const char *lock)
{
        const struct postgres_step steps[] = { { BEGIN, NULL, NULL }, { lock, NULL, NULL } };
        int r = run(shared, steps, ARRAY_LEN(steps));
        shared->is_in = r == 0;
        return r;
}

int postgres_shared_end(struct postgres_shared *shared, int r)
{
        const struct postgres_step step = { r ? UNDO : COMMIT, NULL, NULL };
        shared->is_in = false;
        /* Without its connection the transaction is undone by now. */
        int error = shared->link.conn ? postgres_link_run(&shared->link, &step, 1) : -ENOTCONN;
        return r ? r : error;
}

void postgres_clear(PGresult **rows)
{
        PQclear(*rows);
}
