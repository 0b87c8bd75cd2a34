/*
 * Gate: the thread that moves things. It owns the lines, the lane state machines, the lamps and
 * every deadline; it hears verdicts and commands through its mailbox and tells the recorder what
 * happened. It never blocks and allocates nothing after gate_init: one poll over lines, mailbox and
 * signals, lines first, so that the fire loop is served whatever else goes on.
 *
 * A grant waits for its record. GATE_VERDICT begins the wait, GATE_COMMITTED ends it and the lane
 * is driven; when record.wait-ms is over, or the record failed, record.on-failure decides, and an
 * exit always opens.
 */
#pragma once

#include "controller/actuate/fire.h"
#include "controller/actuate/plan.h"
#include "controller/board.h"
#include "controller/mail.h"
#include "controller/record/modes.h"

enum {
        GATE_WAITS_MAX = 16
};

struct gate_point {
        struct lane lane;
        struct signals signals;
        enum direction direction;
        bool is_pass_shown, is_release_shown, is_camera_lost, is_aiming;
        struct signals_levels shown;
};

/* A grant between its verdict and its record. */
struct gate_wait {
        enum {
                GATE_WAIT_FREE,
                GATE_WAITING,
                GATE_ACTED,
                GATE_ABANDONED
        } state;
        uint64_t grant;
        int point;
        bool is_egress, is_remarked;
        int64_t deadline_ms, captured_us;
        int client; /* who commanded it and waits for the outcome; -1: nobody */
        uint64_t connection;
};

struct gate {
        struct gate_point point[SETTINGS_POINTS_MAX];
        int points;
        struct plan plan;
        struct lines *lines; /* borrowed */
        struct fire fire;
        struct gate_wait wait[GATE_WAITS_MAX];
        struct mailbox in;
        struct mailbox *recorder, *desk; /* borrowed */
        struct board *board;             /* borrowed */
        int wait_ms;
        bool opens_on_failure, is_line_fault, is_recorder_lost;
        int lines_error; /* -errno: the chip is gone */
        uint64_t last_grant;
        int64_t watchdog_ms, next_watchdog_ms; /* 0: no watchdog */
};

/* Opened lines, mailboxes and board are borrowed for the gate's life. `modes` is what was in force
 * when the last process ended. 0 or -errno. */
MUST_USE int gate_init(struct gate *gate, const struct settings *settings, const struct plan *plan,
                       struct lines *lines, struct mailbox *recorder, struct mailbox *desk,
                       struct board *board, const struct modes *modes);
void gate_deinit(struct gate *gate);

/* Runs until signal_fd (a signalfd of SIGTERM and SIGINT) is readable: 0; or until the lines are
 * lost: -errno. */
MUST_USE int gate_run(struct gate *gate, int signal_fd);

/* One turn: what is due at now_ms, then what waits in lines and mailbox. For gate_run and tests. */
void gate_turn(struct gate *gate, int64_t now_ms);
/* When the next turn is due by time alone. */
int64_t gate_next_ms(const struct gate *gate, int64_t now_ms);
