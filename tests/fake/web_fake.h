/* The web's part for who answers: a request that the test wrote, streams that are kept as text. */
#pragma once

#include "dashboard/ports/web.h"

#include <pthread.h>

enum {
        WEB_FAKE_PARAMETERS = 12,
        WEB_FAKE_TEXT = 4096
};

struct web_fake_parameter {
        const char *name, *value;
};

/* Is a request's `connection`. The parameters end with the first without a name. */
struct web_fake_query {
        struct web_fake_parameter parameter[WEB_FAKE_PARAMETERS];
};

/* One hold or two; freed with the last. Text past the bound is left away. */
struct web_stream {
        pthread_mutex_t mutex;
        pthread_cond_t pushed;
        char text[WEB_FAKE_TEXT];
        size_t len;
        int holds;
        bool is_ended;
};

/* Waits until the stream has been told it. False: it ended, or ten seconds went by. */
MUST_USE bool web_fake_wait(struct web_stream *stream, const char *part);
