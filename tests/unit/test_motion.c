/* Motion: noise is nothing new, and whatever somebody holds up is. */
#include "tests/check.h"

#include "controller/decode/motion.h"
#include "tests/scene/camera_sim.h"
#include <string.h>

#define AWAY 2.0 /* widths of the frame */

static struct camera_sim_view view_of(uint32_t seed)
{
        return (struct camera_sim_view){ .width_px = 320,
                                         .height_px = 240,
                                         .text = CAMERA_SIM_SHORT,
                                         .share = 0.3,
                                         .seed = seed,
                                         .moment = 1 };
}

static bool is_new(struct motion *motion, const struct camera_sim_view *view)
{
        struct camera_sim_shot shot;
        camera_sim_shoot(view, &shot);
        bool is = motion_is_new(motion, &shot.frame);
        camera_sim_deinit(&shot);
        return is;
}

static void keep(struct motion *motion, const struct camera_sim_view *view)
{
        struct camera_sim_shot shot;
        camera_sim_shoot(view, &shot);
        assert_int_equal(motion_keep(motion, &shot.frame), 0);
        camera_sim_deinit(&shot);
}

static void nothing_was_looked_at_yet_or_something_of_another_size(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        struct camera_sim_view view = view_of(1);
        assert_true(is_new(&motion, &view));
        keep(&motion, &view);
        assert_false(is_new(&motion, &view));
        view.width_px = 336;
        assert_true(is_new(&motion, &view));
        motion_deinit(&motion);
}

static void the_same_scene_with_other_noise_is_not_new(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        int told = 0;
        for (uint32_t seed = 0; seed < 40; seed++) {
                struct camera_sim_view view = view_of(seed);
                view.aside = AWAY;
                keep(&motion, &view);
                view.moment = 2;
                told += is_new(&motion, &view);
        }
        assert_int_equal(told, 0);
        motion_deinit(&motion);
}

/* Dim, noisy and out of focus at once it may be no more than noise; the decoder does not rely on
 * it. */
static void a_code_that_is_held_up_or_taken_away_is_new(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        for (int trouble = 0; trouble < CAMERA_SIM_MIXED; trouble++)
                for (uint32_t seed = 0; seed < 12; seed++) {
                        struct camera_sim_view with = view_of(100 + seed), without = with;
                        with.trouble = without.trouble = (enum camera_sim_trouble)trouble;
                        without.aside = AWAY;
                        with.moment = 2;
                        keep(&motion, &without);
                        if (!is_new(&motion, &with))
                                fail_msg("%s, seed %u, held up", camera_sim_trouble_names[trouble],
                                         seed);
                        keep(&motion, &with);
                        if (!is_new(&motion, &without))
                                fail_msg("%s, seed %u, taken away",
                                         camera_sim_trouble_names[trouble], seed);
                }
        motion_deinit(&motion);
}

static void another_code_in_the_same_place_is_new(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        uint8_t one[64 * 64], other[64 * 64];
        for (int y = 0; y < 64; y++)
                for (int x = 0; x < 64; x++) {
                        one[y * 64 + x] = (x / 2 * 7 + y / 2 * 5) % 3 ? 40 : 200;
                        other[y * 64 + x] = (x / 2 * 5 + y / 2 * 3) % 4 ? 40 : 200;
                }
        struct frame frame = {
                .luma = one, .width_px = 64, .height_px = 64, .stride = 64, .step = 1
        };
        assert_int_equal(motion_keep(&motion, &frame), 0);
        frame.luma = other;
        assert_true(motion_is_new(&motion, &frame));
        motion_deinit(&motion);
}

/* A flat frame of 64 px with `level`, and `more` in its left half. */
static struct frame flat(uint8_t luma[], int step, int level, int more)
{
        for (int y = 0; y < 64; y++)
                for (int x = 0; x < 64; x++)
                        luma[(y * 64 + x) * step] = (uint8_t)(level + (x < 32 ? more : 0));
        return (struct frame){
                .luma = luma, .width_px = 64, .height_px = 64, .stride = 64 * step, .step = step
        };
}

static void what_comes_slowly_adds_up(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        uint8_t luma[64 * 64];
        struct frame frame = flat(luma, 1, 100, 0);
        assert_int_equal(motion_keep(&motion, &frame), 0);
        frame = flat(luma, 1, 100, 1);
        assert_false(motion_is_new(&motion, &frame));
        frame = flat(luma, 1, 100, 8);
        assert_true(motion_is_new(&motion, &frame));
        motion_deinit(&motion);
}

static void a_light_that_is_switched_is_new(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        uint8_t luma[64 * 64];
        struct frame frame = flat(luma, 1, 100, 0);
        assert_int_equal(motion_keep(&motion, &frame), 0);
        frame = flat(luma, 1, 100 + MOTION_NOISE_MAX + 1, 0);
        assert_true(motion_is_new(&motion, &frame));
        motion_deinit(&motion);
}

static void samples_that_lie_apart_are_compared_alike(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        static uint8_t luma[64 * 64 * 2]; /* what lies between stays as it is */
        struct frame frame = flat(luma, 2, 100, 0);
        assert_int_equal(motion_keep(&motion, &frame), 0);
        assert_false(motion_is_new(&motion, &frame));
        frame = flat(luma, 2, 100, 30);
        assert_true(motion_is_new(&motion, &frame));
        motion_deinit(&motion);
}

static void a_frame_without_a_whole_cell_is_always_new(void **state)
{
        (void)state;
        struct motion motion = MOTION_NONE;
        uint8_t luma[64 * 64];
        struct frame frame = flat(luma, 1, 100, 0);
        frame.width_px = MOTION_CELL_PX - 1;
        assert_int_equal(motion_keep(&motion, &frame), 0);
        assert_true(motion_is_new(&motion, &frame));
        frame.width_px = 64;
        frame.height_px = 3;
        assert_int_equal(motion_keep(&motion, &frame), 0);
        assert_true(motion_is_new(&motion, &frame));
        motion_deinit(&motion);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_was_looked_at_yet_or_something_of_another_size),
                cmocka_unit_test(the_same_scene_with_other_noise_is_not_new),
                cmocka_unit_test(a_code_that_is_held_up_or_taken_away_is_new),
                cmocka_unit_test(another_code_in_the_same_place_is_new),
                cmocka_unit_test(what_comes_slowly_adds_up),
                cmocka_unit_test(a_light_that_is_switched_is_new),
                cmocka_unit_test(samples_that_lie_apart_are_compared_alike),
                cmocka_unit_test(a_frame_without_a_whole_cell_is_always_new),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
