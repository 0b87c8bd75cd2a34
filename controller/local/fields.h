/*
 * Fields: reading a request's fields with one error for the lot. The first field that is missing or
 * wrong sets `why`; later calls return harmless values, so a caller checks once at the end.
 */
#pragma once

#include "common/base.h"
#include <jansson.h>
#include <stdbool.h>

struct fields {
        const json_t *object;
        char why[160]; /* empty: all good so far */
};

static inline struct fields fields_of(const json_t *object)
{
        return (struct fields){ .object = object };
}

bool fields_have(const struct fields *fields, const char *key);
/* Text of 1 to max - 1 bytes; borrowed from the object. "" after an error. */
const char *fields_text(struct fields *fields, const char *key, size_t max);
/* Text [a-z0-9-]{1,32}. */
const char *fields_id(struct fields *fields, const char *key);
/* A whole number in [low, high]; `fallback` when absent. */
int64_t fields_integer(struct fields *fields, const char *key, int64_t low, int64_t high,
                       int64_t fallback);
bool fields_bool(struct fields *fields, const char *key, bool fallback);
/* RFC 3339, µs since 1970; 0 when absent. */
int64_t fields_time(struct fields *fields, const char *key);
/* `len` bytes as hex digits. */
void fields_hex(struct fields *fields, const char *key, uint8_t *out, size_t len);
/* Bytes in base64 (RFC 4648, section 4, padded), at most `size`. Their number; 0 after an error. */
size_t fields_base64(struct fields *fields, const char *key, uint8_t *out, size_t size);
/* Sets `why` unless it is set: "key: what". */
void fields_complain(struct fields *fields, const char *key, const char *what);

/* {"error": {"reason": …, "message": …}} */
json_t *fields_error(const char *reason, const char *message);
/* {"ok": object}; takes the reference. */
json_t *fields_ok(json_t *object);
