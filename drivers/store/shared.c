#include "drivers/store/shared.h"

#include "drivers/store/sqlite.h"

#include <errno.h>
#include <stdlib.h>

enum {
        BUSY_MS = 5000
};

int shared_open(const char *path, const struct database_schema *schema, const char *const *sql,
                size_t count, struct shared_database **result)
{
        struct shared_database *shared = calloc(1, sizeof(*shared));
        *result = NULL;
        if (!shared)
                return -ENOMEM;
        shared->statement = calloc(count, sizeof(sqlite3_stmt *));
        if (!shared->statement || pthread_mutex_init(&shared->mutex, NULL) != 0) {
                free(shared->statement);
                free(shared);
                return -ENOMEM;
        }
        shared->count = count;
        int r = database_open(path, schema, &shared->db);
        if (!r)
                sqlite3_busy_timeout(shared->db, BUSY_MS);
        if (!r)
                r = sqlite_prepare_all(shared->db, sql, count, shared->statement);
        if (r)
                shared_close(shared);
        else
                *result = shared;
        return r;
}

struct shared_database *shared_close(struct shared_database *shared)
{
        if (!shared)
                return NULL;
        sqlite_finalize_all(shared->statement, shared->count);
        database_close(shared->db);
        pthread_mutex_destroy(&shared->mutex);
        free(shared->statement);
        free(shared);
        return NULL;
}

struct shared_database *shared_lock(struct shared_database *shared)
{
        pthread_mutex_lock(&shared->mutex);
        return shared;
}

void shared_unlock(struct shared_database **shared)
{
        pthread_mutex_unlock(&(*shared)->mutex);
}

int shared_begin(struct shared_database *shared)
{
        return sqlite_exec(shared->db, "BEGIN IMMEDIATE");
}

int shared_end(struct shared_database *shared, int r)
{
        if (!r)
                r = sqlite_exec(shared->db, "COMMIT");
        if (r)
                database_roll_back(shared->db);
        return r;
}

const char *shared_text(sqlite3_stmt *row, int column)
{
        const char *text = (const char *)sqlite3_column_text(row, column);
        return text ? text : "";
}
