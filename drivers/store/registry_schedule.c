/* Registry schedules: when levels count, and the days that are special. */
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

/* What no schedule of ours has is left out: such a period is never open. */
static bool load_period(sqlite3_stmt *row, struct schedule_period *period)
{
        int64_t days = sqlite3_column_int64(row, 0);
        int64_t from = sqlite3_column_int64(row, 1), until = sqlite3_column_int64(row, 2);
        if (days < 0 || days > UINT8_MAX || from < 0 || from >= SCHEDULE_DAY_MIN || until < 0 ||
            until >= SCHEDULE_DAY_MIN)
                return false;
        *period = (struct schedule_period){ (uint8_t)days, (uint16_t)from, (uint16_t)until };
        return true;
}

static int load_periods(struct registry *registry, struct schedule *schedule)
{
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = registry->query[REGISTRY_SCHEDULE_PERIODS];
        sqlite_bind_text(rows, 1, schedule->id);
        while (schedule->periods < SCHEDULE_PERIODS_MAX && (r = sqlite_step(rows)) > 0)
                schedule->periods += load_period(rows, &schedule->period[schedule->periods]);
        return r < 0 ? r : 0;
}

int registry_load_schedule(struct registry *registry, const char *id, struct schedule *schedule)
{
        *schedule = (struct schedule){ .periods = 0 };
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = registry->query[REGISTRY_SCHEDULE];
        sqlite_bind_text(row, 1, id);
        int r = sqlite_step(row);
        if (r <= 0)
                return r;
        sqlite_column_copy(row, 0, schedule->id, sizeof(schedule->id));
        r = load_periods(registry, schedule);
        return r ? r : 1;
}

int registry_schedules(struct registry *registry, const char *after, struct schedule *rows,
                       size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *page = registry->query[REGISTRY_SCHEDULES];
        sqlite_bind_text(page, 1, after);
        sqlite_bind_int(page, 2, (int64_t)limit);
        while ((size_t)count < limit && (r = sqlite_step(page)) > 0) {
                rows[count] = (struct schedule){ .periods = 0 };
                sqlite_column_copy(page, 0, rows[count].id, sizeof(rows[count].id));
                r = load_periods(registry, &rows[count]);
                if (r)
                        return r;
                count++;
        }
        return r < 0 ? r : count;
}

int registry_write_schedule(struct registry *registry, const struct schedule *schedule)
{
        registry_bind_origin(registry, REGISTRY_PUT_SCHEDULE, 2);
        int r = registry_run_with_id(registry, REGISTRY_PUT_SCHEDULE, schedule->id);
        if (!r)
                r = registry_run_with_id(registry, REGISTRY_CLEAR_PERIODS, schedule->id);
        sqlite3_stmt *put = registry->change[REGISTRY_PUT_PERIOD];
        for (size_t i = 0; !r && i < schedule->periods; i++) {
                sqlite_bind_text(put, 1, schedule->id);
                sqlite_bind_int(put, 2, (int64_t)i);
                sqlite_bind_int(put, 3, schedule->period[i].days);
                sqlite_bind_int(put, 4, schedule->period[i].from_min);
                sqlite_bind_int(put, 5, schedule->period[i].until_min);
                r = sqlite_run(put);
        }
        return r;
}

int registry_put_schedule(struct registry *registry, const struct schedule *schedule)
{
        if (schedule->periods > SCHEDULE_PERIODS_MAX)
                return -EINVAL;
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, REGISTRY_IS_OURS_SCHEDULE, schedule->id);
        if (!r)
                r = registry_write_schedule(registry, schedule);
        return registry_change_end(registry, r);
}

int registry_remove_schedule(struct registry *registry, const char *id)
{
        return registry_remove(registry, REGISTRY_IS_OURS_SCHEDULE, REGISTRY_REMOVE_SCHEDULE, id);
}

static void bind_day(sqlite3_stmt *statement, int year, int month, int day)
{
        sqlite_bind_int(statement, 1, year);
        sqlite_bind_int(statement, 2, month);
        sqlite_bind_int(statement, 3, day);
}

static int check_our_day(struct registry *registry, int year, int month, int day)
{
        bind_day(registry->change[REGISTRY_IS_OURS_SPECIAL_DAY], year, month, day);
        return registry_check_ours(registry, REGISTRY_IS_OURS_SPECIAL_DAY);
}

int registry_write_special_day(struct registry *registry, const struct registry_special_day *day)
{
        sqlite3_stmt *put = registry->change[REGISTRY_PUT_SPECIAL_DAY];
        bind_day(put, day->year, day->month, day->day);
        sqlite_bind_text(put, 4, day->name);
        registry_bind_origin(registry, REGISTRY_PUT_SPECIAL_DAY, 5);
        return sqlite_run(put);
}

int registry_put_special_day(struct registry *registry, const struct registry_special_day *day)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = check_our_day(registry, day->year, day->month, day->day);
        if (!r)
                r = registry_write_special_day(registry, day);
        return registry_change_end(registry, r);
}

int registry_remove_special_day(struct registry *registry, int year, int month, int day)
{
        int r = registry_change_begin(registry);
        if (!r)
                r = check_our_day(registry, year, month, day);
        if (!r) {
                bind_day(registry->change[REGISTRY_REMOVE_SPECIAL_DAY], year, month, day);
                r = registry_run_on_one(registry, REGISTRY_REMOVE_SPECIAL_DAY);
        }
        return registry_change_end(registry, r);
}

int registry_special_days(struct registry *registry, const struct registry_special_day *after,
                          struct registry_special_day *rows, size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *page = registry->query[REGISTRY_SPECIAL_DAYS];
        bind_day(page, after ? after->year : -1, after ? after->month : 0, after ? after->day : 0);
        sqlite_bind_int(page, 4, (int64_t)limit);
        while ((size_t)count < limit && (r = sqlite_step(page)) > 0) {
                struct registry_special_day *day = &rows[count++];
                *day = (struct registry_special_day){ .year = sqlite3_column_int(page, 0),
                                                      .month = sqlite3_column_int(page, 1),
                                                      .day = sqlite3_column_int(page, 2) };
                sqlite_column_copy(page, 3, day->name, sizeof(day->name));
        }
        return r < 0 ? r : count;
}
