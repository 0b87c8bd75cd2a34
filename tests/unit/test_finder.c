/* Finder: eyes of QR codes are found wherever and however they lie, and little else is. */
#include "tests/check.h"

#include "controller/decode/finder.h"
#include <math.h>
#include <string.h>

enum {
        WIDTH = 320,
        HEIGHT = 240,
        CAPACITY = 64
};

struct scene {
        uint8_t luma[WIDTH * HEIGHT];
        struct finder_candidate found[CAPACITY];
};

static struct scene *new_scene(uint8_t light)
{
        struct scene *scene = malloc(sizeof(*scene));
        assert_non_null(scene);
        memset(scene->luma, light, sizeof(scene->luma));
        return scene;
}

static struct frame frame_of(const struct scene *scene)
{
        return (struct frame){ .luma = scene->luma,
                               .width_px = WIDTH,
                               .height_px = HEIGHT,
                               .stride = WIDTH,
                               .step = 1 };
}

static int find(struct scene *scene)
{
        struct frame frame = frame_of(scene);
        return finder_find(&frame, scene->found, CAPACITY);
}

/* An eye of seven modules around its centre, turned by `angle` radians. */
static void draw_eye(struct scene *scene, double x, double y, double module_px, double angle,
                     uint8_t dark)
{
        for (int py = 0; py < HEIGHT; py++) {
                for (int px = 0; px < WIDTH; px++) {
                        double dx = (px + 0.5 - x) / module_px, dy = (py + 0.5 - y) / module_px;
                        double u = fabs(dx * cos(angle) + dy * sin(angle));
                        double v = fabs(dy * cos(angle) - dx * sin(angle));
                        double ring = fmax(u, v);
                        if (ring < 1.5 || (ring > 2.5 && ring < 3.5))
                                scene->luma[py * WIDTH + px] = dark;
                }
        }
}

static bool is_near(const struct finder_candidate *found, double x, double y, double module_px)
{
        return fabs(found->x_px - x) <= module_px + 1 && fabs(found->y_px - y) <= module_px + 1;
}

/* From two pixels a module to a version 1 code as high as the frame. */
static void an_eye_is_found_once_with_its_centre_and_module(void **state)
{
        (void)state;
        for (int half_px = 4; half_px <= 2 * HEIGHT / 21; half_px++) {
                double module_px = half_px / 2.0;
                for (int shift = 0; shift < 5; shift++) {
                        struct scene *scene = new_scene(200);
                        double x = 160 + shift, y = 120 + 0.7 * shift;
                        draw_eye(scene, x, y, module_px, 0, 30);
                        assert_int_equal(find(scene), 1);
                        assert_true(is_near(&scene->found[0], x, y, module_px));
                        assert_true(fabs(scene->found[0].module_px - module_px) < 0.5);
                        free(scene);
                }
        }
}

static void an_eye_is_found_at_any_angle(void **state)
{
        (void)state;
        for (int degrees = 0; degrees < 90; degrees += 3) {
                struct scene *scene = new_scene(200);
                draw_eye(scene, 160, 120, 6, degrees * acos(-1) / 180, 30);
                assert_int_equal(find(scene), 1);
                assert_true(is_near(&scene->found[0], 160, 120, 6));
                free(scene);
        }
}

static void the_three_eyes_of_a_code_are_three(void **state)
{
        (void)state;
        struct scene *scene = new_scene(200);
        static const int corners[3][2] = { { 60, 60 }, { 144, 60 }, { 60, 144 } };
        for (int i = 0; i < 3; i++)
                draw_eye(scene, corners[i][0], corners[i][1], 4, 0, 30);
        assert_int_equal(find(scene), 3);
        for (int i = 0; i < 3; i++) {
                bool is_found = false;
                for (int j = 0; j < 3; j++)
                        is_found = is_found ||
                                   is_near(&scene->found[j], corners[i][0], corners[i][1], 4);
                assert_true(is_found);
        }
        free(scene);
}

static void an_eye_of_six_grey_levels_is_found_and_of_five_is_not(void **state)
{
        (void)state;
        static const int grounds[] = { 40, 128, 255 };
        for (size_t i = 0; i < ARRAY_LEN(grounds); i++) {
                for (int contrast = 1; contrast <= 40; contrast++) {
                        struct scene *scene = new_scene((uint8_t)grounds[i]);
                        draw_eye(scene, 160, 120, 5, 0, (uint8_t)(grounds[i] - contrast));
                        assert_int_equal(find(scene), contrast >= 6);
                        free(scene);
                }
        }
}

static void a_slanting_light_does_not_hide_an_eye(void **state)
{
        (void)state;
        struct scene *scene = new_scene(200);
        draw_eye(scene, 200, 120, 5, 0, 60);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                scene->luma[i] = (uint8_t)(scene->luma[i] * (100 + i % WIDTH / 2) / 260);
        assert_int_equal(find(scene), 1);
        free(scene);
}

static void packed_and_padded_frames_show_what_planar_ones_do(void **state)
{
        (void)state;
        enum {
                STRIDE = 2 * WIDTH + 37
        };
        struct scene *scene = new_scene(200);
        draw_eye(scene, 100, 80, 4, 0.3, 30);
        draw_eye(scene, 220, 160, 5, 0, 30);
        assert_int_equal(find(scene), 2);
        uint8_t *packed = malloc((size_t)STRIDE * HEIGHT);
        assert_non_null(packed);
        memset(packed, 0, (size_t)STRIDE * HEIGHT);
        for (int y = 0; y < HEIGHT; y++)
                for (int x = 0; x < WIDTH; x++)
                        packed[y * STRIDE + 2 * x + 1] = scene->luma[y * WIDTH + x];
        struct frame frame = { .luma = packed + 1,
                               .width_px = WIDTH,
                               .height_px = HEIGHT,
                               .stride = STRIDE,
                               .step = 2 };
        struct finder_candidate found[CAPACITY];
        assert_int_equal(finder_find(&frame, found, CAPACITY), 2);
        assert_memory_equal(found, scene->found, 2 * sizeof(*found));
        free(packed);
        free(scene);
}

static void scenes_without_eyes_have_no_candidates(void **state)
{
        (void)state;
        struct scene *scene = new_scene(128);
        assert_int_equal(find(scene), 0);
        uint32_t random = 1;
        for (int amplitude = 1; amplitude <= 64; amplitude *= 4) {
                for (int i = 0; i < WIDTH * HEIGHT; i++) {
                        random = random * 1664525 + 1013904223;
                        scene->luma[i] =
                                (uint8_t)(128 + (int)(random >> 16) % (2 * amplitude) - amplitude);
                }
                assert_int_equal(find(scene), 0);
        }
        /* Bars of 1:1:3:1:1, again and again, upright and lying. */
        static const char bars[] = "#.###.#..";
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                scene->luma[i] = bars[i % WIDTH / 3 % 9] == '#' ? 20 : 220;
        assert_int_equal(find(scene), 0);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                scene->luma[i] = bars[i / WIDTH / 3 % 9] == '#' ? 20 : 220;
        assert_int_equal(find(scene), 0);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                scene->luma[i] = (i % WIDTH / 8 + i / WIDTH / 8) % 2 ? 20 : 220;
        assert_int_equal(find(scene), 0);
        free(scene);
}

static void light_eyes_on_dark_are_not_candidates(void **state)
{
        (void)state;
        struct scene *scene = new_scene(30);
        draw_eye(scene, 160, 120, 5, 0, 200);
        assert_int_equal(find(scene), 0);
        free(scene);
}

static void a_wall_of_eyes_ends_the_search_at_the_capacity(void **state)
{
        (void)state;
        struct scene *scene = new_scene(255);
        for (int y = 12; y < HEIGHT - 12; y += 24)
                for (int x = 12; x < WIDTH - 12; x += 24)
                        draw_eye(scene, x, y, 2.5, 0, 0);
        struct frame frame = frame_of(scene);
        for (int capacity = 1; capacity < 20; capacity++) {
                struct finder_candidate *found =
                        malloc((size_t)capacity * sizeof(*found)); /* a write beyond is seen */
                assert_non_null(found);
                assert_int_equal(finder_find(&frame, found, capacity), capacity);
                free(found);
        }
        free(scene);
}

static void eyes_cut_by_the_edge_and_tiny_frames_stay_in_bounds(void **state)
{
        (void)state;
        for (int height = 1; height < 40; height += 3) {
                for (int width = 1; width < 40; width++) {
                        uint8_t *luma = malloc((size_t)width * (size_t)height);
                        assert_non_null(luma);
                        for (int i = 0; i < width * height; i++)
                                luma[i] = "#.###.#."[i % width % 8] == '#' ? 20 : 220;
                        struct frame frame = { .luma = luma,
                                               .width_px = width,
                                               .height_px = height,
                                               .stride = width,
                                               .step = 1 };
                        struct finder_candidate found[CAPACITY];
                        assert_int_equal(finder_find(&frame, found, CAPACITY), 0);
                        free(luma);
                }
        }
        struct scene *scene = new_scene(200);
        draw_eye(scene, 0, 120, 6, 0, 30);
        draw_eye(scene, WIDTH, 60, 6, 0, 30);
        draw_eye(scene, 160, 0, 6, 0, 30);
        draw_eye(scene, 160, HEIGHT, 6, 0, 30);
        assert_int_equal(find(scene), 0);
        free(scene);
}

static void the_widest_frame_is_searched(void **state)
{
        (void)state;
        uint8_t *luma = malloc((size_t)FINDER_SIDE_MAX * 8);
        assert_non_null(luma);
        memset(luma, 90, (size_t)FINDER_SIDE_MAX * 8);
        struct frame frame = { .luma = luma,
                               .width_px = FINDER_SIDE_MAX,
                               .height_px = 8,
                               .stride = FINDER_SIDE_MAX,
                               .step = 1 };
        struct finder_candidate found[CAPACITY];
        assert_int_equal(finder_find(&frame, found, CAPACITY), 0);
        free(luma);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_eye_is_found_once_with_its_centre_and_module),
                cmocka_unit_test(an_eye_is_found_at_any_angle),
                cmocka_unit_test(the_three_eyes_of_a_code_are_three),
                cmocka_unit_test(an_eye_of_six_grey_levels_is_found_and_of_five_is_not),
                cmocka_unit_test(a_slanting_light_does_not_hide_an_eye),
                cmocka_unit_test(packed_and_padded_frames_show_what_planar_ones_do),
                cmocka_unit_test(scenes_without_eyes_have_no_candidates),
                cmocka_unit_test(light_eyes_on_dark_are_not_candidates),
                cmocka_unit_test(a_wall_of_eyes_ends_the_search_at_the_capacity),
                cmocka_unit_test(eyes_cut_by_the_edge_and_tiny_frames_stay_in_bounds),
                cmocka_unit_test(the_widest_frame_is_searched),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
