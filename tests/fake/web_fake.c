#include "tests/fake/web_fake.h"

#include <string.h>

const char *web_request_query(const struct web_request *request, const char *name)
{
        const struct web_fake_query *query = request->connection;
        for (size_t i = 0; query && i < WEB_FAKE_PARAMETERS && query->parameter[i].name; i++)
                if (strcmp(query->parameter[i].name, name) == 0)
                        return query->parameter[i].value;
        return NULL;
}

bool web_response_header(struct web_response *response, const char *name, char *value)
{
        for (size_t i = 0; i < WEB_HEADERS_MAX && value; i++)
                if (!response->headers[i].name) {
                        response->headers[i] = (struct web_header){ name, value };
                        return true;
                }
        free(value);
        return false;
}

struct web_stream *web_stream_new(void)
{
        struct web_stream *stream = calloc(1, sizeof(*stream));
        if (stream && pthread_mutex_init(&stream->mutex, NULL) != 0) {
                free(stream);
                return NULL;
        }
        if (stream && pthread_cond_init(&stream->pushed, NULL) != 0) {
                pthread_mutex_destroy(&stream->mutex);
                free(stream);
                return NULL;
        }
        if (stream)
                stream->holds = 1;
        return stream;
}

struct web_stream *web_stream_hold(struct web_stream *stream)
{
        pthread_mutex_lock(&stream->mutex);
        stream->holds++;
        pthread_mutex_unlock(&stream->mutex);
        return stream;
}

bool web_stream_push(struct web_stream *stream, const char *bytes, size_t len)
{
        pthread_mutex_lock(&stream->mutex);
        bool is_open = !stream->is_ended;
        if (is_open && stream->len + len < WEB_FAKE_TEXT) {
                memcpy(stream->text + stream->len, bytes, len);
                stream->len += len;
        }
        pthread_cond_broadcast(&stream->pushed);
        pthread_mutex_unlock(&stream->mutex);
        return is_open;
}

static struct web_stream *give_up(struct web_stream *stream, bool is_end)
{
        if (!stream)
                return NULL;
        pthread_mutex_lock(&stream->mutex);
        stream->is_ended = stream->is_ended || is_end;
        pthread_cond_broadcast(&stream->pushed);
        bool is_last = --stream->holds == 0;
        pthread_mutex_unlock(&stream->mutex);
        if (is_last) {
                pthread_cond_destroy(&stream->pushed);
                pthread_mutex_destroy(&stream->mutex);
                free(stream);
        }
        return NULL;
}

struct web_stream *web_stream_release(struct web_stream *stream)
{
        return give_up(stream, false);
}

struct web_stream *web_stream_end(struct web_stream *stream)
{
        return give_up(stream, true);
}

bool web_fake_wait(struct web_stream *stream, const char *part)
{
        struct timespec end;
        int r = 0;
        bool is_there;
        clock_gettime(CLOCK_REALTIME, &end);
        end.tv_sec += 10;
        pthread_mutex_lock(&stream->mutex);
        while (!(is_there = memmem(stream->text, stream->len, part, strlen(part)) != NULL) &&
               !stream->is_ended && r == 0)
                r = pthread_cond_timedwait(&stream->pushed, &stream->mutex, &end);
        pthread_mutex_unlock(&stream->mutex);
        return is_there;
}
