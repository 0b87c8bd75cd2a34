/* Mask: a person's name as people see it who need not know it, and as it is searched for. Pure. */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum {
        MASK_NAME_MAX = 160,
        MASK_FOLDED_MAX = 160
};

/* "Nguyễn Văn An" → "*** An": the last word, which is how people are called here; of a single word
 * its first letter. */
void mask_name(const char *name, char masked[MASK_NAME_MAX]);
/* Without case and marks, đ as d, so that "nguyen van" finds "Nguyễn Văn". Cut at the size. */
void mask_fold(const char *text, char folded[MASK_FOLDED_MAX]);
