/*
 * Picture: a PNG or PGM file (P2, P5; 8 or 16 bit) as 8-bit grey. Colour becomes luminance, what is
 * transparent becomes white. Reads from a disk, so it may block. Safe on hostile files, which cost
 * at most about PICTURE_SIDE_MAX² bytes of memory.
 */
#pragma once

#include "common/base.h"
#include <stddef.h>

enum {
        PICTURE_SIDE_MAX = 4096 /* pixels of width or height; 16 Mpx in all */
};

struct picture {
        uint8_t *luma; /* rows without padding */
        int width_px, height_px;
};

#define PICTURE_NONE ((struct picture){ .luma = NULL })

/*
 * 0 and *picture, to be given to picture_deinit. Else PICTURE_NONE, the reason in `why` (without
 * the path), and: -EINVAL not a picture, or damaged, or cut short; -EFBIG too large; -ENOMEM;
 * -errno of opening or reading the file.
 */
MUST_USE int picture_read(const char *path, struct picture *picture, char *why, size_t why_len);

/* Leaves PICTURE_NONE, which it accepts too. */
void picture_deinit(struct picture *picture);
