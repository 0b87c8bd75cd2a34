/*
 * Mail: the messages between stiled's threads. Access points are named by their index in the
 * settings. A message is copied whole; the one pointer in it changes owner with it.
 *
 *     eye ──scan──▶ recorder ──verdict, committed──▶ gate ──passage──▶ recorder
 *     desk ◀──request──▶ recorder,   desk ◀──command──▶ gate
 *     desk ──command of the network──▶ recorder ──▶ gate
 *     eye ──hint──▶ gate, desk
 *     desk ◀──request──▶ librarian ──adopted──▶ recorder
 */
#pragma once

#include "common/mailbox.h"
#include "controller/actuate/lane.h"
#include "controller/actuate/signals.h"
#include "controller/decode/aim.h"
#include "controller/flow.h"
#include "controller/local/command_event.h"
#include "controller/ports/registry.h"
#include "controller/record/nonces.h"
#include "controller/validate/lockout.h"
#include "controller/validate/rules.h"
#include <jansson.h>

/* Grants of the recorder (scans) count from 1; those of the gate (buttons, commands) have this bit.
 */
static const uint64_t GRANT_BY_GATE = UINT64_C(1) << 63;

/* A request of a local client that needs a database: from desk to recorder or librarian and back.
 */
struct request {
        int client;          /* desk's slot */
        uint64_t connection; /* desk's number of the connection: slots are used again */
        json_t *question;    /* the whole request */
        json_t *answer;      /* NULL, or {"ok": …} or {"error": …} */
        bool is_admin;
        bool is_closing; /* no question: the connection is gone, roll its import back */
};

/* With both objects. Accepts NULL. */
void request_free(struct request *request);

/* What a reload may change: the live options of the settings, by whom they concern. */
struct recorder_tuning {
        struct rules_config rules;
        struct lockout_config lockout;
        int wait_ms, scan_age_ms, retention_days;
        int64_t budget_bytes; /* of the journal; 0: none */
        bool drops_oldest;    /* unacknowledged rows over the budget */
};

struct gate_tuning {
        int wait_ms;
        bool opens_on_failure;
        int pulse_ms, window_ms, open_too_long_ms;
        struct signals_config signals;
};

enum gate_command {
        COMMAND_ACCESS_DOOR,
        COMMAND_LOCK_OPEN,
        COMMAND_LOCK_OPEN_RELEASE,
        COMMAND_LOCK_DOWN,
        COMMAND_LOCK_DOWN_RELEASE,
        COMMAND_FIRE_RESET,
};

struct to_recorder {
        enum {
                RECORDER_SCAN,
                RECORDER_GRANT,   /* button or command: to be recorded, then committed */
                RECORDER_PASSAGE, /* anything else that happened */
                RECORDER_LATE,    /* the gate acted on the grant before its record was there */
                RECORDER_REQUEST,
                RECORDER_COMMAND, /* of the network: if its nonce is new, to the gate, or, with a
                                     `request`, back to desk */
                RECORDER_TUNE,
                RECORDER_ADOPTED, /* the registry is another: `counts` */
                RECORDER_STOP
        } kind;
        int point; /* -1: the whole gate */
        enum event event;
        enum reason reason;
        uint64_t grant;
        char detail[FLOW_DETAIL_MAX];
        struct credential credential;
        struct request *request;
        struct recorder_tuning tuning;
        /* RECORDER_COMMAND */
        enum gate_command command;
        int client; /* who waits for the outcome */
        uint64_t connection;
        int64_t not_after_us;
        char nonce[COMMAND_NONCE_MAX + 1];
        struct registry_counts counts;
};

struct to_gate {
        enum {
                GATE_VERDICT, /* admitted ones wait for GATE_COMMITTED */
                GATE_COMMITTED,
                GATE_COMMIT_FAILED,
                GATE_COMMAND,
                GATE_DRIVE, /* move a simulated input */
                GATE_CAMERA,
                GATE_AIM,      /* is_on: somebody's code is seen and cannot be read */
                GATE_RECORDER, /* is_on: records are being written again, or not */
                GATE_TUNE
        } kind;
        int point; /* -1: all */
        struct verdict verdict;
        uint64_t grant;
        enum gate_command command;
        char detail[FLOW_DETAIL_MAX];
        int line;
        bool is_on;
        int client; /* who waits for the answer */
        uint64_t connection;
        struct gate_tuning tuning;
};

struct managers;

struct to_librarian {
        enum {
                LIBRARIAN_REQUEST, /* from desk, and back to it */
                LIBRARIAN_RELOAD,  /* other keys of managers: they and their struct change owner */
                LIBRARIAN_STOP
        } kind;
        struct request *request;
        struct managers *managers;
};

struct to_desk {
        enum {
                DESK_ANSWER,  /* from recorder */
                DESK_OUTCOME, /* of a command or drive, from gate or recorder */
                DESK_COMMAND, /* a command that is desk's to carry out, from recorder */
                DESK_LINE,    /* a line moved, from gate */
                DESK_AIM,     /* another hint, from eye */
                DESK_HEAD,    /* the journal has grown, from recorder */
                DESK_STOP
        } kind;
        struct request *request;
        int client;
        uint64_t connection;
        enum reason refusal; /* DESK_OUTCOME: REASON_NONE is done */
        int error;           /* DESK_OUTCOME: -errno of a drive, or 0 */
        int line;
        bool is_on;
        int64_t at_us;
        int point; /* DESK_AIM */
        enum aim_hint hint;
};
