/* Registry issue: which of the centre's registries it was, and when. Written by adoption.c. */
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

int registry_issue_at(struct registry *registry, int64_t at_us, struct registry_issue *issue)
{
        *issue = (struct registry_issue){ .from_us = INT64_MIN, .until_us = INT64_MAX };
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_ISSUE_AT];
        sqlite_bind_int(row, 1, at_us);
        int r = sqlite_step(row);
        if (r > 0 && sqlite3_column_type(row, 0) != SQLITE_NULL)
                issue->until_us = sqlite3_column_int64(row, 0);
        if (r > 0 && sqlite3_column_type(row, 1) != SQLITE_NULL) {
                issue->from_us = sqlite3_column_int64(row, 1);
                issue->version = (uint64_t)sqlite3_column_int64(row, 2);
                /* Nobody issued one before 1970: a file that somebody edited. */
                int64_t issued_s = sqlite3_column_int64(row, 3);
                issue->issued_s = issued_s > 0 ? issued_s : 0;
        }
        return r < 0 ? r : 0;
}
