#include "controller/sync/content.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

struct content {
        struct part like;
        content_fetch *fetch;
        void *context;
        z_stream stream;
        uint32_t next_part;
        bool is_ended;        /* the stream is: the buffer holds all that is left */
        uint64_t taken;       /* bytes of records so far */
        size_t at, len;       /* of the buffer */
        struct sync_key last; /* of the record before */
        uint8_t in[PART_PAYLOAD_MAX];
        uint8_t buffer[2 * SYNC_RECORD_BYTES_MAX]; /* a whole record is always in it */
};

struct content *content_new(const struct part *like, content_fetch *fetch, void *context)
{
        struct content *content = calloc(1, sizeof(*content));
        if (!content)
                return NULL;
        content->like = *like;
        content->fetch = fetch;
        content->context = context;
        if (inflateInit(&content->stream) == Z_OK)
                return content;
        free(content);
        return NULL;
}

struct content *content_free(struct content *content)
{
        if (content)
                inflateEnd(&content->stream);
        free(content);
        return NULL;
}

/* The next part into the stream. A stream that wants more than its parts is cut off. */
static int feed(struct content *content)
{
        if (content->next_part == content->like.parts)
                return -EBADMSG;
        int len = content->fetch(content->context, content->like.bucket, content->next_part++,
                                 content->in);
        if (len < 0)
                return len;
        content->stream.next_in = content->in;
        content->stream.avail_in = (uInt)len;
        return 0;
}

static bool is_all_read(const struct content *content)
{
        return content->stream.avail_in == 0 && content->next_part == content->like.parts &&
               content->stream.total_out == content->like.content_bytes;
}

/* Fills the buffer as far as the stream goes. */
static int fill(struct content *content)
{
        memmove(content->buffer, content->buffer + content->at, content->len - content->at);
        content->len -= content->at;
        content->at = 0;
        while (!content->is_ended && content->len < sizeof(content->buffer)) {
                int r = content->stream.avail_in == 0 ? feed(content) : 0;
                if (r)
                        return r;
                content->stream.next_out = content->buffer + content->len;
                content->stream.avail_out = (uInt)(sizeof(content->buffer) - content->len);
                r = inflate(&content->stream, Z_NO_FLUSH);
                content->len = sizeof(content->buffer) - content->stream.avail_out;
                if (r == Z_MEM_ERROR)
                        return -ENOMEM;
                if ((r != Z_OK && r != Z_STREAM_END) ||
                    content->stream.total_out > content->like.content_bytes)
                        return -EBADMSG;
                content->is_ended = r == Z_STREAM_END;
                if (content->is_ended && !is_all_read(content))
                        return -EBADMSG;
        }
        return 0;
}

/* At home here, and behind the one before; a snapshot removes nothing. */
static bool is_in_place(struct content *content, const struct sync_record *record)
{
        struct sync_key key;
        sync_record_key(record, &key);
        bool is_after = content->taken == 0 || sync_key_compare(&content->last, &key) < 0;
        content->last = key;
        return is_after && sync_record_belongs(record, content->like.bucket) &&
               !(record->is_removal && content->like.from == 0);
}

int content_next(struct content *content, struct sync_record *record)
{
        struct cbor_reader reader;
        int r = content->len - content->at < SYNC_RECORD_BYTES_MAX ? fill(content) : 0;
        if (r)
                return r;
        if (content->at == content->len)
                return 0;
        cbor_reader_init(&reader, content->buffer + content->at, content->len - content->at);
        if (sync_record_read(&reader, record) != 0 || !is_in_place(content, record))
                return -EBADMSG;
        content->at += reader.at;
        content->taken += reader.at;
        return 1;
}
