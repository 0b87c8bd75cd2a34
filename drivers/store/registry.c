/* Registry port on SQLite: the file, its tables, several changes as one. */
#include "controller/ports/registry.h"

#include "drivers/store/database.h"
#include "drivers/store/pair.h"
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>

static struct pair pair_of(struct registry *registry)
{
        return (struct pair){ .schema = &registry_schema,
                              .writer = &registry->writer,
                              .reader = &registry->reader,
                              .changes = { registry_changes, REGISTRY_CHANGES, registry->change },
                              .queries = { registry_queries, REGISTRY_QUERIES, registry->query } };
}

int registry_open(const char *path, struct registry **registry, char set_aside[256])
{
        set_aside[0] = '\0';
        struct registry *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        const struct pair pair = pair_of(opened);
        int r = pair_open(&pair, path, set_aside);
        if (r)
                free(opened);
        else
                *registry = opened;
        return r;
}

struct registry *registry_close(struct registry *registry)
{
        if (!registry)
                return NULL;
        const struct pair pair = pair_of(registry);
        pair_close(&pair);
        free(registry);
        return NULL;
}

int registry_counts(struct registry *registry, struct registry_counts *counts)
{
        /* Counting reads every page of an index: a status that asks each second must not. */
        if (!registry->is_counted) {
                CLEANUP(sqlite_reset)
                sqlite3_stmt *row = registry->query[REGISTRY_COUNTS];
                int r = sqlite_step(row);
                if (r <= 0)
                        return r ? r : -EUCLEAN;
                registry->counts.holders = (uint64_t)sqlite3_column_int64(row, 0);
                registry->counts.credentials = (uint64_t)sqlite3_column_int64(row, 1);
                registry->counts.levels = (uint64_t)sqlite3_column_int64(row, 2);
                registry->is_counted = true;
        }
        *counts = registry->counts;
        return 0;
}

void registry_recount(struct registry *registry, const struct registry_counts *counts)
{
        registry->counts = *counts;
        registry->is_counted = true;
}

int registry_begin(struct registry *registry)
{
        if (registry->is_batch)
                return -EALREADY;
        int r = sqlite_run(registry->change[REGISTRY_BEGIN]);
        registry->is_batch = r == 0;
        return r;
}

int registry_commit(struct registry *registry)
{
        if (!registry->is_batch)
                return -EINVAL;
        registry->is_batch = false;
        if (sqlite3_get_autocommit(registry->writer))
                return -ECANCELED;
        int r = sqlite_run(registry->change[REGISTRY_COMMIT]);
        if (r)
                database_roll_back(registry->writer);
        else
                registry->is_counted = false;
        return r;
}

int registry_rollback(struct registry *registry)
{
        if (!registry->is_batch)
                return -EINVAL;
        registry->is_batch = false;
        database_roll_back(registry->writer);
        return 0;
}
