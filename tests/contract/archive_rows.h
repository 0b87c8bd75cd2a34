/* Streams and rows for tests of an archive. */
#pragma once

#include "tests/check.h"

#include "dashboard/ports/archive.h"

#include <string.h>

#define ARCHIVE_AT_US  INT64_C(1800000000000000)
#define ARCHIVE_DAY_US INT64_C(86400000000)

static const uint8_t archive_epoch[ARCHIVE_UUID_LEN] = { 1, 2, 3 };

static inline struct archive_stream archive_stream_of(struct archive *archive, const char *gate)
{
        struct archive_stream stream;
        assert_int_equal(archive_open_stream(archive, gate, archive_epoch, &stream), 0);
        return stream;
}

static inline struct archive_row archive_row_of(uint64_t seq)
{
        return (struct archive_row){ .seq = seq,
                                     .at_us = ARCHIVE_AT_US,
                                     .received_us = ARCHIVE_AT_US + 1,
                                     .event = "AccessTaken",
                                     .reason = "",
                                     .direction = "entry",
                                     .credential_class = "cccd",
                                     .clock = "synchronised",
                                     .access_point = "entry",
                                     .more = "" };
}

/* Stores rows with these sequences, of one stream. How many were new. */
static inline size_t archive_put(struct archive *archive, struct archive_stream *stream,
                                 const uint64_t *seqs, size_t count)
{
        struct archive_row rows[64];
        size_t fresh = 0;
        assert_true(count <= ARRAY_LEN(rows));
        for (size_t i = 0; i < count; i++)
                rows[i] = archive_row_of(seqs[i]);
        const struct archive_batch batch = {
                .rows = rows, .count = count, .streams = stream, .stream_count = 1
        };
        assert_int_equal(archive_store(archive, &batch), 0);
        for (size_t i = 0; i < count; i++)
                fresh += rows[i].is_new;
        return fresh;
}

#define ARCHIVE_PUT(archive, stream, ...)                                                          \
        archive_put(archive, stream, (const uint64_t[]){ __VA_ARGS__ },                            \
                    sizeof((const uint64_t[]){ __VA_ARGS__ }) / sizeof(uint64_t))
