/* Registry areas: which access points lead where, and what counts there. */
#include "drivers/store/registry_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

enum {
        AS_CONFIGURED = -1,
        RESET_AS_CONFIGURED = -2,
        PASSBACK_LAST = 2 /* RULES_PASSBACK_HARD */
};

static int load_within(sqlite3_stmt *row, int column, int low, int high, int otherwise)
{
        int64_t value = sqlite3_column_int64(row, column);
        return value >= low && value <= high ? (int)value : otherwise;
}

void registry_load_area(sqlite3_stmt *row, int first, struct registry_area *area)
{
        *area = (struct registry_area){ .points = 0 };
        sqlite_column_copy(row, first, area->id, sizeof(area->id));
        area->occupancy_limit = load_within(row, first + 1, 0, INT_MAX, 0);
        area->passback = load_within(row, first + 2, AS_CONFIGURED, PASSBACK_LAST, AS_CONFIGURED);
        area->passback_reset_h = load_within(row, first + 3, AS_CONFIGURED, INT_MAX, AS_CONFIGURED);
        area->passback_reset_min = load_within(row, first + 4, RESET_AS_CONFIGURED,
                                               SCHEDULE_DAY_MIN - 1, RESET_AS_CONFIGURED);
}

int registry_areas(struct registry *registry, const char *after, struct registry_area *rows,
                   size_t limit)
{
        int r = 0, count = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *page = registry->query[REGISTRY_AREAS];
        sqlite_bind_text(page, 1, after);
        sqlite_bind_int(page, 2, (int64_t)limit);
        while ((size_t)count < limit && (r = sqlite_step(page)) > 0) {
                struct registry_area *area = &rows[count];
                registry_load_area(page, 0, area);
                r = registry_load_points(registry, REGISTRY_AREA_POINTS, area->id, area->point);
                if (r < 0)
                        return r;
                area->points = (size_t)r;
                count++;
        }
        return r < 0 ? r : count;
}

int registry_write_area(struct registry *registry, const struct registry_area *area)
{
        sqlite3_stmt *put = registry->change[REGISTRY_PUT_AREA];
        sqlite_bind_text(put, 1, area->id);
        sqlite_bind_int(put, 2, area->occupancy_limit);
        sqlite_bind_int(put, 3, area->passback);
        sqlite_bind_int(put, 4, area->passback_reset_h);
        sqlite_bind_int(put, 5, area->passback_reset_min);
        registry_bind_origin(registry, REGISTRY_PUT_AREA, 6);
        int r = sqlite_run(put);
        if (!r)
                r = registry_run_with_id(registry, REGISTRY_CLEAR_AREA_POINTS, area->id);
        sqlite3_stmt *put_point = registry->change[REGISTRY_PUT_AREA_POINT];
        for (size_t i = 0; !r && i < area->points; i++) {
                sqlite_bind_text(put_point, 1, area->point[i]);
                sqlite_bind_text(put_point, 2, area->id);
                r = sqlite_run(put_point);
        }
        return r;
}

int registry_put_area(struct registry *registry, const struct registry_area *area)
{
        if (area->points > REGISTRY_POINTS_MAX)
                return -EINVAL;
        int r = registry_change_begin(registry);
        if (!r)
                r = registry_check_ours_id(registry, REGISTRY_IS_OURS_AREA, area->id);
        if (!r)
                r = registry_write_area(registry, area);
        return registry_change_end(registry, r);
}

int registry_remove_area(struct registry *registry, const char *id)
{
        return registry_remove(registry, REGISTRY_IS_OURS_AREA, REGISTRY_REMOVE_AREA, id);
}
