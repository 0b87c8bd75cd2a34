/* When levels count: schedules, special days, and how a scan finds them. */
#include "tests/contract/store_registry.h"

#include <errno.h>

static struct schedule schedule_of(const char *id, const char *period)
{
        struct schedule schedule = { .periods = 0 };
        (void)snprintf(schedule.id, sizeof(schedule.id), "%s", id);
        assert_null(schedule_parse_period(period, &schedule.period[schedule.periods++]));
        return schedule;
}

static void put_level(struct registry *registry, const char *id, const char *schedule, int expected)
{
        struct registry_level level = { .points = 1 };
        (void)snprintf(level.id, sizeof(level.id), "%s", id);
        (void)snprintf(level.schedule, sizeof(level.schedule), "%s", schedule);
        (void)snprintf(level.point[0], FLOW_ID_MAX, "north-in");
        assert_int_equal(registry_put_level(registry, &level), expected);
}

static void enrol(struct registry *registry, const char *level)
{
        struct registry_holder holder = store_holder("an", level);
        assert_int_equal(registry_put_holder(registry, &holder), 0);
        store_enrol(registry, 1, "an");
}

static void a_level_brings_its_schedule_to_the_scan(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct schedule office = schedule_of("office", "mon-fri 08:00-17:30");
        assert_null(schedule_parse_period("special 10:00-12:00", &office.period[office.periods++]));
        assert_int_equal(registry_put_schedule(registry, &office), 0);
        put_level(registry, "staff", "office", 0);
        enrol(registry, "staff");
        struct registry_match match = store_find(registry, 1, "north-in");
        assert_int_equal(match.covering, 1);
        assert_true(match.covers[0].has_schedule);
        assert_string_equal(match.covers[0].schedule.id, "office");
        assert_int_equal(match.covers[0].schedule.periods, 2);
        assert_memory_equal(match.covers[0].schedule.period, office.period,
                            2 * sizeof(office.period[0]));
        registry_close(registry);
        registry = store_open_registry(*state);
        put_level(registry, "staff", "", 0);
        assert_false(store_find(registry, 1, "north-in").covers[0].has_schedule);
        registry_close(registry);
}

static void a_schedule_is_replaced_listed_and_not_removed_while_it_is_used(void **state)
{
        struct registry *registry = store_open_registry(*state);
        struct schedule first = schedule_of("a", "daily 00:00-24:00");
        struct schedule second = schedule_of("b", "mon 08:00-09:00"), rows[4];
        put_level(registry, "staff", "a", -ENOENT);
        assert_int_equal(registry_put_schedule(registry, &first), 0);
        assert_int_equal(registry_put_schedule(registry, &second), 0);
        put_level(registry, "staff", "a", 0);
        first = schedule_of("a", "tue 10:00-11:00");
        assert_int_equal(registry_put_schedule(registry, &first), 0);
        assert_int_equal(registry_schedules(registry, "", rows, 4), 2);
        assert_memory_equal(&rows[0], &first, sizeof(first));
        assert_int_equal(registry_schedules(registry, "a", rows, 4), 1);
        assert_string_equal(rows[0].id, "b");
        assert_int_equal(registry_remove_schedule(registry, "a"), -EBUSY);
        assert_int_equal(registry_remove_schedule(registry, "b"), 0);
        assert_int_equal(registry_remove_schedule(registry, "b"), -ENOENT);
        put_level(registry, "staff", "", 0);
        assert_int_equal(registry_remove_schedule(registry, "a"), 0);
        registry_close(registry);
}

static struct registry_match find_on(struct registry *registry, int year, int month, int day)
{
        struct registry_match match;
        struct registry_credential credential = store_credential(1, "");
        const struct schedule_moment local = { .year = year, .month = month, .day = day };
        const struct registry_question question = { .lookup = credential.lookup,
                                                    .access_point = "north-in",
                                                    .local = &local };
        assert_int_equal(registry_find(registry, &question, &match), 0);
        return match;
}

static void special_days_are_of_one_year_or_of_all(void **state)
{
        struct registry *registry = store_open_registry(*state);
        const struct registry_special_day days[] = {
                { 0, 9, 2, "Quốc khánh" },
                { 2026, 2, 17, "Tết" },
                { 0, 2, 29, "leap day" },
                { 0, 1, 1, "New Year" },
        };
        struct registry_special_day rows[8];
        for (size_t i = 0; i < ARRAY_LEN(days); i++)
                assert_int_equal(registry_put_special_day(registry, &days[i]), 0);
        assert_true(find_on(registry, 2026, 9, 2).is_special);
        assert_true(find_on(registry, 2031, 9, 2).is_special);
        assert_true(find_on(registry, 2026, 9, 3).was_special);
        assert_false(find_on(registry, 2026, 9, 3).is_special);
        assert_true(find_on(registry, 2026, 2, 17).is_special);
        assert_false(find_on(registry, 2027, 2, 17).is_special);
        assert_true(find_on(registry, 2028, 3, 1).was_special);
        assert_false(find_on(registry, 2027, 3, 1).was_special);
        assert_true(find_on(registry, 2027, 1, 2).was_special);
        assert_int_equal(registry_special_days(registry, NULL, rows, 8), 4);
        assert_string_equal(rows[0].name, "New Year");
        assert_int_equal(rows[3].year, 2026);
        assert_int_equal(registry_special_days(registry, &rows[1], rows, 8), 2);
        assert_int_equal(registry_remove_special_day(registry, 0, 9, 2), 0);
        assert_int_equal(registry_remove_special_day(registry, 0, 9, 2), -ENOENT);
        assert_false(find_on(registry, 2026, 9, 2).is_special);
        registry_close(registry);
}

static void an_edited_period_is_never_open(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        struct schedule office = schedule_of("office", "mon-fri 08:00-17:30");
        assert_int_equal(registry_put_schedule(registry, &office), 0);
        put_level(registry, "staff", "office", 0);
        enrol(registry, "staff");
        registry_close(registry);
        store_sql(folder->path, "UPDATE schedule_period SET until_min = 5000");
        registry = store_open_registry(folder);
        struct registry_match match = store_find(registry, 1, "north-in");
        assert_true(match.covers[0].has_schedule);
        assert_int_equal(match.covers[0].schedule.periods, 0);
        registry_close(registry);
        store_sql(folder->path, "DELETE FROM schedule_period; DELETE FROM schedule");
        registry = store_open_registry(folder);
        match = store_find(registry, 1, "north-in");
        assert_true(match.covers[0].has_schedule && match.covers[0].schedule.periods == 0);
        registry_close(registry);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_level_brings_its_schedule_to_the_scan),
                IN_FOLDER(a_schedule_is_replaced_listed_and_not_removed_while_it_is_used),
                IN_FOLDER(special_days_are_of_one_year_or_of_all),
                IN_FOLDER(an_edited_period_is_never_open),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
