/* Fire: what the loop and the key at the panel do. */
#include "tests/check.h"

#include "controller/actuate/fire.h"

static void stays_free_until_the_loop_is_whole_and_someone_rearms(void **state)
{
        (void)state;
        struct fire fire;
        fire_init(&fire, true, false);
        assert_string_equal(fire_state(&fire), "normal");
        assert_int_equal(fire_loop(&fire, false), FIRE_RELEASED);
        assert_string_equal(fire_state(&fire), "released");
        assert_int_equal(fire_reset(&fire), FIRE_UNCHANGED);
        assert_true(fire.is_released);
        assert_int_equal(fire_loop(&fire, true), FIRE_UNCHANGED);
        assert_string_equal(fire_state(&fire), "holding");
        assert_int_equal(fire_reset(&fire), FIRE_RESET);
        assert_string_equal(fire_state(&fire), "normal");
}

static void a_second_alarm_while_holding_changes_nothing(void **state)
{
        (void)state;
        struct fire fire;
        fire_init(&fire, true, false);
        assert_int_equal(fire_loop(&fire, false), FIRE_RELEASED);
        assert_int_equal(fire_loop(&fire, true), FIRE_UNCHANGED);
        assert_int_equal(fire_loop(&fire, false), FIRE_UNCHANGED);
        assert_int_equal(fire_reset(&fire), FIRE_UNCHANGED);
        assert_true(fire.is_released);
}

static void a_release_outlives_the_process(void **state)
{
        (void)state;
        struct fire fire;
        fire_init(&fire, true, true);
        assert_string_equal(fire_state(&fire), "holding");
        assert_int_equal(fire_reset(&fire), FIRE_RESET);
}

static void the_key_alone_does_nothing(void **state)
{
        (void)state;
        struct fire fire;
        fire_init(&fire, true, false);
        assert_int_equal(fire_reset(&fire), FIRE_UNCHANGED);
}

static void without_a_loop_there_is_no_fire(void **state)
{
        (void)state;
        struct fire fire;
        fire_init(&fire, false, true);
        assert_int_equal(fire_loop(&fire, false), FIRE_UNCHANGED);
        assert_string_equal(fire_state(&fire), "none");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(stays_free_until_the_loop_is_whole_and_someone_rearms),
                cmocka_unit_test(a_second_alarm_while_holding_changes_nothing),
                cmocka_unit_test(a_release_outlives_the_process),
                cmocka_unit_test(the_key_alone_does_nothing),
                cmocka_unit_test(without_a_loop_there_is_no_fire),
        };
        return cmocka_run_group_tests_name("fire", tests, NULL, NULL);
}
