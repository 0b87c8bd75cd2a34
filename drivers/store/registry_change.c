/* Registry changes: holders, credentials, levels put, revoked, removed. Each is all or nothing. */
#include "drivers/store/database.h"
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>

/*
 * When a full disk or the like made SQLite drop the batch's transaction, what follows must not be
 * kept on its own: it is refused until the batch ends.
 */
int registry_change_begin(struct registry *registry)
{
        if (registry->is_batch && sqlite3_get_autocommit(registry->writer))
                return -ECANCELED;
        return sqlite_run(registry->change[REGISTRY_SAVEPOINT]);
}

int registry_change_end(struct registry *registry, int r)
{
        int ended = r < 0 ? r : sqlite_run(registry->change[REGISTRY_RELEASE]);
        if (ended < 0) {
                if (!registry->is_batch)
                        database_roll_back(registry->writer);
                else if (!sqlite3_get_autocommit(registry->writer))
                        /* No such savepoint, when it was the savepoint that failed: nothing to do.
                         */
                        (void)sqlite3_exec(registry->writer, "ROLLBACK TO change; RELEASE change",
                                           NULL, NULL, NULL);
                return ended;
        }
        if (!registry->is_batch)
                registry->is_counted = false;
        return r;
}

int registry_run_counted(struct registry *registry, enum registry_change change)
{
        int r = sqlite_run(registry->change[change]);
        return r ? r : sqlite3_changes(registry->writer);
}

int registry_run_on_one(struct registry *registry, enum registry_change change)
{
        int r = registry_run_counted(registry, change);
        if (r < 0)
                return r;
        return r > 0 ? 0 : -ENOENT;
}

int registry_run_with_id(struct registry *registry, enum registry_change change, const char *id)
{
        sqlite_bind_text(registry->change[change], 1, id);
        return sqlite_run(registry->change[change]);
}

int registry_remove(struct registry *registry, enum registry_change question,
                    enum registry_change change, const char *id)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, question, id);
        if (!r) {
                r = registry_run_with_id(registry, change, id);
                /* The foreign key that holds it back is that of whoever has it. */
                if (r == -ENOENT)
                        r = -EBUSY;
                else if (!r && sqlite3_changes(registry->writer) == 0)
                        r = -ENOENT;
        }
        return registry_change_end(registry, r);
}

int registry_check_ours(struct registry *registry, enum registry_change question)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->change[question];
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        return sqlite3_column_int64(row, 0) ? 0 : -EPERM;
}

int registry_check_ours_id(struct registry *registry, enum registry_change question, const char *id)
{
        sqlite_bind_text(registry->change[question], 1, id);
        return registry_check_ours(registry, question);
}

static void bind_unless_zero(sqlite3_stmt *statement, int index, int64_t value)
{
        if (value != 0)
                sqlite_bind_int(statement, index, value);
}

void registry_bind_origin(struct registry *registry, enum registry_change change, int index)
{
        bind_unless_zero(registry->change[change], index, registry->origin);
}

int registry_write_holder(struct registry *registry, const struct registry_holder *holder)
{
        sqlite3_stmt *put = registry->change[REGISTRY_PUT_HOLDER];
        sqlite_bind_text(put, 1, holder->id);
        sqlite_bind_text(put, 2, holder->name);
        sqlite_bind_int(put, 3, holder->validity.from_us);
        sqlite_bind_int(put, 4, holder->validity.until_us);
        sqlite_bind_int(put, 5, holder->is_blocked);
        bind_unless_zero(put, 6, (int64_t)holder->role);
        bind_unless_zero(put, 7, holder->is_silent);
        sqlite_bind_optional(put, 8, holder->escort);
        registry_bind_origin(registry, REGISTRY_PUT_HOLDER, 9);
        int r = sqlite_run(put);
        if (!r)
                r = registry_run_with_id(registry, REGISTRY_CLEAR_HOLDER_LEVELS, holder->id);
        sqlite3_stmt *put_level = registry->change[REGISTRY_PUT_HOLDER_LEVEL];
        for (size_t i = 0; !r && i < holder->levels; i++) {
                sqlite_bind_text(put_level, 1, holder->id);
                sqlite_bind_text(put_level, 2, holder->level[i].level);
                sqlite_bind_int(put_level, 3, holder->level[i].validity.from_us);
                sqlite_bind_int(put_level, 4, holder->level[i].validity.until_us);
                r = sqlite_run(put_level);
        }
        return r;
}

int registry_put_holder(struct registry *registry, const struct registry_holder *holder)
{
        if (holder->levels > REGISTRY_LEVELS_MAX)
                return -EINVAL;
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, REGISTRY_IS_OURS_HOLDER, holder->id);
        if (!r)
                r = registry_write_holder(registry, holder);
        return registry_change_end(registry, r);
}

int registry_remove_holder(struct registry *registry, const char *id)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, REGISTRY_IS_OURS_HOLDER, id);
        if (!r) {
                sqlite_bind_text(registry->change[REGISTRY_REMOVE_HOLDER], 1, id);
                r = registry_run_on_one(registry, REGISTRY_REMOVE_HOLDER);
        }
        return registry_change_end(registry, r);
}

int registry_trim_visitors(struct registry *registry, int64_t before_us)
{
        int r = registry_change_begin(registry);
        if (!r) {
                sqlite_bind_int(registry->change[REGISTRY_TRIM_VISITORS], 1, before_us);
                sqlite_bind_int(registry->change[REGISTRY_TRIM_VISITORS], 2, REGISTRY_VISITOR);
                r = registry_run_counted(registry, REGISTRY_TRIM_VISITORS);
        }
        return registry_change_end(registry, r);
}

static int check_ours(struct registry *registry, const uint8_t lookup[FLOW_DIGEST_LEN])
{
        sqlite_bind_blob(registry->change[REGISTRY_IS_OURS_CREDENTIAL], 1, lookup, FLOW_DIGEST_LEN);
        return registry_check_ours(registry, REGISTRY_IS_OURS_CREDENTIAL);
}

/* 0: for nobody, or for this holder. -EEXIST: for another. */
static int check_enrolled(struct registry *registry, const struct registry_credential *credential)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->change[REGISTRY_ENROLLED_FOR];
        sqlite_bind_blob(row, 1, credential->lookup, FLOW_DIGEST_LEN);
        sqlite_bind_text(row, 2, credential->holder);
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        return sqlite3_column_int64(row, 0) ? 0 : -EEXIST;
}

int registry_write_credential(struct registry *registry,
                              const struct registry_credential *credential)
{
        sqlite3_stmt *put = registry->change[REGISTRY_PUT_CREDENTIAL];
        sqlite_bind_blob(put, 1, credential->lookup, FLOW_DIGEST_LEN);
        sqlite_bind_text(put, 2, credential->holder);
        sqlite_bind_int(put, 3, (int64_t)credential->class);
        sqlite_bind_optional(put, 4, credential->hint);
        sqlite_bind_int(put, 5, credential->validity.from_us);
        sqlite_bind_int(put, 6, credential->validity.until_us);
        sqlite_bind_int(put, 7, credential->revoked_us);
        bind_unless_zero(put, 8, credential->is_duress);
        bind_unless_zero(put, 9, credential->uses_max);
        bind_unless_zero(put, 10, credential->day_uses_max);
        registry_bind_origin(registry, REGISTRY_PUT_CREDENTIAL, 11);
        return sqlite_run(put);
}

int registry_put_credential(struct registry *registry, const struct registry_credential *credential)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = check_ours(registry, credential->lookup);
        if (!r)
                r = check_enrolled(registry, credential);
        if (!r)
                r = registry_write_credential(registry, credential);
        return registry_change_end(registry, r);
}

int registry_revoke(struct registry *registry, const uint8_t lookup[FLOW_DIGEST_LEN], int64_t at_us)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = check_ours(registry, lookup);
        if (!r) {
                sqlite3_stmt *statement = registry->change[REGISTRY_REVOKE];
                sqlite_bind_blob(statement, 1, lookup, FLOW_DIGEST_LEN);
                sqlite_bind_int(statement, 2, at_us);
                r = registry_run_on_one(registry, REGISTRY_REVOKE);
        }
        return registry_change_end(registry, r);
}

int registry_revoke_holder(struct registry *registry, const char *holder, int64_t at_us)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, REGISTRY_ARE_OURS_CREDENTIALS, holder);
        if (!r) {
                sqlite3_stmt *statement = registry->change[REGISTRY_REVOKE_HOLDER];
                sqlite_bind_text(statement, 1, holder);
                sqlite_bind_int(statement, 2, at_us);
                r = registry_run_counted(registry, REGISTRY_REVOKE_HOLDER);
        }
        return registry_change_end(registry, r);
}

int registry_write_level(struct registry *registry, const struct registry_level *level)
{
        sqlite_bind_optional(registry->change[REGISTRY_PUT_LEVEL], 2, level->schedule);
        registry_bind_origin(registry, REGISTRY_PUT_LEVEL, 3);
        int r = registry_run_with_id(registry, REGISTRY_PUT_LEVEL, level->id);
        if (!r)
                r = registry_run_with_id(registry, REGISTRY_CLEAR_LEVEL_POINTS, level->id);
        sqlite3_stmt *put_point = registry->change[REGISTRY_PUT_LEVEL_POINT];
        for (size_t i = 0; !r && i < level->points; i++) {
                sqlite_bind_text(put_point, 1, level->id);
                sqlite_bind_text(put_point, 2, level->point[i]);
                r = sqlite_run(put_point);
        }
        return r;
}

int registry_put_level(struct registry *registry, const struct registry_level *level)
{
        if (level->points > REGISTRY_POINTS_MAX)
                return -EINVAL;
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, REGISTRY_IS_OURS_LEVEL, level->id);
        if (!r)
                r = registry_write_level(registry, level);
        return registry_change_end(registry, r);
}

int registry_remove_level(struct registry *registry, const char *id)
{
        return registry_remove(registry, REGISTRY_IS_OURS_LEVEL, REGISTRY_REMOVE_LEVEL, id);
}

int registry_write_declaration(struct registry *registry, const char *holder,
                               const struct registry_declaration *declaration)
{
        sqlite3_stmt *put = registry->change[REGISTRY_PUT_DECLARATION];
        sqlite_bind_text(put, 1, holder);
        sqlite_bind_int(put, 2, declaration->result);
        sqlite_bind_int(put, 3, declaration->at_us);
        sqlite_bind_int(put, 4, declaration->until_us);
        registry_bind_origin(registry, REGISTRY_PUT_DECLARATION, 5);
        return sqlite_run(put);
}

int registry_put_declaration(struct registry *registry, const char *holder,
                             const struct registry_declaration *declaration)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, REGISTRY_IS_OURS_DECLARATION, holder);
        if (!r)
                r = registry_write_declaration(registry, holder, declaration);
        return registry_change_end(registry, r);
}
