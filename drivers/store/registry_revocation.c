/* Registry revocations: passes that are no longer good, though their signatures are. */
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

/* A row is of a pass, with its lookup, or of a holder, with the empty one. */
static void bind_key(sqlite3_stmt *statement, const struct registry_revocation *revocation)
{
        bool is_holder = revocation && revocation->holder[0] != '\0';
        bool has_lookup = revocation && !is_holder;
        sqlite_bind_blob(statement, 1, has_lookup ? revocation->lookup : (const uint8_t *)"",
                         has_lookup ? FLOW_DIGEST_LEN : 0);
        sqlite_bind_text(statement, 2, revocation ? revocation->holder : "");
}

int registry_put_revocation(struct registry *registry, const struct registry_revocation *revocation)
{
        int r = registry_change_begin(registry);
        if (!r) {
                sqlite3_stmt *put = registry->change[REGISTRY_PUT_REVOCATION];
                bind_key(put, revocation);
                sqlite_bind_int(put, 3, revocation->at_us);
                sqlite_bind_int(put, 4, revocation->until_us);
                r = sqlite_run(put);
        }
        return registry_change_end(registry, r);
}

int registry_trim_revocations(struct registry *registry, int64_t before_us)
{
        /* Done every minute: it must not cost a count of a million credentials. */
        bool is_counted = registry->is_counted;
        int r = registry_change_begin(registry);
        if (!r) {
                sqlite_bind_int(registry->change[REGISTRY_TRIM_REVOCATIONS], 1, before_us);
                r = registry_run_counted(registry, REGISTRY_TRIM_REVOCATIONS);
        }
        r = registry_change_end(registry, r);
        registry->is_counted = is_counted;
        return r;
}

int registry_revocations(struct registry *registry, const struct registry_revocation *after,
                         struct registry_revocation *rows, size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *page = registry->query[REGISTRY_REVOCATIONS];
        bind_key(page, after);
        sqlite_bind_int(page, 3, (int64_t)limit);
        while ((size_t)count < limit && (r = sqlite_step(page)) > 0) {
                struct registry_revocation *row = &rows[count++];
                *row = (struct registry_revocation){ .at_us = sqlite3_column_int64(page, 2),
                                                     .until_us = sqlite3_column_int64(page, 3) };
                const void *lookup = sqlite3_column_blob(page, 0);
                if (lookup && sqlite3_column_bytes(page, 0) == FLOW_DIGEST_LEN)
                        memcpy(row->lookup, lookup, FLOW_DIGEST_LEN);
                sqlite_column_copy(page, 1, row->holder, sizeof(row->holder));
        }
        return r < 0 ? r : count;
}
