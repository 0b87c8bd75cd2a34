/* Backoff: how long a line that was lost, or never came up, is left alone. */
#include "tests/check.h"

#include "drivers/bus/backoff.h"

enum {
        LONGEST_S = 60
};

static void the_longest_pause_doubles_from_a_second_up_to_the_limit(void **state)
{
        (void)state;
        static const int ceiling_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };
        for (int i = 0; i < (int)ARRAY_LEN(ceiling_ms); i++)
                assert_int_equal(backoff_pause_ms(i + 1, LONGEST_S, UINT32_MAX), ceiling_ms[i]);
        assert_int_equal(backoff_pause_ms(INT32_MAX, LONGEST_S, UINT32_MAX), 60000);
}

static void chance_picks_from_nothing_to_the_longest_evenly(void **state)
{
        (void)state;
        assert_int_equal(backoff_pause_ms(5, LONGEST_S, 0), 0);
        assert_int_equal(backoff_pause_ms(5, LONGEST_S, UINT32_MAX / 4), 3999);
        assert_int_equal(backoff_pause_ms(5, LONGEST_S, UINT32_MAX / 2), 7999);
        assert_int_equal(backoff_pause_ms(5, LONGEST_S, UINT32_MAX), 16000);
}

static void a_limit_holds_from_the_first_try_on(void **state)
{
        (void)state;
        assert_int_equal(backoff_pause_ms(1, 1, UINT32_MAX), 1000);
        assert_int_equal(backoff_pause_ms(2, 1, UINT32_MAX), 1000);
        assert_int_equal(backoff_pause_ms(2, 3, UINT32_MAX), 2000);
        assert_int_equal(backoff_pause_ms(3, 3, UINT32_MAX), 3000);
        assert_int_equal(backoff_pause_ms(9, 0, UINT32_MAX), 0);
}

static void a_line_that_never_came_up_is_one_more_failure(void **state)
{
        (void)state;
        assert_int_equal(backoff_failures(0, INT64_MAX, 0), 1);
        assert_int_equal(backoff_failures(1, INT64_MAX, 1000), 2);
        assert_int_equal(backoff_failures(7, INT64_MAX, INT64_C(1) << 50), 8);
}

static void a_line_that_held_for_ten_seconds_begins_anew(void **state)
{
        (void)state;
        assert_int_equal(backoff_failures(7, 5000, 15000), 1);
        assert_int_equal(backoff_failures(7, 5000, 3600000), 1);
        assert_int_equal(backoff_failures(0, 0, 10000), 1);
}

/* Else a broker that takes connections and drops them at once is knocked at as fast as it does. */
static void a_line_that_falls_at_once_counts_on(void **state)
{
        (void)state;
        assert_int_equal(backoff_failures(7, 5000, 5000), 8);
        assert_int_equal(backoff_failures(7, 5000, 14999), 8);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_longest_pause_doubles_from_a_second_up_to_the_limit),
                cmocka_unit_test(chance_picks_from_nothing_to_the_longest_evenly),
                cmocka_unit_test(a_limit_holds_from_the_first_try_on),
                cmocka_unit_test(a_line_that_never_came_up_is_one_more_failure),
                cmocka_unit_test(a_line_that_held_for_ten_seconds_begins_anew),
                cmocka_unit_test(a_line_that_falls_at_once_counts_on),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
