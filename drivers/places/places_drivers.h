/* The drivers of the register of places. */
#pragma once

#include "dashboard/ports/places.h"

/* Opens or makes the file (0600). 0 or -errno, logged. */
MUST_USE int places_sqlite_open(const char *path, struct places **places);
/* `conninfo` is libpq's connection string, without a password (postgres_link.h). Makes the tables
 * when there are none. 0 or -errno, logged. */
MUST_USE int places_postgres_open(const char *conninfo, struct places **places);
