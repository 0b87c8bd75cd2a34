/* Threshold: dark and light by the mean around each sample. Pure. */
#pragma once

#include "controller/decode/image.h"

/* Black is what lies `bias` below the mean of the (2 · reach + 1)² samples around it; the rest is
 * white. `sums` has room for twice the image's width and one. `to` is another image, of the same
 * shape after. */
MUST_USE int threshold(const struct image *image, int reach, int bias, uint32_t sums[],
                       struct image *to);
