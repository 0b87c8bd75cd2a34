/* The accounts' drivers. */
#pragma once

#include "dashboard/ports/accounts.h"

/* Makes the file when there is none (0600). 0 or -errno, logged. */
MUST_USE int accounts_sqlite_open(const char *path, struct accounts **accounts);
/* `conninfo` is libpq's connection string, without a password (postgres_link.h). Makes the tables
 * when there are none. 0 or -errno, logged. */
MUST_USE int accounts_postgres_open(const char *conninfo, struct accounts **accounts);
