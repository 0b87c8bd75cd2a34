/*
 * SQLite: the few calls that journal and registry share, with errors as -errno.
 *
 * All of them may block on the disk. Bound memory is borrowed until the statement is reset. A
 * statement that gives rows is scope-bound: `CLEANUP(sqlite_reset) sqlite3_stmt *rows = …`.
 */
#pragma once

#include "common/base.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * -errno of what went wrong last: -ENOSPC full, -EIO, -EBUSY somebody else has it, -EROFS, -EUCLEAN
 * damaged (or not of the schema that its version promises), -ENOMEM, -EACCES cannot be opened;
 * of constraints, -ENOENT a foreign key and -EEXIST a key taken.
 */
MUST_USE int sqlite_errno(sqlite3 *db);

/* SQL without results, one or more statements. 0 or -errno. */
MUST_USE int sqlite_exec(sqlite3 *db, const char *sql);
/* One statement that gives one integer. 0 or -errno. */
MUST_USE int sqlite_query_int(sqlite3 *db, const char *sql, int64_t *value);

/* Prepares `count` statements that live as long as the connection. 0 or -errno; on failure those
 * made so far are in `statements`, the others NULL. */
MUST_USE int sqlite_prepare_all(sqlite3 *db, const char *const *sql, size_t count,
                                sqlite3_stmt **statements);
void sqlite_finalize_all(sqlite3_stmt **statements, size_t count);

/* Binding cannot fail: memory is borrowed, indexes are ours. */
void sqlite_bind_int(sqlite3_stmt *statement, int index, int64_t value);
void sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text);
/* Empty text binds NULL. */
void sqlite_bind_optional(sqlite3_stmt *statement, int index, const char *text);
void sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, size_t len);

/* 1: a row is there; 0: no more; -errno. */
MUST_USE int sqlite_step(sqlite3_stmt *statement);
/* Runs a statement that gives no rows, resets it, forgets what was bound. 0 or -errno. */
MUST_USE int sqlite_run(sqlite3_stmt *statement);
/* For CLEANUP: resets, forgets what was bound. */
void sqlite_reset(sqlite3_stmt **statement);

/* Copies a text column, "" for NULL. False: it did not fit (then out is its beginning). */
bool sqlite_column_copy(sqlite3_stmt *statement, int column, char *out, size_t size);
