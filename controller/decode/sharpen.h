/* Sharpen: adds what a blur would take away, for codes out of focus. Pure. */
#pragma once

#include "controller/decode/image.h"

/* Doubles the difference between each sample and the mean of the image `soft`, of the same shape.
 */
void sharpen(struct image *image, const struct image *soft, int times);
