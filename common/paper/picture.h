/* Picture: a code with its quiet zone as PNG, SVG or text for a terminal. */
#pragma once

#include "common/paper/code.h"

#include <stdio.h>

enum {
        PICTURE_MODULE_PX_MAX = 64
};

/* A module is module_px pixels (1 to 64) a side. 0, -EINVAL, -ENOMEM, -EIO. */
MUST_USE int picture_png(const struct paper_code *code, int module_px, FILE *out);
/* One path, a unit a module, scaled to `side_mm`. 0 or -EIO. */
MUST_USE int picture_svg(const struct paper_code *code, double side_mm, FILE *out);
/* Two modules a character, half blocks. With colour, black on white whatever the terminal's are;
 * without, for light text on a dark ground. 0 or -EIO. */
MUST_USE int picture_text(const struct paper_code *code, bool has_colour, FILE *out);
