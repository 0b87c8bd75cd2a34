/* Published port on SQLite. */
#include "dashboard/ports/published.h"

#include "drivers/store/bucket_rows.h"
#include "drivers/store/database.h"
#include "drivers/store/pair.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

/* The index serves one bucket's content; holders stand scattered over the table. */
static const char *const steps[] = {
        "CREATE TABLE record ("
        "  kind INTEGER, key BLOB, bucket INTEGER NOT NULL, version INTEGER NOT NULL,"
        "  is_removed INTEGER NOT NULL, bytes BLOB NOT NULL,"
        "  PRIMARY KEY (kind, key)) WITHOUT ROWID;"
        "CREATE INDEX record_by_bucket ON record (bucket, kind, key);"
        "CREATE INDEX tombstone ON record (version) WHERE is_removed;"
        "CREATE TABLE bucket ("
        "  number INTEGER PRIMARY KEY, version INTEGER NOT NULL, bytes INTEGER NOT NULL,"
        "  digest BLOB NOT NULL);"
        "CREATE TABLE manifest ("
        "  one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL,"
        "  issued INTEGER NOT NULL);"
        "CREATE TABLE version (version INTEGER PRIMARY KEY);"
        "CREATE TABLE gate (id TEXT PRIMARY KEY) WITHOUT ROWID",
};

static const struct database_schema schema = {
        .application_id = 0x53747062, /* "Stpb" */
        .page_size = 4096,
        .steps = steps,
        .version = (int)ARRAY_LEN(steps),
};

enum change {
        BEGIN,
        COMMIT,
        PUT,
        PUT_MANIFEST,
        PUT_BUCKET,
        PUT_VERSION,
        TRIM_VERSIONS,
        TRIM_TOMBSTONES,
        CONTENT,
        CHANGES_SINCE,
        PUT_GATE,
        CHANGES
};

static const char *const changes[CHANGES] = {
        [BEGIN] = "BEGIN IMMEDIATE",
        [COMMIT] = "COMMIT",
        [PUT] = ("INSERT INTO record VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (kind, key)"
                 " DO UPDATE SET version = ?4, is_removed = ?5, bytes = ?6"),
        [PUT_MANIFEST] = "REPLACE INTO manifest VALUES (1, ?1, ?2)",
        [PUT_BUCKET] = "REPLACE INTO bucket VALUES (?1, ?2, ?3, ?4)",
        [PUT_VERSION] = "INSERT OR IGNORE INTO version VALUES (?1)",
        [TRIM_VERSIONS] = ("DELETE FROM version WHERE version NOT IN"
                           " (SELECT version FROM version ORDER BY version DESC LIMIT ?1)"),
        /* What went in the oldest version that is remembered, nobody asks for. */
        [TRIM_TOMBSTONES] = ("DELETE FROM record WHERE is_removed AND version <="
                             " (SELECT min(version) FROM version)"),
        [CONTENT] = ("SELECT bytes FROM record WHERE bucket = ?1 AND NOT is_removed"
                     " ORDER BY kind, key"),
        [CHANGES_SINCE] = ("SELECT bytes FROM record WHERE bucket = ?1 AND version > ?2"
                           " ORDER BY kind, key"),
        [PUT_GATE] = "INSERT OR IGNORE INTO gate VALUES (?1)",
};

enum query {
        MANIFEST,
        BUCKETS,
        REMEMBERS,
        ROWS,
        GATES,
        QUERIES
};

static const char *const queries[QUERIES] = {
        [MANIFEST] = "SELECT version, issued FROM manifest",
        [BUCKETS] = "SELECT number, version, bytes, digest FROM bucket",
        [REMEMBERS] = "SELECT 1 FROM version WHERE version = ?1",
        [ROWS] = ("SELECT kind, key, bucket, version, bytes FROM record WHERE NOT is_removed"
                  " ORDER BY kind, key"),
        [GATES] = "SELECT id FROM gate WHERE id > ?1 ORDER BY id LIMIT ?2",
};

/* Two connections, so that rows can be read as they were while they are changed. */
struct published {
        sqlite3 *writer, *reader;
        sqlite3_stmt *change[CHANGES], *query[QUERIES];
};

static struct pair pair_of(struct published *published)
{
        return (struct pair){ .schema = &schema,
                              .writer = &published->writer,
                              .reader = &published->reader,
                              .changes = { changes, CHANGES, published->change },
                              .queries = { queries, QUERIES, published->query } };
}

int published_open(const char *path, struct published **published, char set_aside[256])
{
        set_aside[0] = '\0';
        struct published *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        const struct pair pair = pair_of(opened);
        int r = pair_open(&pair, path, set_aside);
        if (r)
                free(opened);
        else
                *published = opened;
        return r;
}

struct published *published_close(struct published *published)
{
        if (!published)
                return NULL;
        const struct pair pair = pair_of(published);
        pair_close(&pair);
        free(published);
        return NULL;
}

int published_manifest(struct published *published, struct manifest *manifest)
{
        *manifest = (struct manifest){ .version = 0 };
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = published->query[MANIFEST];
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        manifest->version = (uint64_t)sqlite3_column_int64(row, 0);
        manifest->issued_s = sqlite3_column_int64(row, 1);
        return bucket_rows_load(published->query[BUCKETS], manifest);
}

int published_remembers(struct published *published, uint64_t version)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = published->query[REMEMBERS];
        sqlite_bind_int(row, 1, (int64_t)version);
        return sqlite_step(row);
}

int published_begin(struct published *published)
{
        return sqlite_run(published->change[BEGIN]);
}

int published_put(struct published *published, const struct published_row *row)
{
        sqlite3_stmt *put = published->change[PUT];
        sqlite_bind_int(put, 1, (int64_t)row->key.kind);
        sqlite_bind_blob(put, 2, row->key.bytes, row->key.len);
        sqlite_bind_int(put, 3, row->bucket);
        sqlite_bind_int(put, 4, (int64_t)row->version);
        sqlite_bind_int(put, 5, row->is_removed);
        sqlite_bind_blob(put, 6, row->bytes, row->len);
        return sqlite_run(put);
}

static int put_buckets(struct published *published, const struct manifest *manifest)
{
        int r = 0;
        sqlite3_stmt *put = published->change[PUT_BUCKET];
        for (int i = 0; !r && i < SYNC_BUCKETS; i++) {
                sqlite_bind_int(put, 1, i);
                sqlite_bind_int(put, 2, (int64_t)manifest->bucket[i].version);
                sqlite_bind_int(put, 3, manifest->bucket[i].bytes);
                sqlite_bind_blob(put, 4, manifest->bucket[i].digest, FLOW_DIGEST_LEN);
                r = sqlite_run(put);
        }
        return r;
}

int published_put_manifest(struct published *published, const struct manifest *manifest)
{
        sqlite3_stmt *put = published->change[PUT_MANIFEST];
        sqlite_bind_int(put, 1, (int64_t)manifest->version);
        sqlite_bind_int(put, 2, manifest->issued_s);
        int r = sqlite_run(put);
        if (!r)
                r = put_buckets(published, manifest);
        if (!r) {
                sqlite_bind_int(published->change[PUT_VERSION], 1, (int64_t)manifest->version);
                r = sqlite_run(published->change[PUT_VERSION]);
        }
        if (!r) {
                sqlite_bind_int(published->change[TRIM_VERSIONS], 1, PUBLISHED_VERSIONS_KEPT);
                r = sqlite_run(published->change[TRIM_VERSIONS]);
        }
        return r ? r : sqlite_run(published->change[TRIM_TOMBSTONES]);
}

int published_commit(struct published *published)
{
        int r = sqlite_run(published->change[COMMIT]);
        if (r)
                database_roll_back(published->writer);
        return r;
}

void published_rollback(struct published *published)
{
        sqlite_reset(&published->query[ROWS]);
        database_roll_back(published->writer);
}

int published_rewind(struct published *published)
{
        return sqlite3_reset(published->query[ROWS]) == SQLITE_OK ? 0
                                                                  : sqlite_errno(published->reader);
}

int published_next(struct published *published, struct published_row *row)
{
        sqlite3_stmt *rows = published->query[ROWS];
        int r = sqlite_step(rows);
        if (r <= 0) {
                /* A read that stays open would keep the log from being emptied. */
                sqlite_reset(&rows);
                return r;
        }
        const void *key = sqlite3_column_blob(rows, 1);
        int64_t kind = sqlite3_column_int64(rows, 0);
        size_t key_len = (size_t)sqlite3_column_bytes(rows, 1);
        if (!key || key_len > SYNC_KEY_MAX || kind < SYNC_SCHEDULE || kind > SYNC_REVOCATION) {
                sqlite_reset(&rows);
                return -EUCLEAN;
        }
        *row = (struct published_row){ .key = { .kind = (enum sync_kind)kind, .len = key_len },
                                       .bucket = sqlite3_column_int(rows, 2),
                                       .version = (uint64_t)sqlite3_column_int64(rows, 3),
                                       .bytes = sqlite3_column_blob(rows, 4),
                                       .len = (size_t)sqlite3_column_bytes(rows, 4) };
        memcpy(row->key.bytes, key, key_len);
        return 1;
}

struct growing {
        uint8_t *bytes; /* heap */
        size_t len, size;
};

/* One record more: 1, or -errno. */
static int append(struct growing *made, sqlite3_stmt *row)
{
        size_t more = (size_t)sqlite3_column_bytes(row, 0);
        const void *bytes = sqlite3_column_blob(row, 0);
        if (more > SYNC_BUCKET_BYTES_MAX - made->len)
                return -EFBIG;
        if (!made->bytes || made->len + more > made->size) {
                size_t wanted = 2 * (made->len + more);
                uint8_t *grown = realloc(made->bytes, wanted);
                if (!grown)
                        return -ENOMEM;
                made->bytes = grown;
                made->size = wanted;
        }
        if (bytes)
                memcpy(made->bytes + made->len, bytes, more);
        made->len += more;
        return 1;
}

ssize_t published_bucket(struct published *published, int bucket, uint64_t from, uint8_t **content)
{
        int r = 0;
        struct growing made = { .bytes = NULL };
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = published->change[from == 0 ? CONTENT : CHANGES_SINCE];
        sqlite_bind_int(rows, 1, bucket);
        if (from != 0)
                sqlite_bind_int(rows, 2, (int64_t)from);
        do {
                r = sqlite_step(rows);
                if (r > 0)
                        r = append(&made, rows);
        } while (r > 0);
        if (r < 0) {
                free(made.bytes);
                return r;
        }
        *content = made.bytes;
        return (ssize_t)made.len;
}

int published_put_gate(struct published *published, const char *gate)
{
        sqlite_bind_text(published->change[PUT_GATE], 1, gate);
        return sqlite_run(published->change[PUT_GATE]);
}

int published_gates(struct published *published, const char *after, char gates[][FLOW_ID_MAX],
                    size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = published->query[GATES];
        sqlite_bind_text(rows, 1, after);
        sqlite_bind_int(rows, 2, (int64_t)limit);
        while ((size_t)count < limit && (r = sqlite_step(rows)) > 0)
                sqlite_column_copy(rows, 0, gates[count++], FLOW_ID_MAX);
        return r < 0 ? r : count;
}
