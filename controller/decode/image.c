#include "controller/decode/image.h"

#include <errno.h>

int image_shape(struct image *image, int width_px, int height_px)
{
        size_t size = (size_t)width_px * (size_t)height_px;
        if (size > image->size) {
                image_deinit(image);
                image->at = malloc(size);
                if (!image->at)
                        return -ENOMEM;
                image->size = size;
        }
        image->width_px = width_px;
        image->height_px = height_px;
        return 0;
}

void image_deinit(struct image *image)
{
        free(image->at);
        *image = IMAGE_NONE;
}

void image_invert(struct image *image)
{
        size_t count = (size_t)image->width_px * (size_t)image->height_px;
        for (size_t i = 0; i < count; i++)
                image->at[i] = (uint8_t)(UINT8_MAX - image->at[i]);
}
