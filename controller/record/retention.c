/*
 * Retention: what leaves the journal, and when. Acknowledged rows go by age, and before it when the
 * journal uses more than its budget. What nobody acknowledged stays, until the disk is full, unless
 * the policy is to drop the oldest: then a Fault says which. A few rows at a time, so that no scan
 * waits long behind them.
 */
#include "common/log.h"
#include "controller/record/recorder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        ROWS = 250 /* at a time: some 30 pages */
};

static const int64_t DAY_US = INT64_C(86400) * 1000000;

static void set_over_budget(struct recorder *recorder, bool is_over)
{
        if (recorder->is_over_budget == is_over)
                return;
        recorder->is_over_budget = is_over;
        struct recorder_row row = recorder_row(
                recorder, -1, is_over ? EVENT_FAULT : EVENT_FAULT_CLEARED, REASON_DISK);
        snprintf(row.passage.detail, sizeof(row.passage.detail), "%s",
                 is_over ? "journal over its budget" : "journal within its budget");
        if (is_over)
                log_error("journal over its budget: nothing more is acknowledged", "path=%s",
                          recorder->journal_path);
        else
                log_info("journal within its budget again", "path=%s", recorder->journal_path);
        (void)recorder_write(recorder, &row, 1);
}

/* Rows that wait for the disk go first: a note must not overtake them. */
static int drop(struct recorder *recorder, int64_t kept_us)
{
        if (!recorder->tuning.drops_oldest || recorder->backlog_count > 0)
                return 0;
        struct recorder_row note = recorder_row(recorder, -1, EVENT_FAULT, REASON_DISK);
        int rows = journal_drop(recorder->journal, kept_us, ROWS, &note.passage);
        if (rows <= 0)
                return rows;
        log_error("events dropped: journal over its budget", "path=%s detail=\"%s\"",
                  recorder->journal_path, note.passage.detail);
        atomic_fetch_add(&recorder->board->dropped, (uint64_t)rows);
        recorder_tell_head(recorder, note.passage.seq);
        return rows;
}

/* The clock has no say in it: what it counts is bytes. */
static int trim_to_budget(struct recorder *recorder, int64_t kept_us)
{
        int64_t bytes = 0, budget = recorder->tuning.budget_bytes;
        int error = journal_bytes(recorder->journal, &bytes);
        if (error)
                return error;
        atomic_store(&recorder->board->journal_bytes, bytes);
        atomic_store(&recorder->board->budget_bytes, budget);
        if (budget == 0 || bytes <= budget) {
                set_over_budget(recorder, false);
                return 0;
        }
        int rows = journal_make_room(recorder->journal, kept_us, ROWS);
        if (rows == 0)
                rows = drop(recorder, kept_us);
        if (rows == 0)
                set_over_budget(recorder, true);
        return rows;
}

/* A name that a guard wrote down is kept as long as the visit's rows are. Every holder is looked
 * at, so once a day. */
void recorder_trim_visitors(struct recorder *recorder, int64_t now_us)
{
        if (recorder->visitors_us != 0 && now_us >= recorder->visitors_us &&
            now_us - recorder->visitors_us < DAY_US)
                return;
        int removed = registry_trim_visitors(recorder->registry,
                                             now_us - recorder->tuning.retention_days * DAY_US);
        if (removed == -EBUSY)
                return;
        recorder->visitors_us = now_us;
        if (removed > 0)
                log_info("visitors forgotten", "count=%d", removed);
        else if (removed < 0)
                log_warn("visitors not forgotten", "error=%s", strerror(-removed));
}

/* Rows grow old by the time that they were given, believed or not: a gate that never learns the
 * time must forget, too, and the centre has what goes. */
bool recorder_trim(struct recorder *recorder, int64_t now_us, enum clock_quality quality)
{
        int64_t kept_us = now_us - recorder->tuning.retention_days * DAY_US;
        int aged = journal_trim(recorder->journal, kept_us, ROWS);
        int early = aged < 0 ? 0 : trim_to_budget(recorder, kept_us);
        if (aged < 0 || early < 0)
                log_warn("journal not trimmed", "error=%s", strerror(aged < 0 ? -aged : -early));
        if (aged == ROWS || early > 0)
                return true;
        /* Of passes that have expired themselves: by a clock that is ahead they only seem so, and
         * without their revocation would be good again. An import or adoption holds the registry
         * for a moment. */
        if (quality == CLOCK_UNTRUSTED || recorder->is_importing ||
            atomic_load(&recorder->board->is_adopting))
                return false;
        recorder_trim_visitors(recorder, now_us);
        int error = registry_trim_revocations(recorder->registry, now_us - DAY_US);
        if (error < 0)
                log_warn("revocations not trimmed", "error=%s", strerror(-error));
        return false;
}
