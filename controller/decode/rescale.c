#include "controller/decode/rescale.h"

#include <string.h>

enum {
        FRACTION_BITS = 8,
        ONE = 1 << FRACTION_BITS,
        POSITION_BITS = 16 /* of a position in the source: fine enough for 8,192 px */
};

/* The part, each `block` × `block` samples of which have become their mean. */
static int shrink(const struct frame *frame, const struct rescale_part *part, int block,
                  struct image *to)
{
        int width = part->width / block, height = part->height / block;
        int error = image_shape(to, width > 0 ? width : 1, height > 0 ? height : 1);
        if (error)
                return error;
        int across = part->width < block ? part->width : block;
        int down = part->height < block ? part->height : block;
        for (int y = 0; y < to->height_px; y++) {
                const uint8_t *from = frame->luma +
                                      (ptrdiff_t)(part->top + y * block) * frame->stride +
                                      (ptrdiff_t)part->left * frame->step;
                uint8_t *row = to->at + (ptrdiff_t)y * to->width_px;
                for (int x = 0; x < to->width_px; x++) {
                        unsigned int sum = 0;
                        for (int v = 0; v < down; v++)
                                for (int u = 0; u < across; u++)
                                        sum += from[(ptrdiff_t)v * frame->stride +
                                                    (ptrdiff_t)(x * block + u) * frame->step];
                        row[x] = (uint8_t)(sum / (unsigned int)(across * down));
                }
        }
        return 0;
}

static void stretch_row(const uint8_t *upper, const uint8_t *lower, int down, int step, int width,
                        int64_t pace, struct image *to, int y)
{
        uint8_t *row = to->at + (ptrdiff_t)y * to->width_px;
        int64_t position = pace / 2 - (1 << (POSITION_BITS - 1));
        for (int x = 0; x < to->width_px; x++, position += pace) {
                int64_t at = position < 0 ? 0 : position;
                int left = (int)(at >> POSITION_BITS);
                int right = left + 1 < width ? left + 1 : width - 1;
                left = left < width ? left : width - 1;
                int across = (int)(at >> (POSITION_BITS - FRACTION_BITS)) & (ONE - 1);
                int over = upper[(ptrdiff_t)left * step] * (ONE - across) +
                           upper[(ptrdiff_t)right * step] * across;
                int under = lower[(ptrdiff_t)left * step] * (ONE - across) +
                            lower[(ptrdiff_t)right * step] * across;
                row[x] = (uint8_t)((over * (ONE - down) + under * down + ONE * ONE / 2) >>
                                   (2 * FRACTION_BITS));
        }
}

static void copy(const uint8_t *first, ptrdiff_t stride, int step, struct image *to)
{
        for (int y = 0; y < to->height_px; y++) {
                const uint8_t *from = first + y * stride;
                uint8_t *row = to->at + (ptrdiff_t)y * to->width_px;
                if (step == 1) {
                        memcpy(row, from, (size_t)to->width_px);
                        continue;
                }
                for (int x = 0; x < to->width_px; x++)
                        row[x] = from[(ptrdiff_t)x * step];
        }
}

static int size_of(int len, double scale)
{
        int size = (int)(len * scale + 0.5);
        return size > 0 ? size : 1;
}

/* The first sample of the source stands at `first`, which is `width` × `height`. */
static int stretch(const uint8_t *first, ptrdiff_t stride, int step, int width, int height,
                   double scale, struct image *to)
{
        int error = image_shape(to, size_of(width, scale), size_of(height, scale));
        if (error)
                return error;
        if (to->width_px == width && to->height_px == height) {
                copy(first, stride, step, to);
                return 0;
        }
        int64_t pace = (int64_t)((1 << POSITION_BITS) / scale);
        int64_t position = pace / 2 - (1 << (POSITION_BITS - 1));
        for (int y = 0; y < to->height_px; y++, position += pace) {
                int64_t at = position < 0 ? 0 : position;
                int upper = (int)(at >> POSITION_BITS);
                int lower = upper + 1 < height ? upper + 1 : height - 1;
                upper = upper < height ? upper : height - 1;
                int down = (int)(at >> (POSITION_BITS - FRACTION_BITS)) & (ONE - 1);
                stretch_row(first + upper * stride, first + lower * stride, down, step, width, pace,
                            to, y);
        }
        return 0;
}

int rescale(const struct frame *frame, const struct rescale_part *part, double scale,
            struct image *between, struct image *to)
{
        int block = scale < 1 ? (int)(1 / scale) : 1;
        if (block > 1) {
                struct image *shrunk = scale * block > 0.99 ? to : between;
                int error = shrink(frame, part, block, shrunk);
                if (error || shrunk == to)
                        return error;
                return stretch(between->at, between->width_px, 1, between->width_px,
                               between->height_px, scale * block, to);
        }
        const uint8_t *first = frame->luma + (ptrdiff_t)part->top * frame->stride +
                               (ptrdiff_t)part->left * frame->step;
        return stretch(first, frame->stride, frame->step, part->width, part->height, scale, to);
}
