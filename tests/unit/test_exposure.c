/* Exposure: what the camera is asked for, for whom. */
#include "tests/check.h"

#include "controller/decode/exposure.h"

enum {
        FRAME_MS = 33,
        LONG_MS = EXPOSURE_AFTER_MS + 10 * EXPOSURE_STEP_MS
};

static struct aim_sight glaring(void)
{
        return (struct aim_sight){ .region = { .patterns = 3 }, .high = 255, .white_percent = 70 };
}

static struct aim_sight dark(void)
{
        return (struct aim_sight){ .region = { .patterns = 3 }, .high = 60 };
}

static int watch(struct exposure *exposure, const struct aim_sight *sight, int64_t *now_ms, int ms)
{
        int step = exposure->step;
        for (int64_t end_ms = *now_ms + ms; *now_ms < end_ms; *now_ms += FRAME_MS)
                step = exposure_see(exposure, sight, *now_ms);
        return step;
}

static void a_code_that_burns_out_gets_less_light_and_a_dark_one_more(void **state)
{
        (void)state;
        struct exposure exposure = { 0 }, other = { 0 };
        struct aim_sight bright = glaring(), dim = dark();
        int64_t now_ms = 1000, later_ms = 1000;
        assert_int_equal(watch(&exposure, &bright, &now_ms, LONG_MS), -EXPOSURE_STEPS_MAX);
        assert_int_equal(watch(&other, &dim, &later_ms, LONG_MS), EXPOSURE_STEPS_MAX);
}

static void it_waits_for_a_read_and_between_two_steps(void **state)
{
        (void)state;
        struct exposure exposure = { 0 };
        struct aim_sight bright = glaring();
        int64_t now_ms = 1000;
        assert_int_equal(watch(&exposure, &bright, &now_ms, EXPOSURE_AFTER_MS - FRAME_MS), 0);
        assert_int_equal(watch(&exposure, &bright, &now_ms, 3 * FRAME_MS), -1);
        assert_int_equal(watch(&exposure, &bright, &now_ms, EXPOSURE_STEP_MS / 2), -1);
        assert_int_equal(watch(&exposure, &bright, &now_ms, EXPOSURE_STEP_MS), -2);
}

static void what_looks_right_is_left_alone(void **state)
{
        (void)state;
        struct exposure exposure = { 0 };
        struct aim_sight fair = { .region = { .patterns = 3 }, .high = 200, .white_percent = 10 };
        struct aim_sight lone = glaring();
        int64_t now_ms = 1000;
        assert_int_equal(watch(&exposure, &fair, &now_ms, LONG_MS), 0);
        lone.region.patterns = 1; /* a lamp, a window: no code */
        assert_int_equal(watch(&exposure, &lone, &now_ms, LONG_MS), 0);
}

static void after_a_read_it_stays_for_the_next_in_the_queue(void **state)
{
        (void)state;
        struct exposure exposure = { 0 };
        struct aim_sight bright = glaring(), read = { .is_read = true }, nobody = { .high = 0 };
        int64_t now_ms = 1000;
        assert_true(watch(&exposure, &bright, &now_ms, EXPOSURE_AFTER_MS + 2 * FRAME_MS) < 0);
        int step = watch(&exposure, &read, &now_ms, 5 * FRAME_MS);
        assert_true(step < 0);
        assert_int_equal(watch(&exposure, &nobody, &now_ms, EXPOSURE_STAY_MS - 2 * FRAME_MS), step);
        assert_int_equal(watch(&exposure, &nobody, &now_ms, 4 * FRAME_MS), 0);
}

static void when_nobody_was_read_it_returns_sooner(void **state)
{
        (void)state;
        struct exposure exposure = { 0 };
        struct aim_sight bright = glaring(), nobody = { .high = 0 };
        int64_t now_ms = 1000;
        assert_true(watch(&exposure, &bright, &now_ms, LONG_MS) < 0);
        assert_true(watch(&exposure, &nobody, &now_ms, EXPOSURE_GONE_MS - 2 * FRAME_MS) < 0);
        assert_int_equal(watch(&exposure, &nobody, &now_ms, 4 * FRAME_MS), 0);
        /* The next one has their own second. */
        assert_int_equal(watch(&exposure, &bright, &now_ms, EXPOSURE_AFTER_MS - FRAME_MS), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_code_that_burns_out_gets_less_light_and_a_dark_one_more),
                cmocka_unit_test(it_waits_for_a_read_and_between_two_steps),
                cmocka_unit_test(what_looks_right_is_left_alone),
                cmocka_unit_test(after_a_read_it_stays_for_the_next_in_the_queue),
                cmocka_unit_test(when_nobody_was_read_it_returns_sooner),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
