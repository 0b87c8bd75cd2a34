/* Bucket rows: the buckets of a manifest, as they stand in a table. */
#pragma once

#include "controller/sync/manifest.h"

#include <sqlite3.h>

/* Runs and resets a statement that gives number, version, bytes and digest. 0; -EUCLEAN: they are
 * no buckets; -errno. */
MUST_USE int bucket_rows_load(sqlite3_stmt *statement, struct manifest *manifest);
