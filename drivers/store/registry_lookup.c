/* Registry lookup: paging through people, credentials and levels. Sees what is committed. */
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/* A limit out of range lets nobody in rather than everybody. */
static int load_limit(sqlite3_stmt *row, int column)
{
        int64_t limit = sqlite3_column_int64(row, column);
        return limit >= 0 && limit <= INT_MAX ? (int)limit : 1;
}

/* A file that somebody edited must not crash anybody: a class out of range is an unknown one, text
 * too long is cut. */
void registry_load_credential(sqlite3_stmt *row, struct registry_credential *credential)
{
        *credential = (struct registry_credential){ .class = CREDENTIAL_UNKNOWN };
        const void *lookup = sqlite3_column_blob(row, 0);
        if (lookup && sqlite3_column_bytes(row, 0) == FLOW_DIGEST_LEN)
                memcpy(credential->lookup, lookup, FLOW_DIGEST_LEN);
        sqlite_column_copy(row, 1, credential->holder, sizeof(credential->holder));
        int64_t class = sqlite3_column_int64(row, 2);
        if (class >= CREDENTIAL_CODE && class < CREDENTIAL_CLASS_COUNT)
                credential->class = (enum credential_class) class;
        sqlite_column_copy(row, 3, credential->hint, sizeof(credential->hint));
        credential->validity.from_us = sqlite3_column_int64(row, 4);
        credential->validity.until_us = sqlite3_column_int64(row, 5);
        credential->revoked_us = sqlite3_column_int64(row, 6);
        credential->is_duress = sqlite3_column_int64(row, 7) != 0;
        credential->uses_max = load_limit(row, 8);
        credential->day_uses_max = load_limit(row, 9);
}

void registry_load_holder(sqlite3_stmt *row, int first, struct registry_holder *holder)
{
        *holder = (struct registry_holder){ 0 };
        sqlite_column_copy(row, first, holder->id, sizeof(holder->id));
        sqlite_column_copy(row, first + 1, holder->name, sizeof(holder->name));
        holder->validity.from_us = sqlite3_column_int64(row, first + 2);
        holder->validity.until_us = sqlite3_column_int64(row, first + 3);
        holder->is_blocked = sqlite3_column_int64(row, first + 4) != 0;
        holder->role = sqlite3_column_int64(row, first + 5) == REGISTRY_VISITOR ? REGISTRY_VISITOR
                                                                                : REGISTRY_WORKER;
        holder->is_silent = sqlite3_column_int64(row, first + 6) != 0;
        sqlite_column_copy(row, first + 7, holder->escort, sizeof(holder->escort));
}

int registry_load_levels(struct registry *registry, struct registry_holder *holder)
{
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = registry->query[REGISTRY_HOLDER_LEVELS];
        sqlite_bind_text(rows, 1, holder->id);
        while (holder->levels < REGISTRY_LEVELS_MAX && (r = sqlite_step(rows)) > 0) {
                size_t i = holder->levels++;
                sqlite_column_copy(rows, 0, holder->level[i].level, FLOW_ID_MAX);
                holder->level[i].validity.from_us = sqlite3_column_int64(rows, 1);
                holder->level[i].validity.until_us = sqlite3_column_int64(rows, 2);
        }
        return r < 0 ? r : 0;
}

int registry_get_holder(struct registry *registry, const char *id, struct registry_holder *holder)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_HOLDER];
        sqlite_bind_text(row, 1, id);
        int r = sqlite_step(row);
        if (r <= 0)
                return r < 0 ? r : -ENOENT;
        registry_load_holder(row, 0, holder);
        return registry_load_levels(registry, holder);
}

int registry_holders(struct registry *registry, const char *after, struct registry_holder *rows,
                     size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *page = registry->query[REGISTRY_HOLDERS];
        sqlite_bind_text(page, 1, after);
        sqlite_bind_int(page, 2, (int64_t)limit);
        while ((size_t)count < limit && (r = sqlite_step(page)) > 0) {
                registry_load_holder(page, 0, &rows[count]);
                r = registry_load_levels(registry, &rows[count]);
                if (r)
                        return r;
                count++;
        }
        return r < 0 ? r : count;
}

int registry_load_points(struct registry *registry, enum registry_query query, const char *id,
                         char point[REGISTRY_POINTS_MAX][FLOW_ID_MAX])
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = registry->query[query];
        sqlite_bind_text(rows, 1, id);
        while (count < REGISTRY_POINTS_MAX && (r = sqlite_step(rows)) > 0)
                sqlite_column_copy(rows, 0, point[count++], FLOW_ID_MAX);
        return r < 0 ? r : count;
}

int registry_levels(struct registry *registry, const char *after, struct registry_level *rows,
                    size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *page = registry->query[REGISTRY_LEVELS];
        sqlite_bind_text(page, 1, after);
        sqlite_bind_int(page, 2, (int64_t)limit);
        while ((size_t)count < limit && (r = sqlite_step(page)) > 0) {
                rows[count] = (struct registry_level){ 0 };
                sqlite_column_copy(page, 0, rows[count].id, sizeof(rows[count].id));
                sqlite_column_copy(page, 1, rows[count].schedule, sizeof(rows[count].schedule));
                r = registry_load_points(registry, REGISTRY_LEVEL_POINTS, rows[count].id,
                                         rows[count].point);
                if (r < 0)
                        return r;
                rows[count++].points = (size_t)r;
        }
        return r < 0 ? r : count;
}

int registry_credentials(struct registry *registry, const char *holder, const uint8_t *after,
                         struct registry_credential *rows, size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *page =
                registry->query[holder ? REGISTRY_CREDENTIALS_OF : REGISTRY_CREDENTIALS];
        sqlite_bind_blob(page, 1, after ? after : (const uint8_t *)"", after ? FLOW_DIGEST_LEN : 0);
        sqlite_bind_int(page, 2, (int64_t)limit);
        if (holder)
                sqlite_bind_text(page, 3, holder);
        while ((size_t)count < limit && (r = sqlite_step(page)) > 0)
                registry_load_credential(page, &rows[count++]);
        return r < 0 ? r : count;
}
