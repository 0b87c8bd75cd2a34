/* Streams: bytes wait here until the client takes them; with none the connection is suspended. */
#include "drivers/web/web_private.h"

#include <string.h>

struct web_stream {
        struct web *web;       /* from the answer on */
        pthread_mutex_t mutex; /* of all below, but next, which is the web's */
        int holds;
        struct MHD_Connection *connection; /* NULL: not answered yet, or gone */
        bool is_ended, is_gone, is_suspended;
        size_t len;
        char bytes[WEB_STREAM_PENDING];
        struct web_stream *next;
};

struct web_stream *web_stream_new(void)
{
        struct web_stream *stream = malloc(sizeof(*stream));
        if (!stream)
                return NULL;
        memset(stream, 0, offsetof(struct web_stream, bytes));
        stream->next = NULL;
        stream->holds = 1;
        if (pthread_mutex_init(&stream->mutex, NULL) != 0) {
                free(stream);
                return NULL;
        }
        return stream;
}

/* Locked; unlocks, and frees it with the last hold. */
static void release(struct web_stream *stream)
{
        bool is_last = --stream->holds == 0;
        pthread_mutex_unlock(&stream->mutex);
        if (!is_last)
                return;
        pthread_mutex_destroy(&stream->mutex);
        free(stream);
}

/* Locked. */
static void wake(struct web_stream *stream)
{
        if (stream->is_suspended) {
                stream->is_suspended = false;
                MHD_resume_connection(stream->connection);
        }
}

bool web_stream_push(struct web_stream *stream, const char *bytes, size_t len)
{
        pthread_mutex_lock(&stream->mutex);
        bool is_over = stream->is_ended || stream->is_gone;
        if (!is_over && len > WEB_STREAM_PENDING - stream->len) {
                stream->is_ended = is_over = true;
                stream->len = 0; /* half an event is of no use */
        } else if (!is_over) {
                memcpy(stream->bytes + stream->len, bytes, len);
                stream->len += len;
        }
        wake(stream);
        pthread_mutex_unlock(&stream->mutex);
        return !is_over;
}

struct web_stream *web_stream_hold(struct web_stream *stream)
{
        pthread_mutex_lock(&stream->mutex);
        stream->holds++;
        pthread_mutex_unlock(&stream->mutex);
        return stream;
}

struct web_stream *web_stream_release(struct web_stream *stream)
{
        if (!stream)
                return NULL;
        pthread_mutex_lock(&stream->mutex);
        release(stream);
        return NULL;
}

struct web_stream *web_stream_end(struct web_stream *stream)
{
        if (!stream)
                return NULL;
        pthread_mutex_lock(&stream->mutex);
        stream->is_ended = true;
        wake(stream);
        release(stream);
        return NULL;
}

/* In the daemon's thread. */
static ssize_t give(void *context, uint64_t at, char *to, size_t size)
{
        struct web_stream *stream = context;
        (void)at;
        pthread_mutex_lock(&stream->mutex);
        size_t len = stream->len < size ? stream->len : size;
        ssize_t given = (ssize_t)len;
        memcpy(to, stream->bytes, len);
        memmove(stream->bytes, stream->bytes + len, stream->len - len);
        stream->len -= len;
        if (len == 0 && stream->is_ended) {
                given = MHD_CONTENT_READER_END_OF_STREAM;
        } else if (len == 0) {
                stream->is_suspended = true;
                MHD_suspend_connection(stream->connection);
        }
        pthread_mutex_unlock(&stream->mutex);
        return given;
}

/* The connection has ended, or never began. */
static void leave(void *context)
{
        struct web_stream *stream = context;
        struct web *web = stream->web;
        pthread_mutex_lock(&web->mutex);
        for (struct web_stream **at = &web->streams; *at; at = &(*at)->next)
                if (*at == stream) {
                        *at = stream->next;
                        break;
                }
        pthread_mutex_unlock(&web->mutex);
        pthread_mutex_lock(&stream->mutex);
        stream->is_gone = true;
        stream->is_suspended = false;
        stream->connection = NULL;
        release(stream);
}

struct MHD_Response *stream_response(struct web_stream *stream, struct web *web,
                                     struct MHD_Connection *connection)
{
        pthread_mutex_lock(&web->mutex);
        stream->next = web->streams;
        web->streams = stream;
        pthread_mutex_lock(&stream->mutex);
        stream->web = web;
        stream->connection = connection;
        stream->holds++;
        /* Too late for stream_end_all. */
        if (atomic_load(&web->is_closing))
                stream->is_ended = true;
        pthread_mutex_unlock(&stream->mutex);
        pthread_mutex_unlock(&web->mutex);
        struct MHD_Response *response =
                MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, give, stream, leave);
        if (!response)
                leave(stream);
        return response;
}

void stream_end_all(struct web *web)
{
        pthread_mutex_lock(&web->mutex);
        for (struct web_stream *stream = web->streams; stream; stream = stream->next) {
                pthread_mutex_lock(&stream->mutex);
                stream->is_ended = true;
                wake(stream);
                pthread_mutex_unlock(&stream->mutex);
        }
        pthread_mutex_unlock(&web->mutex);
}
