/*
 * Database: one SQLite file made, checked, migrated and opened for durable commits. What its tables
 * mean is the business of journal.c and registry.c; what to do when it is damaged (files.h), too.
 */
#pragma once

#include "common/base.h"

#include <sqlite3.h>
#include <stdbool.h>

struct database_schema {
        int32_t application_id; /* in the file's header: which of our databases it is */
        int page_size;
        /* Nobody else, not even a reader, gets in while it is open; no -shm file. */
        bool is_exclusive;
        const char *const *steps; /* steps[n] is the SQL that brings version n to n + 1 */
        int version;              /* how many: the version that the code speaks */
};

/*
 * Opens or makes `path` (mode 0600 whatever the umask) and migrates it. Reads the whole file once,
 * for the check. 0; -EUCLEAN damaged; -EPROTONOSUPPORT newer, not ours (then not a byte of it
 * changed) or not to be migrated; -EBUSY another process has it; -errno. Every failure is logged
 * here, once, and leaves the files as they were.
 */
MUST_USE int database_open(const char *path, const struct database_schema *schema, sqlite3 **db);
/* A second connection that only reads, to a database that is open and not exclusive. */
MUST_USE int database_open_reader(const char *path, sqlite3 **db);
/*
 * A second connection that writes much at once, to a database that is open and not exclusive: with
 * `cache_kib` of memory, without checks of foreign keys, and it is for its owner to move the log
 * into the file (database_checkpoint).
 */
MUST_USE int database_open_writer(const char *path, int cache_kib, sqlite3 **db);
/* Moves the log into the file and cuts it, as far as others who read and write let it. 0 or -errno.
 */
MUST_USE int database_checkpoint(sqlite3 *db);
/*
 * Copies what is committed in `from`, which somebody may have open and write to, unless it is
 * exclusive, into a new file `to` (mode 0600), and makes that durable. 0; -EEXIST: `to` is there;
 * -EUCLEAN: `from` is damaged; -EBUSY; -errno, logged.
 */
MUST_USE int database_copy(const char *from, const char *to);
/* Accepts NULL; returns NULL. No statement may be left. */
sqlite3 *database_close(sqlite3 *db);

/* Undoes what an error left of a transaction; a no-op when there is none. */
void database_roll_back(sqlite3 *db);
