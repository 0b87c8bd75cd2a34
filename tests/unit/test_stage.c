/* Stages: where they look, and what they make of a frame. */
#include "tests/check.h"

#include "controller/decode/blur.h"
#include "controller/decode/rescale.h"
#include "controller/decode/sharpen.h"
#include "controller/decode/stage.h"
#include "controller/decode/threshold.h"
#include "tests/scene/random.h"
#include <string.h>

enum {
        WIDTH = 61,
        HEIGHT = 47
};

static struct image image_of(int width, int height, uint8_t value)
{
        struct image image = IMAGE_NONE;
        assert_int_equal(image_shape(&image, width, height), 0);
        memset(image.at, value, (size_t)width * (size_t)height);
        return image;
}

static struct image noise(uint32_t seed)
{
        struct image image = image_of(WIDTH, HEIGHT, 0);
        struct random random = random_of(seed);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                image.at[i] = (uint8_t)random_below(&random, 256);
        return image;
}

static int at(const struct image *image, int x, int y)
{
        x = x < 0 ? 0 : x >= image->width_px ? image->width_px - 1 : x;
        y = y < 0 ? 0 : y >= image->height_px ? image->height_px - 1 : y;
        return image->at[y * image->width_px + x];
}

static void a_shape_that_fits_keeps_its_memory(void **state)
{
        (void)state;
        struct image image = image_of(40, 30, 0);
        const uint8_t *memory = image.at;
        assert_int_equal(image_shape(&image, 30, 40), 0);
        assert_int_equal(image_shape(&image, 1, 1), 0);
        assert_int_equal(image_shape(&image, 1200, 1), 0);
        assert_ptr_equal(image.at, memory);
        image_deinit(&image);
}

static void inverting_twice_is_nothing(void **state)
{
        (void)state;
        struct image image = noise(1), before = noise(1);
        image_invert(&image);
        assert_int_equal(image.at[5], 255 - before.at[5]);
        image_invert(&image);
        assert_memory_equal(image.at, before.at, WIDTH * HEIGHT);
        image_deinit(&image);
        image_deinit(&before);
}

static void a_threshold_is_the_mean_of_the_window_at_every_sample(void **state)
{
        (void)state;
        static const int reaches[] = { 1, 4, 15, 100 };
        uint32_t sums[2 * WIDTH + 1];
        struct image image = noise(2), made = IMAGE_NONE;
        for (size_t i = 0; i < ARRAY_LEN(reaches); i++) {
                int reach = reaches[i], bias = 4;
                assert_int_equal(threshold(&image, reach, bias, sums, &made), 0);
                for (int y = 0; y < HEIGHT; y++) {
                        for (int x = 0; x < WIDTH; x++) {
                                int sum = 0, count = 0;
                                for (int v = y - reach; v <= y + reach; v++)
                                        for (int u = x - reach; u <= x + reach; u++)
                                                if (u >= 0 && v >= 0 && u < WIDTH && v < HEIGHT) {
                                                        sum += at(&image, u, v);
                                                        count++;
                                                }
                                bool is_dark = (at(&image, x, y) + bias) * count < sum;
                                assert_int_equal(at(&made, x, y), is_dark ? 0 : 255);
                        }
                }
        }
        image_deinit(&image);
        image_deinit(&made);
}

static void a_blur_weighs_its_neighbours(void **state)
{
        (void)state;
        struct image image = noise(3), made = IMAGE_NONE;
        assert_int_equal(blur(&image, &made), 0);
        for (int y = 0; y < HEIGHT; y++) {
                for (int x = 0; x < WIDTH; x++) {
                        int sum = 8;
                        for (int v = -1; v <= 1; v++)
                                for (int u = -1; u <= 1; u++)
                                        sum += at(&image, x + u, y + v) * (u ? 1 : 2) * (v ? 1 : 2);
                        assert_int_equal(at(&made, x, y), sum / 16);
                }
        }
        image_deinit(&image);
        image_deinit(&made);
}

static void sharpening_widens_a_difference_and_stays_within_eight_bits(void **state)
{
        (void)state;
        struct image image = image_of(3, 1, 100), soft = image_of(3, 1, 100);
        soft.at[0] = 90;
        soft.at[1] = 0;
        soft.at[2] = 255;
        sharpen(&image, &soft, 2);
        assert_int_equal(image.at[0], 120);
        assert_int_equal(image.at[1], 255);
        assert_int_equal(image.at[2], 0);
        image_deinit(&image);
        image_deinit(&soft);
}

static void a_part_at_its_own_size_is_a_copy_whatever_the_frames_shape(void **state)
{
        (void)state;
        struct image source = noise(4), between = IMAGE_NONE, made = IMAGE_NONE;
        struct frame frame = image_frame(&source);
        frame.step = 2;
        frame.width_px = WIDTH / 2;
        const struct rescale_part part = { 3, 5, 20, 31 };
        assert_int_equal(rescale(&frame, &part, 1, &between, &made), 0);
        assert_int_equal(made.width_px, 20);
        assert_int_equal(made.height_px, 31);
        for (int y = 0; y < 31; y++)
                for (int x = 0; x < 20; x++)
                        assert_int_equal(at(&made, x, y), at(&source, 2 * (x + 3), y + 5));
        image_deinit(&source);
        image_deinit(&between);
        image_deinit(&made);
}

static void half_the_size_is_the_mean_of_four(void **state)
{
        (void)state;
        struct image source = noise(5), between = IMAGE_NONE, made = IMAGE_NONE;
        const struct frame frame = image_frame(&source);
        const struct rescale_part part = { 1, 1, WIDTH - 1, HEIGHT - 1 };
        assert_int_equal(rescale(&frame, &part, 0.5, &between, &made), 0);
        assert_int_equal(made.width_px, (WIDTH - 1) / 2);
        for (int y = 0; y < made.height_px; y++)
                for (int x = 0; x < made.width_px; x++) {
                        int u = 1 + 2 * x, v = 1 + 2 * y;
                        assert_int_equal(at(&made, x, y),
                                         (at(&source, u, v) + at(&source, u + 1, v) +
                                          at(&source, u, v + 1) + at(&source, u + 1, v + 1)) /
                                                 4);
                }
        image_deinit(&source);
        image_deinit(&between);
        image_deinit(&made);
}

/* Every scale of every part stays within the frame (the sanitizers look on) and within its range.
 */
static void any_scale_of_any_part_invents_no_light(void **state)
{
        (void)state;
        struct image source = noise(6), between = IMAGE_NONE, made = IMAGE_NONE;
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                source.at[i] = (uint8_t)(100 + source.at[i] % 50);
        const struct frame frame = image_frame(&source);
        struct random random = random_of(7);
        for (int i = 0; i < 2000; i++) {
                struct rescale_part part = { random_below(&random, WIDTH),
                                             random_below(&random, HEIGHT), 0, 0 };
                part.width = 1 + random_below(&random, WIDTH - part.left);
                part.height = 1 + random_below(&random, HEIGHT - part.top);
                double scale = random_between(&random, 0.01, 4);
                assert_int_equal(rescale(&frame, &part, scale, &between, &made), 0);
                assert_true(made.width_px > 0 && made.height_px > 0);
                for (int k = 0; k < made.width_px * made.height_px; k++)
                        assert_in_range(made.at[k], 100, 149);
        }
        image_deinit(&source);
        image_deinit(&between);
        image_deinit(&made);
}

static void three_patterns_make_a_region_that_holds_the_fourth_corner(void **state)
{
        (void)state;
        /* A code that stands on its corner: the fourth lies to the right of the others. */
        static const struct finder_candidate found[] = { { 200, 100, 4 },
                                                         { 150, 150, 4 },
                                                         { 200, 200, 4 } };
        struct region regions[REGIONS_MAX];
        assert_int_equal(region_find(found, 3, 640, 480, regions), 1);
        assert_int_equal(regions[0].patterns, 3);
        assert_true(regions[0].left <= 150 - 4 * 4 && regions[0].top <= 100 - 4 * 4);
        assert_true(regions[0].left + regions[0].width >= 250 + 4 * 4);
        assert_true(regions[0].top + regions[0].height >= 200 + 4 * 4);
        assert_true(regions[0].width < 320);
}

static void patterns_of_other_sizes_or_far_away_are_other_regions(void **state)
{
        (void)state;
        static const struct finder_candidate found[] = {
                { 900, 900, 2 }, { 100, 100, 2 }, { 150, 100, 2 }, { 100, 150, 2 }, { 120, 120, 9 }
        };
        struct region regions[REGIONS_MAX];
        assert_int_equal(region_find(found, 5, 1000, 1000, regions), 3);
        assert_int_equal(regions[0].patterns, 3);
        assert_int_equal(regions[1].patterns, 1);
        assert_int_equal(regions[2].patterns, 1);
}

static void regions_stay_within_the_frame_whatever_was_seen(void **state)
{
        (void)state;
        struct random random = random_of(8);
        for (int i = 0; i < 3000; i++) {
                struct finder_candidate found[100];
                int count = random_below(&random, 101);
                int width = 1 + random_below(&random, 300), height = 1 + random_below(&random, 300);
                for (int k = 0; k < count; k++)
                        found[k] =
                                (struct finder_candidate){ random_below(&random, width),
                                                           random_below(&random, height),
                                                           (float)random_between(&random, 1, 60) };
                struct region regions[REGIONS_MAX];
                int made = region_find(found, count, width, height, regions);
                assert_true((made > 0) == (count > 0) && made <= REGIONS_MAX);
                for (int k = 0; k < made; k++) {
                        assert_true(regions[k].left >= 0 && regions[k].top >= 0);
                        assert_true(regions[k].width > 0 && regions[k].height > 0);
                        assert_true(regions[k].left + regions[k].width <= width);
                        assert_true(regions[k].top + regions[k].height <= height);
                        assert_true(k == 0 || regions[k].patterns <= regions[k - 1].patterns);
                }
        }
}

static void a_stage_is_found_by_its_name(void **state)
{
        (void)state;
        for (int i = 0; i < STAGES; i++)
                assert_int_equal(stage_index(stages[i].name), i);
        assert_int_equal(stage_index("no such stage"), STAGES);
        assert_string_equal(stages[0].name, "region");
        assert_string_equal(stages[STAGES - 1].name, "plain");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_shape_that_fits_keeps_its_memory),
                cmocka_unit_test(inverting_twice_is_nothing),
                cmocka_unit_test(a_threshold_is_the_mean_of_the_window_at_every_sample),
                cmocka_unit_test(a_blur_weighs_its_neighbours),
                cmocka_unit_test(sharpening_widens_a_difference_and_stays_within_eight_bits),
                cmocka_unit_test(a_part_at_its_own_size_is_a_copy_whatever_the_frames_shape),
                cmocka_unit_test(half_the_size_is_the_mean_of_four),
                cmocka_unit_test(any_scale_of_any_part_invents_no_light),
                cmocka_unit_test(three_patterns_make_a_region_that_holds_the_fourth_corner),
                cmocka_unit_test(patterns_of_other_sizes_or_far_away_are_other_regions),
                cmocka_unit_test(regions_stay_within_the_frame_whatever_was_seen),
                cmocka_unit_test(a_stage_is_found_by_its_name),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
