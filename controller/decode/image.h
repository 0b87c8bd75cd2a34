/*
 * Image: the decoder's own grey samples, rows without padding. Its memory is kept from frame to
 * frame and grows only when a larger image is asked for than ever before.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include <stdbool.h>

struct image {
        uint8_t *at;
        size_t size; /* bytes there are, of which width × height are used */
        int width_px, height_px;
};

#define IMAGE_NONE ((struct image){ .at = NULL })

/* Room for that many samples; what the image held is lost. 0 or -ENOMEM, then IMAGE_NONE. */
MUST_USE int image_shape(struct image *image, int width_px, int height_px);
/* Leaves IMAGE_NONE, which it accepts too. */
void image_deinit(struct image *image);

/* The image as a frame, borrowed. */
static inline struct frame image_frame(const struct image *image)
{
        return (struct frame){ .luma = image->at,
                               .width_px = image->width_px,
                               .height_px = image->height_px,
                               .stride = image->width_px,
                               .step = 1 };
}

/* Light becomes dark, in place: a code that is light on dark becomes one that zbar can read. */
void image_invert(struct image *image);
