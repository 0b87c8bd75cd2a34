/*
 * Requests port: what people asked for who have a right to it, and breaches of what is kept of
 * them, until each is answered and done. Drivers: SQLite and PostgreSQL (drivers/requests). Called
 * on many threads; may block. Errors are -errno. Nobody's name is in it: a person is the pseudonym
 * of their events.
 */
#pragma once

#include "common/base.h"

#include <stdbool.h>

enum request_kind {
        REQUEST_ACCESS, /* to know what is kept */
        REQUEST_CORRECT,
        REQUEST_RESTRICT, /* or to withdraw what they agreed to */
        REQUEST_ERASE,
        REQUEST_BREACH, /* nobody's request: others have seen what they may not */
        REQUEST_KINDS
};

enum request_outcome {
        REQUEST_OPEN,
        REQUEST_DONE,
        REQUEST_REFUSED
};

enum {
        REQUESTS_NOTE_MAX = 500 /* bytes of a note or a reason, with its NUL */
};

/* Strings are borrowed for the call; "" is nothing. */
struct request {
        int64_t number; /* from 1; given by the driver */
        enum request_kind kind;
        const char *subject; /* 32 hex digits */
        const char *note;    /* how they asked, and where the paper is */
        const char *by;      /* the account that entered it */
        int64_t received_us;
        int64_t answered_us, closed_us; /* 0: not yet */
        enum request_outcome outcome;
        const char *result; /* what was done, or why not */
};

/* False ends the walk. */
typedef bool request_visitor(void *context, const struct request *request);

struct requests;

struct requests_ops {
        int (*add)(struct requests *requests, const struct request *request, int64_t *number);
        /* That they were told it is in hand: once, the first time counts. -ENOENT; -EALREADY. */
        int (*answer)(struct requests *requests, int64_t number, int64_t at_us);
        /* -ENOENT; -EALREADY: it is closed. Whoever was not answered before is by this. */
        int (*conclude)(struct requests *requests, int64_t number, enum request_outcome outcome,
                        const char *result, int64_t at_us);
        /* Newest first, below `before` (INT64_MAX: from the newest). */
        int (*list)(struct requests *requests, bool is_open_only, int64_t before, size_t limit,
                    request_visitor *visit, void *context);
        void (*close)(struct requests *requests);
};

struct requests {
        const struct requests_ops *ops;
};

MUST_USE static inline int requests_add(struct requests *requests, const struct request *request,
                                        int64_t *number)
{
        return requests->ops->add(requests, request, number);
}

MUST_USE static inline int requests_answer(struct requests *requests, int64_t number, int64_t at_us)
{
        return requests->ops->answer(requests, number, at_us);
}

MUST_USE static inline int requests_conclude(struct requests *requests, int64_t number,
                                             enum request_outcome outcome, const char *result,
                                             int64_t at_us)
{
        return requests->ops->conclude(requests, number, outcome, result, at_us);
}

MUST_USE static inline int requests_list(struct requests *requests, bool is_open_only,
                                         int64_t before, size_t limit, request_visitor *visit,
                                         void *context)
{
        return requests->ops->list(requests, is_open_only, before, limit, visit, context);
}

/* Accepts NULL; returns NULL. */
static inline struct requests *requests_close(struct requests *requests)
{
        if (requests)
                requests->ops->close(requests);
        return NULL;
}
