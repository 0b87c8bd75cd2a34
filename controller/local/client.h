/*
 * Client: one connection to stiled's local socket (docs/local-protocol.md), for stilectl and
 * stile-uplink. One thread. Calls block at most the time they are given.
 */
#pragma once

#include "controller/local/line.h"

enum {
        CLIENT_TIMEOUT_MS = 5000
};

struct client {
        int fd; /* -1: not connected; readable when client_read has something */
        struct line_reader reader;
        int64_t last_id;
};

#define CLIENT_CLOSED ((struct client){ .fd = -1 })

/* Connects. 0 or -errno (-ENOENT, -ECONNREFUSED: no daemon there; -EACCES). */
MUST_USE int client_open(struct client *client, const char *path);
/* Safe in every state. */
void client_close(struct client *client);

/*
 * Sends a request made of `verb` and the fields of `fields` (reference taken; may be NULL), gives
 * it the next id. The id > 0, or -errno (-ETIMEDOUT: the daemon does not read).
 */
MUST_USE int64_t client_send(struct client *client, const char *verb, json_t *fields);

/* The next message of any kind. 0 and *message (the caller's reference), -ETIMEDOUT, -EPIPE,
 * -EBADMSG, -errno. */
MUST_USE int client_read(struct client *client, json_t **message, int timeout_ms);

/*
 * Sends and waits for its answer; pushed messages that come meanwhile are dropped (do not mix with
 * follow or line-watch on the same connection). 0 and *answer, the whole message with `ok` or
 * `error`, the caller's reference; or -errno.
 */
MUST_USE int client_call(struct client *client, const char *verb, json_t *fields, json_t **answer);
