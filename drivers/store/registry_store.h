/* Registry store: what the parts of the registry share. The SQL stands in registry_sql.c. */
#pragma once

#include "controller/ports/registry.h"

#include "drivers/store/database.h"

#include <sqlite3.h>

#define REGISTRY_HOLDER_COLUMN_NAMES                                                               \
        "id, name, from_us, until_us, is_blocked, role, is_silent, escort"
#define REGISTRY_CREDENTIAL_COLUMN_NAMES                                                           \
        "lookup, holder, class, hint, from_us, until_us, revoked_us, is_duress, uses_max,"         \
        " day_uses_max"
#define REGISTRY_AREA_COLUMNS "id, occupancy_limit, passback, passback_reset_h, passback_reset_min"

enum registry_query {
        REGISTRY_FIND_BEGIN,
        REGISTRY_FIND_END,
        REGISTRY_FIND,
        REGISTRY_FIND_LEVELS,
        REGISTRY_FIND_LEVEL,
        REGISTRY_FIND_AREA,
        REGISTRY_IS_SPECIAL,
        REGISTRY_IS_REVOKED,
        REGISTRY_IS_STOPPED,
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
        REGISTRY_ISSUE_AT,
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
        REGISTRY_IS_OURS_HOLDER,
        REGISTRY_IS_OURS_LEVEL,
        REGISTRY_IS_OURS_SCHEDULE,
        REGISTRY_IS_OURS_AREA,
        REGISTRY_IS_OURS_DECLARATION,
        REGISTRY_IS_OURS_CREDENTIAL,
        REGISTRY_ARE_OURS_CREDENTIALS,
        REGISTRY_IS_OURS_SPECIAL_DAY,
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
        REGISTRY_TRIM_VISITORS,
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
        int64_t origin;  /* of the rows that are put: 0 our own; else the centre's (adoption.c) */
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
/* Removes one row by its id, if it is ours. 0; -ENOENT; -EBUSY: others refer to it; -EPERM;
 * -errno. */
MUST_USE int registry_remove(struct registry *registry, enum registry_change question,
                             enum registry_change change, const char *id);

/* 0: the row is our own, or there is none; -EPERM: it is the centre's. Its key is bound. */
MUST_USE int registry_check_ours(struct registry *registry, enum registry_change question);
MUST_USE int registry_check_ours_id(struct registry *registry, enum registry_change question,
                                    const char *id);
/* Binds the origin of a row that is put. */
void registry_bind_origin(struct registry *registry, enum registry_change change, int index);

/* Rows, whosever they are, within a change that has begun. 0 or -errno. */
MUST_USE int registry_write_holder(struct registry *registry, const struct registry_holder *holder);
MUST_USE int registry_write_credential(struct registry *registry,
                                       const struct registry_credential *credential);
MUST_USE int registry_write_level(struct registry *registry, const struct registry_level *level);
MUST_USE int registry_write_declaration(struct registry *registry, const char *holder,
                                        const struct registry_declaration *declaration);
MUST_USE int registry_write_schedule(struct registry *registry, const struct schedule *schedule);
MUST_USE int registry_write_special_day(struct registry *registry,
                                        const struct registry_special_day *day);
MUST_USE int registry_write_area(struct registry *registry, const struct registry_area *area);

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
/* The levels of a holder whose id is there. 0 or -errno. */
MUST_USE int registry_load_levels(struct registry *registry, struct registry_holder *holder);
/* registry_find.c */
void registry_load_declaration(sqlite3_stmt *row, int first,
                               struct registry_declaration *declaration);
enum {
        REGISTRY_CREDENTIAL_COLUMNS = 10,
        REGISTRY_HOLDER_COLUMNS = 8
};
