/*
 * Pair: two connections to one database and the statements of each. What the writer has not
 * committed the reader does not see, so rows can be read as they were while they are changed.
 */
#pragma once

#include "drivers/store/database.h"

#include <stddef.h>

struct pair_statements {
        const char *const *sql;
        size_t count;
        sqlite3_stmt **prepared;
};

/* Where the owner keeps them. */
struct pair {
        const struct database_schema *schema;
        sqlite3 **writer, **reader;
        struct pair_statements changes, queries; /* the writer's and the reader's */
};

/*
 * Opens or makes the file, as database_open does. A damaged one is set aside (*set_aside, 256
 * bytes, its new path, else "") and a new one begun. 0, or -errno and nothing left open.
 */
MUST_USE int pair_open(const struct pair *pair, const char *path, char set_aside[256]);
void pair_close(const struct pair *pair);
