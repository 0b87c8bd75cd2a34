#include "controller/actuate/gate_private.h"

#include "common/log.h"
#include "controller/flow_names.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

enum {
        MAILBOX_CAPACITY = 256,
        EDGES_A_TURN = 256,
        BEAT_FRESH_MS = 10000 /* a thread that has not come round for this long is dead */
};

void gate_record(struct gate *gate, int point, enum event event, enum reason reason, uint64_t grant,
                 const char *detail)
{
        struct to_recorder message = { .kind = RECORDER_PASSAGE,
                                       .point = point,
                                       .event = event,
                                       .reason = reason,
                                       .grant = grant };
        snprintf(message.detail, sizeof(message.detail), "%s", detail);
        if (mailbox_put(gate->recorder, &message))
                return;
        atomic_fetch_add(&gate->board->lost, 1);
        log_error("record lost", "event=%s mailbox=full", event_name(event));
}

/* For watchers only: when desk is slow, they miss some. */
static void tell_line(struct gate *gate, int line, bool is_on, int64_t at_us)
{
        struct to_desk moved = { .kind = DESK_LINE, .line = line, .is_on = is_on, .at_us = at_us };
        atomic_store(&gate->board->is_line_on[line], is_on);
        if (atomic_load(&gate->board->line_watchers) > 0 && !mailbox_put(gate->desk, &moved))
                log_warn("line change not told", "line=%s", gate->plan.spec[line].name);
}

/* Drives one output. A fault is told when it begins; the lines keep being tried. */
static void set_line(struct gate *gate, int line, bool is_on)
{
        if (line == PLAN_NONE)
                return;
        int error = lines_set(gate->lines, line, is_on);
        if (error) {
                atomic_fetch_add(&gate->board->line_faults, 1);
                if (gate->is_line_fault)
                        return;
                gate->is_line_fault = true;
                log_error("line lost", "line=%s error=%s", gate->plan.spec[line].name,
                          strerror(-error));
                gate_record(gate, -1, EVENT_FAULT, REASON_LINES, 0, gate->plan.spec[line].name);
                return;
        }
        tell_line(gate, line, is_on, monotonic_us());
}

static enum signals_steady steady_of(const struct gate *gate, const struct gate_point *point)
{
        const struct lane *lane = &point->lane;
        if (lane->is_fire)
                return SIGNALS_RELEASED;
        if (lane->is_locked_down)
                return SIGNALS_LOCKED;
        if (lane->is_locked_open)
                return SIGNALS_OPEN;
        bool is_stuck = gate->is_recorder_lost && !gate->opens_on_failure;
        if (point->is_camera_lost || is_stuck)
                return SIGNALS_OUT_OF_ORDER;
        return point->is_aiming && point->signals.config.is_aiming ? SIGNALS_AIMING : SIGNALS_READY;
}

static enum board_state state_of(const struct lane *lane)
{
        if (lane->is_fire)
                return BOARD_RELEASED;
        if (lane->is_locked_down)
                return BOARD_LOCKED_DOWN;
        if (lane->is_locked_open)
                return BOARD_LOCKED_OPEN;
        return lane->state == LANE_GRANTED   ? BOARD_GRANTED
               : lane->state == LANE_PASSING ? BOARD_PASSING
                                             : BOARD_CLOSED;
}

void gate_show(struct gate *gate, int index, int64_t now_ms)
{
        struct gate_point *point = &gate->point[index];
        const struct plan_point *plan = &gate->plan.point[index];
        if (point->lane.is_pass_on != point->is_pass_shown) {
                point->is_pass_shown = point->lane.is_pass_on;
                set_line(gate, plan->pass, point->is_pass_shown);
        }
        /* The release output holds the lane while it is on: no power and no driver mean free. */
        bool is_held = !lane_is_released(&point->lane);
        if (is_held != point->is_release_shown) {
                point->is_release_shown = is_held;
                set_line(gate, plan->release, is_held);
        }
        point->signals.steady = steady_of(gate, point);
        struct signals_levels levels = signals_levels(&point->signals, now_ms);
        if (levels.green != point->shown.green)
                set_line(gate, plan->green, levels.green);
        if (levels.red != point->shown.red)
                set_line(gate, plan->red, levels.red);
        if (levels.buzzer != point->shown.buzzer)
                set_line(gate, plan->buzzer, levels.buzzer);
        point->shown = levels;
        atomic_store(&gate->board->point[index].state, (int)state_of(&point->lane));
        atomic_store(&gate->board->point[index].door, (int)point->lane.door);
}

void gate_step(struct gate *gate, int index, enum lane_input input, uint64_t grant, int64_t now_ms)
{
        struct lane_events events;
        lane_step(&gate->point[index].lane, input, grant, now_ms, &events);
        /* First move, then write about it. */
        gate_show(gate, index, now_ms);
        for (size_t i = 0; i < events.count; i++)
                gate_record(gate, index, events.event[i].event, events.event[i].reason,
                            events.event[i].grant, "");
}

void gate_step_all(struct gate *gate, enum lane_input input, int64_t now_ms)
{
        for (int i = 0; i < gate->points; i++)
                gate_step(gate, i, input, 0, now_ms);
}

void gate_cue(struct gate *gate, int index, enum signals_cue cue, int64_t now_ms)
{
        signals_cue(&gate->point[index].signals, cue, now_ms);
        gate_show(gate, index, now_ms);
}

static void on_edge(struct gate *gate, const struct line_edge *edge, int64_t now_ms)
{
        if (edge->line == gate->plan.fire)
                gate_fire(gate, fire_loop(&gate->fire, edge->is_on), "", now_ms);
        else if (edge->line == gate->plan.fire_reset && edge->is_on)
                gate_fire(gate, fire_reset(&gate->fire), "", now_ms);
        for (int i = 0; i < gate->points; i++) {
                const struct plan_point *plan = &gate->plan.point[i];
                if (edge->line == plan->sensor)
                        gate_step(gate, i, edge->is_on ? LANE_SENSOR_ON : LANE_SENSOR_OFF, 0,
                                  now_ms);
                else if (edge->line == plan->button && edge->is_on)
                        gate_grants_own(gate, i, EVENT_ACCESS_GRANTED, REASON_EXIT_BUTTON, "", -1,
                                        0, now_ms);
                else if (edge->line == plan->tamper && edge->is_on)
                        gate_record(gate, i, EVENT_TAMPER, REASON_NONE, 0, "");
        }
        tell_line(gate, edge->line, edge->is_on, edge->at_us);
}

/* The chip is gone: told, and everything is free; gate_run then ends, and the next start finds the
 * chip again or says why not. */
static void lose_lines(struct gate *gate, int error, int64_t now_ms)
{
        if (gate->lines_error)
                return;
        gate->lines_error = error;
        log_error("lines lost", "error=%s", strerror(-error));
        gate_record(gate, -1, EVENT_FAULT, REASON_LINES, 0, strerror(-error));
        /* A fire loop that cannot be read is a broken one. */
        if (gate->plan.fire != PLAN_NONE)
                gate_fire(gate, fire_loop(&gate->fire, false), "lines lost", now_ms);
}

/* Bounded: an input that chatters for ever must not keep the rest waiting. */
static void read_lines(struct gate *gate, int64_t now_ms)
{
        struct line_edge edge;
        int got = 0;
        for (int i = 0; i < EDGES_A_TURN && (got = lines_read(gate->lines, &edge)) > 0; i++)
                on_edge(gate, &edge, now_ms);
        if (got < 0)
                lose_lines(gate, got, now_ms);
}

static void tune(struct gate *gate, const struct to_gate *message, int64_t now_ms)
{
        const struct gate_tuning *tuning = &message->tuning;
        struct gate_point *point = &gate->point[message->point];
        gate->wait_ms = tuning->wait_ms;
        gate->opens_on_failure = tuning->opens_on_failure;
        point->lane.config.pulse_ms = tuning->pulse_ms;
        point->lane.config.window_ms = tuning->window_ms;
        point->lane.config.open_too_long_ms = tuning->open_too_long_ms;
        point->signals.config = tuning->signals;
        gate_show(gate, message->point, now_ms);
}

static void on_message(struct gate *gate, const struct to_gate *message, int64_t now_ms)
{
        switch (message->kind) {
        case GATE_VERDICT:
                gate_grants_verdict(gate, message, now_ms);
                break;
        case GATE_COMMITTED:
                gate_grants_committed(gate, message->grant, now_ms);
                break;
        case GATE_COMMIT_FAILED:
                gate_grants_failed(gate, message->grant, now_ms);
                break;
        case GATE_COMMAND:
                gate_command(gate, message, now_ms);
                break;
        case GATE_DRIVE:
                gate_drive(gate, message);
                break;
        case GATE_CAMERA:
                gate->point[message->point].is_camera_lost = !message->is_on;
                gate_show(gate, message->point, now_ms);
                break;
        case GATE_AIM:
                gate->point[message->point].is_aiming = message->is_on;
                gate_show(gate, message->point, now_ms);
                break;
        case GATE_RECORDER:
                gate->is_recorder_lost = !message->is_on;
                for (int i = 0; i < gate->points; i++)
                        gate_show(gate, i, now_ms);
                break;
        case GATE_TUNE:
                tune(gate, message, now_ms);
                break;
        }
}

void gate_turn(struct gate *gate, int64_t now_ms)
{
        struct to_gate message;
        read_lines(gate, now_ms);
        for (int i = 0; i < gate->points; i++)
                gate_step(gate, i, LANE_TICK, 0, now_ms);
        gate_grants_expire(gate, now_ms);
        /* Bounded, so that a flood of messages cannot keep the lines waiting. */
        for (int i = 0; i < MAILBOX_CAPACITY && mailbox_take(&gate->in, &message); i++) {
                on_message(gate, &message, now_ms);
                read_lines(gate, now_ms);
        }
}

int64_t gate_next_ms(const struct gate *gate, int64_t now_ms)
{
        int64_t next = gate_grants_next_ms(gate);
        for (int i = 0; i < gate->points; i++) {
                int64_t lane = lane_next_ms(&gate->point[i].lane);
                int64_t signals = signals_next_ms(&gate->point[i].signals, now_ms);
                next = lane < next ? lane : next;
                next = signals < next ? signals : next;
        }
        return next;
}

static bool is_fresh(atomic_int_fast64_t *beat_ms, int64_t now_ms)
{
        return now_ms - atomic_load(beat_ms) < BEAT_FRESH_MS;
}

/* The watchdog is petted only while every other thread comes round. */
static void pet(struct gate *gate, int64_t now_ms)
{
        if (gate->watchdog_ms == 0 || now_ms < gate->next_watchdog_ms)
                return;
        gate->next_watchdog_ms = now_ms + gate->watchdog_ms / 3;
        bool are_fresh = is_fresh(&gate->board->recorder_beat_ms, now_ms) &&
                         is_fresh(&gate->board->desk_beat_ms, now_ms);
        for (int i = 0; i < gate->points; i++)
                are_fresh = are_fresh && is_fresh(&gate->board->point[i].eye_beat_ms, now_ms);
        if (are_fresh)
                sd_notify(0, "WATCHDOG=1");
}

int gate_run(struct gate *gate, int signal_fd)
{
        uint64_t watchdog_us = 0;
        if (sd_watchdog_enabled(0, &watchdog_us) > 0)
                gate->watchdog_ms = (int64_t)(watchdog_us / 1000);
        struct pollfd polled[] = {
                { .fd = gate->lines->fd, .events = POLLIN },
                { .fd = gate->in.event_fd, .events = POLLIN },
                { .fd = signal_fd, .events = POLLIN },
        };
        for (;;) {
                int64_t now_ms = monotonic_ms();
                gate_turn(gate, now_ms);
                pet(gate, now_ms);
                int64_t next = gate_next_ms(gate, now_ms);
                if (gate->watchdog_ms > 0 && gate->next_watchdog_ms < next)
                        next = gate->next_watchdog_ms;
                int64_t left = next - monotonic_ms();
                int timeout = next == INT64_MAX ? -1
                              : left < 0        ? 0
                              : left > 60000    ? 60000
                                                : (int)left;
                if (poll(polled, ARRAY_LEN(polled), timeout) < 0 && errno != EINTR)
                        return -errno;
                if (polled[2].revents & POLLIN)
                        return 0;
                if (polled[0].revents & (POLLERR | POLLHUP | POLLNVAL))
                        lose_lines(gate, -EIO, monotonic_ms());
                if (gate->lines_error)
                        return gate->lines_error;
        }
}

static void init_point(struct gate *gate, int index, const struct settings *settings)
{
        const struct settings_point *from = &settings->point[index];
        struct gate_point *point = &gate->point[index];
        const struct plan_point *plan = &gate->plan.point[index];
        struct lane_config config = { .pulse_ms = from->pulse_ms,
                                      .window_ms = from->window_ms,
                                      .open_too_long_ms = from->open_too_long_ms,
                                      .is_exit = settings_direction(from) == DIRECTION_EXIT,
                                      .has_sensor = plan->sensor != PLAN_NONE,
                                      .has_release = plan->release != PLAN_NONE };
        lane_init(&point->lane, &config);
        point->direction = settings_direction(from);
        point->signals = (struct signals){
                .config = { .granted_ms = settings->signals.granted_ms,
                            .denied_ms = settings->signals.denied_ms,
                            .is_buzzing = settings->signals.is_buzzing,
                            .is_aiming = settings->signals.is_aiming },
        };
        /* The camera counts as lost until its eye has seen a frame. */
        point->is_camera_lost = true;
}

/* What was in force before this process, and what the inputs say now. */
static void take_up(struct gate *gate, const struct modes *modes, int64_t now_ms)
{
        if (gate->fire.is_released)
                gate_step_all(gate, LANE_FIRE_RELEASE, now_ms);
        for (int i = 0; i < gate->points; i++) {
                if (modes->is_locked_down[i])
                        gate_step(gate, i, LANE_LOCK_DOWN, 0, now_ms);
                if (modes->is_locked_open[i])
                        gate_step(gate, i, LANE_LOCK_OPEN, 0, now_ms);
        }
        bool is_on = false;
        if (gate->plan.fire != PLAN_NONE) {
                /* A loop that cannot be read is a broken loop. */
                bool is_whole = lines_get(gate->lines, gate->plan.fire, &is_on) == 0 && is_on;
                gate_fire(gate, fire_loop(&gate->fire, is_whole), "at start", now_ms);
        }
        for (int i = 0; i < gate->plan.count; i++)
                if (!gate->plan.spec[i].is_output && lines_get(gate->lines, i, &is_on) == 0)
                        atomic_store(&gate->board->is_line_on[i], is_on);
        for (int i = 0; i < gate->points; i++) {
                int sensor = gate->plan.point[i].sensor;
                if (sensor != PLAN_NONE && lines_get(gate->lines, sensor, &is_on) == 0 && is_on)
                        gate_step(gate, i, LANE_SENSOR_ON, 0, now_ms);
                gate_show(gate, i, now_ms);
        }
        atomic_store(&gate->board->fire_state, fire_state(&gate->fire));
}

int gate_init(struct gate *gate, const struct settings *settings, const struct plan *plan,
              struct lines *lines, struct mailbox *recorder, struct mailbox *desk,
              struct board *board, const struct modes *modes)
{
        *gate = (struct gate){ .points = (int)settings->points,
                               .plan = *plan,
                               .lines = lines,
                               .recorder = recorder,
                               .desk = desk,
                               .board = board,
                               .in = MAILBOX_EMPTY,
                               .wait_ms = settings->record.wait_ms,
                               .opens_on_failure = settings->record.on_failure == ON_FAILURE_OPEN };
        int error = mailbox_init(&gate->in, sizeof(struct to_gate), MAILBOX_CAPACITY);
        if (error)
                return error;
        fire_init(&gate->fire, plan->fire != PLAN_NONE, modes->is_fire);
        for (int i = 0; i < gate->points; i++)
                init_point(gate, i, settings);
        take_up(gate, modes, monotonic_ms());
        return 0;
}

void gate_deinit(struct gate *gate)
{
        mailbox_deinit(&gate->in);
}
