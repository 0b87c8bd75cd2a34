/* Registry scan on SQLite: kind after kind, streamed within one read transaction. */
#include "dashboard/ports/registry_scan.h"

#include "drivers/store/database.h"
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

#define HOLDER_COLUMNS "id, name, from_us, until_us, is_blocked, role, is_silent, escort"
#define CREDENTIAL_COLUMNS                                                                         \
        "lookup, holder, class, hint, from_us, until_us, revoked_us, is_duress, uses_max,"         \
        " day_uses_max"

enum {
        KINDS = SYNC_REVOCATION + 1
};

/* Of a revocation and a revoked credential with the same lookup, what revokes for longer. */
static const char *const queries[KINDS] = {
        [0] = "SELECT 1",
        [SYNC_SCHEDULE] = "SELECT id FROM schedule ORDER BY id",
        [SYNC_LEVEL] = "SELECT id, schedule FROM level ORDER BY id",
        [SYNC_AREA] = ("SELECT id, occupancy_limit, passback, passback_reset_h, passback_reset_min"
                       " FROM area ORDER BY id"),
        [SYNC_SPECIAL_DAY] =
                "SELECT year, month, day, name FROM special_day ORDER BY year, month, day",
        [SYNC_HOLDER] = ("SELECT " HOLDER_COLUMNS " FROM holder ORDER BY id"),
        [SYNC_DECLARATION] = ("SELECT holder, result, at_us, until_us FROM declaration"
                              " WHERE result <> 0 ORDER BY holder"),
        [SYNC_CREDENTIAL] = ("SELECT " CREDENTIAL_COLUMNS " FROM credential ORDER BY lookup"),
        [SYNC_BLOCK] = "SELECT id, is_silent FROM holder WHERE is_blocked <> 0 ORDER BY id",
        [SYNC_REVOCATION] = ("SELECT lookup, holder, min(at_us),"
                             " CASE WHEN min(until_us) <= 0 THEN 0 ELSE max(until_us) END FROM ("
                             "  SELECT lookup, holder, at_us, until_us FROM revocation"
                             "  UNION ALL SELECT lookup, '', revoked_us, until_us FROM credential"
                             "   WHERE revoked_us <> 0)"
                             " GROUP BY lookup, holder ORDER BY lookup, holder"),
};

struct registry_scan {
        struct registry *registry;
        sqlite3_stmt *query[KINDS];
        enum sync_kind kind;
};

int registry_scan_mark(struct registry *registry, int64_t *mark)
{
        return sqlite_query_int(registry->reader, "PRAGMA data_version", mark);
}

int registry_scan_open(struct registry *registry, struct registry_scan **scan)
{
        struct registry_scan *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        opened->registry = registry;
        opened->kind = SYNC_SCHEDULE;
        int r = sqlite_prepare_all(registry->reader, queries, KINDS, opened->query);
        if (!r)
                r = sqlite_run(registry->query[REGISTRY_FIND_BEGIN]);
        if (r) {
                sqlite_finalize_all(opened->query, KINDS);
                free(opened);
                return r;
        }
        *scan = opened;
        return 0;
}

struct registry_scan *registry_scan_close(struct registry_scan *scan)
{
        if (!scan)
                return NULL;
        sqlite_finalize_all(scan->query, KINDS);
        database_roll_back(scan->registry->reader);
        free(scan);
        return NULL;
}

static int load_points(struct registry_scan *scan, enum registry_query query, const char *id,
                       char point[REGISTRY_POINTS_MAX][FLOW_ID_MAX], size_t *points)
{
        int count = registry_load_points(scan->registry, query, id, point);
        *points = count > 0 ? (size_t)count : 0;
        return count < 0 ? count : 0;
}

static int load_level(struct registry_scan *scan, sqlite3_stmt *row, struct registry_level *level)
{
        sqlite_column_copy(row, 0, level->id, sizeof(level->id));
        sqlite_column_copy(row, 1, level->schedule, sizeof(level->schedule));
        return load_points(scan, REGISTRY_LEVEL_POINTS, level->id, level->point, &level->points);
}

static int load_area(struct registry_scan *scan, sqlite3_stmt *row, struct registry_area *area)
{
        registry_load_area(row, 0, area);
        return load_points(scan, REGISTRY_AREA_POINTS, area->id, area->point, &area->points);
}

static int load_schedule(struct registry_scan *scan, sqlite3_stmt *row, struct schedule *schedule)
{
        char id[FLOW_ID_MAX];
        sqlite_column_copy(row, 0, id, sizeof(id));
        int r = registry_load_schedule(scan->registry, id, schedule);
        return r < 0 ? r : 0;
}

static void load_special_day(sqlite3_stmt *row, struct registry_special_day *day)
{
        day->year = sqlite3_column_int(row, 0);
        day->month = sqlite3_column_int(row, 1);
        day->day = sqlite3_column_int(row, 2);
        sqlite_column_copy(row, 3, day->name, sizeof(day->name));
}

static int load_holder(struct registry_scan *scan, sqlite3_stmt *row,
                       struct registry_holder *holder)
{
        registry_load_holder(row, 0, holder);
        return registry_load_levels(scan->registry, holder);
}

static void load_declaration(sqlite3_stmt *row, struct sync_record *record)
{
        sqlite_column_copy(row, 0, record->id, sizeof(record->id));
        record->declaration.result = sqlite3_column_int(row, 1);
        record->declaration.at_us = sqlite3_column_int64(row, 2);
        record->declaration.until_us = sqlite3_column_int64(row, 3);
}

static void load_revocation(sqlite3_stmt *row, struct registry_revocation *revocation)
{
        const void *lookup = sqlite3_column_blob(row, 0);
        if (lookup && sqlite3_column_bytes(row, 0) == FLOW_DIGEST_LEN)
                memcpy(revocation->lookup, lookup, FLOW_DIGEST_LEN);
        sqlite_column_copy(row, 1, revocation->holder, sizeof(revocation->holder));
        revocation->at_us = sqlite3_column_int64(row, 2);
        revocation->until_us = sqlite3_column_int64(row, 3);
}

static int load(struct registry_scan *scan, sqlite3_stmt *row, struct sync_record *record)
{
        switch (record->kind) {
        case SYNC_SCHEDULE:
                return load_schedule(scan, row, &record->schedule);
        case SYNC_LEVEL:
                return load_level(scan, row, &record->level);
        case SYNC_AREA:
                return load_area(scan, row, &record->area);
        case SYNC_SPECIAL_DAY:
                load_special_day(row, &record->special_day);
                break;
        case SYNC_HOLDER:
                return load_holder(scan, row, &record->holder);
        case SYNC_DECLARATION:
                load_declaration(row, record);
                break;
        case SYNC_CREDENTIAL:
                registry_load_credential(row, &record->credential);
                break;
        case SYNC_BLOCK:
                sqlite_column_copy(row, 0, record->id, sizeof(record->id));
                record->is_silent = sqlite3_column_int64(row, 1) != 0;
                break;
        case SYNC_REVOCATION:
                load_revocation(row, &record->revocation);
                break;
        }
        return 0;
}

int registry_scan_next(struct registry_scan *scan, struct sync_record *record)
{
        for (;;) {
                sqlite3_stmt *row = scan->query[scan->kind];
                int r = sqlite_step(row);
                if (r < 0)
                        return r;
                if (r > 0) {
                        memset(record, 0, sizeof(*record));
                        record->kind = scan->kind;
                        r = load(scan, row, record);
                        return r < 0 ? r : 1;
                }
                if (scan->kind == SYNC_REVOCATION)
                        return 0;
                scan->kind = (enum sync_kind)(scan->kind + 1);
        }
}
