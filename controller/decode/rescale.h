/* Rescale: a part of a frame at another size. Pure but for the images' memory. */
#pragma once

#include "controller/decode/image.h"

/* A part of a frame, in px; within it. */
struct rescale_part {
        int left, top, width, height;
};

/*
 * Writes the part of the frame into `to` with `scale` px (above 0) for each of its px: means of
 * whole blocks when it shrinks to less than half, then linear between samples. `between` is for the
 * blocks. An image has at least 1 × 1 px. 0 or -ENOMEM.
 */
MUST_USE int rescale(const struct frame *frame, const struct rescale_part *part, double scale,
                     struct image *between, struct image *to);
