/*
 * Web port: an HTTP/1.1 server that asks one handler. Driver: libmicrohttpd (drivers/web).
 *
 * The driver owns sockets, TLS, limits and time-outs; it knows no paths. A request is complete when
 * the handler sees it: bounded head, bounded body, and a method that is in the enum. The handler is
 * called on one of `workers` threads and may block; each has a number, so what cannot be shared
 * between threads (a database connection) can be one a worker. All answers get the security headers
 * of `web_settings.headers`, those that the driver makes itself (400, 404, 413, 503 …) too.
 *
 * A stream is an answer without an end (server-sent events): whoever holds it pushes to it from any
 * thread. What a slow client does not take is bounded; past the bound the stream ends, and its
 * client comes again.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stddef.h>

enum {
        WEB_TARGET_MAX = 2048, /* path and query */
        WEB_HEAD_MAX = 16384,
        WEB_ADDRESS_MAX = 46,        /* INET6_ADDRSTRLEN */
        WEB_STREAM_PENDING = 262144, /* bytes that one client may be behind */
        WEB_HEADERS_MAX = 12
};

enum web_method {
        WEB_GET, /* HEAD, too: the driver leaves the body away */
        WEB_POST,
        WEB_PUT,
        WEB_PATCH,
        WEB_DELETE
};

/* Borrowed for the call; strings are percent-decoded, valid UTF-8 and without control characters
 * (else the driver answers 400). */
struct web_request {
        enum web_method method;
        const char *path; /* begins with '/' */
        const char *body; /* NUL behind it; "" when there is none */
        size_t body_len;
        char address[WEB_ADDRESS_MAX]; /* the peer's, as text; a Unix socket's is "" */
        unsigned worker;               /* which thread this is, from 0 */
        void *connection;              /* the driver's */
};

/* NULL: there is none. `name` of headers in any case; of several lines the first. Borrowed for the
 * call. Not checked to be UTF-8. */
const char *web_request_header(const struct web_request *request, const char *name);
/* Of several lines the last: the one that the nearest proxy added. */
const char *web_request_last_header(const struct web_request *request, const char *name);
const char *web_request_query(const struct web_request *request, const char *name);
const char *web_request_cookie(const struct web_request *request, const char *name);

struct web_stream;

struct web_header {
        const char *name; /* static */
        char *value;      /* heap; the response's */
};

/* Filled in by the handler, freed by the driver. { 0 } is an empty 500. */
struct web_response {
        unsigned status;
        const char *content_type; /* static; NULL: no body */
        char *body;               /* heap; NULL: none */
        size_t len;
        const void *file; /* static bytes instead of body (built assets); NULL: none */
        struct web_header headers[WEB_HEADERS_MAX]; /* up to the first without a name */
        struct web_stream *stream; /* a hold: the answer has no end; NULL: it has one */
};

/* Adds one; takes `value` over, and frees it when there is no room or it is NULL. */
MUST_USE bool web_response_header(struct web_response *response, const char *name, char *value);

typedef void web_handler(void *context, const struct web_request *request,
                         struct web_response *response);

/* All borrowed until web_close. */
struct web_settings {
        const char *address;                             /* numeric; "::" is both families */
        uint16_t port;                                   /* 0: any free one, see web_port */
        const char *certificate_file, *private_key_file; /* PEM; NULL both: no TLS */
        unsigned workers, connections_max, connections_per_address; /* 0: unlimited per address */
        size_t body_max;
        unsigned timeout_s; /* of an idle or slow client */
        const struct web_header *headers;
        size_t header_count;
        web_handler *handler;
        void *context;
};

struct web;

/* 0 or -errno, said in the log with file or address. */
MUST_USE int web_open(const struct web_settings *settings, struct web **web);
uint16_t web_port(const struct web *web);
/* Reads certificate and key again; the old ones stay when it fails. 0 or -errno. */
MUST_USE int web_reload(struct web *web);
/* Ends every stream, waits for the handlers. Accepts NULL; returns NULL. */
struct web *web_close(struct web *web);

/* For a handler: a stream for its response; NULL: no memory. The handler's own hold; the connection
 * has another. */
struct web_stream *web_stream_new(void);
/* Another hold, for a response's `stream` or a keeper; returns it. */
struct web_stream *web_stream_hold(struct web_stream *stream);
/* False: the client is gone or too slow; nothing more can be sent. */
MUST_USE bool web_stream_push(struct web_stream *stream, const char *bytes, size_t len);
/* Gives the hold up. Accepts NULL; returns NULL. */
struct web_stream *web_stream_release(struct web_stream *stream);
/* The same, and ends the answer. */
struct web_stream *web_stream_end(struct web_stream *stream);
