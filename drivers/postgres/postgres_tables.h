/*
 * What a connection that writes begins with: the settings that the drivers rely on, and tables of
 * this version. Whoever comes first makes them, or brings them to it; of a newer version they are
 * not touched.
 */
#pragma once

#include "drivers/postgres/postgres_link.h"

struct postgres_tables {
        const char *version_table; /* where their version stands: tables of a kind have their own */
        const char *lock; /* the number under which whoever makes them does so alone, as text */
        const char *const *steps; /* [n] brings version n to n + 1; all in one transaction */
        int version;
};

struct postgres_statement {
        const char *name, *sql;
};

/* For a link's `prepare`. 0; -EPROTONOSUPPORT: a newer version, or no UTF-8; -errno. Logged. */
MUST_USE int postgres_tables_begin(struct postgres_link *link,
                                   const struct postgres_tables *tables);
/* The version that the database has; 0: there are no such tables. 0 or -errno. */
MUST_USE int postgres_tables_version(struct postgres_link *link, const char *version_table,
                                     int *version);
/* Names all of them for steps. */
MUST_USE int postgres_tables_name(struct postgres_link *link,
                                  const struct postgres_statement *statements, size_t count);
