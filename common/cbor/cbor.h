/*
 * CBOR (RFC 8949): one data item after another out of bytes that are not trusted, and into a
 * buffer. Heads are decoded by libcbor's streaming decoder; this is what bounds it. Pure; allocates
 * nothing.
 *
 * Every item must be within its bounds; an item of indefinite length is read where it is allowed.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
        CBOR_DEPTH_MAX = 16,
        CBOR_ITEMS_MAX = 4096 /* heads that one reader reads */
};

enum cbor_kind {
        CBOR_UINT,   /* integer >= 0 in `uint` */
        CBOR_NEGINT, /* the value is -1 - `uint` */
        CBOR_BYTES,  /* definite: bytes, len */
        CBOR_TEXT,   /* definite: bytes, len; valid UTF-8 */
        CBOR_ARRAY,  /* `uint` items follow */
        CBOR_MAP,    /* `uint` pairs follow */
        CBOR_TAG,    /* `uint`; one item follows */
        CBOR_BOOL,   /* `uint` is 0 or 1 */
        CBOR_NULL,   /* null or undefined */
        CBOR_FLOAT,  /* half, single or double, as `number` */
        CBOR_SIMPLE, /* another simple value */
        CBOR_BREAK   /* ends an indefinite item */
};

struct cbor_item {
        enum cbor_kind type;
        bool is_indefinite; /* BYTES, TEXT: chunks follow, to a BREAK; ARRAY, MAP: items, to a BREAK
                             */
        bool is_canonical;  /* its head is as short as it can be, and it is definite */
        uint64_t uint;
        double number;
        const uint8_t *bytes; /* within the reader's bytes */
        size_t len;
};

struct cbor_reader {
        const uint8_t *bytes;
        size_t len, at;
        int items; /* heads read so far */
};

void cbor_reader_init(struct cbor_reader *reader, const void *bytes, size_t len);
/* One head (and the bytes of a definite string). 0; -EBADMSG: not well-formed, cut off, or text
 * that is not UTF-8; -E2BIG: more than CBOR_ITEMS_MAX. The caller keeps count of the nesting. */
MUST_USE int cbor_next(struct cbor_reader *reader, struct cbor_item *item);
/* The same without moving. */
MUST_USE int cbor_peek(const struct cbor_reader *reader, struct cbor_item *item);
/* Passes over one whole item, with all that it holds, checking it. -E2BIG: deeper than
 * CBOR_DEPTH_MAX. */
MUST_USE int cbor_skip(struct cbor_reader *reader);
bool cbor_at_end(const struct cbor_reader *reader);

/* Like cbor_next, and the item must be of this kind and definite. -EBADMSG otherwise. */
MUST_USE int cbor_expect(struct cbor_reader *reader, enum cbor_kind type, struct cbor_item *item);
/* An integer of either sign that fits int64_t. -EBADMSG otherwise. */
MUST_USE int cbor_int(struct cbor_reader *reader, int64_t *value);
/* A text or byte string, definite or in chunks, copied with a NUL behind it. -E2BIG: `size` is too
 * small; -EBADMSG: another kind, or it holds a NUL. */
MUST_USE int cbor_text(struct cbor_reader *reader, char *text, size_t size);

/* Writes deterministically (RFC 8949, 4.2.1): shortest heads, definite lengths; the order of a
 * map's keys is the caller's. After a write that did not fit, `is_full` and nothing more is
 * written.
 */
struct cbor_writer {
        uint8_t *bytes;
        size_t size, len;
        bool is_full;
};

void cbor_writer_init(struct cbor_writer *writer, void *bytes, size_t size);
void cbor_put_int(struct cbor_writer *writer, int64_t value);
void cbor_put_bytes(struct cbor_writer *writer, const void *bytes, size_t len);
void cbor_put_text(struct cbor_writer *writer, const char *text);
void cbor_put_bool(struct cbor_writer *writer, bool value);
void cbor_put_array(struct cbor_writer *writer, size_t count);
void cbor_put_map(struct cbor_writer *writer, size_t pairs);
void cbor_put_tag(struct cbor_writer *writer, uint64_t tag);
/* Bytes that are CBOR already. */
void cbor_put_raw(struct cbor_writer *writer, const void *bytes, size_t len);
