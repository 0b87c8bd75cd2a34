/* What the files of the web driver share. */
#pragma once

#include "dashboard/ports/web.h"
#include "drivers/web/certificate.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
        WEB_QUEUED_PER_WORKER = 16 /* more than these are told to come again */
};

/* One request, from its first line until its answer is out. */
struct exchange {
        struct web *web;
        struct MHD_Connection *connection;
        struct exchange *next; /* in the queue */
        enum {
                EXCHANGE_NEW,
                EXCHANGE_READING,
                EXCHANGE_ASKED, /* suspended: a worker has it, or will */
                EXCHANGE_ANSWERED
        } state;
        bool is_target_too_long;
        enum web_method method;
        const char *path; /* the daemon's */
        char *body;       /* heap */
        size_t body_len, body_capacity;
        struct web_response response;
};

struct web_worker {
        struct web *web;
        pthread_t thread;
        unsigned number;
};

struct web {
        struct web_settings settings;
        int listen_fd;
        uint16_t port;
        struct MHD_Daemon *daemon;
        struct certificate *certificate; /* NULL: no TLS */
        struct web_worker *worker;
        unsigned workers; /* that were started */
        atomic_bool is_closing;
        pthread_mutex_t mutex; /* of all below */
        pthread_cond_t asked;
        struct exchange *first, **last;
        size_t queued;
        struct web_stream *streams; /* whose answers are under way */
};

/* exchange.c */
void *exchange_begin(void *context, const char *uri, struct MHD_Connection *connection);
enum MHD_Result exchange_go_on(void *context, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload_data,
                               size_t *upload_data_size, void **slot);
void exchange_end(void *context, struct MHD_Connection *connection, void **slot,
                  enum MHD_RequestTerminationCode why);
/* In a worker's thread: what the handler says, and back to the daemon. */
void exchange_answer(struct exchange *exchange, unsigned worker);

/* queue.c */
/* False: there is no room, or the end is near. */
MUST_USE bool queue_put(struct web *web, struct exchange *exchange);
/* Starts and ends the workers. 0 or -errno. */
MUST_USE int queue_open(struct web *web);
void queue_close(struct web *web);

/* target.c */
/* For the daemon: %xx in place; what is no escape, or stands for a control character, becomes one
 * that target_is_good refuses. */
size_t target_unescape(void *context, struct MHD_Connection *connection, char *text);
/* UTF-8 without control characters. */
bool target_is_good(const char *text);
/* All names and values of the query, and of the cookies. */
bool target_are_values_good(struct MHD_Connection *connection);

/* stream.c */
/* The answer that the stream is; takes a hold. NULL: no memory. */
struct MHD_Response *stream_response(struct web_stream *stream, struct web *web,
                                     struct MHD_Connection *connection);
void stream_end_all(struct web *web);
