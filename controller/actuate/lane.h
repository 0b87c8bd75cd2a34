/*
 * Lane: one access point's state machine. Pure: no clock, no I/O, no allocation.
 *
 * A grant pulses the pass relay; the passage sensor within the window makes it taken, silence makes
 * it not taken. The next grant waits until the passage is free. Terms and events: ONVIF Door
 * Control.
 *
 *     closed --grant--> granted --sensor on--> passing --sensor off--> closed
 *                          \--window over: AccessNotTaken--> closed
 *
 * Over that lie three modes, the stronger first: fire release, lock-down, lock-open. Egress (an
 * exit access point, an exit button) is never refused.
 *
 * Two outputs, never one. `pass` is a pulse, bounded by LANE_PASS_MAX_MS whatever anybody asks.
 * `release` says that the lane shall be free; where no release line is wired, the lane keeps
 * pulsing pass instead.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        LANE_PASS_MAX_MS = 5000, /* no relay is ever on longer in one go */
        LANE_PASS_GAP_MS =
                300,          /* off time between pulses of a released lane without release line */
        LANE_WAITING_MAX = 4, /* grants that may wait for the passage to be free */
        LANE_EVENTS_MAX = LANE_WAITING_MAX + 4 /* one step raises at most */
};

struct lane_config {
        int pulse_ms, window_ms, open_too_long_ms;
        bool is_exit, has_sensor, has_release;
};

enum lane_state {
        LANE_CLOSED,
        LANE_GRANTED,
        LANE_PASSING
};

enum lane_door {
        LANE_DOOR_NORMAL,
        LANE_DOOR_FORCED_OPEN,
        LANE_DOOR_OPEN_TOO_LONG
};

enum lane_input {
        LANE_TICK, /* time has passed */
        LANE_GRANT,
        LANE_GRANT_EGRESS, /* by exit button: goes past a lock-down */
        LANE_SENSOR_ON,
        LANE_SENSOR_OFF,
        LANE_FIRE_RELEASE,
        LANE_FIRE_RESET,
        LANE_LOCK_OPEN,
        LANE_LOCK_OPEN_RELEASE,
        LANE_LOCK_DOWN, /* ignored by an exit */
        LANE_LOCK_DOWN_RELEASE,
};

/* What a step wants to have recorded. */
struct lane_events {
        size_t count;
        struct {
                enum event event;
                enum reason reason;
                uint64_t grant; /* 0: none */
        } event[LANE_EVENTS_MAX];
};

struct lane {
        struct lane_config config;
        enum lane_state state;
        enum lane_door door;
        bool is_fire, is_locked_down, is_locked_open;
        bool is_pass_on, is_pulse_wanted, is_sensor_on;
        int64_t pass_until_ms; /* on: when it goes off; off: when it went off */
        int64_t window_until_ms, sensor_since_ms;
        uint64_t grant; /* LANE_GRANTED: whose */
        uint64_t waiting[LANE_WAITING_MAX];
        size_t waiting_count;
};

void lane_init(struct lane *lane, const struct lane_config *config);

/* One input at now_ms (monotonic, never going back). `grant` counts for grants only. Everything
 * that was due by now_ms happens first. *events is overwritten. */
void lane_step(struct lane *lane, enum lane_input input, uint64_t grant, int64_t now_ms,
               struct lane_events *events);

/* When lane_step(LANE_TICK) is wanted next; INT64_MAX: never. */
int64_t lane_next_ms(const struct lane *lane);

/* Free to walk through, in either direction, without a grant. */
bool lane_is_released(const struct lane *lane);
