#include "controller/decode/region.h"

#include <math.h>
#include <stdbool.h>

enum {
        GROUPED_MAX = 64,    /* more are hostile, or nothing */
        APART_MODULES = 100, /* two patterns of one code: version 20, and a little */
        MARGIN_MODULES = 9,  /* half a pattern, the quiet zone, an estimate that is off */
        ALONE_MODULES = 50, /* to each side of a single pattern: version 8 whichever corner it is */
        CORNERS_OF_MAX = 6  /* patterns of which every three may be the corners of a code */
};

/* Patterns of one code differ in size by its tilt, and by how a turned one is crossed. */
#define ALIKE 1.8F

struct extent {
        float left, top, right, bottom;
};

static void include(struct extent *extent, float x, float y)
{
        extent->left = fminf(extent->left, x);
        extent->top = fminf(extent->top, y);
        extent->right = fmaxf(extent->right, x);
        extent->bottom = fmaxf(extent->bottom, y);
}

static float distance(const struct finder_candidate *a, const struct finder_candidate *b)
{
        return hypotf((float)(a->x_px - b->x_px), (float)(a->y_px - b->y_px));
}

static bool is_beside(const struct finder_candidate *a, const struct finder_candidate *b)
{
        float small = fminf(a->module_px, b->module_px), large = fmaxf(a->module_px, b->module_px);
        return large <= ALIKE * small && distance(a, b) <= (float)APART_MODULES * large;
}

/* Gathers at the front of `rest` all that belong to its first, near by near; how many. */
static int gather(struct finder_candidate rest[], int count)
{
        int gathered = 1;
        for (int i = 0; i < gathered; i++) {
                for (int j = gathered; j < count; j++) {
                        if (!is_beside(&rest[i], &rest[j]))
                                continue;
                        struct finder_candidate swap = rest[gathered];
                        rest[gathered++] = rest[j];
                        rest[j] = swap;
                }
        }
        return gathered;
}

/* The corner that has no pattern: opposite the one between the two that lie furthest apart. */
static void include_fourth(struct extent *extent, const struct finder_candidate *a,
                           const struct finder_candidate *b, const struct finder_candidate *c)
{
        float ab = distance(a, b), bc = distance(b, c), ca = distance(c, a);
        const struct finder_candidate *between = a, *one = b, *other = c;
        if (ca >= ab && ca >= bc) {
                between = b;
                one = a;
        } else if (ab >= bc && ab >= ca) {
                between = c;
                other = a;
        }
        include(extent, (float)(one->x_px + other->x_px - between->x_px),
                (float)(one->y_px + other->y_px - between->y_px));
}

/* With two patterns the code may lie on either side of them. */
static void include_sides(struct extent *extent, const struct finder_candidate *a,
                          const struct finder_candidate *b)
{
        float dx = (float)(b->x_px - a->x_px), dy = (float)(b->y_px - a->y_px);
        for (int side = -1; side <= 1; side += 2) {
                float s = (float)side;
                include(extent, (float)a->x_px - s * dy, (float)a->y_px + s * dx);
                include(extent, (float)b->x_px - s * dy, (float)b->y_px + s * dx);
        }
}

static struct extent extent_of(const struct finder_candidate group[], int count)
{
        struct extent extent = { (float)group[0].x_px, (float)group[0].y_px, (float)group[0].x_px,
                                 (float)group[0].y_px };
        for (int i = 1; i < count; i++)
                include(&extent, (float)group[i].x_px, (float)group[i].y_px);
        if (count == 2)
                include_sides(&extent, &group[0], &group[1]);
        else if (count <= CORNERS_OF_MAX)
                for (int i = 0; i < count; i++)
                        for (int j = i + 1; j < count; j++)
                                for (int k = j + 1; k < count; k++)
                                        include_fourth(&extent, &group[i], &group[j], &group[k]);
        return extent;
}

static struct region region_of(const struct finder_candidate group[], int count, int width_px,
                               int height_px)
{
        float module_px = 0;
        for (int i = 0; i < count; i++)
                module_px += group[i].module_px / (float)count;
        struct extent extent = extent_of(group, count);
        float margin = module_px * (float)(count == 1 ? ALONE_MODULES : MARGIN_MODULES);
        int left = (int)fmaxf(extent.left - margin, 0), top = (int)fmaxf(extent.top - margin, 0);
        int right = (int)fminf(extent.right + margin + 1, (float)width_px);
        int bottom = (int)fminf(extent.bottom + margin + 1, (float)height_px);
        return (struct region){ .left = left,
                                .top = top,
                                .width = right - left,
                                .height = bottom - top,
                                .patterns = count,
                                .module_px = module_px };
}

int region_find(const struct finder_candidate found[], int count, int width_px, int height_px,
                struct region regions[REGIONS_MAX])
{
        struct finder_candidate rest[GROUPED_MAX];
        int left = count < GROUPED_MAX ? count : GROUPED_MAX, regions_found = 0;
        for (int i = 0; i < left; i++)
                rest[i] = found[i];
        for (int at = 0; at < left;) {
                int size = gather(rest + at, left - at);
                int place = regions_found < REGIONS_MAX ? regions_found++ : REGIONS_MAX;
                while (place > 0 && regions[place - 1].patterns < size) {
                        if (place < REGIONS_MAX)
                                regions[place] = regions[place - 1];
                        place--;
                }
                if (place < REGIONS_MAX)
                        regions[place] = region_of(rest + at, size, width_px, height_px);
                at += size;
        }
        return regions_found;
}
