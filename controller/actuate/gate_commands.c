/* Gate: commands from local clients (a guard's, or the network's by way of stile-uplink). */
#include "controller/actuate/gate_private.h"

#include "common/log.h"
#include <errno.h>
#include <stdio.h>

void gate_tell_outcome(struct gate *gate, int client, uint64_t connection, enum reason refusal,
                       int error)
{
        struct to_desk message = { .kind = DESK_OUTCOME,
                                   .client = client,
                                   .connection = connection,
                                   .refusal = refusal,
                                   .error = error };
        if (!mailbox_put(gate->desk, &message))
                log_warn("outcome of a command lost", "client=%d", client);
}

void gate_fire(struct gate *gate, enum fire_change change, const char *detail, int64_t now_ms)
{
        atomic_store(&gate->board->fire_state, fire_state(&gate->fire));
        if (change == FIRE_UNCHANGED)
                return;
        bool is_release = change == FIRE_RELEASED;
        gate_step_all(gate, is_release ? LANE_FIRE_RELEASE : LANE_FIRE_RESET, now_ms);
        gate_record(gate, -1, is_release ? EVENT_FIRE_RELEASE : EVENT_FIRE_RESET, REASON_FIRE, 0,
                    detail);
}

/* Locks or unlocks one access point or all. An exit never locks down. */
static enum reason set_mode(struct gate *gate, const struct to_gate *message, enum lane_input input,
                            enum event event, int64_t now_ms)
{
        bool is_one = message->point >= 0;
        if (input == LANE_LOCK_DOWN && is_one &&
            gate->point[message->point].direction == DIRECTION_EXIT)
                return REASON_WRONG_ACCESS_POINT;
        if (is_one)
                gate_step(gate, message->point, input, 0, now_ms);
        else
                gate_step_all(gate, input, now_ms);
        gate_record(gate, message->point, event, REASON_COMMAND, 0, message->detail);
        return REASON_NONE;
}

static enum reason reset_fire(struct gate *gate, const struct to_gate *message, int64_t now_ms)
{
        enum fire_change change = fire_reset(&gate->fire);
        gate_fire(gate, change, message->detail, now_ms);
        return change == FIRE_RESET ? REASON_NONE : REASON_FIRE;
}

/* Carries it out. REASON_NONE, or why not. Sets *is_pending when the outcome comes later. */
static enum reason carry_out(struct gate *gate, const struct to_gate *message, int64_t now_ms,
                             bool *is_pending)
{
        switch (message->command) {
        case COMMAND_ACCESS_DOOR:
                if (message->point < 0)
                        return REASON_WRONG_ACCESS_POINT;
                if (gate->point[message->point].lane.is_locked_down)
                        return REASON_OUT_OF_SERVICE;
                *is_pending = true;
                gate_grants_own(gate, message->point, EVENT_ACCESS_DOOR, REASON_COMMAND,
                                message->detail, message->client, message->connection, now_ms);
                return REASON_NONE;
        case COMMAND_LOCK_OPEN:
                return set_mode(gate, message, LANE_LOCK_OPEN, EVENT_LOCK_OPEN, now_ms);
        case COMMAND_LOCK_OPEN_RELEASE:
                return set_mode(gate, message, LANE_LOCK_OPEN_RELEASE, EVENT_LOCK_OPEN_RELEASE,
                                now_ms);
        case COMMAND_LOCK_DOWN:
                return set_mode(gate, message, LANE_LOCK_DOWN, EVENT_LOCK_DOWN, now_ms);
        case COMMAND_LOCK_DOWN_RELEASE:
                return set_mode(gate, message, LANE_LOCK_DOWN_RELEASE, EVENT_LOCK_DOWN_RELEASE,
                                now_ms);
        case COMMAND_FIRE_RESET:
                return reset_fire(gate, message, now_ms);
        }
        return REASON_UNAUTHORISED;
}

void gate_command(struct gate *gate, const struct to_gate *message, int64_t now_ms)
{
        bool is_pending = false;
        enum reason refusal = carry_out(gate, message, now_ms, &is_pending);
        if (refusal != REASON_NONE)
                gate_record(gate, message->point, EVENT_COMMAND_REFUSED, refusal, 0,
                            message->detail);
        if (!is_pending)
                gate_tell_outcome(gate, message->client, message->connection, refusal, 0);
}

void gate_drive(struct gate *gate, const struct to_gate *message)
{
        int error = -ENOTSUP;
        if (gate->lines->ops->drive)
                error = gate->lines->ops->drive(gate->lines, message->line, message->is_on);
        gate_tell_outcome(gate, message->client, message->connection, REASON_NONE, error);
}
