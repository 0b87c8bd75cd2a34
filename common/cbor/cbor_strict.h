/*
 * Strict: CBOR values that have one form only (RFC 8949, 4.2.1), with one error for the lot. The
 * first item that is not what was wanted, or not in its shortest form, sets `is_bad`; what is read
 * after it is zero, so that a caller checks once at the end. Pure.
 */
#pragma once

#include "common/cbor/cbor.h"

struct cbor_strict {
        struct cbor_reader reader;
        bool is_bad;
};

void cbor_strict_init(struct cbor_strict *strict, const void *bytes, size_t len);
/* An array's number of items, low to high. */
size_t cbor_strict_array(struct cbor_strict *strict, size_t low, size_t high);
/* low to high; 0 after an error. */
int64_t cbor_strict_int(struct cbor_strict *strict, int64_t low, int64_t high);
bool cbor_strict_bool(struct cbor_strict *strict);
/* A text string without NUL, copied with a NUL behind it into `size` bytes. */
void cbor_strict_text(struct cbor_strict *strict, char *text, size_t size);
/* A byte string of low to high bytes, within the reader's; NULL after an error. */
const uint8_t *cbor_strict_bytes(struct cbor_strict *strict, size_t low, size_t high, size_t *len);
