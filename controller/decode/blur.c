#include "controller/decode/blur.h"

static void blur_row(const uint8_t *upper, const uint8_t *row, const uint8_t *lower, int width,
                     uint8_t *to)
{
        int left = upper[0] + 2 * row[0] + lower[0], middle = left;
        for (int x = 0; x < width; x++) {
                int next = x + 1 < width ? x + 1 : x;
                int right = upper[next] + 2 * row[next] + lower[next];
                to[x] = (uint8_t)((left + 2 * middle + right + 8) / 16);
                left = middle;
                middle = right;
        }
}

int blur(const struct image *image, struct image *to)
{
        int width = image->width_px, height = image->height_px;
        int error = image_shape(to, width, height);
        if (error)
                return error;
        for (int y = 0; y < height; y++) {
                const uint8_t *row = image->at + (ptrdiff_t)y * width;
                blur_row(y > 0 ? row - width : row, row, y + 1 < height ? row + width : row, width,
                         to->at + (ptrdiff_t)y * width);
        }
        return 0;
}
