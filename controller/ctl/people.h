/*
 * People: a CSV file of holders, checked cell by cell before any of it is used. Columns: id, name,
 * valid_from, valid_until, levels, blocked, silent, role, escort, code, national_id; only id and
 * name must be there.
 */
#pragma once

#include "common/base.h"
#include <jansson.h>
#include <stdio.h>

enum {
        PEOPLE_COMPLAINTS_MAX = 50 /* bad cells that are named; the others are counted */
};

struct people {
        /* The good rows: {"row", "holder": {"id", "name", …}, "code"?, "national_id"?}. A holder
         * has a member for each column of the file; what is as with anybody (no limit, no escort, a
         * worker) is null or false. */
        json_t *rows;
        size_t bad; /* rows with something wrong */
};

#define PEOPLE_NONE ((struct people){ .rows = NULL })

/*
 * Reads all of `file`. Each bad cell is a line `name: row 7, column valid_until: why` on
 * `complaints`. 0, with *people to be given to people_deinit; -EINVAL: the header cannot be used
 * (said); -errno.
 */
MUST_USE int people_read(FILE *file, const char *name, FILE *complaints, struct people *people);
void people_deinit(struct people *people);
