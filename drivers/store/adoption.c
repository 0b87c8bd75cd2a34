/*
 * Adoption port on SQLite. The rows are written by the same code that writes our own, on a
 * connection of its own: the recorder's reader sees the old registry in the write-ahead log's
 * shadow until the commit.
 *
 * Foreign keys are not checked on this connection: buckets come in an order of their own, and a
 * level that is not there covers nothing.
 */
#include "controller/ports/adoption.h"

#include "common/log.h"
#include "drivers/store/adoption_store.h"
#include "drivers/store/bucket_rows.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

enum {
        CACHE_KIB = 32768 /* a million holders come in the order of a digest: pages are met again */
};

static void release(struct adoption *adoption)
{
        struct registry *store = &adoption->store;
        database_roll_back(store->writer);
        sqlite_finalize_all(adoption->statement, ADOPTION_STATEMENTS);
        sqlite_finalize_all(store->query, REGISTRY_QUERIES);
        sqlite_finalize_all(store->change, REGISTRY_CHANGES);
        store->writer = store->reader = database_close(store->writer);
        adoption->sum = digest_sum_free(adoption->sum);
}

static int prepare(struct adoption *adoption)
{
        sqlite3 *db = adoption->store.writer;
        int r = sqlite_exec(db, "CREATE TEMP TABLE gone (id TEXT PRIMARY KEY) WITHOUT ROWID");
        if (!r)
                r = sqlite_prepare_all(db, registry_changes, REGISTRY_CHANGES,
                                       adoption->store.change);
        if (!r)
                r = sqlite_prepare_all(db, registry_queries, REGISTRY_QUERIES,
                                       adoption->store.query);
        if (!r)
                r = sqlite_prepare_all(db, adoption_statements, ADOPTION_STATEMENTS,
                                       adoption->statement);
        return r;
}

int adoption_open(const char *path, struct adoption **adoption)
{
        struct adoption *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        opened->sum = digest_sum_new();
        int r = opened->sum ? database_open_writer(path, CACHE_KIB, &opened->store.writer)
                            : -ENOMEM;
        opened->store.reader = opened->store.writer;
        if (!r)
                r = prepare(opened);
        if (!r) {
                *adoption = opened;
                return 0;
        }
        log_error("registry not opened for adoption", "path=%s errno=%d", path, -r);
        release(opened);
        free(opened);
        return r;
}

struct adoption *adoption_close(struct adoption *adoption)
{
        if (adoption)
                release(adoption);
        free(adoption);
        return NULL;
}

int adoption_state(struct adoption *adoption, struct manifest *state)
{
        uint8_t nothing[FLOW_DIGEST_LEN];
        *state = (struct manifest){ .version = 0 };
        int r = digest_sha256("", 0, nothing);
        for (int i = 0; i < SYNC_BUCKETS; i++)
                memcpy(state->bucket[i].digest, nothing, sizeof(nothing));
        if (!r)
                r = bucket_rows_load(adoption->statement[ADOPTION_BUCKETS], state);
        if (r)
                return r;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = adoption->statement[ADOPTION_LAST_ISSUE];
        r = sqlite_step(row);
        if (r > 0) {
                state->version = (uint64_t)sqlite3_column_int64(row, 0);
                state->issued_s = sqlite3_column_int64(row, 1);
        }
        return r < 0 ? r : 0;
}

int adoption_begin(struct adoption *adoption)
{
        return sqlite_run(adoption->store.change[REGISTRY_BEGIN]);
}

int adoption_commit(struct adoption *adoption)
{
        /* A full disk may have undone everything already. */
        int r = sqlite3_get_autocommit(adoption->store.writer)
                        ? -ECANCELED
                        : sqlite_run(adoption->store.change[REGISTRY_COMMIT]);
        if (r)
                database_roll_back(adoption->store.writer);
        /* The memory is wanted for a moment only. */
        (void)sqlite3_db_release_memory(adoption->store.writer);
        return r;
}

void adoption_rollback(struct adoption *adoption)
{
        database_roll_back(adoption->store.writer);
        (void)sqlite3_db_release_memory(adoption->store.writer);
}

int adoption_note_bucket(struct adoption *adoption, int bucket, const struct manifest_bucket *state)
{
        sqlite3_stmt *note = adoption->statement[ADOPTION_NOTE_BUCKET];
        sqlite_bind_int(note, 1, bucket);
        sqlite_bind_int(note, 2, (int64_t)state->version);
        sqlite_bind_int(note, 3, state->bytes);
        sqlite_bind_blob(note, 4, state->digest, FLOW_DIGEST_LEN);
        return sqlite_run(note);
}

int adoption_note_issue(struct adoption *adoption, uint64_t version, int64_t issued_s,
                        int64_t at_us)
{
        sqlite3_stmt *note = adoption->statement[ADOPTION_NOTE_ISSUE];
        sqlite_bind_int(note, 1, at_us);
        sqlite_bind_int(note, 2, (int64_t)version);
        sqlite_bind_int(note, 3, issued_s);
        int r = sqlite_run(note);
        return r ? r : sqlite_run(adoption->statement[ADOPTION_TRIM_ISSUES]);
}

int adoption_counts(struct adoption *adoption, struct registry_counts *counts)
{
        adoption->store.is_counted = false;
        return registry_counts(&adoption->store, counts);
}

int adoption_checkpoint(struct adoption *adoption)
{
        return database_checkpoint(adoption->store.writer);
}
