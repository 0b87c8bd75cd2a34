/*
 * Scan cost: one part of reading a frame, so many times, for counting instructions
 * (bench_scan_cost.sh): it needs no library, so that it can be built for another machine.
 *
 *     scan_cost look|motion|rescale|threshold|blur TIMES
 */
#include "controller/decode/blur.h"
#include "controller/decode/finder.h"
#include "controller/decode/motion.h"
#include "controller/decode/rescale.h"
#include "controller/decode/threshold.h"
#include "tests/scene/random.h"

#include <stdio.h>
#include <string.h>

enum {
        WIDTH = 320,
        HEIGHT = 240,
        MODULES = 33, /* version 4 */
        MODULE_PX = 4,
        LEFT = 100,
        TOP = 60,
        CANDIDATES = 16
};

static bool is_ink(int u, int v, uint32_t bits)
{
        int corner_u = u < 8 ? 3 : MODULES - 4, corner_v = v < 8 ? 3 : MODULES - 4;
        bool is_corner =
                (u < 8 || u >= MODULES - 8) && (v < 8 || v >= MODULES - 8) && (u < 8 || v < 8);
        int far_u = abs(u - corner_u), far_v = abs(v - corner_v);
        int far = far_u > far_v ? far_u : far_v;
        return is_corner ? far <= 3 && far != 2 : bits & 1;
}

/* A code in front of noise. */
static void draw(uint8_t luma[])
{
        struct random random = random_of(1);
        for (int i = 0; i < WIDTH * HEIGHT; i++)
                luma[i] = (uint8_t)(120 + random_below(&random, 9));
        for (int v = -4; v < MODULES + 4; v++)
                for (int u = -4; u < MODULES + 4; u++) {
                        bool is_inside = u >= 0 && v >= 0 && u < MODULES && v < MODULES;
                        bool is_dark = is_inside && is_ink(u, v, random_bits(&random));
                        for (int y = 0; y < MODULE_PX; y++)
                                memset(luma + (TOP + v * MODULE_PX + y) * WIDTH + LEFT +
                                               u * MODULE_PX,
                                       is_dark ? 30 : 220, MODULE_PX);
                }
}

int main(int argc, char **argv)
{
        static uint8_t luma[WIDTH * HEIGHT], copy[WIDTH * HEIGHT];
        static uint32_t sums[2 * WIDTH + 1];
        const struct frame frame = {
                .luma = luma, .width_px = WIDTH, .height_px = HEIGHT, .stride = WIDTH, .step = 1
        };
        struct image image = {
                .at = copy, .size = sizeof(copy), .width_px = WIDTH, .height_px = HEIGHT
        };
        struct image made = IMAGE_NONE, blocks = IMAGE_NONE;
        struct motion motion = MOTION_NONE;
        const struct rescale_part all = { 0, 0, WIDTH, HEIGHT };
        struct finder_candidate found[CANDIDATES];
        const char *part = argc == 3 ? argv[1] : "";
        int result = 0;
        draw(luma);
        memcpy(copy, luma, sizeof(copy));
        if (motion_keep(&motion, &frame) || image_shape(&made, WIDTH, HEIGHT))
                return 1;
        for (long i = argc == 3 ? strtol(argv[2], NULL, 10) : 0; i > 0; i--) {
                if (strcmp(part, "look") == 0)
                        result += finder_find(&frame, found, CANDIDATES);
                else if (strcmp(part, "motion") == 0)
                        result += motion_is_new(&motion, &frame);
                else if (strcmp(part, "rescale") == 0)
                        result += rescale(&frame, &all, 0.6F, &blocks, &made);
                else if (strcmp(part, "threshold") == 0)
                        result += threshold(&image, 15, 4, sums, &made);
                else if (strcmp(part, "blur") == 0)
                        result += blur(&image, &made);
        }
        printf("%d\n", result);
        motion_deinit(&motion);
        image_deinit(&made);
        image_deinit(&blocks);
        return 0;
}
