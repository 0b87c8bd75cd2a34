/* Decoder: what its stages add to a plain pass, in both modes, and what bounds them. */
#include "tests/contract/decoder_scene.h"

#include "controller/decode/finder.h"
#include "controller/decode/stage.h"
#include "drivers/decoder/zbar_pass.h"
#include "tests/scene/camera_sim.h"
#include <errno.h>

static struct decoder *new_decoder_of(enum decoder_mode mode, int budget_ms)
{
        const struct decoder_settings settings = { .candidates_max = DECODER_CANDIDATES_DEFAULT,
                                                   .mode = mode,
                                                   .budget_ms = budget_ms };
        struct decoder *decoder = NULL;
        assert_int_equal(decoder_new(&settings, &decoder), 0);
        return decoder;
}

static void invert(struct scene *scene)
{
        for (int i = 0; i < scene->frame.width_px * scene->frame.height_px; i++)
                scene->luma[i] = (uint8_t)(255 - scene->luma[i]);
}

static void a_picture_of_an_inverted_code_is_read(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder_of(DECODER_STILL, 0);
        struct scene scene = scene_of("staff-0017", 10, 4);
        struct found found;
        invert(&scene);
        scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 1);
        assert_true(holds(&found, "staff-0017", 10));
        assert_memory_equal(found.payloads[0].stage, "inverted", 8);
        free_scene(&scene);
        decoder_free(decoder);
}

static void a_camera_tries_two_ways_a_frame_and_comes_round_to_the_one_that_reads(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder_of(DECODER_LIVE, 0);
        struct scene scene = scene_of("staff-0017", 10, 4);
        struct found found = { .count = 0 };
        int frames = 0;
        invert(&scene);
        for (; frames < STAGES && found.count == 0; frames++)
                assert_true(scan(decoder, &scene.frame, &found).stages <= 2);
        assert_int_equal(found.count, 1);
        assert_true(holds(&found, "staff-0017", 10));
        free_scene(&scene);
        decoder_free(decoder);
}

static void a_code_that_the_first_way_reads_is_tried_in_no_other(void **state)
{
        (void)state;
        for (int mode = DECODER_THOROUGH; mode <= DECODER_LIVE; mode++) {
                struct decoder *decoder = new_decoder_of((enum decoder_mode)mode, 0);
                struct scene scene = scene_of("staff-0017", 10, 4);
                struct found found;
                for (int i = 0; i < 3; i++) {
                        scene.frame.captured_us = i * INT64_C(1000000);
                        assert_int_equal(scan(decoder, &scene.frame, &found).stages, 1);
                        assert_int_equal(found.count, 1);
                }
                free_scene(&scene);
                decoder_free(decoder);
        }
}

static void an_empty_frame_is_looked_at_and_not_read(void **state)
{
        (void)state;
        for (int mode = DECODER_THOROUGH; mode <= DECODER_LIVE; mode++) {
                struct decoder *decoder = new_decoder_of((enum decoder_mode)mode, 0);
                struct scene scene = new_scene(640, 480);
                struct found found;
                for (int i = 0; i < 2 * STAGES; i++)
                        assert_int_equal(scan(decoder, &scene.frame, &found).stages, 0);
                free_scene(&scene);
                decoder_free(decoder);
        }
}

static void draw_eye(struct scene *scene, int left, int top, int module_px, int dark)
{
        for (int y = 0; y < 7 * module_px; y++)
                for (int x = 0; x < 7 * module_px; x++) {
                        int u = abs(x / module_px - 3), v = abs(y / module_px - 3);
                        if ((u > v ? u : v) != 2)
                                scene->luma[(ptrdiff_t)(top + y) * scene->frame.stride + left + x] =
                                        (uint8_t)dark;
                }
}

/* Two eyes and no code, in a frame so large that the look alone outlasts the budget. */
static void a_frame_over_its_budget_is_tried_in_no_further_way(void **state)
{
        (void)state;
        struct scene scene = new_scene(5000, 4000);
        struct found found;
        draw_eye(&scene, 2500, 2000, 8, DARK);
        draw_eye(&scene, 2700, 2000, 8, DARK);
        for (int mode = DECODER_THOROUGH; mode <= DECODER_LIVE; mode++) {
                struct decoder *patient = new_decoder_of((enum decoder_mode)mode, 0);
                struct decoder *hasty = new_decoder_of((enum decoder_mode)mode, 1);
                struct decoder_report report = scan(patient, &scene.frame, &found);
                assert_int_equal(report.candidates, 2);
                assert_true(report.stages > 1);
                assert_int_equal(scan(hasty, &scene.frame, &found).stages, 1);
                decoder_free(patient);
                decoder_free(hasty);
        }
        free_scene(&scene);
}

/* Three eyes as a code of version 1 has them, and no code: all ways are tried in vain. */
static void a_picture_that_was_tried_at_its_own_size_is_given_up_unless_it_is_to_be_thorough(
        void **state)
{
        (void)state;
        struct scene scene = new_scene(90, 90);
        struct found found;
        draw_eye(&scene, 13, 13, 3, DARK);
        draw_eye(&scene, 13 + 14 * 3, 13, 3, DARK);
        draw_eye(&scene, 13, 13 + 14 * 3, 3, DARK);
        struct decoder *still = new_decoder_of(DECODER_STILL, 0);
        struct decoder *thorough = new_decoder_of(DECODER_THOROUGH, 0);
        int once = scan(still, &scene.frame, &found).stages;
        assert_int_equal(scan(still, &scene.frame, &found).stages, once);
        assert_in_range(once, 2, 4); /* as it is, too */
        assert_true(scan(thorough, &scene.frame, &found).stages > once);
        assert_int_equal(found.count, 0);
        decoder_free(still);
        decoder_free(thorough);
        free_scene(&scene);
}

static void codes_of_different_sizes_in_view_are_all_read(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder_of(DECODER_STILL, 0);
        struct scene scene = new_scene(1000, 500);
        QRcode *large = encode("a badge held close", 18), *small = encode("far-away", 8);
        struct found found;
        draw(&scene, large, 60, 60, 12);
        draw(&scene, small, 800, 350, 3);
        scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 2);
        assert_true(holds(&found, "a badge held close", 18));
        assert_true(holds(&found, "far-away", 8));
        QRcode_free(large);
        QRcode_free(small);
        free_scene(&scene);
        decoder_free(decoder);
}

/* Faint eyes that the look passes over and sharpening brings out, beside two that it sees. */
static void patterns_too_faint_for_the_look_are_counted_before_zbar_gets_them(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder_of(DECODER_STILL, 0);
        struct scene scene = new_scene(640, 480);
        struct found found;
        for (int i = 0; i < 150; i++)
                draw_eye(&scene, 10 + i % 15 * 42, 10 + i / 15 * 42, 3,
                         i == 77 || i == 78 ? DARK : LIGHT - 5);
        struct decoder_report report = scan(decoder, &scene.frame, &found);
        assert_false(report.is_refused);
        assert_int_equal(report.candidates, 2);
        assert_int_equal(found.count, 0);
        free_scene(&scene);
        decoder_free(decoder);
}

struct tally {
        int plain, still;
};

static void read_drawn(const struct camera_sim_view *view, struct decoder *still,
                       struct zbar_pass *zbar, struct tally *tally)
{
        struct camera_sim_shot shot;
        struct zbar_code codes[DECODER_CODES_MAX];
        struct found found;
        camera_sim_shoot(view, &shot);
        tally->plain += zbar_pass_read(zbar, shot.luma, view->width_px, view->height_px, codes,
                                       DECODER_CODES_MAX) > 0;
        scan(still, &shot.frame, &found);
        for (int i = 0; i < found.count; i++) {
                assert_int_equal(found.payloads[i].len, shot.len);
                assert_memory_equal(found.payloads[i].bytes, shot.text, shot.len);
                assert_true(stage_index(found.payloads[i].stage) < STAGES);
        }
        tally->still += found.count > 0;
        camera_sim_deinit(&shot);
}

static void more_codes_are_read_than_by_a_plain_pass_and_none_wrongly(void **state)
{
        (void)state;
        struct decoder *decoder = new_decoder_of(DECODER_STILL, 0);
        struct zbar_pass *zbar = zbar_pass_new();
        struct tally tally = { 0 };
        assert_non_null(zbar);
        for (int trouble = 0; trouble < CAMERA_SIM_TROUBLES; trouble++)
                for (uint32_t seed = 0; seed < 3; seed++) {
                        const struct camera_sim_view view = {
                                .width_px = 480,
                                .height_px = 360,
                                .text = seed % 2 ? CAMERA_SIM_CARD : CAMERA_SIM_SHORT,
                                .trouble = (enum camera_sim_trouble)trouble,
                                .share = 0.5,
                                .seed = 7000 + seed
                        };
                        read_drawn(&view, decoder, zbar, &tally);
                }
        assert_true(tally.still > tally.plain);
        zbar_pass_free(zbar);
        decoder_free(decoder);
}

static void a_negative_budget_makes_no_decoder(void **state)
{
        (void)state;
        const struct decoder_settings settings = { .budget_ms = -1 };
        struct decoder *decoder = NULL;
        assert_int_equal(decoder_new(&settings, &decoder), -EINVAL);
        assert_null(decoder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_picture_of_an_inverted_code_is_read),
                cmocka_unit_test(
                        a_camera_tries_two_ways_a_frame_and_comes_round_to_the_one_that_reads),
                cmocka_unit_test(a_code_that_the_first_way_reads_is_tried_in_no_other),
                cmocka_unit_test(an_empty_frame_is_looked_at_and_not_read),
                cmocka_unit_test(a_frame_over_its_budget_is_tried_in_no_further_way),
                cmocka_unit_test(
                        a_picture_that_was_tried_at_its_own_size_is_given_up_unless_it_is_to_be_thorough),
                cmocka_unit_test(codes_of_different_sizes_in_view_are_all_read),
                cmocka_unit_test(patterns_too_faint_for_the_look_are_counted_before_zbar_gets_them),
                cmocka_unit_test(more_codes_are_read_than_by_a_plain_pass_and_none_wrongly),
                cmocka_unit_test(a_negative_budget_makes_no_decoder),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
