/*
 * Line: newline-framed JSON over a stream socket, the framing of docs/local-protocol.md.
 * Used by both ends. One owner; never blocks.
 */
#pragma once

#include "common/base.h"
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
        LINE_MAX_BYTES = 262144
};

struct line_reader {
        char *buffer; /* LINE_MAX_BYTES, heap */
        size_t len, scanned;
};

MUST_USE int line_reader_init(struct line_reader *reader);
void line_reader_deinit(struct line_reader *reader);

/* Reads what the socket has. Bytes read > 0; 0: nothing there now; -EPIPE: the peer closed;
 * -EMSGSIZE: a line is longer than allowed; other -errno. */
MUST_USE int line_reader_fill(struct line_reader *reader, int fd);

/* The next whole line as a JSON object: 1 and *object (the caller's reference); 0: none whole yet;
 * -EBADMSG: the line is not a JSON object (it is consumed). */
MUST_USE int line_reader_next(struct line_reader *reader, json_t **object);

/* One object as a line ending in '\n', heap, the caller's; NULL without memory. */
char *line_format(const json_t *object, size_t *len);
