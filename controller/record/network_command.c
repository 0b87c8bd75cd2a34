/* Recorder: commands of the network: none is too late, none is carried out twice. */
#include "controller/record/recorder.h"

#include "common/log.h"
#include "controller/flow_names.h"
#include "controller/local/command_event.h"

#include <errno.h>
#include <string.h>

static const int64_t AHEAD_US = COMMAND_AHEAD_S * INT64_C(1000000);

/* While the clock is behind the last record, "not after" means nothing: an old command could be
 * taken for a new one. */
static enum reason use_nonce(struct recorder *recorder, const struct to_recorder *message)
{
        enum clock_quality quality;
        int64_t now_us = wall_clock_now(&recorder->clock, &quality);
        int error = 0;
        if (quality == CLOCK_UNTRUSTED)
                return REASON_CLOCK_UNTRUSTED;
        if (message->not_after_us <= now_us || message->not_after_us > now_us + AHEAD_US)
                return REASON_STALE;
        switch (nonces_use(&recorder->nonces, message->nonce, message->not_after_us, now_us,
                           &error)) {
        case NONCES_FRESH:
                return REASON_NONE;
        case NONCES_FORGOTTEN:
                return REASON_STALE;
        case NONCES_USED:
                return REASON_REPLAYED;
        case NONCES_FULL:
                return REASON_TOO_MANY;
        case NONCES_FAILED:
                break;
        }
        log_error("nonce not kept, command refused", "error=%s", strerror(-error));
        return error == -ENOSPC ? REASON_DISK : REASON_DATABASE;
}

static void refuse(struct recorder *recorder, const struct to_recorder *message,
                   enum reason refusal)
{
        struct recorder_row row =
                recorder_row(recorder, message->point, EVENT_COMMAND_REFUSED, refusal);
        struct to_desk outcome = { .kind = DESK_OUTCOME,
                                   .client = message->client,
                                   .connection = message->connection,
                                   .refusal = refusal };
        memcpy(row.passage.detail, message->detail, sizeof(row.passage.detail));
        (void)recorder_write(recorder, &row, 1);
        if (!mailbox_put(recorder->desk, &outcome))
                log_warn("outcome of a command lost", "client=%d", message->client);
        request_free(message->request);
}

void recorder_command(struct recorder *recorder, const struct to_recorder *message)
{
        struct to_gate to_gate = { .kind = GATE_COMMAND,
                                   .point = message->point,
                                   .command = message->command,
                                   .client = message->client,
                                   .connection = message->connection };
        struct to_desk to_desk = { .kind = DESK_COMMAND, .request = message->request };
        memcpy(to_gate.detail, message->detail, sizeof(to_gate.detail));
        enum reason refusal = use_nonce(recorder, message);
        bool is_passed_on = refusal == REASON_NONE &&
                            (message->request ? mailbox_put(recorder->desk, &to_desk)
                                              : mailbox_put(recorder->gate, &to_gate));
        if (!is_passed_on)
                refuse(recorder, message, refusal == REASON_NONE ? REASON_BUSY : refusal);
}
