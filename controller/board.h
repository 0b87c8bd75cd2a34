/*
 * Board: what the threads of stiled show each other and `status` reads: counters and states, each
 * written by one thread, read by any, all of them atomics. Nothing is decided by it except the
 * watchdog (heartbeats).
 */
#pragma once

#include "common/histogram.h"
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
        atomic_uint_fast32_t rate_mhz; /* frames per 1,000 s over the last seconds */
        atomic_int width_px, height_px;
        struct histogram decode_us;
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
        atomic_int clock_quality;
        /* desk */
        atomic_int line_watchers; /* gate tells of line changes while somebody watches */
        atomic_int_fast64_t desk_beat_ms;
};
