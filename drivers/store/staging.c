/* Staging port on SQLite: sync.db. */
#include "controller/ports/staging.h"

#include "common/log.h"
#include "drivers/store/database.h"
#include "drivers/store/files.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

enum statement {
        MANIFEST,
        PUT_MANIFEST,
        PUT_PART,
        PART,
        PARTS,
        DROP,
        STATEMENTS
};

enum {
        PARTS_ROOM = 2048 /* numbers of parts a bucket has: one key is both */
};
_Static_assert((int)PARTS_ROOM >= (int)PARTS_MAX, "every part has a key");

struct staging {
        char path[FILES_PATH_MAX];
        sqlite3 *db;
        sqlite3_stmt *statement[STATEMENTS];
};

static const char *const steps[] = {
        "CREATE TABLE manifest (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL);"
        "CREATE TABLE part ("
        "  id INTEGER PRIMARY KEY,"
        "  from_version INTEGER NOT NULL, to_version INTEGER NOT NULL,"
        "  content_bytes INTEGER NOT NULL, deflated_bytes INTEGER NOT NULL,"
        "  parts INTEGER NOT NULL, payload BLOB NOT NULL)",
};

static const struct database_schema schema = {
        .application_id = 0x53747379, /* "Stsy" */
        .page_size = 4096,
        .is_exclusive = true,
        .steps = steps,
        .version = ARRAY_LEN(steps),
};

static const char *const statements[STATEMENTS] = {
        [MANIFEST] = "SELECT bytes FROM manifest",
        [PUT_MANIFEST] = "REPLACE INTO manifest VALUES (1, ?1)",
        [PUT_PART] = "INSERT OR IGNORE INTO part VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        [PART] = "SELECT payload FROM part WHERE id = ?1",
        [PARTS] = ("SELECT id, from_version, to_version, content_bytes, deflated_bytes, parts,"
                   " length(payload) FROM part ORDER BY id"),
        [DROP] = "DELETE FROM part WHERE id >= ?1 AND id < ?2",
};

static void release(struct staging *staging)
{
        sqlite_finalize_all(staging->statement, STATEMENTS);
        staging->db = database_close(staging->db);
}

static int open_once(struct staging *staging)
{
        int r = database_open(staging->path, &schema, &staging->db);
        if (!r)
                r = sqlite_prepare_all(staging->db, statements, STATEMENTS, staging->statement);
        if (r)
                release(staging);
        return r;
}

/* Nothing in it that could not come again. */
static int open_anyhow(struct staging *staging)
{
        int r = open_once(staging);
        if (r != -EUCLEAN && r != -EPROTONOSUPPORT)
                return r;
        log_warn("registry under way thrown away", "path=%s errno=%d", staging->path, -r);
        files_unmake(staging->path);
        return open_once(staging);
}

int staging_open(const char *path, struct staging **staging)
{
        struct staging *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        int len = snprintf(opened->path, sizeof(opened->path), "%s", path);
        int r = len < 0 || (size_t)len >= sizeof(opened->path) ? -ENAMETOOLONG
                                                               : open_anyhow(opened);
        if (r)
                free(opened);
        else
                *staging = opened;
        return r;
}

struct staging *staging_close(struct staging *staging)
{
        if (staging)
                release(staging);
        free(staging);
        return NULL;
}

/* Copies a row's only column. Bytes or -errno. */
static int take_blob(sqlite3_stmt *row, uint8_t *out, size_t size)
{
        size_t len = (size_t)sqlite3_column_bytes(row, 0);
        const void *bytes = sqlite3_column_blob(row, 0);
        if (!bytes || len > size)
                return -EUCLEAN;
        memcpy(out, bytes, len);
        return (int)len;
}

int staging_manifest(struct staging *staging, uint8_t bytes[MANIFEST_BYTES_MAX])
{
        if (!staging->db)
                return -EBADF;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = staging->statement[MANIFEST];
        int r = sqlite_step(row);
        return r <= 0 ? r : take_blob(row, bytes, MANIFEST_BYTES_MAX);
}

int staging_put_manifest(struct staging *staging, const uint8_t *bytes, size_t len)
{
        if (!staging->db)
                return -EBADF;
        sqlite3_stmt *put = staging->statement[PUT_MANIFEST];
        sqlite_bind_blob(put, 1, bytes, len);
        return sqlite_run(put);
}

static int64_t key_of(int bucket, uint32_t number)
{
        return (int64_t)bucket * PARTS_ROOM + number;
}

int staging_put_part(struct staging *staging, const struct part *part)
{
        if (!staging->db)
                return -EBADF;
        sqlite3_stmt *put = staging->statement[PUT_PART];
        sqlite_bind_int(put, 1, key_of(part->bucket, part->part));
        sqlite_bind_int(put, 2, (int64_t)part->from);
        sqlite_bind_int(put, 3, (int64_t)part->to);
        sqlite_bind_int(put, 4, part->content_bytes);
        sqlite_bind_int(put, 5, part->deflated_bytes);
        sqlite_bind_int(put, 6, part->parts);
        sqlite_bind_blob(put, 7, part->payload, part->len);
        return sqlite_run(put);
}

int staging_part(struct staging *staging, int bucket, uint32_t number,
                 uint8_t payload[PART_PAYLOAD_MAX])
{
        if (!staging->db)
                return -EBADF;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = staging->statement[PART];
        sqlite_bind_int(row, 1, key_of(bucket, number));
        int r = sqlite_step(row);
        return r <= 0 ? (r < 0 ? r : -ENOENT) : take_blob(row, payload, PART_PAYLOAD_MAX);
}

int staging_list(struct staging *staging, staging_each *each, void *context)
{
        int r = 0;
        if (!staging->db)
                return -EBADF;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = staging->statement[PARTS];
        while ((r = sqlite_step(rows)) > 0) {
                int64_t key = sqlite3_column_int64(rows, 0);
                const struct part part = {
                        .bucket = (int)(key / PARTS_ROOM),
                        .part = (uint32_t)(key % PARTS_ROOM),
                        .from = (uint64_t)sqlite3_column_int64(rows, 1),
                        .to = (uint64_t)sqlite3_column_int64(rows, 2),
                        .content_bytes = (uint32_t)sqlite3_column_int64(rows, 3),
                        .deflated_bytes = (uint32_t)sqlite3_column_int64(rows, 4),
                        .parts = (uint32_t)sqlite3_column_int64(rows, 5),
                        .len = (size_t)sqlite3_column_int64(rows, 6),
                };
                if (key < 0 || part.bucket >= SYNC_BUCKETS || part.parts > PARTS_MAX ||
                    part.part >= part.parts)
                        return -EUCLEAN;
                each(context, &part);
        }
        return r;
}

int staging_drop(struct staging *staging, int bucket)
{
        if (!staging->db)
                return -EBADF;
        sqlite3_stmt *drop = staging->statement[DROP];
        sqlite_bind_int(drop, 1, key_of(bucket, 0));
        sqlite_bind_int(drop, 2, key_of(bucket + 1, 0));
        return sqlite_run(drop);
}

/* A new file: deleting a hundred thousand pages would write each of them. */
int staging_clear(struct staging *staging)
{
        release(staging);
        files_unmake(staging->path);
        return open_anyhow(staging);
}

int64_t staging_free_bytes(const struct staging *staging)
{
        char folder[FILES_PATH_MAX];
        struct statvfs disk;
        (void)snprintf(folder, sizeof(folder), "%s", staging->path);
        char *slash = strrchr(folder, '/');
        if (slash)
                slash[slash == folder ? 1 : 0] = '\0';
        if (statvfs(slash ? folder : ".", &disk) != 0)
                return -errno;
        return (int64_t)(disk.f_bavail * disk.f_frsize);
}
