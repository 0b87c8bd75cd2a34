/* Plan: what the command line of the fleet asks for. */
#pragma once

#include "tests/fleet/arrival.h"

struct plan {
        const char *host, *org, *site, *prefix, *pattern, *report_file;
        const char *ca_file, *tls_folder; /* NULL: no TLS */
        const char *mqtt;                 /* "5" or "3.1.1" */
        int port, gates, in_flight, batch, keepalive_s, reconnect_max_s, health_s;
        bool is_by_collector;
        bool is_showing_progress;
        uint64_t seed;
        int64_t begin_us;     /* wall clock: when the journals begin */
        uint64_t rows;        /* of each journal, at the most; 0: no end */
        uint64_t backlog;     /* rows of each journal that are there at the beginning */
        double scale, speed;  /* of the pattern */
        int duration_s;       /* people come for this long; 0: until `rows` are there */
        int settle_s;         /* wait for acknowledgements this long, at the most */
        int ramp_ms;          /* the first connections are spread over this */
        double cut_every_s;   /* a session is cut so often, on the average; 0: never */
        double cut_for_s;     /* and stays away for so long, on the average */
        double clock_error_s; /* greatest offset of a third of the clocks */
        double clock_jump_s;  /* greatest jump of a third of the clocks */
        int told_gate;        /* tell this gate's rows and stop; 0: none */
};

enum {
        PLAN_GO = -1
};

/* PLAN_GO; else the exit status, everything said. */
MUST_USE int plan_read(struct plan *plan, int argc, char **argv);
