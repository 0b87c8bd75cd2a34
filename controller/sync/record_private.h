/* Shape: of how many items a record's array is, besides its kind. For record.c and record_read.c.
 */
#pragma once

#include "controller/sync/record.h"

struct sync_shape {
        size_t key_items, items;
};

const struct sync_shape *sync_shape_of(enum sync_kind kind);
