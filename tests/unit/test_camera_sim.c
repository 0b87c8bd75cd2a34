/* Camera simulation: the frames that benches and tests of the decoder stand on. */
#include "tests/check.h"

#include "tests/scene/camera_sim.h"
#include <math.h>
#include <string.h>

static struct camera_sim_view view_of(enum camera_sim_trouble trouble)
{
        return (struct camera_sim_view){ .width_px = 320,
                                         .height_px = 240,
                                         .text = CAMERA_SIM_SHORT,
                                         .trouble = trouble,
                                         .share = 0.5,
                                         .seed = 11 };
}

static size_t differing(const struct camera_sim_shot *a, const struct camera_sim_shot *b)
{
        size_t count = 0;
        for (size_t i = 0; i < (size_t)320 * 240; i++)
                count += a->luma[i] != b->luma[i];
        return count;
}

static double contrast(const struct camera_sim_shot *shot)
{
        double sum = 0, squares = 0, count = 320 * 240;
        for (size_t i = 0; i < (size_t)320 * 240; i++) {
                sum += shot->luma[i];
                squares += (double)shot->luma[i] * shot->luma[i];
        }
        return sqrt(squares / count - sum / count * sum / count);
}

static void the_same_view_is_the_same_frame(void **state)
{
        (void)state;
        for (int trouble = 0; trouble < CAMERA_SIM_TROUBLES; trouble++) {
                struct camera_sim_view view = view_of((enum camera_sim_trouble)trouble);
                struct camera_sim_shot one, two;
                camera_sim_shoot(&view, &one);
                camera_sim_shoot(&view, &two);
                assert_int_equal(differing(&one, &two), 0);
                assert_int_equal(one.len, two.len);
                assert_memory_equal(one.text, two.text, one.len);
                camera_sim_deinit(&one);
                camera_sim_deinit(&two);
        }
}

static void another_seed_is_another_text_and_frame(void **state)
{
        (void)state;
        struct camera_sim_view view = view_of(CAMERA_SIM_CLEAN);
        struct camera_sim_shot one, two;
        camera_sim_shoot(&view, &one);
        view.seed++;
        camera_sim_shoot(&view, &two);
        assert_memory_not_equal(one.text, two.text, one.len);
        assert_true(differing(&one, &two) > (size_t)320 * 240 / 2);
        camera_sim_deinit(&one);
        camera_sim_deinit(&two);
}

static void another_moment_is_the_same_text_in_a_hand_that_shakes(void **state)
{
        (void)state;
        struct camera_sim_view view = view_of(CAMERA_SIM_CLEAN);
        struct camera_sim_shot one, two;
        camera_sim_shoot(&view, &one);
        view.moment = 1;
        camera_sim_shoot(&view, &two);
        assert_int_equal(one.len, two.len);
        assert_memory_equal(one.text, two.text, one.len);
        assert_true(differing(&one, &two) > 0);
        camera_sim_deinit(&one);
        camera_sim_deinit(&two);
}

static void the_texts_are_of_the_sizes_that_they_are_called(void **state)
{
        (void)state;
        static const struct {
                enum camera_sim_text text;
                size_t least, most;
        } cases[] = { { CAMERA_SIM_SHORT, 20, 20 },
                      { CAMERA_SIM_CARD, 70, 200 },
                      { CAMERA_SIM_LONG, 600, 600 },
                      { CAMERA_SIM_NOTHING, 0, 0 } };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct camera_sim_view view = view_of(CAMERA_SIM_CLEAN);
                struct camera_sim_shot shot;
                view.text = cases[i].text;
                camera_sim_shoot(&view, &shot);
                assert_in_range(shot.len, cases[i].least, cases[i].most);
                assert_true((shot.module_px > 0) == (shot.len > 0));
                camera_sim_deinit(&shot);
        }
}

static void a_dim_view_has_less_contrast_than_a_clean_one(void **state)
{
        (void)state;
        double clean = 0, dim = 0;
        for (uint32_t seed = 1; seed <= 5; seed++) {
                struct camera_sim_view view = view_of(CAMERA_SIM_CLEAN);
                struct camera_sim_shot shot;
                view.seed = seed;
                camera_sim_shoot(&view, &shot);
                clean += contrast(&shot);
                camera_sim_deinit(&shot);
                view.trouble = CAMERA_SIM_DIM;
                camera_sim_shoot(&view, &shot);
                dim += contrast(&shot);
                camera_sim_deinit(&shot);
        }
        assert_true(dim < clean / 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_same_view_is_the_same_frame),
                cmocka_unit_test(another_seed_is_another_text_and_frame),
                cmocka_unit_test(another_moment_is_the_same_text_in_a_hand_that_shakes),
                cmocka_unit_test(the_texts_are_of_the_sizes_that_they_are_called),
                cmocka_unit_test(a_dim_view_has_less_contrast_than_a_clean_one),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
