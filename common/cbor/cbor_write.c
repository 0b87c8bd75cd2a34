/* CBOR writer: deterministic heads by libcbor, into a buffer that never overflows. */
#include "common/cbor/cbor.h"

#include <cbor.h>
#include <string.h>

void cbor_writer_init(struct cbor_writer *writer, void *bytes, size_t size)
{
        *writer = (struct cbor_writer){ .bytes = bytes, .size = size };
}

static void advance(struct cbor_writer *writer, size_t written)
{
        writer->is_full = writer->is_full || written == 0;
        writer->len += writer->is_full ? 0 : written;
}

static size_t room(const struct cbor_writer *writer)
{
        return writer->is_full ? 0 : writer->size - writer->len;
}

void cbor_put_int(struct cbor_writer *writer, int64_t value)
{
        uint8_t *at = writer->bytes + writer->len;
        advance(writer, value >= 0 ? cbor_encode_uint((uint64_t)value, at, room(writer))
                                   : cbor_encode_negint((uint64_t)(-1 - value), at, room(writer)));
}

void cbor_put_raw(struct cbor_writer *writer, const void *bytes, size_t len)
{
        writer->is_full = writer->is_full || len > room(writer);
        if (writer->is_full || len == 0)
                return;
        memcpy(writer->bytes + writer->len, bytes, len);
        writer->len += len;
}

void cbor_put_bytes(struct cbor_writer *writer, const void *bytes, size_t len)
{
        advance(writer,
                cbor_encode_bytestring_start(len, writer->bytes + writer->len, room(writer)));
        cbor_put_raw(writer, bytes, len);
}

void cbor_put_text(struct cbor_writer *writer, const char *text)
{
        size_t len = strlen(text);
        advance(writer, cbor_encode_string_start(len, writer->bytes + writer->len, room(writer)));
        cbor_put_raw(writer, text, len);
}

void cbor_put_bool(struct cbor_writer *writer, bool value)
{
        advance(writer, cbor_encode_bool(value, writer->bytes + writer->len, room(writer)));
}

void cbor_put_array(struct cbor_writer *writer, size_t count)
{
        advance(writer, cbor_encode_array_start(count, writer->bytes + writer->len, room(writer)));
}

void cbor_put_map(struct cbor_writer *writer, size_t pairs)
{
        advance(writer, cbor_encode_map_start(pairs, writer->bytes + writer->len, room(writer)));
}

void cbor_put_tag(struct cbor_writer *writer, uint64_t tag)
{
        advance(writer, cbor_encode_tag(tag, writer->bytes + writer->len, room(writer)));
}
