/* Drivers of the archive port. */
#pragma once

#include "dashboard/ports/archive.h"

/*
 * Opens or makes the database `path` (its folder must exist). A damaged one is never set aside: it
 * is what the gates have forgotten. 0, or -errno and *archive == NULL, logged.
 */
MUST_USE int archive_sqlite_open(const char *path, struct archive **archive);
