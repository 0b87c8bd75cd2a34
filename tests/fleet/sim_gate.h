/*
 * Sim gate: one simulated gate: a journal that is a story, and the real courier, report, notices
 * and connection of stile-uplink around it. One thread drives all of them: what the uplink's thread
 * and local socket do is done here at once.
 *
 * Commands are read and answered as the uplink does, and carried out without a row. cmd/sync sends
 * rows again.
 */
#pragma once

#include "controller/publish/courier.h"
#include "controller/publish/report.h"
#include "drivers/bus/connection.h"
#include "tests/fleet/plan.h"
#include "tests/fleet/story.h"

enum {
        SIM_GATE_NAME_MAX = 33
};

struct sim_gate {
        struct bus bus; /* the courier's and the report's port */
        const struct plan *plan;
        struct story story;
        char name[SIM_GATE_NAME_MAX];
        struct notice_source source;
        char client_id[NOTICE_ROOT_MAX];
        char ack_topic[NOTICE_TOPIC_MAX], command_topics[NOTICE_TOPIC_MAX],
                status_topic[NOTICE_TOPIC_MAX];
        char *will;
        char *certificate_file, *private_key_file; /* NULL: no TLS */
        struct bus_settings settings;
        struct connection *connection; /* NULL: none */
        int poll_fd;                   /* the epoll, borrowed */
        short polled;                  /* what the epoll waits for */
        int unanswered;
        struct courier courier;
        struct report report;
        uint64_t random;
        uint64_t head;    /* rows that are there by now */
        uint64_t next;    /* row to be sent; 0: nobody follows */
        uint64_t highest; /* row that was ever sent */
        int64_t next_us;  /* when row head + 1 is there */
        int64_t due_ms;   /* when something is to do without an event */
        int64_t connect_ms, cut_ms, up_ms, tick_ms;
        int failures;
        bool is_over; /* nobody comes any more */
        uint64_t sent, resent, connections, cuts, commands, refused;
};

/* `plan` and `arrival` are borrowed; number from 1. 0 or -ENOMEM. */
MUST_USE int sim_gate_init(struct sim_gate *gate, const struct plan *plan,
                           const struct arrival *arrival, int number, int poll_fd, int64_t now_ms);
/* Also of what was only zeroed. */
void sim_gate_deinit(struct sim_gate *gate);

/* After an event of its descriptor (revents), or when due_ms is reached (0). now_us: wall clock. */
void sim_gate_step(struct sim_gate *gate, short revents, int64_t now_us, int64_t now_ms);
bool sim_gate_is_up(const struct sim_gate *gate);
bool sim_gate_is_settled(const struct sim_gate *gate);
