/* Replace: a small file written as a whole or not at all, whatever dies in between. */
#pragma once

#include "common/base.h"
#include <stdio.h>

enum {
        REPLACE_PATH_MAX = 256
};

/* Writes the content; what fails to be written is noticed by the caller. */
typedef void replace_fill_fn(const void *context, FILE *file);

/* Fills path.new, fsyncs and renames it, and fsyncs the folder. 0 or -errno: then the old file is
 * there, or, when only the folder could not be synced, the new one. Blocks for the disk. */
MUST_USE int replace_file(const char *path, replace_fill_fn *fill, const void *context);
