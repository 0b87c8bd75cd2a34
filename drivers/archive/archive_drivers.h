/* Drivers of the archive port and, over the same tables, of the history port. */
#pragma once

#include "dashboard/ports/archive.h"
#include "dashboard/ports/history.h"

/*
 * Opens or makes the database `path` (its folder must exist). A damaged one is never set aside: it
 * is what the gates have forgotten. 0, or -errno and *archive == NULL, logged.
 */
MUST_USE int archive_sqlite_open(const char *path, struct archive **archive);

/*
 * The archive in a PostgreSQL database that libpq's connection string leads to. It is made an
 * archive, or brought to this version, at the first connection; several collectors may share it.
 * Opening does not connect: while there is no server each call says so (-ENOTCONN), and whoever
 * calls decides when to try again. 0, or -errno and *archive == NULL, logged.
 */
MUST_USE int archive_postgres_open(const char *conninfo, struct archive **archive);
/* Whether it may be opened: it can be read, and has no password in it. If not, `*why` says it, a
 * fixed phrase. */
MUST_USE bool archive_postgres_check(const char *conninfo, const char **why);

/* Told of each table that has been moved, and how many rows of it. */
typedef void archive_move_teller(void *context, const char *table, uint64_t rows);
/*
 * Everything in the SQLite archive `path` into a PostgreSQL database without an archive, or with
 * an empty one: in one transaction, and nothing of `path` is changed but for its version. 0;
 * -EBUSY: somebody has `path` open; -ENOTEMPTY: there are gates in the database; -EINVAL: the
 * connection string; -errno, logged.
 */
MUST_USE int archive_move(const char *path, const char *conninfo, archive_move_teller *tell,
                          void *context);

/*
 * Reads the database `path`, beside a collector that has it open, or has not. Nothing is made or
 * brought to a newer version: that is the collector's. 0; -ENOENT: there is no archive of this
 * version yet, try again; -EPROTONOSUPPORT: newer, or no archive; -errno. *history is NULL then;
 * logged, but for -ENOENT.
 */
MUST_USE int history_sqlite_open(const char *path, struct history **history);
/* Does not connect: while there is no server each call says so (-ENOTCONN), and while there is no
 * archive of this version in it, -ENOENT. A standby will do. 0, or -errno and *history == NULL,
 * logged. */
MUST_USE int history_postgres_open(const char *conninfo, struct history **history);
