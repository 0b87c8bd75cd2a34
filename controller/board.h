/*
 * Board: what the threads of stiled show each other and `status` reads: counters and states, each
 * written by one thread, read by any, all of them atomics. Nothing is decided by it except the
 * watchdog (heartbeats).
 */
#pragma once

#include "common/histogram.h"
#include "controller/decode/aim.h"
#include "controller/decode/stage.h"
#include "controller/ports/lines.h"
#include "controller/settings.h"
#include <stdatomic.h>

enum board_broker {
        BROKER_NO_UPLINK,
        BROKER_DISCONNECTED,
        BROKER_CONNECTING,
        BROKER_CONNECTED
};

struct board_point {
        /* eye */
        atomic_int_fast64_t eye_beat_ms; /* last time round the loop; monotonic */
        atomic_bool is_camera_running;
        atomic_uint_fast64_t frames, camera_faults, refused_frames, codes;
        atomic_uint_fast64_t same_frames; /* of `frames`: not looked at, they show nothing new */
        atomic_int aim;                   /* enum aim_hint */
        atomic_uint_fast32_t rate_mhz;    /* frames per 1,000 s over the last seconds */
        atomic_int width_px, height_px;
        struct histogram decode_us;
        atomic_uint_fast64_t stage_codes[STAGES]; /* of `codes`, which stage read them */
        /* gate */
        atomic_int state; /* enum board_state */
        atomic_int door;  /* enum lane_door */
        struct histogram scan_to_relay_us;
};

enum board_state {
        BOARD_CLOSED,
        BOARD_GRANTED,
        BOARD_PASSING,
        BOARD_RELEASED,
        BOARD_LOCKED_OPEN,
        BOARD_LOCKED_DOWN
};

struct board {
        struct board_point point[SETTINGS_POINTS_MAX];
        /* gate */
        _Atomic(const char *) fire_state;
        atomic_uint_fast64_t line_faults;
        atomic_bool is_line_on[LINES_MAX]; /* by index in the plan: last level driven or read */
        /* recorder */
        atomic_int_fast64_t recorder_beat_ms;
        atomic_uint_fast64_t head, acked, oldest, waiting, late, lost, dropped;
        atomic_int_fast64_t journal_bytes, budget_bytes;
        atomic_uint_fast64_t holders, credentials, levels, inside;
        atomic_bool is_registry_stale; /* older than sync.stale-after-h */
        atomic_int clock_quality;
        atomic_int_fast64_t clock_us; /* wall clock: no row is later yet */
        /* librarian */
        atomic_uint_fast64_t registry_version, registry_blocked; /* adopted; 0: none */
        atomic_int_fast64_t registry_issued_s;
        atomic_uint_fast64_t registry_buckets_left, registry_bytes_left, registry_refused;
        _Atomic(const char *) registry_trouble; /* NULL, "disk", "storage", "content" */
        /* The centre's rows are being adopted: our own wait. Set by the librarian; after a commit
         * the recorder clears it, when it has taken note. */
        atomic_bool is_adopting;
        /* desk */
        atomic_int line_watchers; /* gate tells of line changes while somebody watches */
        atomic_int_fast64_t desk_beat_ms;
};
