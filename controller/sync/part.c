#include "controller/sync/part.h"

#include "common/cbor/cbor_strict.h"

#include <errno.h>

enum {
        FORM = 1,
        FIELDS = 9,
        DEFLATED_MAX = PARTS_MAX * PART_PAYLOAD_MAX
};

/* Every part but the last is full, and there is no more than one way to cut a stream. */
static bool is_consistent(const struct part *part)
{
        uint64_t before = (uint64_t)part->part * PART_PAYLOAD_MAX;
        uint32_t parts = (part->deflated_bytes + PART_PAYLOAD_MAX - 1) / PART_PAYLOAD_MAX;
        if (part->from >= part->to || part->parts != parts || part->part >= parts)
                return false;
        uint64_t left = part->deflated_bytes - before;
        return part->len == (left < PART_PAYLOAD_MAX ? left : PART_PAYLOAD_MAX);
}

int part_write(const struct part *part, uint8_t *out, size_t size)
{
        struct cbor_writer writer;
        cbor_writer_init(&writer, out, size);
        cbor_put_array(&writer, FIELDS);
        cbor_put_int(&writer, FORM);
        cbor_put_int(&writer, part->bucket);
        cbor_put_int(&writer, (int64_t)part->from);
        cbor_put_int(&writer, (int64_t)part->to);
        cbor_put_int(&writer, part->content_bytes);
        cbor_put_int(&writer, part->deflated_bytes);
        cbor_put_int(&writer, part->part);
        cbor_put_int(&writer, part->parts);
        cbor_put_bytes(&writer, part->payload, part->len);
        return writer.is_full ? -E2BIG : (int)writer.len;
}

int part_read(const void *bytes, size_t len, struct part *part)
{
        struct cbor_strict strict;
        cbor_strict_init(&strict, bytes, len);
        cbor_strict_array(&strict, FIELDS, FIELDS);
        cbor_strict_int(&strict, FORM, FORM);
        part->bucket = (int)cbor_strict_int(&strict, 0, SYNC_BUCKETS - 1);
        part->from = (uint64_t)cbor_strict_int(&strict, 0, INT64_MAX);
        part->to = (uint64_t)cbor_strict_int(&strict, 1, INT64_MAX);
        part->content_bytes = (uint32_t)cbor_strict_int(&strict, 0, SYNC_BUCKET_BYTES_MAX);
        part->deflated_bytes = (uint32_t)cbor_strict_int(&strict, 1, DEFLATED_MAX);
        part->part = (uint32_t)cbor_strict_int(&strict, 0, PARTS_MAX - 1);
        part->parts = (uint32_t)cbor_strict_int(&strict, 1, PARTS_MAX);
        part->payload = cbor_strict_bytes(&strict, 1, PART_PAYLOAD_MAX, &part->len);
        if (strict.is_bad || !cbor_at_end(&strict.reader) || !is_consistent(part))
                return -EBADMSG;
        return 0;
}
