/* Zbar pass: one look of libzbar at an image. Belongs to one thread. */
#pragma once

#include "common/base.h"

struct zbar_pass;

/* A code that the last pass found. */
struct zbar_code {
        const uint8_t *bytes; /* borrowed until the next pass */
        size_t len;
        int corners; /* 0 or 4: where it lies in the image, going round */
        struct {
                int x, y;
        } corner[4];
};

/* NULL: no memory. */
struct zbar_pass *zbar_pass_new(void);
/* Accepts NULL; returns NULL. */
struct zbar_pass *zbar_pass_free(struct zbar_pass *pass);

/* Rows without padding. Writes at most `capacity` codes; how many, or -ENOMEM, -EIO. */
MUST_USE int zbar_pass_read(struct zbar_pass *pass, const uint8_t *luma, int width_px,
                            int height_px, struct zbar_code codes[], int capacity);
