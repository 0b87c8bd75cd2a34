/* Wire JSON: reading what came over the network, within bounds. Pure. */
#pragma once

#include "common/base.h"
#include <jansson.h>

enum {
        WIRE_JSON_MAX = 8192,
        WIRE_JSON_DEPTH_MAX = 8
};

/*
 * The object in `bytes`, a new reference. NULL: too long, nested too deep, not UTF-8, not JSON, a
 * key twice, a NUL in a string, or not an object.
 */
json_t *wire_json_load(const unsigned char *bytes, size_t len);
