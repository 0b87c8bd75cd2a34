/*
 * Fuzz: parts of a bucket, as they come from the network, and what their stream inflates to. The
 * first byte chooses the bucket; the rest is a part, or, where it is none, the content itself.
 */
#include "controller/sync/content.h"
#include "controller/sync/wants.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct stream {
        const uint8_t *bytes;
        size_t len;
};

static int fetch(void *context, int bucket, uint32_t part, uint8_t payload[PART_PAYLOAD_MAX])
{
        const struct stream *stream = context;
        size_t at = (size_t)part * PART_PAYLOAD_MAX;
        (void)bucket;
        if (at >= stream->len)
                return -ENOENT;
        size_t len = stream->len - at < PART_PAYLOAD_MAX ? stream->len - at : PART_PAYLOAD_MAX;
        memcpy(payload, stream->bytes + at, len);
        return (int)len;
}

/* What is read is in place and in order, and ends. */
static void read_all(const struct part *like, struct stream *stream)
{
        static struct sync_record record;
        struct sync_key last = { .len = 0 }, key;
        struct content *content = content_new(like, fetch, stream);
        int r = 0;
        for (bool is_first = true; content && (r = content_next(content, &record)) > 0;
             is_first = false) {
                sync_record_key(&record, &key);
                if (!sync_record_belongs(&record, like->bucket) ||
                    (!is_first && sync_key_compare(&last, &key) >= 0))
                        abort();
                last = key;
        }
        content_free(content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static uint8_t deflated[80000];
        struct part part;
        if (size < 2 || size > 65536)
                return 0;
        if (part_read(data + 1, size - 1, &part) == 0) {
                static struct wants wants;
                struct stream stream = { part.payload, part.len };
                wants_init(&wants);
                wants.bucket[part.bucket].is_wanted = true;
                wants.bucket[part.bucket].to = part.to;
                wants.bucket[part.bucket].bytes = part.content_bytes;
                wants_take(&wants, &part, wants_look(&wants, &part), 1);
                read_all(&part, &stream);
                return 0;
        }
        uLongf len = sizeof(deflated);
        if (compress2(deflated, &len, data + 1, (uLong)size - 1, 1) != Z_OK)
                return 0;
        struct stream stream = { deflated, len };
        const struct part like = {
                .bucket = data[0] < 3   ? SYNC_BLOCKED
                          : data[0] < 6 ? SYNC_BASE
                                        : data[0],
                .from = data[0] % 2,
                .to = 2,
                .content_bytes = (uint32_t)size - 1,
                .deflated_bytes = (uint32_t)len,
                .parts = (uint32_t)((len + PART_PAYLOAD_MAX - 1) / PART_PAYLOAD_MAX),
        };
        read_all(&like, &stream);
        return 0;
}
