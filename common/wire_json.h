/* Wire JSON: reading what came over the network, within bounds. Pure. */
#pragma once

#include "common/base.h"
#include <jansson.h>
#include <stdbool.h>

enum {
        WIRE_JSON_MAX = 8192,
        WIRE_JSON_LIST_MAX = 65536,
        WIRE_JSON_DEPTH_MAX = 8
};

/*
 * The object in `bytes`, a new reference. NULL: too long, nested too deep, not UTF-8, not JSON, a
 * key twice, a NUL in a string, or not an object.
 */
json_t *wire_json_load(const unsigned char *bytes, size_t len);

/*
 * An array of objects, each within the bounds of one that comes alone, and WIRE_JSON_LIST_MAX in
 * all. One after the other: a list as a whole would be thousands of pieces of memory.
 */
struct wire_json_list {
        const unsigned char *at, *end; /* borrowed */
        bool is_begun, is_good;        /* is_good at the end: there was nothing wrong */
};

/* Not good: no array, too long or nested too deep. */
struct wire_json_list wire_json_list_of(const unsigned char *bytes, size_t len);
/* Is there another? Then `at` is where it begins. False: the end, or something is wrong, which
 * is_good tells. */
bool wire_json_list_next(struct wire_json_list *list);
/* What is there, up to `end`, as a new reference. NULL: it is no object, which is_good tells. */
json_t *wire_json_list_load(struct wire_json_list *list);
/* Instead: the caller has read an object of `len` bytes there. */
void wire_json_list_pass(struct wire_json_list *list, size_t len);
