#include "dashboard/registry/streams.h"

#include <string.h>
#include <zlib.h>

enum {
        LEVEL = 6
};

void streams_init(struct streams *streams, size_t bytes_max)
{
        *streams = (struct streams){ .bytes_max = bytes_max };
}

static void forget(struct streams *streams, struct stream *stream)
{
        streams->bytes -= stream->deflated_bytes;
        free(stream->deflated);
        *stream = (struct stream){ .deflated = NULL };
}

void streams_deinit(struct streams *streams)
{
        for (size_t i = 0; i < STREAMS_MAX; i++)
                if (streams->stream[i].deflated)
                        forget(streams, &streams->stream[i]);
}

const struct stream *streams_find(struct streams *streams, int bucket, uint64_t from, uint64_t to)
{
        streams->uses++;
        for (size_t i = 0; i < STREAMS_MAX; i++) {
                struct stream *stream = &streams->stream[i];
                if (stream->deflated && stream->bucket == bucket && stream->from == from &&
                    stream->to == to) {
                        stream->used = streams->uses;
                        return stream;
                }
        }
        return NULL;
}

static struct stream *oldest(struct streams *streams)
{
        struct stream *found = NULL;
        for (size_t i = 0; i < STREAMS_MAX; i++) {
                struct stream *stream = &streams->stream[i];
                if (stream->deflated && (!found || stream->used < found->used))
                        found = stream;
        }
        return found;
}

/* A free place, with room for so many bytes more. */
static struct stream *make_room(struct streams *streams, size_t bytes)
{
        while (streams->bytes > 0 && streams->bytes + bytes > streams->bytes_max)
                forget(streams, oldest(streams));
        for (size_t i = 0; i < STREAMS_MAX; i++)
                if (!streams->stream[i].deflated)
                        return &streams->stream[i];
        struct stream *stream = oldest(streams);
        forget(streams, stream);
        return stream;
}

const struct stream *streams_add(struct streams *streams, int bucket, uint64_t from, uint64_t to,
                                 const uint8_t *content, size_t len)
{
        uLongf deflated_bytes = compressBound(len);
        uint8_t *deflated = malloc(deflated_bytes);
        if (!deflated || compress2(deflated, &deflated_bytes, content, len, LEVEL) != Z_OK) {
                free(deflated);
                return NULL;
        }
        uint8_t *fitted = realloc(deflated, deflated_bytes);
        struct stream *stream = make_room(streams, deflated_bytes);
        *stream = (struct stream){ .bucket = bucket,
                                   .from = from,
                                   .to = to,
                                   .content_bytes = (uint32_t)len,
                                   .deflated_bytes = (uint32_t)deflated_bytes,
                                   .deflated = fitted ? fitted : deflated,
                                   .used = streams->uses };
        streams->bytes += deflated_bytes;
        streams->made++;
        return stream;
}

bool stream_part(const struct stream *stream, uint32_t number, struct part *part)
{
        size_t at = (size_t)number * PART_PAYLOAD_MAX;
        if (at >= stream->deflated_bytes)
                return false;
        size_t left = stream->deflated_bytes - at;
        *part = (struct part){
                .bucket = stream->bucket,
                .from = stream->from,
                .to = stream->to,
                .content_bytes = stream->content_bytes,
                .deflated_bytes = stream->deflated_bytes,
                .part = number,
                .parts = (stream->deflated_bytes + PART_PAYLOAD_MAX - 1) / PART_PAYLOAD_MAX,
                .payload = stream->deflated + at,
                .len = left < PART_PAYLOAD_MAX ? left : PART_PAYLOAD_MAX,
        };
        return true;
}
