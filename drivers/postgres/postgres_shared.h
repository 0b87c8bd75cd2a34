/*
 * Shared connection: one to PostgreSQL for many threads, one at a time: what the dashboard's small
 * registers have in common there, as shared_database is for files.
 *
 * A server that was restarted is found again by the next question: whatever begins on a connection
 * that has died meanwhile is asked once more on a new one. So a statement outside of a transaction
 * may be done twice, and must be such that this does not matter; inside one nothing is. A server
 * that cannot be reached is left alone for a second.
 */
#pragma once

#include "common/base.h"
#include "drivers/postgres/postgres_tables.h"

#include <pthread.h>

struct postgres_shared_plan {
        struct postgres_tables tables;
        const struct postgres_statement *statements;
        size_t count;
};

struct postgres_shared {
        struct postgres_link link; /* first: `prepare` gets it */
        const struct postgres_shared_plan *plan;
        struct postgres_args args;
        pthread_mutex_t mutex; /* of all the others */
        int64_t next_try_ms;   /* monotonic */
        bool is_in;            /* a transaction */
};

/* Connects, and makes the tables. 0; -EINVAL: `conninfo`; -errno; logged. NULL then. */
MUST_USE int postgres_shared_open(const char *conninfo, const struct postgres_shared_plan *plan,
                                  struct postgres_shared **shared);
/* Accepts NULL; returns NULL. */
struct postgres_shared *postgres_shared_close(struct postgres_shared *shared);

struct postgres_shared *postgres_shared_lock(struct postgres_shared *shared);
void postgres_shared_unlock(struct postgres_shared **shared);

/* Until the end of the block. */
#define POSTGRES_LOCKED(shared)                                                                    \
        CLEANUP(postgres_shared_unlock)                                                            \
        struct postgres_shared *locked = postgres_shared_lock(shared)

/* The arguments of what is asked next; there are none yet. */
struct postgres_args *postgres_shared_args(struct postgres_shared *shared);
/* A statement with these arguments. *rows: binary, the caller's to clear. 0 or -errno. */
MUST_USE int postgres_shared_ask(struct postgres_shared *shared, const char *statement,
                                 PGresult **rows);
/* How many rows it changed, or -errno. */
MUST_USE int postgres_shared_do(struct postgres_shared *shared, const char *statement);

/* A transaction that begins with the statement `lock`, which locks a table;
 * postgres_shared_end commits what went well (`r` is 0) and undoes the rest. 0 or -errno. */
MUST_USE int postgres_shared_begin(struct postgres_shared *shared, const char *lock);
MUST_USE int postgres_shared_end(struct postgres_shared *shared, int r);

/* For CLEANUP. */
void postgres_clear(PGresult **rows);
