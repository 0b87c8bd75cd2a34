/* Registry port on SQLite: the file, its tables, several changes as one. */
#include "controller/ports/registry.h"

#include "common/log.h"
#include "drivers/store/database.h"
#include "drivers/store/files.h"
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <stdio.h>

enum {
        REGISTRY_VERSION = 1
};

/*
 * Everything is found by its key, so the tables are their own index (WITHOUT ROWID). The index on
 * level keeps the removal of a level from reading every holder's.
 */
static const char *const steps[REGISTRY_VERSION] = {
        "CREATE TABLE holder ("
        "  id TEXT PRIMARY KEY CHECK (id <> ''),"
        "  name TEXT NOT NULL,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  is_blocked INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE level ("
        "  id TEXT PRIMARY KEY CHECK (id <> '')) WITHOUT ROWID;"
        "CREATE TABLE level_point ("
        "  level TEXT REFERENCES level ON DELETE CASCADE,"
        "  point TEXT,"
        "  PRIMARY KEY (level, point)) WITHOUT ROWID;"
        "CREATE TABLE holder_level ("
        "  holder TEXT REFERENCES holder ON DELETE CASCADE,"
        "  level TEXT REFERENCES level,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  PRIMARY KEY (holder, level)) WITHOUT ROWID;"
        "CREATE INDEX holder_level_by_level ON holder_level (level);"
        "CREATE TABLE credential ("
        "  lookup BLOB PRIMARY KEY,"
        "  holder TEXT NOT NULL REFERENCES holder ON DELETE CASCADE,"
        "  class INTEGER NOT NULL,"
        "  hint TEXT,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  revoked_us INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX credential_by_holder ON credential (holder);"
        "INSERT INTO level VALUES ('all');"
        "INSERT INTO level_point VALUES ('all', '*')",
};

static const struct database_schema schema = {
        .application_id = 0x53747267, /* "Strg" */
        .page_size = 4096,
        .steps = steps,
        .version = REGISTRY_VERSION,
};

#define CREDENTIAL_COLUMNS "lookup, holder, class, hint, from_us, until_us, revoked_us"

static const char *const queries[REGISTRY_QUERIES] = {
        [REGISTRY_FIND] =
                ("SELECT c.lookup, c.holder, c.class, c.hint, c.from_us, c.until_us, c.revoked_us,"
                 " h.id, h.name, h.from_us, h.until_us, h.is_blocked"
                 " FROM credential AS c JOIN holder AS h ON h.id = c.holder WHERE c.lookup = ?1"),
        [REGISTRY_HOLDER] =
                "SELECT id, name, from_us, until_us, is_blocked FROM holder WHERE id = ?1",
        [REGISTRY_HOLDERS] = ("SELECT id, name, from_us, until_us, is_blocked FROM holder"
                              " WHERE id > ?1 ORDER BY id LIMIT ?2"),
        [REGISTRY_HOLDER_LEVELS] =
                ("SELECT level, from_us, until_us,"
                 " EXISTS (SELECT 1 FROM level_point AS p"
                 "         WHERE p.level = holder_level.level AND p.point IN ('*', ?2))"
                 " FROM holder_level WHERE holder = ?1 ORDER BY level"),
        [REGISTRY_LEVELS] = "SELECT id FROM level WHERE id > ?1 ORDER BY id LIMIT ?2",
        [REGISTRY_LEVEL_POINTS] = "SELECT point FROM level_point WHERE level = ?1 ORDER BY point",
        [REGISTRY_CREDENTIALS] = ("SELECT " CREDENTIAL_COLUMNS " FROM credential"
                                  " WHERE lookup > ?1 ORDER BY lookup LIMIT ?2"),
        [REGISTRY_CREDENTIALS_OF] = ("SELECT " CREDENTIAL_COLUMNS " FROM credential"
                                     " WHERE holder = ?3 AND lookup > ?1 ORDER BY lookup LIMIT ?2"),
        [REGISTRY_COUNTS] = ("SELECT (SELECT count(*) FROM holder),"
                             " (SELECT count(*) FROM credential), (SELECT count(*) FROM level)"),
};

static const char *const changes[REGISTRY_CHANGES] = {
        [REGISTRY_BEGIN] = "BEGIN IMMEDIATE",
        [REGISTRY_COMMIT] = "COMMIT",
        [REGISTRY_SAVEPOINT] = "SAVEPOINT change",
        [REGISTRY_RELEASE] = "RELEASE change",
        /* Not REPLACE: it deletes first, and the credentials would go with the holder. */
        [REGISTRY_PUT_HOLDER] =
                ("INSERT INTO holder VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET"
                 " name = ?2, from_us = ?3, until_us = ?4, is_blocked = ?5"),
        [REGISTRY_CLEAR_HOLDER_LEVELS] = "DELETE FROM holder_level WHERE holder = ?1",
        [REGISTRY_PUT_HOLDER_LEVEL] = "INSERT INTO holder_level VALUES (?1, ?2, ?3, ?4)",
        [REGISTRY_REMOVE_HOLDER] = "DELETE FROM holder WHERE id = ?1",
        [REGISTRY_ENROLLED_FOR] = "SELECT holder = ?2 FROM credential WHERE lookup = ?1",
        [REGISTRY_PUT_CREDENTIAL] = ("REPLACE INTO credential (" CREDENTIAL_COLUMNS
                                     ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
        /* A second revocation does not move the first. */
        [REGISTRY_REVOKE] =
                ("UPDATE credential SET revoked_us ="
                 " CASE revoked_us WHEN 0 THEN ?2 ELSE revoked_us END WHERE lookup = ?1"),
        [REGISTRY_REVOKE_HOLDER] =
                "UPDATE credential SET revoked_us = ?2 WHERE holder = ?1 AND revoked_us = 0",
        [REGISTRY_PUT_LEVEL] = "INSERT INTO level VALUES (?1) ON CONFLICT (id) DO NOTHING",
        [REGISTRY_CLEAR_LEVEL_POINTS] = "DELETE FROM level_point WHERE level = ?1",
        [REGISTRY_PUT_LEVEL_POINT] = "INSERT OR IGNORE INTO level_point VALUES (?1, ?2)",
        [REGISTRY_REMOVE_LEVEL] = "DELETE FROM level WHERE id = ?1",
};

static void release(struct registry *registry)
{
        /* The writer last: the last connection empties the write-ahead log, which a reader cannot.
         */
        sqlite_finalize_all(registry->query, REGISTRY_QUERIES);
        registry->reader = database_close(registry->reader);
        sqlite_finalize_all(registry->change, REGISTRY_CHANGES);
        registry->writer = database_close(registry->writer);
}

static int open_once(struct registry *registry, const char *path)
{
        int r = database_open(path, &schema, &registry->writer);
        if (!r)
                r = database_open_reader(path, &registry->reader);
        if (r) {
                release(registry);
                return r;
        }
        r = sqlite_prepare_all(registry->writer, changes, REGISTRY_CHANGES, registry->change);
        if (!r)
                r = sqlite_prepare_all(registry->reader, queries, REGISTRY_QUERIES,
                                       registry->query);
        if (r) {
                log_error("registry not loaded", "path=%s errno=%d", path, -r);
                release(registry);
        }
        return r;
}

int registry_open(const char *path, struct registry **registry, char set_aside[256])
{
        set_aside[0] = '\0';
        struct registry *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        int r = open_once(opened, path);
        if (r == -EUCLEAN) {
                r = files_set_aside(path, set_aside);
                if (!r)
                        r = open_once(opened, path);
        }
        if (r) {
                free(opened);
                return r;
        }
        *registry = opened;
        return 0;
}

struct registry *registry_close(struct registry *registry)
{
        if (!registry)
                return NULL;
        release(registry);
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
