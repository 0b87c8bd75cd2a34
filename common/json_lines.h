/* JSON lines: a file of one object a line that only grows, such as a ledger. */
#pragma once

#include "common/base.h"

#include <jansson.h>
#include <stdbool.h>

/*
 * Adds the object. A line that was cut off, by a full disk or a power cut, takes no other with it.
 * The file is made with mode 0600 where it is missing. `is_durable`: fsynced before the return.
 * 0 or -errno.
 */
MUST_USE int json_lines_append(const char *path, const json_t *object, bool is_durable);

/* Calls row() for each object, until it returns other than 0; `bad` for the number of each line
 * that is not one. A missing file is empty. 0, what row() returned, or -errno. */
typedef int json_lines_row_fn(void *context, const json_t *row);
typedef void json_lines_bad_fn(void *context, size_t number);
MUST_USE int json_lines_each(const char *path, json_lines_row_fn *row, json_lines_bad_fn *bad,
                             void *context);
