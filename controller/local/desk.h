/*
 * Desk: the thread that serves local clients (docs/local-protocol.md). It reads and writes sockets
 * and JSON, which the gate must not, and passes on what others own: questions to the recorder,
 * commands to the gate. A client has one request under way at a time.
 */
#pragma once

#include "controller/actuate/plan.h"
#include "controller/board.h"
#include "controller/local/rate.h"
#include "controller/local/server.h"
#include "controller/mail.h"
#include "controller/overrides.h"
#include "controller/validate/manager.h"

enum {
        DESK_NONCES = 256
};

struct desk_client {
        json_int_t request_id;
        bool is_following, is_watching, is_aim_watching;
        json_t *said;    /* what an answer to a signed command says besides; NULL: nothing */
        bool is_pumping; /* the request under way is ours, for follow */
        json_int_t follow_id, watch_id, aim_watch_id;
        uint64_t follow_after;
};

struct desk {
        const struct settings *settings; /* borrowed, only what never changes is read */
        const struct plan *plan;
        bool is_simulated;
        struct server server;
        struct desk_client client[SERVER_CLIENTS_MAX];
        struct mailbox in;
        struct mailbox *recorder, *gate; /* borrowed */
        struct mailbox *librarian;       /* borrowed; NULL: there is none */
        struct board *board;             /* borrowed */
        char boot[37];                   /* UUID of this start */
        int64_t started_us;              /* wall clock */
        int64_t started_ms;              /* monotonic */
        /* Nonces of commands from here, the newest last: a command is carried out once. */
        char nonce[DESK_NONCES][COMMAND_NONCE_MAX + 1];
        size_t next_nonce;
        /* Commands of the network. */
        struct managers managers;
        struct rate rate;            /* of those that no manager has signed */
        struct rate signed_rate;     /* of the others, which no flood of strangers shall shut out */
        struct overrides *overrides; /* borrowed; changed here only */
        const char *config_path;     /* borrowed */
        /* What stile-uplink said last. */
        enum board_broker broker;
        char broker_detail[96];
        int64_t broker_since_us, broker_said_ms, published, in_flight;
        /* SIGHUP */
        int signal_fd;
        void (*reload)(void *context);
        void *context;
};

/* Opens the socket. The mailboxes and board are borrowed. 0 or -errno. */
MUST_USE int desk_init(struct desk *desk, const struct settings *settings, const struct plan *plan,
                       struct board *board);
void desk_deinit(struct desk *desk);
/* Runs until DESK_STOP. Calls reload() when signal_fd (a signalfd of SIGHUP) is readable. */
void desk_run(struct desk *desk);
