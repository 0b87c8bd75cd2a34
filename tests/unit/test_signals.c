/* Signals: what people see and hear. */
#include "tests/check.h"

#include "controller/actuate/signals.h"

static struct signals make(enum signals_steady steady)
{
        return (struct signals){
                .config = { .granted_ms = 2000, .denied_ms = 3000, .is_buzzing = true },
                .steady = steady
        };
}

/* Beeps heard in `length_ms`, seen only when signals_next_ms says that something changes. */
static int count_beeps(const struct signals *signals, int64_t from_ms, int64_t length_ms)
{
        int beeps = 0;
        bool was_on = false;
        for (int64_t now = from_ms; now < from_ms + length_ms;
             now = signals_next_ms(signals, now)) {
                bool is_on = signals_levels(signals, now).buzzer;
                beeps += is_on && !was_on;
                was_on = is_on;
        }
        return beeps;
}

static void granted_is_green_and_one_beep(void **state)
{
        (void)state;
        struct signals signals = make(SIGNALS_READY);
        signals_cue(&signals, SIGNALS_GRANTED, 1000);
        assert_true(signals_levels(&signals, 1000).green);
        assert_false(signals_levels(&signals, 1000).red);
        assert_true(signals_levels(&signals, 2999).green);
        assert_false(signals_levels(&signals, 3000).green);
        assert_int_equal(count_beeps(&signals, 1000, 2000), 1);
}

static void a_remark_is_green_and_two_beeps_and_no_is_red_and_three(void **state)
{
        (void)state;
        struct signals signals = make(SIGNALS_READY);
        signals_cue(&signals, SIGNALS_REMARK, 0);
        assert_true(signals_levels(&signals, 0).green);
        assert_int_equal(count_beeps(&signals, 0, 2000), 2);
        signals_cue(&signals, SIGNALS_DENIED, 5000);
        assert_true(signals_levels(&signals, 5000).red);
        assert_false(signals_levels(&signals, 5000).green);
        assert_int_equal(count_beeps(&signals, 5000, 3000), 3);
}

static void a_code_that_cannot_be_read_is_green_and_red_in_turn(void **state)
{
        (void)state;
        struct signals signals = make(SIGNALS_AIMING);
        struct signals_levels first = signals_levels(&signals, 1000);
        int64_t next_ms = signals_next_ms(&signals, 1000);
        struct signals_levels second = signals_levels(&signals, next_ms);
        assert_true(first.green != first.red);
        assert_true(second.green != second.red);
        assert_true(first.green != second.green);
        assert_true(next_ms - 1000 <= 200);
        signals_cue(&signals, SIGNALS_DENIED, 1000);
        assert_true(signals_levels(&signals, next_ms).red); /* what was decided comes first */
        assert_false(signals_levels(&signals, next_ms).green);
}

static void silence_can_be_asked_for(void **state)
{
        (void)state;
        struct signals signals = make(SIGNALS_READY);
        signals.config.is_buzzing = false;
        signals_cue(&signals, SIGNALS_DENIED, 0);
        assert_int_equal(count_beeps(&signals, 0, 3000), 0);
        assert_int_equal(signals_next_ms(&signals, 0), 3000);
}

static void a_steady_state_comes_back_after_a_cue(void **state)
{
        (void)state;
        struct signals signals = make(SIGNALS_LOCKED);
        signals_cue(&signals, SIGNALS_GRANTED, 0);
        assert_false(signals_levels(&signals, 100).red);
        assert_true(signals_levels(&signals, 2000).red);
        assert_int_equal(signals_next_ms(&signals, 2000), INT64_MAX);
}

static void a_fire_release_blinks_green_through_every_cue(void **state)
{
        (void)state;
        struct signals signals = make(SIGNALS_RELEASED);
        signals_cue(&signals, SIGNALS_DENIED, 0);
        int greens = 0, reds = 0, changes = 0;
        for (int64_t now = 0; now < 8000; now = signals_next_ms(&signals, now), changes++) {
                greens += signals_levels(&signals, now).green;
                reds += signals_levels(&signals, now).red;
        }
        assert_int_equal(reds, 0);
        assert_int_equal(greens, changes / 2);
        assert_true(changes >= 10);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(granted_is_green_and_one_beep),
                cmocka_unit_test(a_remark_is_green_and_two_beeps_and_no_is_red_and_three),
                cmocka_unit_test(a_code_that_cannot_be_read_is_green_and_red_in_turn),
                cmocka_unit_test(silence_can_be_asked_for),
                cmocka_unit_test(a_steady_state_comes_back_after_a_cue),
                cmocka_unit_test(a_fire_release_blinks_green_through_every_cue),
        };
        return cmocka_run_group_tests_name("signals", tests, NULL, NULL);
}
