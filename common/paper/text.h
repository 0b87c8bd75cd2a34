/* Text: lines of Vietnamese and other text on a cairo surface whose unit is the millimetre. */
#pragma once

#include "common/base.h"

#include <cairo.h>

enum paper_style {
        PAPER_PLAIN,
        PAPER_BOLD,
        PAPER_FAINT
};

/* Where lines go; a line moves the top down. Millimetres. */
struct paper_box {
        double left, top, width, height;
};

/* At most two lines of letters so high, broken between words, then an ellipsis; nothing when the
 * box is full. What is no text for a sheet (control characters, direction marks) is left out. */
void paper_text(cairo_t *cairo, struct paper_box *box, const char *text, double size_mm,
                enum paper_style style);
/* Gives back what the fonts' libraries keep for the next time. For the end of a program. */
void paper_text_forget(void);
