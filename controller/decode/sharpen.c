#include "controller/decode/sharpen.h"

#include <assert.h>

void sharpen(struct image *image, const struct image *soft, int times)
{
        assert(image->width_px == soft->width_px && image->height_px == soft->height_px);
        size_t count = (size_t)image->width_px * (size_t)image->height_px;
        for (size_t i = 0; i < count; i++) {
                int value = image->at[i] + times * (image->at[i] - soft->at[i]);
                image->at[i] = (uint8_t)(value < 0 ? 0 : value > UINT8_MAX ? UINT8_MAX : value);
        }
}
