/* The drivers of the register of requests. */
#pragma once

#include "dashboard/ports/requests.h"

/* Opens or makes the file (0600). 0 or -errno, logged. */
MUST_USE int requests_sqlite_open(const char *path, struct requests **requests);
/* `conninfo` is libpq's connection string, without a password (postgres_link.h). Makes the tables
 * when there are none. 0 or -errno, logged. */
MUST_USE int requests_postgres_open(const char *conninfo, struct requests **requests);
