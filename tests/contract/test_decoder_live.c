/* The decoder over the frames of a camera: what it looks at, and what it says is in view. */
#include "tests/contract/decoder_scene.h"

#include "controller/decode/stage.h"
#include "tests/scene/camera_sim.h"

enum {
        FRAME_US = 33333,
        LOOKS_IN_VAIN = 2 * STAGES
};

static struct decoder *new_live(void)
{
        const struct decoder_settings settings = { .candidates_max = 16, .mode = DECODER_LIVE };
        struct decoder *decoder = NULL;
        assert_int_equal(decoder_new(&settings, &decoder), 0);
        return decoder;
}

static void a_code_that_stays_is_seen_in_every_frame_and_read_ten_times_a_second(void **state)
{
        (void)state;
        struct decoder *decoder = new_live();
        struct scene scene = scene_of("staff-0017", 10, 4);
        struct found found;
        int read = 0;
        for (int i = 0; i < 30; i++) {
                scene.frame.captured_us += FRAME_US;
                struct decoder_report report = scan(decoder, &scene.frame, &found);
                assert_int_equal(report.is_same, report.stages == 0);
                read += report.stages;
                assert_true(holds(&found, "staff-0017", 10));
                assert_int_equal(found.payloads[0].captured_us, scene.frame.captured_us);
        }
        assert_int_equal(read, 10);
        free_scene(&scene);
        decoder_free(decoder);
}

static void a_code_that_is_taken_away_is_not_seen_in_the_next_frame(void **state)
{
        (void)state;
        struct decoder *decoder = new_live();
        struct scene scene = scene_of("staff-0017", 10, 4);
        struct found found;
        scan(decoder, &scene.frame, &found);
        assert_int_equal(found.count, 1);
        memset(scene.luma, LIGHT, (size_t)scene.frame.stride * (size_t)scene.frame.height_px);
        scene.frame.captured_us += FRAME_US;
        assert_false(scan(decoder, &scene.frame, &found).is_same);
        assert_int_equal(found.count, 0);
        free_scene(&scene);
        decoder_free(decoder);
}

static void another_code_in_its_place_is_the_one_that_is_seen(void **state)
{
        (void)state;
        struct decoder *decoder = new_live();
        struct scene one = scene_of("staff-0017", 10, 4), other = scene_of("staff-0018", 10, 4);
        struct found found;
        scan(decoder, &one.frame, &found);
        other.frame.captured_us = one.frame.captured_us + FRAME_US;
        scan(decoder, &other.frame, &found);
        assert_int_equal(found.count, 1);
        assert_true(holds(&found, "staff-0018", 10));
        free_scene(&one);
        free_scene(&other);
        decoder_free(decoder);
}

static void a_scene_without_a_code_is_tried_in_every_way_before_it_is_left_alone(void **state)
{
        (void)state;
        struct decoder *decoder = new_live();
        struct scene scene = new_scene(640, 480);
        struct found found;
        for (int i = 0; i < LOOKS_IN_VAIN + 30; i++) {
                scene.frame.captured_us += FRAME_US;
                bool is_same = scan(decoder, &scene.frame, &found).is_same;
                assert_int_equal(is_same, i >= LOOKS_IN_VAIN && (i - LOOKS_IN_VAIN) % 3 != 2);
        }
        free_scene(&scene);
        decoder_free(decoder);
}

/* A time that goes back, as when a camera is opened anew, is no reason to skip. */
static void a_frame_of_an_earlier_time_is_looked_at(void **state)
{
        (void)state;
        struct decoder *decoder = new_live();
        struct scene scene = scene_of("staff-0017", 10, 4);
        struct found found;
        scene.frame.captured_us = 5000000;
        scan(decoder, &scene.frame, &found);
        scene.frame.captured_us = 1000000;
        assert_false(scan(decoder, &scene.frame, &found).is_same);
        free_scene(&scene);
        decoder_free(decoder);
}

/* How many of the frames of 100 ms with a code are looked at, after a second without. */
static int looked_at(struct decoder *decoder, struct camera_sim_view view, int rate,
                     int64_t *now_us)
{
        struct found found;
        int looked = 0;
        for (int i = -rate; i < rate / 10; i++) {
                struct camera_sim_shot shot;
                view.moment = i + rate + 1;
                view.aside = i < 0 ? 2 : 0;
                camera_sim_shoot(&view, &shot);
                shot.frame.captured_us = *now_us += 1000000 / rate;
                bool is_same = scan(decoder, &shot.frame, &found).is_same;
                looked += i >= 0 && !is_same;
                camera_sim_deinit(&shot);
        }
        return looked;
}

static void a_code_that_is_shown_for_a_tenth_of_a_second_is_looked_at(void **state)
{
        (void)state;
        static const int rates[] = { 10, 15, 30, 60 };
        struct decoder *decoder = new_live();
        int64_t now_us = 0;
        for (int trouble = 0; trouble < CAMERA_SIM_TROUBLES; trouble++)
                for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
                        const struct camera_sim_view view = {
                                .width_px = 160,
                                .height_px = 120,
                                .text = CAMERA_SIM_SHORT,
                                .trouble = (enum camera_sim_trouble)trouble,
                                .share = 0.5,
                                .seed = 40 + (uint32_t)i
                        };
                        if (looked_at(decoder, view, rates[i], &now_us) == 0)
                                fail_msg("%s at %d/s", camera_sim_trouble_names[trouble], rates[i]);
                }
        decoder_free(decoder);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        a_code_that_stays_is_seen_in_every_frame_and_read_ten_times_a_second),
                cmocka_unit_test(a_code_that_is_taken_away_is_not_seen_in_the_next_frame),
                cmocka_unit_test(another_code_in_its_place_is_the_one_that_is_seen),
                cmocka_unit_test(
                        a_scene_without_a_code_is_tried_in_every_way_before_it_is_left_alone),
                cmocka_unit_test(a_frame_of_an_earlier_time_is_looked_at),
                cmocka_unit_test(a_code_that_is_shown_for_a_tenth_of_a_second_is_looked_at),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
