#include "drivers/store/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static int errno_of_opening(sqlite3 *db)
{
        int system = sqlite3_system_errno(db);
        return system > 0 ? -system : -EACCES;
}

static int errno_of_constraint(int extended)
{
        switch (extended) {
        case SQLITE_CONSTRAINT_FOREIGNKEY:
                return -ENOENT;
        case SQLITE_CONSTRAINT_PRIMARYKEY:
        case SQLITE_CONSTRAINT_ROWID:
        case SQLITE_CONSTRAINT_UNIQUE:
                return -EEXIST;
        default:
                return -EINVAL;
        }
}

int sqlite_errno(sqlite3 *db)
{
        int extended = sqlite3_extended_errcode(db);
        switch (extended & 0xff) {
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_ERROR: /* our SQL is right, so the tables are not those it was written for */
                return -EUCLEAN;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_CANTOPEN:
                return errno_of_opening(db);
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_CONSTRAINT:
                return errno_of_constraint(extended);
        default:
                return -EIO;
        }
}

int sqlite_exec(sqlite3 *db, const char *sql)
{
        return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : sqlite_errno(db);
}

int sqlite_query_int(sqlite3 *db, const char *sql, int64_t *value)
{
        sqlite3_stmt *statement = NULL;
        if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
                return sqlite_errno(db);
        int r = sqlite_step(statement);
        if (r > 0)
                *value = sqlite3_column_int64(statement, 0);
        sqlite3_finalize(statement);
        if (r < 0)
                return r;
        return r > 0 ? 0 : -EUCLEAN;
}

int sqlite_prepare_all(sqlite3 *db, const char *const *sql, size_t count, sqlite3_stmt **statements)
{
        for (size_t i = 0; i < count; i++)
                statements[i] = NULL;
        for (size_t i = 0; i < count; i++) {
                if (sqlite3_prepare_v3(db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i],
                                       NULL) != SQLITE_OK)
                        return sqlite_errno(db);
        }
        return 0;
}

void sqlite_finalize_all(sqlite3_stmt **statements, size_t count)
{
        for (size_t i = 0; i < count; i++) {
                sqlite3_finalize(statements[i]);
                statements[i] = NULL;
        }
}

void sqlite_bind_int(sqlite3_stmt *statement, int index, int64_t value)
{
        int r = sqlite3_bind_int64(statement, index, value);
        assert(r == SQLITE_OK);
        (void)r;
}

void sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
        int r = sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
        assert(r == SQLITE_OK);
        (void)r;
}

void sqlite_bind_optional(sqlite3_stmt *statement, int index, const char *text)
{
        if (text[0])
                sqlite_bind_text(statement, index, text);
        /* else: what nobody bound since the last reset is NULL */
}

void sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t len)
{
        int r = sqlite3_bind_blob64(statement, index, bytes, len, SQLITE_STATIC);
        assert(r == SQLITE_OK);
        (void)r;
}

int sqlite_step(sqlite3_stmt *statement)
{
        switch (sqlite3_step(statement)) {
        case SQLITE_ROW:
                return 1;
        case SQLITE_DONE:
                return 0;
        default:
                return sqlite_errno(sqlite3_db_handle(statement));
        }
}

int sqlite_run(sqlite3_stmt *statement)
{
        int r = sqlite_step(statement);
        sqlite_reset(&statement);
        return r < 0 ? r : 0;
}

void sqlite_reset(sqlite3_stmt **statement)
{
        /* Its result repeats the error of the last step, which was heeded there. */
        (void)sqlite3_reset(*statement);
        (void)sqlite3_clear_bindings(*statement);
}

bool sqlite_column_copy(sqlite3_stmt *statement, int column, char *out, size_t size)
{
        out[0] = '\0';
        const unsigned char *text = sqlite3_column_text(statement, column);
        if (!text)
                return true;
        size_t len = (size_t)sqlite3_column_bytes(statement, column);
        bool fits = len < size;
        if (!fits)
                len = size - 1;
        memcpy(out, text, len);
        out[len] = '\0';
        return fits;
}
