/*
 * JSON text: an object as it is written, member by member, into one piece of memory: where rows
 * come by the thousand, a tree of them costs five times as much. What is plain is copied; all else
 * is printed by jansson: escapes, other characters than ASCII, fractions (six digits: rates and
 * degrees need no 17), objects and arrays. Pure.
 */
#pragma once

#include "common/base.h"
#include <jansson.h>
#include <stdbool.h>

/* Starts empty: `struct json_text text = { 0 };` */
struct json_text {
        char *text; /* heap */
        size_t len, size;
        bool is_broken; /* memory was lacking, or a value is none: NULL, or not UTF-8 */
};

/* Does it stand in a JSON string for itself? */
static inline bool json_text_is_plain(char c)
{
        return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* Names are plain: printable ASCII without quotes and backslashes. NULL: the object itself. */
void json_text_open(struct json_text *text, const char *name);
void json_text_close(struct json_text *text);
void json_text_string(struct json_text *text, const char *name, const char *value);
void json_text_bool(struct json_text *text, const char *name, bool value);
void json_text_member(struct json_text *text, const char *name, const json_t *value);
/* A member as it is: `"name":value`. */
void json_text_raw(struct json_text *text, const char *member, size_t len);
/* The text, the caller's, heap; NULL: it was broken. Empty again either way. */
MUST_USE char *json_text_take(struct json_text *text);
