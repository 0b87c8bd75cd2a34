#include "controller/decode/finder.h"

#include <assert.h>
#include <stdbool.h>

enum {
        ROW_STEP = 3, /* the 3-module core of a pattern is crossed from 1 px per module on */
        RUNS = 5,     /* dark, light, dark, light, dark: 1:1:3:1:1 */
        MODULES = 7,  /* their sum */
        /* zbar sees patterns of 6 grey levels; what it sees must be counted. */
        CONTRAST_MIN = 6,
        BIAS = 2,  /* dark is what lies this much below the average around it */
        BLOCK = 8, /* px of a row that share one average */
        /* The average reaches this share of the width to either side: further than the core of a
         * code that fills the frame, or the middle of the core would be its own average. */
        WINDOW_DIVISOR = 12
};

struct pattern {
        int centre, total; /* px along the line that crosses it */
};

struct search {
        const struct frame *frame;
        struct finder_candidate *found;
        int count, capacity;
};

static int sample(const struct frame *frame, int x, int y)
{
        return frame->luma[(ptrdiff_t)y * frame->stride + (ptrdiff_t)x * frame->step];
}

/*
 * Compares sums of neighbouring runs, as zbar does: ink that spreads or a level that is off moves
 * an edge from one run into the next and leaves the sum alone. Sums of 2:4:4:2 modules, each within
 * half a module and the half pixel that whole pixels may be off.
 */
static bool is_pattern(const int run[RUNS], int total)
{
        static const int expected[RUNS - 1] = { 2, 4, 4, 2 };
        for (int i = 0; i < RUNS - 1; i++) {
                int off = MODULES * (run[i] + run[i + 1]) - expected[i] * total;
                if (2 * abs(off) > total + MODULES)
                        return false;
        }
        return total >= MODULES;
}

/* Steps from (*x, *y) while samples are dark, or are not; returns how many, at most `limit`. */
static int walk(const struct frame *frame, int *x, int *y, int dx, int dy, bool is_dark, int level,
                int limit)
{
        int len = 0;
        while (len < limit && *x >= 0 && *x < frame->width_px && *y >= 0 && *y < frame->height_px &&
               (sample(frame, *x, *y) < level) == is_dark) {
                len++;
                *x += dx;
                *y += dy;
        }
        return len;
}

/* Does the line through (x, y) along (dx, dy) cross a pattern of half to twice `total` there? */
static bool is_crossed(const struct frame *frame, int x, int y, int dx, int dy, int level,
                       int total, struct pattern *pattern)
{
        int run[RUNS];
        int limit = total + 1; /* a core is less than half of twice the total */
        int back_x = x, back_y = y, on_x = x + dx, on_y = y + dy;
        int before = walk(frame, &back_x, &back_y, -dx, -dy, true, level, limit);
        run[2] = before + walk(frame, &on_x, &on_y, dx, dy, true, level, limit);
        run[1] = walk(frame, &back_x, &back_y, -dx, -dy, false, level, limit);
        run[3] = walk(frame, &on_x, &on_y, dx, dy, false, level, limit);
        if (before == 0 || run[1] == 0 || run[3] == 0)
                return false;
        run[0] = walk(frame, &back_x, &back_y, -dx, -dy, true, level, limit);
        run[4] = walk(frame, &on_x, &on_y, dx, dy, true, level, limit);
        if (run[0] == 0 || run[4] == 0)
                return false;
        pattern->total = run[0] + run[1] + run[2] + run[3] + run[4];
        pattern->centre = (dx ? x : y) - before + 1 + run[2] / 2;
        return 2 * pattern->total >= total && pattern->total <= 2 * total &&
               is_pattern(run, pattern->total);
}

/* Both neighbours of the line must agree, as zbar wants three lines too: noise makes single ones,
 * dozens in a dim picture. */
static bool is_crossed_thrice(const struct frame *frame, int x, int y, int dx, int dy, int level,
                              int total, struct pattern *pattern)
{
        struct pattern beside;
        return is_crossed(frame, x, y, dx, dy, level, total, pattern) &&
               is_crossed(frame, x - dy, y - dx, dx, dy, level, total, &beside) &&
               is_crossed(frame, x + dy, y + dx, dx, dy, level, total, &beside);
}

/* The level half-way between the darkest and the lightest of `len` samples; 0: too flat. */
static int level_of(const struct frame *frame, int x, int y, int len)
{
        int low = UINT8_MAX, high = 0;
        for (int i = x; i < x + len; i++) {
                int value = sample(frame, i, y);
                low = value < low ? value : low;
                high = value > high ? value : high;
        }
        return high - low < CONTRAST_MIN ? 0 : (low + high + 1) / 2;
}

/* Patterns lie at least eight modules apart: nearer than two and a half it is the same one. */
static bool is_known(const struct search *search, int x, int y, float module_px)
{
        for (int i = search->count - 1; i >= 0; i--) {
                const struct finder_candidate *known = &search->found[i];
                float larger = known->module_px > module_px ? known->module_px : module_px;
                int reach = (int)(2.5F * larger);
                if (abs(known->x_px - x) <= reach && abs(known->y_px - y) <= reach)
                        return true;
        }
        return false;
}

/* Row y has the five runs and then x: a pattern in both directions, and a new one? */
static void consider(struct search *search, int x, int y, const int run[RUNS], int total)
{
        const struct frame *frame = search->frame;
        int centre = x - run[4] - run[3] - run[2] / 2 - 1;
        if (is_known(search, centre, y, (float)total / (float)MODULES))
                return;
        int level = level_of(frame, x - total, y, total);
        struct pattern across, down;
        if (level == 0 || !is_crossed_thrice(frame, centre, y, 1, 0, level, total, &across) ||
            !is_crossed_thrice(frame, centre, y, 0, 1, level, total, &down))
                return;
        float module_px = (float)(across.total + down.total) / (float)(2 * MODULES);
        if (is_known(search, across.centre, down.centre, module_px))
                return;
        search->found[search->count++] = (struct finder_candidate){ .x_px = across.centre,
                                                                    .y_px = down.centre,
                                                                    .module_px = module_px };
}

/* Below which value a sample is dark, for each block of the row: the average around the block. */
static void find_levels(const struct frame *frame, int y, int level[])
{
        int sum_before[FINDER_SIDE_MAX / BLOCK + 1];
        const uint8_t *row = frame->luma + (ptrdiff_t)y * frame->stride;
        int width = frame->width_px, blocks = 0, sum = 0;
        int reach = width / WINDOW_DIVISOR / BLOCK + 1;
        sum_before[0] = 0;
        for (int x = 0; x < width; sum_before[++blocks] = sum)
                for (int end = x + BLOCK; x < width && x < end; x++)
                        sum += row[(ptrdiff_t)x * frame->step];
        for (int block = 0; block < blocks; block++) {
                int from = block < reach ? 0 : block - reach;
                int to = block + reach + 1 < blocks ? block + reach + 1 : blocks;
                int weight = (to == blocks ? width : to * BLOCK) - from * BLOCK;
                level[block] = (sum_before[to] - sum_before[from]) / weight - BIAS;
        }
}

static void search_row(struct search *search, int y)
{
        const struct frame *frame = search->frame;
        int level[FINDER_SIDE_MAX / BLOCK];
        find_levels(frame, y, level);
        const uint8_t *row = frame->luma + (ptrdiff_t)y * frame->stride;
        int width = frame->width_px, step = frame->step;
        int run[RUNS] = { 0 }, total = 0;
        bool is_dark = false;
        for (int x = 0, start = 0; x < width; start = x) {
                while (x < width && (row[(ptrdiff_t)x * step] < level[x / BLOCK]) == is_dark)
                        x++;
                run[RUNS - 1] = x - start;
                total += x - start;
                if (is_dark && run[0] > 0 && is_pattern(run, total)) {
                        consider(search, x, y, run, total);
                        if (search->count == search->capacity)
                                return;
                }
                total -= run[0];
                for (int i = 0; i < RUNS - 1; i++)
                        run[i] = run[i + 1];
                is_dark = !is_dark;
        }
}

int finder_find(const struct frame *frame, struct finder_candidate *found, int capacity)
{
        assert(frame->width_px > 0 && frame->width_px <= FINDER_SIDE_MAX);
        struct search search = { .frame = frame, .found = found, .capacity = capacity };
        for (int y = ROW_STEP / 2; y < frame->height_px && search.count < capacity; y += ROW_STEP)
                search_row(&search, y);
        return search.count;
}
