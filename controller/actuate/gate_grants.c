/* Gate: grants between their verdict and their record (granted means recorded). */
#include "controller/actuate/gate_private.h"

#include "common/log.h"
#include "controller/flow_names.h"

static struct gate_wait *find(struct gate *gate, uint64_t grant)
{
        for (int i = 0; i < GATE_WAITS_MAX; i++)
                if (gate->wait[i].state != GATE_WAIT_FREE && gate->wait[i].grant == grant)
                        return &gate->wait[i];
        return NULL;
}

static struct gate_wait *find_free(struct gate *gate)
{
        for (int i = 0; i < GATE_WAITS_MAX; i++)
                if (gate->wait[i].state == GATE_WAIT_FREE)
                        return &gate->wait[i];
        return NULL;
}

static void tell_client(struct gate *gate, struct gate_wait *wait, enum reason refusal)
{
        if (wait->client >= 0)
                gate_tell_outcome(gate, wait->client, wait->connection, refusal, 0);
        wait->client = -1;
}

static void act(struct gate *gate, struct gate_wait *wait, int64_t now_ms)
{
        struct gate_point *point = &gate->point[wait->point];
        bool was_on = point->is_pass_shown;
        gate_step(gate, wait->point, wait->is_egress ? LANE_GRANT_EGRESS : LANE_GRANT, wait->grant,
                  now_ms);
        if (!was_on && point->is_pass_shown && wait->captured_us > 0)
                histogram_add(&gate->board->point[wait->point].scan_to_relay_us,
                              monotonic_us() - wait->captured_us);
        gate_cue(gate, wait->point, wait->is_remarked ? SIGNALS_REMARK : SIGNALS_GRANTED, now_ms);
        tell_client(gate, wait, REASON_NONE);
}

/* The record is not there in time, or not at all. */
static void act_without_record(struct gate *gate, struct gate_wait *wait, int64_t now_ms)
{
        if (wait->is_egress || gate->opens_on_failure) {
                act(gate, wait, now_ms);
                wait->state = GATE_ACTED;
                struct to_recorder late = { .kind = RECORDER_LATE, .grant = wait->grant };
                if (!mailbox_put(gate->recorder, &late))
                        log_warn("late mark lost", "access_point=%d", wait->point);
                return;
        }
        wait->state = GATE_ABANDONED;
        gate_cue(gate, wait->point, SIGNALS_DENIED, now_ms);
        gate_record(gate, wait->point, EVENT_ACCESS_NOT_TAKEN, REASON_RECORD_FAILED, wait->grant,
                    "");
        tell_client(gate, wait, REASON_RECORD_FAILED);
}

/* A place for a new wait. Without one the grant is given up, or acted upon where it is egress. */
static void begin(struct gate *gate, struct gate_wait begun, int64_t now_ms)
{
        struct gate_wait *wait = find_free(gate);
        begun.deadline_ms = now_ms + gate->wait_ms;
        begun.state = GATE_WAITING;
        if (wait)
                *wait = begun;
        else
                act_without_record(gate, &begun, now_ms);
}

void gate_grants_verdict(struct gate *gate, const struct to_gate *message, int64_t now_ms)
{
        const struct verdict *verdict = &message->verdict;
        if (!verdict->admit) {
                gate_cue(gate, message->point, SIGNALS_DENIED, now_ms);
                return;
        }
        begin(gate,
              (struct gate_wait){ .grant = verdict->grant,
                                  .point = message->point,
                                  .is_egress =
                                          gate->point[message->point].direction == DIRECTION_EXIT,
                                  .is_remarked = verdict->is_passback_soft,
                                  .captured_us = verdict->captured_us,
                                  .client = -1 },
              now_ms);
}

void gate_grants_own(struct gate *gate, int point, enum event event, enum reason reason,
                     const char *detail, int client, uint64_t connection, int64_t now_ms)
{
        uint64_t grant = GRANT_BY_GATE | ++gate->last_grant;
        struct to_recorder message = { .kind = RECORDER_GRANT,
                                       .point = point,
                                       .event = event,
                                       .reason = reason,
                                       .grant = grant };
        snprintf(message.detail, sizeof(message.detail), "%s", detail);
        struct gate_wait wait = { .grant = grant,
                                  .point = point,
                                  .is_egress = reason == REASON_EXIT_BUTTON ||
                                               gate->point[point].direction == DIRECTION_EXIT,
                                  .client = client,
                                  .connection = connection };
        if (mailbox_put(gate->recorder, &message)) {
                begin(gate, wait, now_ms);
        } else {
                atomic_fetch_add(&gate->board->lost, 1);
                act_without_record(gate, &wait, now_ms);
        }
}

void gate_grants_committed(struct gate *gate, uint64_t grant, int64_t now_ms)
{
        struct gate_wait *wait = find(gate, grant);
        if (!wait)
                return;
        if (wait->state == GATE_WAITING)
                act(gate, wait, now_ms);
        wait->state = GATE_WAIT_FREE;
}

void gate_grants_failed(struct gate *gate, uint64_t grant, int64_t now_ms)
{
        struct gate_wait *wait = find(gate, grant);
        if (!wait)
                return;
        if (wait->state == GATE_WAITING)
                act_without_record(gate, wait, now_ms);
        wait->state = GATE_WAIT_FREE;
}

void gate_grants_expire(struct gate *gate, int64_t now_ms)
{
        for (int i = 0; i < GATE_WAITS_MAX; i++)
                if (gate->wait[i].state == GATE_WAITING && now_ms >= gate->wait[i].deadline_ms)
                        act_without_record(gate, &gate->wait[i], now_ms);
}

int64_t gate_grants_next_ms(const struct gate *gate)
{
        int64_t next = INT64_MAX;
        for (int i = 0; i < GATE_WAITS_MAX; i++)
                if (gate->wait[i].state == GATE_WAITING && gate->wait[i].deadline_ms < next)
                        next = gate->wait[i].deadline_ms;
        return next;
}
