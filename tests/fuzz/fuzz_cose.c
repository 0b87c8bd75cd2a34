/*
 * Fuzz: zlib, base45, CBOR, COSE_Sign1 and CWT, each fed with the same bytes. None reads beyond its
 * end or its bounds; what is called canonical is written again the same.
 */
#include "controller/validate/cose/base45.h"
#include "controller/validate/cose/cwt.h"
#include "controller/validate/cose/inflate.h"
#include "controller/validate/cose/sign1.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
        OUT_MAX = 65536
};

static void try_base45(const uint8_t *data, size_t size)
{
        static uint8_t bytes[OUT_MAX];
        static char text[OUT_MAX * 2];
        ssize_t len = base45_decode((const char *)data, size, bytes, sizeof(bytes));
        if (len >= 0) {
                assert(base45_encode(bytes, (size_t)len, text, sizeof(text)) == (ssize_t)size);
                assert(memcmp(text, data, size) == 0);
        }
        ssize_t text_len = base45_encode(data, size, text, sizeof(text));
        assert(text_len >= 0 && (size_t)text_len <= BASE45_ENCODED_MAX(size));
        assert(base45_decode(text, (size_t)text_len, bytes, sizeof(bytes)) == (ssize_t)size);
        assert(memcmp(bytes, data, size) == 0);
}

static void put_text(struct cbor_writer *writer, const uint8_t *bytes, size_t len)
{
        char *text = strndup((const char *)bytes, len);
        assert(text);
        cbor_put_text(writer, text);
        free(text);
}

/* False: there is no writer for such a one. */
static bool put_item(struct cbor_writer *writer, const struct cbor_item *item,
                     const uint8_t *string)
{
        switch (item->type) {
        case CBOR_UINT:
        case CBOR_NEGINT:
                if (item->uint > INT64_MAX)
                        return false;
                cbor_put_int(writer, item->type == CBOR_UINT ? (int64_t)item->uint
                                                             : -1 - (int64_t)item->uint);
                return true;
        case CBOR_BYTES:
                cbor_put_bytes(writer, string, item->len);
                return true;
        case CBOR_TEXT:
                if (memchr(string, '\0', item->len))
                        return false;
                put_text(writer, string, item->len);
                return true;
        case CBOR_ARRAY:
                cbor_put_array(writer, item->uint);
                return true;
        case CBOR_MAP:
                cbor_put_map(writer, item->uint);
                return true;
        case CBOR_TAG:
                cbor_put_tag(writer, item->uint);
                return true;
        case CBOR_BOOL:
                cbor_put_bool(writer, item->uint != 0);
                return true;
        case CBOR_NULL:
        case CBOR_FLOAT:
        case CBOR_SIMPLE:
        case CBOR_BREAK:
                return false;
        }
        return false;
}

/* What a reader took for canonical, a writer makes of the same bytes. */
static void check_item(const struct cbor_item *item, const uint8_t *bytes, size_t len)
{
        static uint8_t again[OUT_MAX];
        struct cbor_writer writer;
        cbor_writer_init(&writer, again, sizeof(again));
        assert(item->len <= len);
        if (put_item(&writer, item, bytes + (len - item->len)))
                assert(!writer.is_full && writer.len == len && memcmp(again, bytes, len) == 0);
}

static void try_items(const uint8_t *data, size_t size)
{
        struct cbor_reader reader;
        struct cbor_item item;
        int heads = 0;
        cbor_reader_init(&reader, data, size);
        for (size_t at = 0; cbor_next(&reader, &item) == 0; at = reader.at) {
                assert(reader.at > at && reader.at <= size && ++heads <= CBOR_ITEMS_MAX);
                if ((item.type == CBOR_BYTES || item.type == CBOR_TEXT) && !item.is_indefinite &&
                    item.len > 0)
                        assert(item.bytes >= data && item.bytes + item.len <= data + size);
                if (item.is_canonical)
                        check_item(&item, data + at, reader.at - at);
        }
        cbor_reader_init(&reader, data, size);
        while (cbor_skip(&reader) == 0)
                assert(reader.at <= size);
}

/* A message put together from its parts. The unprotected header is no part that is kept: it is
 * taken as it stands. */
static void check_canonical(const struct sign1 *message, const uint8_t *bytes, size_t len)
{
        static uint8_t again[OUT_MAX];
        struct cbor_reader reader;
        struct cbor_writer writer;
        cbor_writer_init(&writer, again, sizeof(again));
        cbor_put_array(&writer, 4);
        cbor_put_bytes(&writer, message->protected_header, message->protected_len);
        assert(len >= writer.len && memcmp(again, bytes, writer.len) == 0);
        cbor_reader_init(&reader, bytes, len);
        reader.at = writer.len;
        assert(cbor_skip(&reader) == 0);
        cbor_put_raw(&writer, bytes + writer.len, reader.at - writer.len);
        cbor_put_bytes(&writer, message->payload, message->payload_len);
        cbor_put_bytes(&writer, message->signature, message->signature_len);
        assert(!writer.is_full && writer.len == len && memcmp(again, bytes, len) == 0);
}

static void try_sign1(const uint8_t *data, size_t size)
{
        static uint8_t signed_data[SIGN1_TO_BE_SIGNED_MAX];
        struct cbor_reader reader;
        struct sign1 message;
        struct cwt cwt;
        cbor_reader_init(&reader, data, size);
        if (sign1_read(&reader, &message) != 0)
                return;
        assert(message.kid_len <= SIGN1_KID_MAX && reader.at <= size);
        assert(message.has_alg || message.alg == 0);
        int len = sign1_to_be_signed(message.protected_header, message.protected_len, "x", 1,
                                     message.payload, message.payload_len, signed_data,
                                     sizeof(signed_data));
        assert(len > 0 || len < 0);
        if (message.is_canonical && data[0] == 0x84)
                check_canonical(&message, data, reader.at);
        if (cwt_read(message.payload, message.payload_len, &cwt, NULL, NULL) == 0)
                assert(cwt.cti_len <= CWT_ID_MAX && memchr(cwt.iss, '\0', sizeof(cwt.iss)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static uint8_t plain[OUT_MAX];
        struct cwt cwt;
        /* On the heap, in its exact size: a read beyond it is seen. */
        uint8_t *bytes = malloc(size > 0 ? size : 1);
        if (!bytes || size > 8192) {
                free(bytes);
                return 0;
        }
        memcpy(bytes, data, size);
        try_base45(bytes, size);
        try_items(bytes, size);
        try_sign1(bytes, size);
        (void)!cwt_read(bytes, size, &cwt, NULL, NULL);
        ssize_t len = inflate_zlib(bytes, size, plain, sizeof(plain));
        if (len > 0)
                try_sign1(plain, (size_t)len);
        free(bytes);
        return 0;
}
