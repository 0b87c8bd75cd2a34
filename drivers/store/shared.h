/*
 * Shared database: one connection with its statements for many threads, one at a time: what the
 * dashboard's small registers have in common.
 */
#pragma once

#include "common/base.h"
#include "drivers/store/database.h"

#include <pthread.h>

struct shared_database {
        pthread_mutex_t mutex; /* of the connection and its statements */
        sqlite3 *db;
        sqlite3_stmt **statement;
        size_t count;
};

/* Opens or makes the file; `sql` are its statements. 0, or -errno after a log line; NULL then. */
MUST_USE int shared_open(const char *path, const struct database_schema *schema,
                         const char *const *sql, size_t count, struct shared_database **shared);
/* Accepts NULL; returns NULL. */
struct shared_database *shared_close(struct shared_database *shared);

struct shared_database *shared_lock(struct shared_database *shared);
void shared_unlock(struct shared_database **shared);

/* Until the end of the block. */
#define SHARED_LOCKED(shared)                                                                      \
        CLEANUP(shared_unlock)                                                                     \
        struct shared_database *locked = shared_lock(shared)

/* A transaction; shared_end commits what went well (`r` is 0) and undoes the rest. 0 or -errno. */
MUST_USE int shared_begin(struct shared_database *shared);
MUST_USE int shared_end(struct shared_database *shared, int r);
/* "" for null. Borrowed until the row is left. */
const char *shared_text(sqlite3_stmt *row, int column);
