/* Registry store: what the parts of the registry share. The SQL stands in registry.c. */
#pragma once

#include "controller/ports/registry.h"

#include <sqlite3.h>

enum registry_query {
        REGISTRY_FIND,
        REGISTRY_HOLDER,
        REGISTRY_HOLDERS,
        REGISTRY_HOLDER_LEVELS,
        REGISTRY_LEVELS,
        REGISTRY_LEVEL_POINTS,
        REGISTRY_CREDENTIALS,
        REGISTRY_CREDENTIALS_OF,
        REGISTRY_COUNTS,
        REGISTRY_QUERIES
};

enum registry_change {
        REGISTRY_BEGIN,
        REGISTRY_COMMIT,
        REGISTRY_SAVEPOINT,
        REGISTRY_RELEASE,
        REGISTRY_PUT_HOLDER,
        REGISTRY_CLEAR_HOLDER_LEVELS,
        REGISTRY_PUT_HOLDER_LEVEL,
        REGISTRY_REMOVE_HOLDER,
        REGISTRY_ENROLLED_FOR,
        REGISTRY_PUT_CREDENTIAL,
        REGISTRY_REVOKE,
        REGISTRY_REVOKE_HOLDER,
        REGISTRY_PUT_LEVEL,
        REGISTRY_CLEAR_LEVEL_POINTS,
        REGISTRY_PUT_LEVEL_POINT,
        REGISTRY_REMOVE_LEVEL,
        REGISTRY_CHANGES
};

/*
 * Two connections to one file: what the writer has not committed, the reader does not see. So gate
 * decisions may be taken in the middle of an import and follow the registry as it was.
 */
struct registry {
        sqlite3 *writer, *reader;
        sqlite3_stmt *change[REGISTRY_CHANGES], *query[REGISTRY_QUERIES];
        struct registry_counts counts;
        bool is_counted; /* counts are true: nothing was committed since */
        bool is_batch;   /* between registry_begin and registry_commit or _rollback */
};
