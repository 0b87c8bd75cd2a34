/* The archive's tables in PostgreSQL, version by version. */
#pragma once

#include "drivers/archive/postgres_schema.h"

/* Of all collectors of a database: who makes tables does so alone. */
#define SCHEMA_LOCK "6008493617"

/* [n] brings version n to n + 1, in one transaction. */
extern const char *const postgres_schema_steps[POSTGRES_SCHEMA_VERSION];
