#include "controller/validate/cose/inflate.h"

#include <errno.h>
#include <limits.h>
#include <zlib.h>

static ssize_t run(z_stream *stream)
{
        int r = inflate(stream, Z_FINISH);
        if (r == Z_STREAM_END)
                return stream->avail_in == 0 ? (ssize_t)stream->total_out : -EBADMSG;
        if (r == Z_MEM_ERROR)
                return -ENOMEM;
        /* Room was left, so it was the input that ended or is wrong. */
        return (r == Z_OK || r == Z_BUF_ERROR) && stream->avail_out == 0 ? -E2BIG : -EBADMSG;
}

ssize_t inflate_zlib(const uint8_t *bytes, size_t len, uint8_t *out, size_t size)
{
        z_stream stream = { .next_in = (Bytef *)bytes, .next_out = out };
        if (len > UINT_MAX || size > UINT_MAX)
                return -E2BIG;
        stream.avail_in = (uInt)len;
        stream.avail_out = (uInt)size;
        if (inflateInit(&stream) != Z_OK)
                return -ENOMEM;
        ssize_t got = run(&stream);
        inflateEnd(&stream);
        return got;
}
