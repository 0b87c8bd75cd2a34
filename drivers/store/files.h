/*
 * Files: a database file and what belongs to it (-wal and the like) as names in a folder: made,
 * renamed, made durable. Knows nothing of what is inside.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>

enum {
        FILES_PATH_MAX = 256,
        FILES_SUFFIX_MAX = 16 /* room for "-journal" behind a path */
};

/*
 * Makes the file, mode 0600 whatever the umask, when it is missing (*is_made). SQLite gives what
 * belongs to it the same mode. 0; -errno; -EUCLEAN: its length is zero (a file of ours is empty
 * only while it is made, and SQLite would drop a log full of rows on the floor), or it is missing
 * while its log is there.
 */
MUST_USE int files_make(const char *path, bool *is_made);
/* Removes what files_make made a moment ago, before it held a row: left behind it would pass for
 * damage. */
void files_unmake(const char *path);

/*
 * Renames a damaged file, and what belongs to it, to path.damaged-YYYYMMDDThhmmssZ (with -2, -3 …
 * behind when that is taken), and makes that durable. `where` gets the new path. 0 or -errno;
 * logged.
 */
MUST_USE int files_set_aside(const char *path, char where[FILES_PATH_MAX]);
