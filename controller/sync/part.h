/*
 * Part: a piece of a bucket under way. Leaf `registry/{bucket}`, content type application/cbor, not
 * retained. Not signed: what parts come to is checked against the signed manifest's digest.
 *
 *     [1, bucket, from, to, content bytes, deflated bytes, part, parts, bstr]
 *
 * All parts of one bucket, in order, are one zlib stream (RFC 1950). With `from` 0 it is the
 * content of the bucket in version `to`; else what changed from version `from` on (record.h). Pure.
 */
#pragma once

#include "common/cbor/cbor.h"
#include "controller/sync/sync.h"

enum {
        PART_PAYLOAD_MAX =
                16384, /* two seconds of a 64 kbit/s link, so that a command gets through */
        PART_BYTES_MAX = PART_PAYLOAD_MAX + 96,
        PARTS_MAX = 1100 /* of one bucket: SYNC_BUCKET_BYTES_MAX that deflate cannot make smaller */
};

struct part {
        int bucket;
        uint64_t from, to; /* versions */
        uint32_t content_bytes, deflated_bytes;
        uint32_t part, parts;   /* 0 to parts - 1; every part but the last is full */
        const uint8_t *payload; /* within the bytes that were read */
        size_t len;
};

/* Bytes written or -E2BIG. */
MUST_USE int part_write(const struct part *part, uint8_t *out, size_t size);
/* 0; -EBADMSG: not in this form, or its numbers contradict each other. */
MUST_USE int part_read(const void *bytes, size_t len, struct part *part);
