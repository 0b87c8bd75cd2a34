/* Aim: what somebody is told whose code is seen and not read. */
#include "tests/check.h"

#include "controller/decode/aim.h"
#include <string.h>

enum {
        FRAME_MS = 33,
        WIDTH = 320,
        HEIGHT = 240
};

/* A code that could be read as far as one can see, in a hand. */
static struct aim_sight fair(void)
{
        return (struct aim_sight){ .region = { .left = 80,
                                               .top = 60,
                                               .width = 120,
                                               .height = 120,
                                               .patterns = 3,
                                               .module_px = 4 },
                                   .contrast = 150,
                                   .is_moving = true };
}

/* The last hint of so much time with that in view. */
static enum aim_hint watch(struct aim *aim, const struct aim_sight *sight, int64_t *now_ms, int ms)
{
        enum aim_hint hint = AIM_NONE;
        for (int64_t end_ms = *now_ms + ms; *now_ms < end_ms; *now_ms += FRAME_MS)
                hint = aim_see(aim, sight, *now_ms);
        return hint;
}

static enum aim_hint hint_for(struct aim_sight sight)
{
        struct aim aim = { 0 };
        int64_t now_ms = 5000;
        return watch(&aim, &sight, &now_ms, AIM_AFTER_MS + 2 * FRAME_MS);
}

static void each_trouble_has_its_hint(void **state)
{
        (void)state;
        struct aim_sight sight = fair();
        assert_int_equal(hint_for(sight), AIM_STEADY);
        sight.is_moving = false;
        assert_int_equal(hint_for(sight), AIM_CLOSER);
        sight.region.module_px = 8; /* large, still, and not read: too near to be sharp */
        assert_int_equal(hint_for(sight), AIM_FARTHER);
        sight = fair();
        sight.region.module_px = 2;
        assert_int_equal(hint_for(sight), AIM_CLOSER);
        sight.is_cut = true;
        assert_int_equal(hint_for(sight), AIM_FARTHER);
        sight.contrast = 10;
        assert_int_equal(hint_for(sight), AIM_LIGHT);
        sight.region.patterns = 1;
        assert_int_equal(hint_for(sight), AIM_NONE);
}

static void nobody_is_helped_before_a_second_nor_after_a_read(void **state)
{
        (void)state;
        struct aim aim = { 0 };
        int64_t now_ms = 5000;
        struct aim_sight sight = fair(), read = { .is_read = true };
        assert_int_equal(watch(&aim, &sight, &now_ms, AIM_AFTER_MS - 2 * FRAME_MS), AIM_NONE);
        assert_int_equal(watch(&aim, &sight, &now_ms, 3 * FRAME_MS), AIM_STEADY);
        assert_int_equal(watch(&aim, &read, &now_ms, FRAME_MS), AIM_NONE);
        assert_int_equal(watch(&aim, &sight, &now_ms, AIM_AFTER_MS - 2 * FRAME_MS), AIM_NONE);
}

static void a_frame_in_which_the_code_was_missed_ends_nothing(void **state)
{
        (void)state;
        struct aim aim = { 0 };
        int64_t now_ms = 5000;
        struct aim_sight sight = fair(), nothing = { .contrast = 0 };
        assert_int_equal(watch(&aim, &sight, &now_ms, AIM_AFTER_MS + 2 * FRAME_MS), AIM_STEADY);
        assert_int_equal(watch(&aim, &nothing, &now_ms, AIM_GONE_MS - 2 * FRAME_MS), AIM_STEADY);
        assert_int_equal(watch(&aim, &nothing, &now_ms, 3 * FRAME_MS), AIM_NONE);
}

static void a_hint_stays_long_enough_to_be_followed(void **state)
{
        (void)state;
        struct aim aim = { 0 };
        int64_t now_ms = 5000;
        struct aim_sight sight = fair(), dark = sight;
        dark.contrast = 10;
        assert_int_equal(watch(&aim, &sight, &now_ms, AIM_AFTER_MS + 2 * FRAME_MS), AIM_STEADY);
        assert_int_equal(watch(&aim, &dark, &now_ms, 400), AIM_STEADY);
        assert_int_equal(watch(&aim, &dark, &now_ms, 600), AIM_LIGHT);
}

static void a_poster_is_helped_for_a_while_and_then_left_alone_until_it_was_gone(void **state)
{
        (void)state;
        struct aim aim = { 0 };
        int64_t now_ms = 5000;
        struct aim_sight sight = fair(), nothing = { .contrast = 0 };
        assert_int_equal(watch(&aim, &sight, &now_ms, AIM_AFTER_MS + AIM_LONGEST_MS / 2),
                         AIM_STEADY);
        assert_int_equal(watch(&aim, &sight, &now_ms, AIM_LONGEST_MS), AIM_NONE);
        assert_int_equal(watch(&aim, &sight, &now_ms, 60000), AIM_NONE);
        assert_int_equal(watch(&aim, &nothing, &now_ms, AIM_GONE_MS + FRAME_MS), AIM_NONE);
        assert_int_equal(watch(&aim, &sight, &now_ms, AIM_AFTER_MS + 2 * FRAME_MS), AIM_STEADY);
}

static void what_a_frame_shows_of_a_region(void **state)
{
        (void)state;
        static uint8_t luma[WIDTH * HEIGHT];
        memset(luma, 90, sizeof(luma));
        for (int y = 80; y < 120; y++)
                memset(luma + (ptrdiff_t)y * WIDTH + 100, 130, 40);
        const struct frame frame = {
                .luma = luma, .width_px = WIDTH, .height_px = HEIGHT, .stride = WIDTH, .step = 1
        };
        struct region region = fair().region;
        struct aim_sight sight = aim_sight(&frame, &region);
        assert_int_equal(sight.contrast, 40);
        assert_int_equal(sight.high, 130);
        assert_int_equal(sight.white_percent, 0);
        assert_false(sight.is_cut);
        region.left = WIDTH - region.width;
        assert_true(aim_sight(&frame, &region).is_cut);
        region.patterns = 0;
        assert_int_equal(aim_sight(&frame, &region).region.patterns, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_trouble_has_its_hint),
                cmocka_unit_test(nobody_is_helped_before_a_second_nor_after_a_read),
                cmocka_unit_test(a_frame_in_which_the_code_was_missed_ends_nothing),
                cmocka_unit_test(a_hint_stays_long_enough_to_be_followed),
                cmocka_unit_test(
                        a_poster_is_helped_for_a_while_and_then_left_alone_until_it_was_gone),
                cmocka_unit_test(what_a_frame_shows_of_a_region),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
