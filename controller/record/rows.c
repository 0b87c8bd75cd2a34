/* Recorder: rows on their way to the disk, and those that wait while it refuses. */
#include "controller/record/recorder.h"

#include "common/log.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        BATCH = 64,      /* rows of the backlog in one transaction */
        RETRY_MS = 1000, /* between tries while the disk refuses */
};

static void tell_gate(struct recorder *recorder, const struct to_gate *message)
{
        if (!mailbox_put(recorder->gate, message))
                log_error("message to the gate lost", "kind=%d", (int)message->kind);
}

void recorder_tell_head(struct recorder *recorder, uint64_t head)
{
        struct to_desk grown = { .kind = DESK_HEAD };
        atomic_store(&recorder->board->head, head);
        (void)!mailbox_put(recorder->desk, &grown);
}

/* The disk has begun or ceased to refuse: said once each time, on the log, the lamps and later in
 * the journal itself. */
static void set_failing(struct recorder *recorder, bool is_failing, int error)
{
        if (recorder->is_failing == is_failing)
                return;
        recorder->is_failing = is_failing;
        struct to_gate message = { .kind = GATE_RECORDER, .is_on = !is_failing };
        tell_gate(recorder, &message);
        if (is_failing)
                log_error("journal refuses records", "path=%s error=%s", recorder->journal_path,
                          strerror(-error));
        else
                log_info("journal takes records again", "path=%s", recorder->journal_path);
}

/* Sets a journal that was found damaged aside and goes on with a new one. */
static int reopen(struct recorder *recorder)
{
        recorder->journal = journal_close(recorder->journal);
        return journal_open(recorder->journal_path, &recorder->journal);
}

/* Appends one batch and settles what depends on the sequence. */
static int append(struct recorder *recorder, struct recorder_row *rows, size_t count)
{
        struct passage passages[BATCH];
        struct journal_info info;
        assert(count > 0 && count <= BATCH);
        journal_info(recorder->journal, &info);
        for (size_t i = 0; i < count; i++) {
                struct open_grant *open =
                        rows[i].grant ? recorder_find_grant(recorder, rows[i].grant) : NULL;
                passages[i] = rows[i].passage;
                if (open && passages[i].event == EVENT_ACCESS_GRANTED)
                        open->seq = info.head + 1 + i;
                else if (open)
                        passages[i].grant_seq = open->seq;
        }
        int error = journal_append(recorder->journal, passages, count);
        if (error)
                return error;
        recorder_tell_head(recorder, info.head + count);
        return 0;
}

static void keep(struct recorder *recorder, const struct recorder_row *row)
{
        if (recorder->backlog_count == RECORDER_BACKLOG) {
                atomic_fetch_add(&recorder->board->lost, 1);
                return;
        }
        recorder->backlog[recorder->backlog_count] = *row;
        recorder->backlog[recorder->backlog_count++].passage.flags |= PASSAGE_LATE;
        atomic_store(&recorder->board->waiting, recorder->backlog_count);
        atomic_fetch_add(&recorder->board->late, 1);
}

static void begin_failing(struct recorder *recorder, int error)
{
        if (recorder->is_failing)
                return;
        set_failing(recorder, true, error);
        struct recorder_row fault = recorder_row(recorder, -1, EVENT_FAULT,
                                                 error == -ENOSPC ? REASON_DISK : REASON_DATABASE);
        snprintf(fault.passage.detail, sizeof(fault.passage.detail), "%s", strerror(-error));
        keep(recorder, &fault);
}

/* Tries to write what waits. 0: nothing waits any more. */
static int flush(struct recorder *recorder)
{
        recorder->retry_ms = monotonic_ms() + RETRY_MS;
        while (recorder->backlog_count > 0) {
                size_t count = recorder->backlog_count < BATCH ? recorder->backlog_count : BATCH;
                int error = append(recorder, recorder->backlog, count);
                if (error)
                        return error;
                recorder->backlog_count -= count;
                memmove(recorder->backlog, recorder->backlog + count,
                        recorder->backlog_count * sizeof(recorder->backlog[0]));
        }
        atomic_store(&recorder->board->waiting, 0);
        return 0;
}

void recorder_recover(struct recorder *recorder)
{
        if (flush(recorder) != 0 || !recorder->is_failing)
                return;
        set_failing(recorder, false, 0);
        struct recorder_row cleared =
                recorder_row(recorder, -1, EVENT_FAULT_CLEARED, REASON_DATABASE);
        (void)recorder_write(recorder, &cleared, 1);
}

int recorder_write(struct recorder *recorder, struct recorder_row *rows, size_t count)
{
        int error = recorder->backlog_count > 0 ? -EAGAIN : append(recorder, rows, count);
        if (error == -EUCLEAN) {
                log_error("journal damaged", "path=%s", recorder->journal_path);
                error = reopen(recorder);
                if (!error) {
                        struct recorder_row fault =
                                recorder_row(recorder, -1, EVENT_FAULT, REASON_DATABASE);
                        (void)append(recorder, &fault, 1);
                        error = append(recorder, rows, count);
                }
        }
        if (!error)
                return 0;
        if (error != -EAGAIN)
                begin_failing(recorder, error);
        for (size_t i = 0; i < count; i++)
                keep(recorder, &rows[i]);
        return error;
}
