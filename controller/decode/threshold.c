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

/* before[i]: the sums of the columns left of i. At most 81 rows of 8,192 samples: no overflow. */
static void accumulate(const uint32_t sums[], int width, uint32_t before[])
{
        uint32_t sum = 0;
        for (int x = 0; x < width; x++) {
                before[x] = sum;
                sum += sums[x];
        }
        before[width] = sum;
}

static uint8_t judge(uint8_t value, int bias, uint32_t weight, uint32_t sum)
{
        return ((uint32_t)(value + bias) * weight < sum) ? 0 : UINT8_MAX;
}

/* The middle, where the window is whole, is most of the row and one loop without branches. */
static void threshold_row(const uint8_t *row, const uint32_t before[], int width, int reach,
                          int rows, int bias, uint8_t *to)
{
        int whole_from = reach < width ? reach : width;
        int whole_until = width - reach > whole_from ? width - reach : whole_from;
        uint32_t weight = (uint32_t)(2 * reach + 1) * (uint32_t)rows;
        for (int x = whole_from; x < whole_until; x++)
                to[x] = judge(row[x], bias, weight, before[x + reach + 1] - before[x - reach]);
        for (int x = 0; x < width; x = x + 1 == whole_from ? whole_until : x + 1) {
                int from = x > reach ? x - reach : 0;
                int until = x + reach + 1 < width ? x + reach + 1 : width;
                to[x] = judge(row[x], bias, (uint32_t)(until - from) * (uint32_t)rows,
                              before[until] - before[from]);
        }
}

int threshold(const struct image *image, int reach, int bias, uint32_t sums[], struct image *to)
{
        int width = image->width_px, height = image->height_px;
        uint32_t *before = sums + width;
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
                accumulate(sums, width, before);
                threshold_row(image->at + (ptrdiff_t)y * width, before, width, reach, until - from,
                              bias, to->at + (ptrdiff_t)y * width);
        }
        return 0;
}
