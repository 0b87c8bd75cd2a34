/* CBOR reader: libcbor's streaming decoder asked for one head at a time, within our bounds. */
#include "common/cbor/cbor.h"

#include <cbor.h>
#include <errno.h>
#include <string.h>
#include <utf8proc.h>

/* The callbacks of one head: each writes down what it was told. */
static void take_uint(struct cbor_item *item, enum cbor_kind type, uint64_t value)
{
        item->type = type;
        item->uint = value;
}

static void on_uint8(void *item, uint8_t value)
{
        take_uint(item, CBOR_UINT, value);
}

static void on_uint16(void *item, uint16_t value)
{
        take_uint(item, CBOR_UINT, value);
}

static void on_uint32(void *item, uint32_t value)
{
        take_uint(item, CBOR_UINT, value);
}

static void on_uint64(void *item, uint64_t value)
{
        take_uint(item, CBOR_UINT, value);
}

static void on_negint8(void *item, uint8_t value)
{
        take_uint(item, CBOR_NEGINT, value);
}

static void on_negint16(void *item, uint16_t value)
{
        take_uint(item, CBOR_NEGINT, value);
}

static void on_negint32(void *item, uint32_t value)
{
        take_uint(item, CBOR_NEGINT, value);
}

static void on_negint64(void *item, uint64_t value)
{
        take_uint(item, CBOR_NEGINT, value);
}

static void take_string(struct cbor_item *item, enum cbor_kind type, cbor_data bytes, size_t len)
{
        take_uint(item, type, len);
        item->bytes = bytes;
        item->len = len;
}

static void on_bytes(void *item, cbor_data bytes, size_t len)
{
        take_string(item, CBOR_BYTES, bytes, len);
}

static void on_text(void *item, cbor_data bytes, size_t len)
{
        take_string(item, CBOR_TEXT, bytes, len);
}

static void take_indefinite(struct cbor_item *item, enum cbor_kind type)
{
        item->type = type;
        item->is_indefinite = true;
}

static void on_bytes_start(void *item)
{
        take_indefinite(item, CBOR_BYTES);
}

static void on_text_start(void *item)
{
        take_indefinite(item, CBOR_TEXT);
}

static void on_open_array(void *item)
{
        take_indefinite(item, CBOR_ARRAY);
}

static void on_open_map(void *item)
{
        take_indefinite(item, CBOR_MAP);
}

/* libcbor 0.8 gives counts as size_t, 0.10 as uint64_t. */
#if CBOR_MAJOR_VERSION == 0 && CBOR_MINOR_VERSION < 10
typedef size_t cbor_count;
#else
typedef uint64_t cbor_count;
#endif

static void on_array(void *item, cbor_count count)
{
        take_uint(item, CBOR_ARRAY, count);
}

static void on_map(void *item, cbor_count count)
{
        take_uint(item, CBOR_MAP, count);
}

static void on_float(void *context, float number)
{
        struct cbor_item *item = context;
        item->type = CBOR_FLOAT;
        item->number = (double)number;
}

static void on_double(void *context, double number)
{
        struct cbor_item *item = context;
        item->type = CBOR_FLOAT;
        item->number = number;
}

static void on_null(void *item)
{
        take_uint(item, CBOR_NULL, 0);
}

static void on_bool(void *item, bool value)
{
        take_uint(item, CBOR_BOOL, value);
}

static void on_break(void *item)
{
        take_uint(item, CBOR_BREAK, 0);
}

static const struct cbor_callbacks callbacks = {
        .uint8 = on_uint8,
        .uint16 = on_uint16,
        .uint32 = on_uint32,
        .uint64 = on_uint64,
        .negint8 = on_negint8,
        .negint16 = on_negint16,
        .negint32 = on_negint32,
        .negint64 = on_negint64,
        .byte_string_start = on_bytes_start,
        .byte_string = on_bytes,
        .string = on_text,
        .string_start = on_text_start,
        .indef_array_start = on_open_array,
        .array_start = on_array,
        .indef_map_start = on_open_map,
        .map_start = on_map,
        .float2 = on_float,
        .float4 = on_float,
        .float8 = on_double,
        .undefined = on_null,
        .null = on_null,
        .boolean = on_bool,
        .indef_break = on_break,
};

void cbor_reader_init(struct cbor_reader *reader, const void *bytes, size_t len)
{
        *reader = (struct cbor_reader){ .bytes = bytes, .len = len };
}

bool cbor_at_end(const struct cbor_reader *reader)
{
        return reader->at == reader->len;
}

static size_t shortest_head(uint64_t value)
{
        return value < 24            ? 1
               : value <= UINT8_MAX  ? 2
               : value <= UINT16_MAX ? 3
               : value <= UINT32_MAX ? 5
                                     : 9;
}

static bool is_utf8(const uint8_t *bytes, size_t len)
{
        while (len > 0) {
                utf8proc_int32_t point = 0;
                utf8proc_ssize_t used = utf8proc_iterate(bytes, (utf8proc_ssize_t)len, &point);
                if (used <= 0)
                        return false;
                bytes += used;
                len -= (size_t)used;
        }
        return true;
}

/* libcbor 0.8 knows few tags and takes the others (COSE's 18 among them) for damage. A tag's head
 * is that of an unsigned integer but for its major type, and is read as one. */
static struct cbor_decoder_result decode_tag(const uint8_t *bytes, size_t len,
                                             struct cbor_item *item)
{
        uint8_t head[9] = { 0 };
        size_t head_len = len < sizeof(head) ? len : sizeof(head);
        memcpy(head, bytes, head_len);
        head[0] &= 0x1f;
        struct cbor_decoder_result result = cbor_stream_decode(head, head_len, &callbacks, item);
        item->type = CBOR_TAG;
        return result;
}

static struct cbor_decoder_result decode(const uint8_t *bytes, size_t len, struct cbor_item *item)
{
        bool is_tag = len > 0 && bytes[0] >> 5 == 6;
        return is_tag ? decode_tag(bytes, len, item)
                      : cbor_stream_decode(bytes, len, &callbacks, item);
}

int cbor_next(struct cbor_reader *reader, struct cbor_item *item)
{
        *item = (struct cbor_item){ .type = CBOR_SIMPLE };
        if (reader->items == CBOR_ITEMS_MAX)
                return -E2BIG;
        struct cbor_decoder_result result =
                decode(reader->bytes + reader->at, reader->len - reader->at, item);
        if (result.status != CBOR_DECODER_FINISHED || result.read == 0)
                return -EBADMSG;
        if (item->type == CBOR_TEXT && !is_utf8(item->bytes, item->len))
                return -EBADMSG;
        item->is_canonical =
                !item->is_indefinite && item->type != CBOR_BREAK &&
                (item->type >= CBOR_BOOL || result.read - item->len == shortest_head(item->uint));
        reader->at += result.read;
        reader->items++;
        return 0;
}

int cbor_peek(const struct cbor_reader *reader, struct cbor_item *item)
{
        struct cbor_reader ahead = *reader;
        return cbor_next(&ahead, item);
}

/* An array, map, tag or string in chunks that is not complete yet. */
struct level {
        enum cbor_kind type;
        bool is_indefinite;
        uint64_t left, seen; /* items to come, when that is known; items so far */
};

struct nesting {
        struct level level[CBOR_DEPTH_MAX];
        size_t depth;
};

static int nest(struct nesting *nesting, const struct cbor_item *item)
{
        uint64_t left = item->type == CBOR_ARRAY ? item->uint
                        : item->type == CBOR_MAP ? 2 * item->uint
                                                 : item->type == CBOR_TAG;
        if (item->type == CBOR_MAP && item->uint > UINT64_MAX / 2)
                return -EBADMSG;
        if (!item->is_indefinite && left == 0)
                return 0;
        if (nesting->depth == CBOR_DEPTH_MAX)
                return -E2BIG;
        nesting->level[nesting->depth++] =
                (struct level){ item->type, item->is_indefinite, left, 0 };
        return 0;
}

/* Counts the item in what it stands in. A chunk of a string is a definite one of the same kind. */
static int count_in(struct nesting *nesting, const struct cbor_item *item)
{
        if (nesting->depth == 0)
                return 0;
        struct level *in = &nesting->level[nesting->depth - 1];
        bool is_string = in->type == CBOR_BYTES || in->type == CBOR_TEXT;
        if (is_string && (item->type != in->type || item->is_indefinite))
                return -EBADMSG;
        in->seen++;
        in->left -= !in->is_indefinite;
        return 0;
}

/* A break ends what is open, and a map only after whole pairs. */
static int close_open(struct nesting *nesting)
{
        if (nesting->depth == 0)
                return -EBADMSG;
        const struct level *in = &nesting->level[nesting->depth - 1];
        if (!in->is_indefinite || (in->type == CBOR_MAP && in->seen % 2 != 0))
                return -EBADMSG;
        nesting->depth--;
        return 0;
}

int cbor_skip(struct cbor_reader *reader)
{
        struct nesting nesting = { .depth = 0 };
        do {
                struct cbor_item item;
                int error = cbor_next(reader, &item);
                if (!error && item.type == CBOR_BREAK) {
                        error = close_open(&nesting);
                } else if (!error) {
                        error = count_in(&nesting, &item);
                        if (!error)
                                error = nest(&nesting, &item);
                }
                if (error)
                        return error;
                while (nesting.depth > 0 && !nesting.level[nesting.depth - 1].is_indefinite &&
                       nesting.level[nesting.depth - 1].left == 0)
                        nesting.depth--;
        } while (nesting.depth > 0);
        return 0;
}

int cbor_expect(struct cbor_reader *reader, enum cbor_kind type, struct cbor_item *item)
{
        int error = cbor_next(reader, item);
        if (error)
                return error;
        return item->type == type && !item->is_indefinite ? 0 : -EBADMSG;
}

int cbor_int(struct cbor_reader *reader, int64_t *value)
{
        struct cbor_item item;
        int error = cbor_next(reader, &item);
        if (error)
                return error;
        if ((item.type != CBOR_UINT && item.type != CBOR_NEGINT) || item.uint > INT64_MAX)
                return -EBADMSG;
        *value = item.type == CBOR_UINT ? (int64_t)item.uint : -1 - (int64_t)item.uint;
        return 0;
}

static int append_text(char *text, size_t size, size_t *len, const struct cbor_item *item)
{
        if (item->len >= size - *len)
                return -E2BIG;
        if (item->len > 0 && memchr(item->bytes, '\0', item->len))
                return -EBADMSG;
        if (item->len > 0)
                memcpy(text + *len, item->bytes, item->len);
        *len += item->len;
        text[*len] = '\0';
        return 0;
}

int cbor_text(struct cbor_reader *reader, char *text, size_t size)
{
        struct cbor_item item, chunk;
        size_t len = 0;
        text[0] = '\0';
        int error = cbor_next(reader, &item);
        if (error)
                return error;
        if (item.type != CBOR_TEXT && item.type != CBOR_BYTES)
                return -EBADMSG;
        if (!item.is_indefinite)
                return append_text(text, size, &len, &item);
        while (!(error = cbor_next(reader, &chunk)) && chunk.type != CBOR_BREAK) {
                if (chunk.type != item.type || chunk.is_indefinite)
                        return -EBADMSG;
                error = append_text(text, size, &len, &chunk);
                if (error)
                        return error;
        }
        return error;
}
