#include "controller/decode/stage.h"

#include "controller/decode/blur.h"
#include "controller/decode/rescale.h"
#include "controller/decode/sharpen.h"
#include "controller/decode/threshold.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Of a region's image: a code of version 40 at 4 px a module with as much around it; version 25. */
#define PIXELS_MAX   1048576.0F
#define PIXELS_LEAST 262144.0F

/*
 * What was found on drawn frames (tests/scene), and the order in which reads come cheapest.
 * Four px to a module is where zbar reads best; seven helps where modules are ragged. A reach of
 * 15 px is a window of 31, a finder pattern's width at that size.
 */
const struct stage stages[STAGES] = {
        { .name = "region", .module_px = 3.5F, .reach = 15, .bias = 4 },
#ifdef STILE_WITH_ZXING
        { .name = "zxing", .is_whole = true, .is_zxing = true },
#endif
        { .name = "sharp", .module_px = 4, .sharpen = 4, .reach = 15, .bias = 4 },
        { .name = "inverted-half",
          .look = STAGE_LOOK_HALF_INVERTED,
          .module_px = 4,
          .reach = 15,
          .bias = 4 },
        { .name = "half",
          .look = STAGE_LOOK_HALF,
          .module_px = 4,
          .blurs = 1,
          .reach = 15,
          .bias = 4 },
        { .name = "inverted",
          .look = STAGE_LOOK_INVERTED,
          .module_px = 4,
          .blurs = 1,
          .reach = 15,
          .bias = 4 },
        { .name = "wide", .module_px = 4, .reach = 40, .bias = 4 },
        { .name = "fine", .module_px = 7, .reach = 25, .bias = 4 },
        { .name = "soft",
          .look = STAGE_LOOK_HALF,
          .module_px = 6,
          .blurs = 1,
          .sharpen = 3,
          .reach = 22,
          .bias = 4 },
        { .name = "plain", .is_whole = true },
};

int stage_index(const char *name)
{
        int index = 0;
        while (index < STAGES && strcmp(stages[index].name, name) != 0)
                index++;
        return index;
}

void stage_bench_deinit(struct stage_bench *bench)
{
        image_deinit(&bench->image);
        image_deinit(&bench->other);
        image_deinit(&bench->blocks);
        free(bench->sums);
        *bench = STAGE_BENCH_NONE;
}

/* What was made last becomes the image. */
static void swap_images(struct stage_bench *bench)
{
        struct image made = bench->other;
        bench->other = bench->image;
        bench->image = made;
}

static int prepare_threshold(const struct stage *stage, struct stage_bench *bench)
{
        int width = bench->image.width_px;
        if (width > bench->sums_len) {
                free(bench->sums);
                bench->sums_len = 0;
                bench->sums = malloc((2 * (size_t)width + 1) * sizeof(*bench->sums));
                if (!bench->sums)
                        return -ENOMEM;
                bench->sums_len = width;
        }
        int error = threshold(&bench->image, stage->reach, stage->bias, bench->sums, &bench->other);
        if (!error)
                swap_images(bench);
        return error;
}

static int prepare_blur(struct stage_bench *bench)
{
        int error = blur(&bench->image, &bench->other);
        if (!error)
                swap_images(bench);
        return error;
}

static int prepare_sharpen(const struct stage *stage, struct stage_bench *bench)
{
        int error = blur(&bench->image, &bench->other);
        if (!error)
                error = blur(&bench->other, &bench->blocks);
        if (!error)
                sharpen(&bench->image, &bench->blocks, stage->sharpen);
        return error;
}

int stage_look(enum stage_look look, const struct frame *frame, struct stage_bench *bench,
               struct finder_candidate found[], int capacity)
{
        if (look == STAGE_LOOK_FRAME)
                return finder_find(frame, found, capacity);
        bool is_half = look == STAGE_LOOK_HALF || look == STAGE_LOOK_HALF_INVERTED;
        const struct rescale_part all = { 0, 0, frame->width_px, frame->height_px };
        int error = rescale(frame, &all, is_half ? 0.5 : 1, &bench->blocks, &bench->image);
        if (error)
                return error;
        if (look != STAGE_LOOK_HALF)
                image_invert(&bench->image);
        const struct frame seen = image_frame(&bench->image);
        int count = finder_find(&seen, found, capacity);
        for (int i = 0; is_half && i < count; i++) {
                found[i].x_px *= 2;
                found[i].y_px *= 2;
                found[i].module_px *= 2;
        }
        return count;
}

/* No image of a region has more px than the frame, or than a small frame would: so no stage costs
 * much more than a pass over the frame. */
static float scale_of(const struct stage *stage, const struct frame *frame,
                      const struct region *region)
{
        if (!region)
                return 1;
        float pixels = (float)frame->width_px * (float)frame->height_px;
        pixels = pixels < PIXELS_LEAST ? PIXELS_LEAST : pixels > PIXELS_MAX ? PIXELS_MAX : pixels;
        float scale = stage->module_px / region->module_px;
        float most = sqrtf(pixels / (float)region->width / (float)region->height);
        return scale < most ? scale : most;
}

int stage_prepare(const struct stage *stage, const struct frame *frame, const struct region *region,
                  struct stage_bench *bench, float *scale)
{
        struct rescale_part part = { 0, 0, frame->width_px, frame->height_px };
        if (region)
                part = (struct rescale_part){ region->left, region->top, region->width,
                                              region->height };
        *scale = scale_of(stage, frame, region);
        int error = rescale(frame, &part, *scale, &bench->blocks, &bench->image);
        bool is_inverted =
                stage->look == STAGE_LOOK_INVERTED || stage->look == STAGE_LOOK_HALF_INVERTED;
        if (!error && is_inverted)
                image_invert(&bench->image);
        for (int i = 0; !error && i < stage->blurs; i++)
                error = prepare_blur(bench);
        if (!error && stage->sharpen > 0)
                error = prepare_sharpen(stage, bench);
        if (!error && stage->reach > 0)
                error = prepare_threshold(stage, bench);
        return error;
}
