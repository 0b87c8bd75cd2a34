#include "controller/actuate/lane.h"

#include <assert.h>
#include <string.h>

static void raise_event(struct lane_events *events, enum event event, enum reason reason,
                        uint64_t grant)
{
        assert(events->count < LANE_EVENTS_MAX);
        events->event[events->count].event = event;
        events->event[events->count].reason = reason;
        events->event[events->count++].grant = grant;
}

bool lane_is_released(const struct lane *lane)
{
        return lane->is_fire || (lane->is_locked_open && !lane->is_locked_down);
}

static int64_t min_ms(int64_t a, int64_t b)
{
        return a < b ? a : b;
}

/* When a pulse that is wanted may begin. A turnstile counts rising edges: between two pulses the
 * relay is off for the gap, so that the second is one, and so that no row of pulses outlasts the
 * bound. */
static int64_t next_pulse_ms(const struct lane *lane)
{
        bool is_kept_free = lane_is_released(lane) && !lane->config.has_release;
        bool is_due = (lane->is_pulse_wanted || is_kept_free) && !lane->is_pass_on;
        return is_due ? lane->pass_until_ms + LANE_PASS_GAP_MS : INT64_MAX;
}

static void begin_pulse(struct lane *lane, int64_t now_ms)
{
        lane->is_pulse_wanted = false;
        lane->is_pass_on = true;
        lane->pass_until_ms = now_ms + min_ms(lane->config.pulse_ms, LANE_PASS_MAX_MS);
}

static void end_pulse(struct lane *lane, int64_t now_ms)
{
        lane->is_pass_on = false;
        lane->pass_until_ms = now_ms;
}

static void begin(struct lane *lane, uint64_t grant, int64_t now_ms)
{
        lane->state = LANE_GRANTED;
        lane->grant = grant;
        /* Without a sensor the passage is over with the pulse. */
        lane->window_until_ms =
                now_ms + (lane->config.has_sensor ? lane->config.window_ms : lane->config.pulse_ms);
        if (lane->is_pass_on)
                end_pulse(lane, now_ms);
        lane->is_pulse_wanted = !lane_is_released(lane) || !lane->config.has_release;
}

static void begin_waiting(struct lane *lane, int64_t now_ms)
{
        if (lane->waiting_count == 0 || lane->state != LANE_CLOSED)
                return;
        uint64_t grant = lane->waiting[0];
        lane->waiting_count--;
        memmove(lane->waiting, lane->waiting + 1, lane->waiting_count * sizeof(lane->waiting[0]));
        begin(lane, grant, now_ms);
}

static void on_grant(struct lane *lane, uint64_t grant, bool is_egress, int64_t now_ms,
                     struct lane_events *events)
{
        if (lane->is_locked_down && !lane->is_fire && !is_egress) {
                raise_event(events, EVENT_ACCESS_NOT_TAKEN, REASON_OUT_OF_SERVICE, grant);
        } else if (lane->state == LANE_CLOSED) {
                begin(lane, grant, now_ms);
        } else {
                lane->is_pulse_wanted = lane->is_pulse_wanted || is_egress;
                if (lane->waiting_count < LANE_WAITING_MAX)
                        lane->waiting[lane->waiting_count++] = grant;
                else
                        raise_event(events, EVENT_ACCESS_NOT_TAKEN, REASON_BUSY, grant);
        }
}

static void on_sensor_on(struct lane *lane, int64_t now_ms, struct lane_events *events)
{
        if (lane->is_sensor_on)
                return;
        lane->is_sensor_on = true;
        lane->sensor_since_ms = now_ms;
        if (lane->state == LANE_GRANTED) {
                raise_event(events, EVENT_ACCESS_TAKEN, REASON_NONE, lane->grant);
        } else if (lane_is_released(lane)) {
                raise_event(events, EVENT_ACCESS_TAKEN,
                            lane->is_fire ? REASON_FIRE : REASON_COMMAND, 0);
        } else {
                lane->door = LANE_DOOR_FORCED_OPEN;
                raise_event(events, EVENT_FORCED_OPEN, REASON_NONE, 0);
        }
        lane->grant = 0;
        lane->state = LANE_PASSING;
}

static void on_sensor_off(struct lane *lane, int64_t now_ms, struct lane_events *events)
{
        if (!lane->is_sensor_on)
                return;
        lane->is_sensor_on = false;
        lane->state = LANE_CLOSED;
        if (lane->door != LANE_DOOR_NORMAL) {
                lane->door = LANE_DOOR_NORMAL;
                raise_event(events, EVENT_DOOR_NORMAL, REASON_NONE, 0);
        }
        begin_waiting(lane, now_ms);
}

/* Nobody may enter any more: grants that were not used yet are taken back. */
static void lock_down(struct lane *lane, int64_t now_ms, struct lane_events *events)
{
        if (lane->config.is_exit || lane->is_locked_down)
                return;
        lane->is_locked_down = true;
        if (lane->is_fire)
                return;
        if (lane->is_pass_on)
                end_pulse(lane, now_ms);
        lane->is_pulse_wanted = false;
        if (lane->state == LANE_GRANTED) {
                raise_event(events, EVENT_ACCESS_NOT_TAKEN, REASON_OUT_OF_SERVICE, lane->grant);
                lane->state = LANE_CLOSED;
                lane->grant = 0;
        }
        for (size_t i = 0; i < lane->waiting_count; i++)
                raise_event(events, EVENT_ACCESS_NOT_TAKEN, REASON_OUT_OF_SERVICE,
                            lane->waiting[i]);
        lane->waiting_count = 0;
}

static int64_t too_long_ms(const struct lane *lane)
{
        bool is_due = lane->is_sensor_on && lane->door != LANE_DOOR_OPEN_TOO_LONG && !lane->is_fire;
        return is_due ? lane->sensor_since_ms + lane->config.open_too_long_ms : INT64_MAX;
}

static void end_window(struct lane *lane, int64_t now_ms, struct lane_events *events)
{
        if (lane->config.has_sensor)
                raise_event(events, EVENT_ACCESS_NOT_TAKEN, REASON_NONE, lane->grant);
        else
                raise_event(events, EVENT_ACCESS_TAKEN, REASON_NO_SENSOR, lane->grant);
        lane->state = LANE_CLOSED;
        lane->grant = 0;
        begin_waiting(lane, now_ms);
}

static void on_time(struct lane *lane, int64_t now_ms, struct lane_events *events)
{
        if (lane->is_pass_on && now_ms >= lane->pass_until_ms)
                end_pulse(lane, now_ms);
        if (lane->state == LANE_GRANTED && now_ms >= lane->window_until_ms)
                end_window(lane, now_ms, events);
        if (now_ms >= too_long_ms(lane)) {
                lane->door = LANE_DOOR_OPEN_TOO_LONG;
                raise_event(events, EVENT_OPEN_TOO_LONG, REASON_NONE, 0);
        }
        if (now_ms >= next_pulse_ms(lane))
                begin_pulse(lane, now_ms);
}

int64_t lane_next_ms(const struct lane *lane)
{
        int64_t next = min_ms(too_long_ms(lane), next_pulse_ms(lane));
        if (lane->is_pass_on)
                next = min_ms(next, lane->pass_until_ms);
        if (lane->state == LANE_GRANTED)
                next = min_ms(next, lane->window_until_ms);
        return next;
}

void lane_init(struct lane *lane, const struct lane_config *config)
{
        *lane = (struct lane){ .config = *config, .pass_until_ms = INT64_MIN / 2 };
}

void lane_step(struct lane *lane, enum lane_input input, uint64_t grant, int64_t now_ms,
               struct lane_events *events)
{
        events->count = 0;
        on_time(lane, now_ms, events);
        switch (input) {
        case LANE_TICK:
                break;
        case LANE_GRANT:
                on_grant(lane, grant, lane->config.is_exit, now_ms, events);
                break;
        case LANE_GRANT_EGRESS:
                on_grant(lane, grant, true, now_ms, events);
                break;
        case LANE_SENSOR_ON:
                on_sensor_on(lane, now_ms, events);
                break;
        case LANE_SENSOR_OFF:
                on_sensor_off(lane, now_ms, events);
                break;
        case LANE_FIRE_RELEASE:
                lane->is_fire = true;
                break;
        case LANE_FIRE_RESET:
                lane->is_fire = false;
                break;
        case LANE_LOCK_OPEN:
                lane->is_locked_open = true;
                break;
        case LANE_LOCK_OPEN_RELEASE:
                lane->is_locked_open = false;
                break;
        case LANE_LOCK_DOWN:
                lock_down(lane, now_ms, events);
                break;
        case LANE_LOCK_DOWN_RELEASE:
                lane->is_locked_down = false;
                break;
        }
        if (now_ms >= next_pulse_ms(lane))
                begin_pulse(lane, now_ms);
}
