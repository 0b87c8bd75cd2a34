/* Attendance: stays come to days. */
#include "tests/check.h"

#include "dashboard/attendance/attendance.h"

#define AT(day, hour, minute) ((((day)*INT64_C(24) + (hour)) * 60 + (minute)) * INT64_C(60000000))

enum {
        HANOI = 420 /* minutes east */
};

static struct history_visit stay(int64_t entered_us, int64_t left_us)
{
        return (struct history_visit){ .entered_us = entered_us, .left_us = left_us };
}

static void a_day_is_from_the_first_entry_to_the_last_exit_and_its_stays_are_summed(void **state)
{
        const struct history_visit morning = stay(AT(100, 1, 0), AT(100, 5, 0)),
                                   noon = stay(AT(100, 6, 0), AT(100, 10, 30));
        (void)state;
        struct attendance_day day = attendance_begin(&morning, HANOI);
        assert_false(attendance_is_other_day(&day, &noon, HANOI));
        attendance_add(&day, &noon);
        assert_int_equal(day.day, 100);
        assert_int_equal(day.first_us, AT(100, 1, 0));
        assert_int_equal(day.last_us, AT(100, 10, 30));
        assert_int_equal(day.minutes, 8 * 60 + 30);
        assert_int_equal(day.stays, 2);
        assert_int_equal(day.open, 0);
}

static void a_night_belongs_to_the_local_day_on_which_it_began(void **state)
{
        const struct history_visit night = stay(AT(100, 15, 0), AT(100, 23, 0)),
                                   next = stay(AT(100, 17, 0), AT(101, 1, 0));
        (void)state;
        struct attendance_day day = attendance_begin(&night, HANOI);
        assert_int_equal(day.day, 100);
        assert_int_equal(day.minutes, 8 * 60);
        assert_true(attendance_is_other_day(&day, &next, HANOI));
        assert_int_equal(attendance_begin(&next, HANOI).day, 101);
        const struct history_visit early = stay(AT(0, 0, 30), AT(0, 1, 0));
        assert_int_equal(attendance_begin(&early, -60).day, -1);
}

static void what_nobody_saw_has_no_minutes_and_is_counted(void **state)
{
        const struct history_visit no_exit = stay(AT(100, 1, 0), 0),
                                   no_entry = stay(0, AT(100, 9, 0)),
                                   assumed = { .entered_us = AT(100, 10, 0),
                                               .left_us = AT(100, 11, 0),
                                               .is_left_assumed = true };
        (void)state;
        struct attendance_day day = attendance_begin(&no_exit, 0);
        attendance_add(&day, &no_entry);
        attendance_add(&day, &assumed);
        assert_int_equal(day.first_us, AT(100, 1, 0));
        assert_int_equal(day.last_us, AT(100, 9, 0));
        assert_int_equal(day.minutes, 0);
        assert_int_equal(day.stays, 3);
        assert_int_equal(day.open, 3);
        const struct attendance_day none = { .stays = 0 };
        assert_true(attendance_is_other_day(&none, &no_exit, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        a_day_is_from_the_first_entry_to_the_last_exit_and_its_stays_are_summed),
                cmocka_unit_test(a_night_belongs_to_the_local_day_on_which_it_began),
                cmocka_unit_test(what_nobody_saw_has_no_minutes_and_is_counted),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
