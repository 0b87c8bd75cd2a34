/*
 * Stage: one way of making a frame readable, as data, and what makes its image. The order of the
 * stages and who reads the images are the cascade's.
 */
#pragma once

#include "controller/decode/image.h"
#include "controller/decode/region.h"

/* Where finder patterns are looked for, which says where the code may be. */
enum stage_look {
        STAGE_LOOK_FRAME,
        STAGE_LOOK_HALF,     /* at half the size: noise, blur and grids are less there */
        STAGE_LOOK_INVERTED, /* light on dark */
        STAGE_LOOK_HALF_INVERTED,
        STAGE_LOOKS
};

enum {
#ifdef STILE_WITH_ZXING
        STAGES = 10
#else
        STAGES = 9
#endif
};

struct stage {
        const char *name; /* stable: it is reported */
        enum stage_look look;
        bool is_whole;   /* the whole frame, else the regions */
        bool is_zxing;   /* read by the second decoder, not by zbar */
        float module_px; /* a module's side after rescaling; whole frames keep their size */
        int blurs;       /* times */
        int sharpen;     /* times the difference to twice blurred */
        int reach, bias; /* of the threshold; reach 0: none */
};

/* In the order in which they are tried; the first is for every frame, the others are slow. */
extern const struct stage stages[STAGES];
/* The number of the stage with that name; STAGES: there is none. */
int stage_index(const char *name);

/* What stages work in; grows to the largest frame seen. */
struct stage_bench {
        struct image image, other, blocks;
        uint32_t *sums;
        int sums_len;
};

#define STAGE_BENCH_NONE ((struct stage_bench){ .sums = NULL })

void stage_bench_deinit(struct stage_bench *bench);

/*
 * Looks for finder patterns that way: candidates in px of the frame, `capacity` at most, or
 * -ENOMEM.
 */
MUST_USE int stage_look(enum stage_look look, const struct frame *frame, struct stage_bench *bench,
                        struct finder_candidate found[], int capacity);

/* The stage's image of a region (NULL: of the whole frame): in bench->image, `scale` px for each px
 * of the frame. 0 or -ENOMEM. */
MUST_USE int stage_prepare(const struct stage *stage, const struct frame *frame,
                           const struct region *region, struct stage_bench *bench, float *scale);
