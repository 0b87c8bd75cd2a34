#include "drivers/store/database.h"

#include "common/log.h"
#include "drivers/store/files.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        /* An outside sqlite3 holds the registry's locks for moments only; waiting longer would keep
         * a person waiting at the gate. */
        DATABASE_BUSY_MS = 50,
        /* The write-ahead log keeps the size of its largest transaction: cut it back after one. */
        DATABASE_WAL_KEPT = 1 << 20,
        DATABASE_PRAGMA_MAX = 96,
};

static int open_connection(const char *path, int flags, sqlite3 **db)
{
        int opened = sqlite3_open_v2(path, db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     NULL);
        if (opened != SQLITE_OK)
                return *db ? sqlite_errno(*db) : -ENOMEM;
        sqlite3_busy_timeout(*db, DATABASE_BUSY_MS);
        /* A file that somebody else may have edited: no code of its own runs, no page is trusted.
         */
        sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
        sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
        sqlite3_db_config(*db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
        return sqlite_exec(*db, "PRAGMA trusted_schema = OFF;"
                                "PRAGMA cell_size_check = ON;"
                                "PRAGMA temp_store = MEMORY");
}

/* Whose file it is, and which version. The first read: here a file that is none shows. */
static int check_identity(sqlite3 *db, const char *path, const struct database_schema *schema,
                          int64_t *version)
{
        int64_t application_id = 0, tables = 0;
        int r = sqlite_query_int(db, "PRAGMA application_id", &application_id);
        if (!r)
                r = sqlite_query_int(db, "PRAGMA user_version", version);
        if (!r)
                r = sqlite_query_int(db, "SELECT count(*) FROM sqlite_schema", &tables);
        if (r)
                return r;

        bool is_fresh = application_id == 0 && *version == 0 && tables == 0;
        if (is_fresh || (application_id == schema->application_id && *version > 0 &&
                         *version <= schema->version))
                return 0;
        log_error("database refused: newer than this program, or not its own",
                  "path=%s application=%lld version=%lld ours=%d", path, (long long)application_id,
                  (long long)*version, schema->version);
        return -EPROTONOSUPPORT;
}

static int check_integrity(sqlite3 *db)
{
        sqlite3_stmt *check = NULL;
        if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &check, NULL) != SQLITE_OK)
                return sqlite_errno(db);
        int r = sqlite_step(check);
        if (r > 0) {
                const char *answer = (const char *)sqlite3_column_text(check, 0);
                r = answer && !strcmp(answer, "ok") ? 0 : -EUCLEAN;
        }
        sqlite3_finalize(check);
        return r;
}

/*
 * FULL: a commit is on the disk when it returns. A short log: a long one writes more, not less.
 * Trimmed rows are overwritten with zeros (secure_delete) and their pages used again; auto_vacuum
 * would write a second page, its pointer map, whenever the file grows.
 */
static int set_durable(sqlite3 *db, const struct database_schema *schema)
{
        char pragma[DATABASE_PRAGMA_MAX];
        (void)snprintf(
                pragma, sizeof(pragma),
                "PRAGMA page_size = %d; PRAGMA auto_vacuum = NONE; PRAGMA journal_mode = WAL",
                schema->page_size);
        int r = sqlite_exec(db, pragma);
        if (r)
                return r;
        (void)snprintf(pragma, sizeof(pragma), "PRAGMA journal_size_limit = %d", DATABASE_WAL_KEPT);
        r = sqlite_exec(db, pragma);
        return r ? r
                 : sqlite_exec(db, "PRAGMA synchronous = FULL;"
                                   "PRAGMA wal_autocheckpoint = 100;"
                                   "PRAGMA secure_delete = ON");
}

static int migrate_step(sqlite3 *db, const struct database_schema *schema, int64_t from)
{
        char pragma[DATABASE_PRAGMA_MAX];
        (void)snprintf(pragma, sizeof(pragma),
                       "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                       schema->application_id, (int)from + 1);
        int r = sqlite_exec(db, "BEGIN IMMEDIATE");
        if (!r)
                r = sqlite_exec(db, schema->steps[from]);
        if (!r)
                r = sqlite_exec(db, pragma);
        if (r)
                database_roll_back(db);
        return r;
}

/*
 * Foreign keys are on only afterwards: a step may have to rebuild a table that others refer to. A
 * step that does not fit a file which has passed the check is no damage that a new file would mend.
 */
static int migrate(sqlite3 *db, const char *path, const struct database_schema *schema,
                   int64_t version)
{
        for (int64_t from = version; from < schema->version; from++) {
                int r = migrate_step(db, schema, from);
                if (r == -EUCLEAN) {
                        log_error("database migration failed", "path=%s from=%d", path, (int)from);
                        return -EPROTONOSUPPORT;
                }
                if (r)
                        return r;
        }
        if (version > 0 && version < schema->version)
                log_info("database migrated", "path=%s from=%d to=%d", path, (int)version,
                         schema->version);
        return sqlite_exec(db, "PRAGMA foreign_keys = ON");
}

static int prepare(sqlite3 *db, const char *path, const struct database_schema *schema)
{
        int64_t version = 0;
        int r = 0;
        /* Before the first read: only then is the log's index kept in our own memory. */
        if (schema->is_exclusive)
                r = sqlite_exec(db, "PRAGMA locking_mode = EXCLUSIVE");
        if (!r)
                r = check_identity(db, path, schema, &version);
        /* SQLite falls back to reading when it may not write. */
        if (!r && sqlite3_db_readonly(db, "main") == 1)
                r = -EROFS;
        if (!r)
                r = check_integrity(db);
        if (!r)
                r = set_durable(db, schema);
        if (!r)
                r = migrate(db, path, schema, version);
        return r;
}

int database_open(const char *path, const struct database_schema *schema, sqlite3 **db)
{
        sqlite3 *opened = NULL;
        bool is_made = false;
        int r = files_make(path, &is_made);
        if (!r)
                r = open_connection(path, SQLITE_OPEN_READWRITE, &opened);
        if (!r)
                r = prepare(opened, path, schema);
        if (!r) {
                *db = opened;
                return 0;
        }
        if (r != -EPROTONOSUPPORT)
                log_error(r == -EUCLEAN ? "database damaged" : "database not opened",
                          "path=%s errno=%d sqlite=%d", path, -r,
                          opened ? sqlite3_extended_errcode(opened) : SQLITE_OK);
        /* A last connection moves the write-ahead log into the file: leave both as found. */
        if (opened)
                sqlite3_db_config(opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
        database_close(opened);
        if (is_made)
                files_unmake(path);
        return r;
}

int database_open_reader(const char *path, sqlite3 **db)
{
        sqlite3 *opened = NULL;
        int r = open_connection(path, SQLITE_OPEN_READONLY, &opened);
        if (r) {
                log_error("database not opened for reading", "path=%s errno=%d", path, -r);
                database_close(opened);
                return r;
        }
        *db = opened;
        return 0;
}

int database_open_writer(const char *path, int cache_kib, sqlite3 **db)
{
        sqlite3 *opened = NULL;
        char pragma[DATABASE_PRAGMA_MAX];
        (void)snprintf(pragma, sizeof(pragma), "PRAGMA cache_size = -%d; PRAGMA foreign_keys = OFF",
                       cache_kib);
        int r = open_connection(path, SQLITE_OPEN_READWRITE, &opened);
        if (!r)
                r = sqlite_exec(opened, pragma);
        (void)snprintf(pragma, sizeof(pragma), "PRAGMA journal_size_limit = %d", DATABASE_WAL_KEPT);
        if (!r)
                r = sqlite_exec(opened, pragma);
        if (!r)
                r = sqlite_exec(opened, "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                                        "PRAGMA wal_autocheckpoint = 0");
        if (r) {
                log_error("database not opened for writing", "path=%s errno=%d", path, -r);
                database_close(opened);
                return r;
        }
        *db = opened;
        return 0;
}

int database_checkpoint(sqlite3 *db)
{
        /* The first leaves writers alone, however long it takes; the second then has little to do.
         */
        int r = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        if (r == SQLITE_OK)
                r = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        return r == SQLITE_OK ? 0 : sqlite_errno(db);
}

sqlite3 *database_close(sqlite3 *db)
{
        (void)sqlite3_close(db);
        return NULL;
}

void database_roll_back(sqlite3 *db)
{
        if (!sqlite3_get_autocommit(db))
                (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
}
