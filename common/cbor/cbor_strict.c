#include "common/cbor/cbor_strict.h"

#include <string.h>

void cbor_strict_init(struct cbor_strict *strict, const void *bytes, size_t len)
{
        *strict = (struct cbor_strict){ .is_bad = false };
        cbor_reader_init(&strict->reader, bytes, len);
}

/* The next item; false, once and for ever, when it is not of this kind in its one form. */
static bool take(struct cbor_strict *strict, enum cbor_kind type, struct cbor_item *item)
{
        if (strict->is_bad)
                return false;
        strict->is_bad = cbor_expect(&strict->reader, type, item) != 0 || !item->is_canonical;
        return !strict->is_bad;
}

size_t cbor_strict_array(struct cbor_strict *strict, size_t low, size_t high)
{
        struct cbor_item item;
        if (!take(strict, CBOR_ARRAY, &item))
                return 0;
        strict->is_bad = item.uint < low || item.uint > high;
        return strict->is_bad ? 0 : (size_t)item.uint;
}

int64_t cbor_strict_int(struct cbor_strict *strict, int64_t low, int64_t high)
{
        struct cbor_item item;
        if (strict->is_bad || cbor_peek(&strict->reader, &item) != 0) {
                strict->is_bad = true;
                return 0;
        }
        enum cbor_kind type = item.type == CBOR_NEGINT ? CBOR_NEGINT : CBOR_UINT;
        if (!take(strict, type, &item))
                return 0;
        int64_t value = type == CBOR_UINT ? (int64_t)item.uint : -1 - (int64_t)item.uint;
        strict->is_bad = item.uint > INT64_MAX || value < low || value > high;
        return strict->is_bad ? 0 : value;
}

bool cbor_strict_bool(struct cbor_strict *strict)
{
        struct cbor_item item;
        return take(strict, CBOR_BOOL, &item) && item.uint != 0;
}

void cbor_strict_text(struct cbor_strict *strict, char *text, size_t size)
{
        struct cbor_item item;
        text[0] = '\0';
        if (!take(strict, CBOR_TEXT, &item))
                return;
        strict->is_bad =
                item.len >= size || (item.len > 0 && memchr(item.bytes, '\0', item.len) != NULL);
        if (strict->is_bad)
                return;
        if (item.len > 0)
                memcpy(text, item.bytes, item.len);
        text[item.len] = '\0';
}

const uint8_t *cbor_strict_bytes(struct cbor_strict *strict, size_t low, size_t high, size_t *len)
{
        struct cbor_item item;
        *len = 0;
        if (!take(strict, CBOR_BYTES, &item))
                return NULL;
        strict->is_bad = item.len < low || item.len > high;
        if (strict->is_bad)
                return NULL;
        *len = item.len;
        return item.bytes;
}
