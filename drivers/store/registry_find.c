/*
 * Registry find: everything that the rules must know of one scan. Sees what is committed.
 *
 * All of it in one transaction: the file's lock is taken once, and somebody else's change is seen
 * whole or not at all.
 */
#include "drivers/store/database.h"
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

enum {
        DECLARATION_COLUMN = REGISTRY_HOLDER_COLUMNS, /* behind the holder's */
        LISTED_COLUMN = DECLARATION_COLUMN + 3
};

void registry_load_declaration(sqlite3_stmt *row, int first,
                               struct registry_declaration *declaration)
{
        int64_t result = sqlite3_column_int64(row, first);
        declaration->result = result >= 0 && result <= 3 ? (int)result : 0;
        declaration->at_us = sqlite3_column_int64(row, first + 1);
        declaration->until_us = sqlite3_column_int64(row, first + 2);
}

/* What the blocked list says of the holder. */
static void load_listed(sqlite3_stmt *row, int column, struct registry_match *match)
{
        match->is_listed = sqlite3_column_type(row, column) != SQLITE_NULL;
        match->is_listed_silent = sqlite3_column_int64(row, column) != 0;
}

/* A code that is not enrolled can be stopped, too: policy may let in everybody who shows such. */
static int find_stop(struct registry *registry, const uint8_t *lookup, struct registry_match *match)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_IS_STOPPED];
        sqlite_bind_blob(row, 1, lookup, FLOW_DIGEST_LEN);
        int r = sqlite_step(row);
        match->is_revoked = r > 0;
        return r < 0 ? r : 0;
}

/* The credential and whose it is. */
static int find_credential(struct registry *registry, const uint8_t *lookup,
                           struct registry_match *match)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_FIND];
        sqlite_bind_blob(row, 1, lookup, FLOW_DIGEST_LEN);
        int r = sqlite_step(row);
        if (r <= 0)
                return r < 0 ? r : find_stop(registry, lookup, match);
        registry_load_credential(row, &match->credential);
        registry_load_holder(row, REGISTRY_CREDENTIAL_COLUMNS, &match->holder);
        registry_load_declaration(row, REGISTRY_CREDENTIAL_COLUMNS + DECLARATION_COLUMN,
                                  &match->declaration);
        match->is_known = match->is_enrolled = true;
        load_listed(row, REGISTRY_CREDENTIAL_COLUMNS + LISTED_COLUMN, match);
        match->is_revoked =
                match->credential.revoked_us != 0 ||
                sqlite3_column_int64(row, REGISTRY_CREDENTIAL_COLUMNS + LISTED_COLUMN + 1) != 0;
        return 0;
}

static int find_holder(struct registry *registry, const char *id, struct registry_match *match)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_HOLDER];
        sqlite_bind_text(row, 1, id);
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        registry_load_holder(row, 0, &match->holder);
        registry_load_declaration(row, DECLARATION_COLUMN, &match->declaration);
        match->is_known = true;
        return 0;
}

static int find_revocation(struct registry *registry, const struct registry_question *question,
                           struct registry_match *match)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_IS_REVOKED];
        sqlite_bind_blob(row, 1, question->lookup, FLOW_DIGEST_LEN);
        sqlite_bind_text(row, 2, question->pass->holder);
        sqlite_bind_int(row, 3, question->pass->issued_us);
        int r = sqlite_step(row);
        if (r <= 0)
                return r < 0 ? r : -EUCLEAN;
        match->is_revoked = match->is_revoked || sqlite3_column_int64(row, 0) != 0;
        load_listed(row, 1, match);
        return 0;
}

/* One more level that covers. A schedule that is not there is one that is never open. */
static int add_cover(struct registry *registry, struct registry_validity validity,
                     const char *schedule, struct registry_match *match)
{
        if (match->covering == REGISTRY_COVERS_MAX)
                return 0;
        size_t i = match->covering++;
        match->covers[i].validity = validity;
        match->covers[i].has_schedule = schedule[0] != '\0';
        match->covers[i].schedule = (struct schedule){ .periods = 0 };
        if (schedule[0] == '\0')
                return 0;
        int r = registry_load_schedule(registry, schedule, &match->covers[i].schedule);
        return r < 0 ? r : 0;
}

static int cover_by_holder(struct registry *registry, const char *access_point,
                           struct registry_match *match)
{
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = registry->query[REGISTRY_FIND_LEVELS];
        sqlite_bind_text(rows, 1, match->holder.id);
        sqlite_bind_text(rows, 2, access_point);
        while ((r = sqlite_step(rows)) > 0) {
                char schedule[FLOW_ID_MAX];
                struct registry_validity validity = { sqlite3_column_int64(rows, 0),
                                                      sqlite3_column_int64(rows, 1) };
                sqlite_column_copy(rows, 2, schedule, sizeof(schedule));
                r = add_cover(registry, validity, schedule, match);
                if (r)
                        return r;
        }
        return r;
}

static int cover_by_level(struct registry *registry, const char *level, const char *access_point,
                          struct registry_match *match)
{
        char schedule[FLOW_ID_MAX];
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_FIND_LEVEL];
        sqlite_bind_text(row, 1, level);
        sqlite_bind_text(row, 2, access_point);
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        sqlite_column_copy(row, 0, schedule, sizeof(schedule));
        return add_cover(registry, (struct registry_validity){ 0, 0 }, schedule, match);
}

static int find_area(struct registry *registry, const char *access_point,
                     struct registry_match *match)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_FIND_AREA];
        sqlite_bind_text(row, 1, access_point);
        int r = sqlite_step(row);
        match->has_area = r > 0;
        if (r > 0)
                registry_load_area(row, 0, &match->area);
        return r < 0 ? r : 0;
}

static int is_special(struct registry *registry, int year, int month, int day)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_IS_SPECIAL];
        sqlite_bind_int(row, 1, year);
        sqlite_bind_int(row, 2, month);
        sqlite_bind_int(row, 3, day);
        return sqlite_step(row);
}

static int find_special_days(struct registry *registry, const struct schedule_moment *local,
                             struct registry_match *match)
{
        int year = 0, month = 0, day = 0;
        schedule_day_before(local, &year, &month, &day);
        int today = is_special(registry, local->year, local->month, local->day);
        int yesterday = today < 0 ? today : is_special(registry, year, month, day);
        match->is_special = today > 0;
        match->was_special = yesterday > 0;
        return yesterday < 0 ? yesterday : 0;
}

/* A genuine pass says who it is; that it is enrolled only adds limits. */
static int find_pass(struct registry *registry, const struct registry_question *question,
                     struct registry_match *match)
{
        const struct pass_claims *pass = question->pass;
        int r = find_credential(registry, question->lookup, match);
        if (!r && strcmp(match->holder.id, pass->holder) != 0) {
                *match = (struct registry_match){ .is_known = false }; /* somebody else's */
                r = find_holder(registry, pass->holder, match);
        }
        if (!r)
                r = find_revocation(registry, question, match);
        strcpy(match->holder.id, pass->holder);
        for (size_t i = 0; !r && i < pass->levels; i++)
                r = cover_by_level(registry, pass->level[i], question->access_point, match);
        if (!r && pass->levels == 0 && match->is_known)
                r = cover_by_holder(registry, question->access_point, match);
        if (!r && pass->schedule[0] != '\0') {
                r = registry_load_schedule(registry, pass->schedule, &match->pass_schedule);
                match->has_pass_schedule = r > 0;
        }
        return r < 0 ? r : 0;
}

static int find(struct registry *registry, const struct registry_question *question,
                struct registry_match *match)
{
        int r = question->pass ? find_pass(registry, question, match)
                               : find_credential(registry, question->lookup, match);
        if (!r && !question->pass && match->is_known)
                r = cover_by_holder(registry, question->access_point, match);
        if (!r)
                r = find_area(registry, question->access_point, match);
        if (!r)
                r = find_special_days(registry, question->local, match);
        return r;
}

int registry_find(struct registry *registry, const struct registry_question *question,
                  struct registry_match *match)
{
        *match = (struct registry_match){ .is_known = false };
        int r = sqlite_run(registry->query[REGISTRY_FIND_BEGIN]);
        if (!r)
                r = find(registry, question, match);
        if (!r)
                r = sqlite_run(registry->query[REGISTRY_FIND_END]);
        if (r) {
                database_roll_back(registry->reader);
                *match = (struct registry_match){ .is_known = false };
        }
        return r;
}

int registry_get_declaration(struct registry *registry, const char *holder,
                             struct registry_declaration *declaration)
{
        *declaration = (struct registry_declaration){ .result = 0 };
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_DECLARATION];
        sqlite_bind_text(row, 1, holder);
        int r = sqlite_step(row);
        if (r > 0)
                registry_load_declaration(row, 0, declaration);
        return r < 0 ? r : 0;
}
