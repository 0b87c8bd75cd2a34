/*
 * Server: the listening end of the local socket: connections, framing, who is asking. What the
 * requests mean is desk's business. One thread; never blocks.
 */
#pragma once

#include "controller/local/line.h"
#include <sys/types.h>

enum {
        SERVER_CLIENTS_MAX = 16,
        SERVER_OUTPUT_MAX = 1 << 20
};

enum server_role {
        SERVER_UPLINK,
        SERVER_ADMIN
};

struct server_client {
        int fd; /* -1: free */
        enum server_role role;
        uint64_t connection; /* number of this connection, never used again */
        struct line_reader reader;
        char *output; /* heap; what the socket has not taken yet */
        size_t output_len, output_size;
        bool is_busy;   /* a request is under way: the next line waits */
        bool is_doomed; /* closed as soon as its output is gone */
};

struct server {
        int fd;
        char path[108];
        uid_t uplink_uid;
        bool has_uplink;
        uint64_t connections;
        struct server_client client[SERVER_CLIENTS_MAX];
};

/*
 * Binds `path` (a stale socket file is replaced; a live one is -EADDRINUSE), mode 0660. Peers: root
 * and our own user are admin, `uplink_user` (may not exist) is uplink. 0 or -errno after a log
 * line.
 */
MUST_USE int server_open(struct server *server, const char *path, const char *uplink_user);
/* Removes the socket file too. Safe in every state. */
void server_close(struct server *server);

/* Takes one waiting connection. NULL: none, or it was refused. */
struct server_client *server_accept(struct server *server);
/* Queues one object (borrowed) for a client and sends what the socket takes. A client that has let
 * more than SERVER_OUTPUT_MAX wait is doomed. */
void server_send(struct server_client *client, const json_t *object);
/* Sends what waits. False: the connection is dead, drop it. */
MUST_USE bool server_flush(struct server_client *client);
void server_drop(struct server_client *client);
