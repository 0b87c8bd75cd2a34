#include "controller/decode/motion.h"

#include <errno.h>
#include <string.h>

enum {
        ROW_STEP = 8,
        CELL_ROWS = MOTION_CELL_PX / ROW_STEP,
        CELL_SAMPLES = MOTION_CELL_PX * CELL_ROWS,
        LEVELS = UINT8_MAX + 1
};

void motion_deinit(struct motion *motion)
{
        image_deinit(&motion->rows);
        free(motion->differences);
        *motion = MOTION_NONE;
}

static void copy_row(const struct frame *frame, int y, uint8_t *to)
{
        const uint8_t *row = frame->luma + (ptrdiff_t)y * frame->stride;
        if (frame->step == 1) {
                memcpy(to, row, (size_t)frame->width_px);
                return;
        }
        for (int x = 0; x < frame->width_px; x++)
                to[x] = row[(ptrdiff_t)x * frame->step];
}

int motion_keep(struct motion *motion, const struct frame *frame)
{
        int rows = frame->height_px / ROW_STEP;
        size_t cells = (size_t)(frame->width_px / MOTION_CELL_PX) *
                       (size_t)(frame->height_px / MOTION_CELL_PX);
        if (cells > motion->cells_size) {
                uint32_t *more = reallocarray(motion->differences, cells, sizeof(*more));
                if (!more) {
                        motion_deinit(motion);
                        return -ENOMEM;
                }
                motion->differences = more;
                motion->cells_size = cells;
        }
        motion->width_px = motion->height_px = 0;
        int error = image_shape(&motion->rows, frame->width_px, rows > 0 ? rows : 1);
        if (error)
                return error;
        for (int i = 0; i < rows; i++)
                copy_row(frame, i * ROW_STEP, motion->rows.at + (ptrdiff_t)i * frame->width_px);
        motion->width_px = frame->width_px;
        motion->height_px = frame->height_px;
        return 0;
}

static uint32_t difference_of(const uint8_t *seen, const uint8_t *row, int step)
{
        uint32_t sum = 0;
        for (int i = 0; i < MOTION_CELL_PX; i++)
                sum += (uint32_t)abs(seen[i] - row[(ptrdiff_t)i * step]);
        return sum;
}

static void compare(const struct motion *motion, const struct frame *frame, int across, int down)
{
        memset(motion->differences, 0,
               (size_t)across * (size_t)down * sizeof(*motion->differences));
        for (int i = 0; i < down * CELL_ROWS; i++) {
                const uint8_t *seen = motion->rows.at + (ptrdiff_t)i * frame->width_px;
                const uint8_t *row = frame->luma + (ptrdiff_t)i * ROW_STEP * frame->stride;
                uint32_t *differences = motion->differences + (ptrdiff_t)(i / CELL_ROWS) * across;
                for (int cell = 0; cell < across; cell++)
                        differences[cell] += difference_of(
                                seen + (ptrdiff_t)cell * MOTION_CELL_PX,
                                row + (ptrdiff_t)cell * MOTION_CELL_PX * frame->step, frame->step);
        }
}

/* What half of the cells do not exceed, in sums of a cell. */
static uint32_t middle(const struct motion *motion, int cells)
{
        int count[LEVELS] = { 0 }, level = 0, below = 0;
        for (int i = 0; i < cells; i++)
                count[motion->differences[i] / CELL_SAMPLES]++;
        while (2 * (below += count[level]) < cells)
                level++;
        return (uint32_t)(level + 1) * CELL_SAMPLES;
}

/* A cell and its neighbours, summed; how many they are. */
static uint32_t around(const struct motion *motion, int across, int down, int x, int y,
                       uint32_t *cells)
{
        uint32_t sum = 0;
        *cells = 0;
        for (int v = y > 0 ? y - 1 : 0; v <= y + 1 && v < down; v++)
                for (int u = x > 0 ? x - 1 : 0; u <= x + 1 && u < across; u++) {
                        sum += motion->differences[(ptrdiff_t)v * across + u];
                        ++*cells;
                }
        return sum;
}

bool motion_is_new(struct motion *motion, const struct frame *frame)
{
        int across = frame->width_px / MOTION_CELL_PX, down = frame->height_px / MOTION_CELL_PX;
        if (motion->width_px != frame->width_px || motion->height_px != frame->height_px ||
            across == 0 || down == 0)
                return true;
        compare(motion, frame, across, down);
        uint32_t noise = middle(motion, across * down);
        if (noise > MOTION_NOISE_MAX * CELL_SAMPLES)
                return true;
        for (int y = 0; y < down; y++)
                for (int x = 0; x < across; x++) {
                        uint32_t cells = 0, sum = around(motion, across, down, x, y, &cells);
                        if (2 * sum > 3 * noise * cells)
                                return true;
                }
        return false;
}
