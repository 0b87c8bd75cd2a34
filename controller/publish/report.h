/*
 * Report: what the gate says of itself at the broker: status (retained), birth (the same, once a
 * connection) and health. Decides what is due and publishes it; knows no socket and no clock.
 */
#pragma once

#include "controller/publish/notice.h"

enum {
        REPORT_STATUS_MS = 10000 /* a growing journal alone is not said more often */
};

struct report {
        const struct notice_source *source;
        int64_t health_every_ms;
        json_t *status; /* the gate's last answer; NULL: none yet */
        bool is_gate_there, is_gate_known;
        json_t *said; /* what status said last on this connection; NULL: nothing yet */
        int64_t said_ms, health_ms;
        bool is_born;
};

/* `source` is borrowed. */
void report_init(struct report *report, const struct notice_source *source, int health_s);
void report_deinit(struct report *report);

/* The gate's answer to `status` (borrowed). */
void report_gate(struct report *report, json_t *status);
/* The gate does not run, or cannot be reached. */
void report_no_gate(struct report *report);
/* A new connection: everything is said again. */
void report_up(struct report *report);

/* While the bus is up: publishes what is due. */
void report_step(struct report *report, struct bus *bus, int64_t now_ms);
/* The last word; comes back as BUS_PUBLISHED with `token`. bus_publish's answers. */
MUST_USE int report_goodbye(const struct report *report, struct bus *bus, uint64_t token);
/* The will: what the broker says when the connection is lost. Heap or NULL. */
char *report_will(const struct notice_source *source);
