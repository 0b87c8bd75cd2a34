#include "controller/decode/threshold.h"

#include <string.h>

/* Adds a row to the sums of columns, or takes it away. */
static void add_row(uint32_t sums[], const uint8_t *row, int width)
{
        for (int x = 0; x < width; x++)
                sums[x] += row[x];
}

static void take_row(uint32_t sums[], const uint8_t *row, int width)
{
        for (int x = 0; x < width; x++)
                sums[x] -= row[x];
}

static void threshold_row(const uint8_t *row, const uint32_t sums[], int width, int reach, int rows,
                          int bias, uint8_t *to)
{
        uint32_t sum = 0;
        int from = 0, until = 0;
        for (int x = 0; x < width; x++) {
                int last = x + reach + 1 < width ? x + reach + 1 : width;
                while (until < last)
                        sum += sums[until++];
                while (from < x - reach)
                        sum -= sums[from++];
                int64_t weight = (int64_t)(until - from) * rows;
                to[x] = (row[x] + bias) * weight < (int64_t)sum ? 0 : UINT8_MAX;
        }
}

int threshold(const struct image *image, int reach, int bias, uint32_t sums[], struct image *to)
{
        int width = image->width_px, height = image->height_px;
        int error = image_shape(to, width, height);
        if (error)
                return error;
        memset(sums, 0, (size_t)width * sizeof(*sums));
        int from = 0, until = 0;
        for (int y = 0; y < height; y++) {
                int last = y + reach + 1 < height ? y + reach + 1 : height;
                for (; until < last; until++)
                        add_row(sums, image->at + (ptrdiff_t)until * width, width);
                for (; from < y - reach; from++)
                        take_row(sums, image->at + (ptrdiff_t)from * width, width);
                threshold_row(image->at + (ptrdiff_t)y * width, sums, width, reach, until - from,
                              bias, to->at + (ptrdiff_t)y * width);
        }
        return 0;
}
