/* Registry store: what the parts of the registry share. The SQL stands in registry_sql.c. */
#pragma once

#include "controller/ports/registry.h"

#include "drivers/store/database.h"

#include <sqlite3.h>

enum registry_query {
        REGISTRY_FIND_BEGIN,
        REGISTRY_FIND_END,
        REGISTRY_FIND,
        REGISTRY_FIND_LEVELS,
        REGISTRY_FIND_LEVEL,
        REGISTRY_FIND_AREA,
        REGISTRY_IS_SPECIAL,
        REGISTRY_IS_REVOKED,
        REGISTRY_HOLDER,
        REGISTRY_HOLDERS,
        REGISTRY_DECLARATION,
        REGISTRY_HOLDER_LEVELS,
        REGISTRY_LEVELS,
        REGISTRY_LEVEL_POINTS,
        REGISTRY_CREDENTIALS,
        REGISTRY_CREDENTIALS_OF,
        REGISTRY_SCHEDULE,
        REGISTRY_SCHEDULES,
        REGISTRY_SCHEDULE_PERIODS,
        REGISTRY_AREAS,
        REGISTRY_AREA_POINTS,
        REGISTRY_SPECIAL_DAYS,
        REGISTRY_REVOCATIONS,
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
        REGISTRY_PUT_DECLARATION,
        REGISTRY_PUT_REVOCATION,
        REGISTRY_TRIM_REVOCATIONS,
        REGISTRY_PUT_SCHEDULE,
        REGISTRY_CLEAR_PERIODS,
        REGISTRY_PUT_PERIOD,
        REGISTRY_REMOVE_SCHEDULE,
        REGISTRY_PUT_AREA,
        REGISTRY_CLEAR_AREA_POINTS,
        REGISTRY_PUT_AREA_POINT,
        REGISTRY_REMOVE_AREA,
        REGISTRY_PUT_SPECIAL_DAY,
        REGISTRY_REMOVE_SPECIAL_DAY,
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

extern const struct database_schema registry_schema;
extern const char *const registry_queries[REGISTRY_QUERIES];
extern const char *const registry_changes[REGISTRY_CHANGES];

/* registry_change.c: what all changes share. A change is a savepoint: a transaction of its own, or
 * a part of the batch that can be undone alone. */
MUST_USE int registry_change_begin(struct registry *registry);
/* `r` is what the change came to; what is negative is undone. Returns r, or why it was not kept. */
MUST_USE int registry_change_end(struct registry *registry, int r);
/* Runs a change whose parameters are bound. Rows changed, or -errno. */
MUST_USE int registry_run_counted(struct registry *registry, enum registry_change change);
/* The same of one row. 0, -ENOENT when there was none, -errno. */
MUST_USE int registry_run_on_one(struct registry *registry, enum registry_change change);
/* Runs a change whose only parameter is an id. 0 or -errno. */
MUST_USE int registry_run_with_id(struct registry *registry, enum registry_change change,
                                  const char *id);
/* Removes one row by its id. 0; -ENOENT; -EBUSY: others refer to it; -errno. */
MUST_USE int registry_remove(struct registry *registry, enum registry_change change,
                             const char *id);

/* registry_lookup.c. The access points of a level or an area: their number, or -errno. */
MUST_USE int registry_load_points(struct registry *registry, enum registry_query query,
                                  const char *id, char point[REGISTRY_POINTS_MAX][FLOW_ID_MAX]);
/* registry_schedule.c. 1: there is one; 0: none of that id; -errno. */
MUST_USE int registry_load_schedule(struct registry *registry, const char *id,
                                    struct schedule *schedule);
/* registry_area.c. Columns from `first` on, without the points. */
void registry_load_area(sqlite3_stmt *row, int first, struct registry_area *area);
/* registry_lookup.c: columns from `first` on. */
void registry_load_credential(sqlite3_stmt *row, struct registry_credential *credential);
void registry_load_holder(sqlite3_stmt *row, int first, struct registry_holder *holder);
/* The levels of holder->id. 0 or -errno. */
MUST_USE int registry_load_levels(struct registry *registry, struct registry_holder *holder);
enum {
        REGISTRY_CREDENTIAL_COLUMNS = 10,
        REGISTRY_HOLDER_COLUMNS = 8
};
