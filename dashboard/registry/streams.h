/*
 * Streams: deflated buckets and changes, kept within a bound of bytes, so that a thousand gates
 * that want the same cost one deflate. The one that was used longest ago goes first.
 *
 * The same content always deflates to the same bytes, so a gate may go on where it was when the
 * centre was restarted.
 */
#pragma once

#include "controller/sync/part.h"

enum {
        STREAMS_MAX = 1024
};

struct stream {
        int bucket;
        uint64_t from, to;
        uint32_t content_bytes, deflated_bytes;
        uint8_t *deflated; /* NULL: a free place */
        uint64_t used;
};

struct streams {
        struct stream stream[STREAMS_MAX];
        size_t bytes, bytes_max;
        uint64_t uses, made; /* asked for; deflated for it */
};

void streams_init(struct streams *streams, size_t bytes_max);
void streams_deinit(struct streams *streams);

/* The one that is kept, or NULL. Good until the next streams_add. */
const struct stream *streams_find(struct streams *streams, int bucket, uint64_t from, uint64_t to);
/* Deflates and keeps it, however large. NULL: no memory. */
const struct stream *streams_add(struct streams *streams, int bucket, uint64_t from, uint64_t to,
                                 const uint8_t *content, size_t len);

/* Part `number` of a stream; false: it has not so many. */
bool stream_part(const struct stream *stream, uint32_t number, struct part *part);
