#include "controller/local/line.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

int line_reader_init(struct line_reader *reader)
{
        *reader = (struct line_reader){ .buffer = malloc(LINE_MAX_BYTES) };
        return reader->buffer ? 0 : -ENOMEM;
}

void line_reader_deinit(struct line_reader *reader)
{
        free(reader->buffer);
        *reader = (struct line_reader){ 0 };
}

int line_reader_fill(struct line_reader *reader, int fd)
{
        if (reader->len == LINE_MAX_BYTES)
                return -EMSGSIZE;
        ssize_t got =
                recv(fd, reader->buffer + reader->len, LINE_MAX_BYTES - reader->len, MSG_DONTWAIT);
        if (got == 0)
                return -EPIPE;
        if (got < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        reader->len += (size_t)got;
        return (int)got;
}

int line_reader_next(struct line_reader *reader, json_t **object)
{
        *object = NULL;
        char *end = memchr(reader->buffer + reader->scanned, '\n', reader->len - reader->scanned);
        if (!end) {
                reader->scanned = reader->len;
                return 0;
        }
        size_t len = (size_t)(end - reader->buffer);
        /* Duplicate keys are refused: two readers could take different ones. */
        json_t *parsed = json_loadb(reader->buffer, len, JSON_REJECT_DUPLICATES, NULL);
        reader->len -= len + 1;
        reader->scanned = 0;
        memmove(reader->buffer, end + 1, reader->len);
        if (!json_is_object(parsed)) {
                json_decref(parsed);
                return -EBADMSG;
        }
        *object = parsed;
        return 1;
}

char *line_format(const json_t *object, size_t *len)
{
        size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);
        char *line = size ? malloc(size + 2) : NULL;
        if (!line)
                return NULL;
        json_dumpb(object, line, size, JSON_COMPACT);
        line[size] = '\n';
        line[size + 1] = '\0';
        *len = size + 1;
        return line;
}
