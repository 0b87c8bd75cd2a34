/* Blur: 1-2-1 in both directions, which takes noise and a screen's grid away. Pure. */
#pragma once

#include "controller/decode/image.h"

/* Into another image, of the same shape after. 0 or -ENOMEM. */
MUST_USE int blur(const struct image *image, struct image *to);
