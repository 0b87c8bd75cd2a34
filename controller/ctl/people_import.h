/*
 * People import: a CSV file into the registry, all of it or nothing.
 *
 * The whole file is checked before anybody else hears of it. Then it goes through one import; when
 * rows are refused (a code that is another's, a level that is not there) the import is rolled back.
 * Partial, it is begun again without them: a holder whose code was refused must not stay behind
 * half enrolled.
 */
#pragma once

#include "controller/ctl/verbs.h"

struct people_import_counts {
        size_t all, refused;         /* rows of the file; those that are bad */
        size_t added, changed, same; /* of the others */
};

/*
 * Reads `file`, called `name`, and imports it; `is_dry`: as if, and nothing is changed. Bad rows
 * are named on ctl->err; with any, nothing is imported unless it is partial. CTL_OK, or CTL_CANNOT
 * after saying why; -EINVAL: the header cannot be used (said); -errno: the file cannot be read.
 */
MUST_USE int people_import(struct ctl *ctl, FILE *file, const char *name, bool is_partial,
                           bool is_dry, struct people_import_counts *counts);
