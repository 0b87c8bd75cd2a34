/* Recorder: from a scan to a verdict, and from a grant to its row. */
#include "controller/record/recorder.h"

#include "common/log.h"
#include "controller/flow_names.h"
#include "controller/record/facts.h"
#include "controller/record/subject.h"

#include <stdio.h>
#include <string.h>

struct open_grant *recorder_find_grant(struct recorder *recorder, uint64_t grant)
{
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++)
                if (recorder->open[i].grant == grant)
                        return &recorder->open[i];
        return NULL;
}

static struct open_grant *open_grant(struct recorder *recorder, int point, uint64_t grant,
                                     const struct passage *row)
{
        struct open_grant *open = &recorder->open[recorder->next_open];
        *open = (struct open_grant){ .grant = grant, .point = point, .is_open = true, .row = *row };
        recorder->next_open = (recorder->next_open + 1) % RECORDER_OPEN_GRANTS;
        return open;
}

/* The holder where one is known, else what was shown. */
static int make_subject(const struct recorder *recorder, const struct registry_match *match,
                        const struct credential *credential, uint8_t subject[SUBJECT_LEN])
{
        return match->holder.id[0] != '\0'
                       ? subject_of_holder(recorder->key, match->holder.id, subject)
                       : subject_of_lookup(recorder->key, credential->lookup, subject);
}

static struct rules_verdict judge(struct recorder *recorder, int point,
                                  const struct credential *credential, struct facts *facts)
{
        enum clock_quality clock;
        bool is_exit = settings_direction(&recorder->settings->point[point]) == DIRECTION_EXIT;
        int64_t now_us = wall_clock_now(&recorder->clock, &clock);
        int64_t age_ms = monotonic_ms() - credential->captured_us / 1000;
        int error = facts_gather(recorder, point, credential, now_us, clock, facts);
        if (age_ms > recorder->tuning.scan_age_ms)
                return (struct rules_verdict){ .admit = is_exit,
                                               .reason = REASON_STALE,
                                               .rule = "scan age" };
        if (error) {
                log_error("lookup failed", "error=%s", strerror(-error));
                return (struct rules_verdict){ .admit = is_exit,
                                               .reason = REASON_DATABASE,
                                               .rule = "database" };
        }
        return rules_judge(&recorder->tuning.rules, &facts->rules);
}

static void tell_verdict(struct recorder *recorder, int point, const struct rules_verdict *judged,
                         const struct credential *credential, uint64_t grant)
{
        struct to_gate message = { .kind = GATE_VERDICT,
                                   .point = point,
                                   .verdict = { .admit = judged->admit,
                                                .reason = judged->reason,
                                                .rule = judged->rule,
                                                .is_passback_soft = judged->is_passback_soft,
                                                .grant = grant,
                                                .captured_us = credential->captured_us } };
        if (!mailbox_put(recorder->gate, &message))
                log_error("verdict lost", "access_point=%s", credential->access_point);
}

static void tell_settled(struct recorder *recorder, uint64_t grant, int error)
{
        struct to_gate message = { .kind = error ? GATE_COMMIT_FAILED : GATE_COMMITTED,
                                   .grant = grant };
        if (!mailbox_put(recorder->gate, &message))
                log_error("commit not told", "grant=%llu", (unsigned long long)grant);
}

static struct recorder_row make_row(struct recorder *recorder, int point,
                                    const struct credential *credential,
                                    const struct rules_verdict *judged, const struct facts *facts)
{
        struct recorder_row row = recorder_row(
                recorder, point, judged->admit ? EVENT_ACCESS_GRANTED : EVENT_ACCESS_DENIED,
                judged->reason);
        row.passage.class = credential->class;
        if (!credential->is_consistent)
                row.passage.flags |= PASSAGE_INCONSISTENT;
        if (judged->is_passback_soft)
                row.passage.flags |= PASSAGE_PASSBACK_SOFT;
        if (judged->is_undeclared)
                row.passage.flags |= PASSAGE_UNDECLARED;
        if (judged->reason != REASON_NONE)
                snprintf(row.passage.detail, sizeof(row.passage.detail), "%s", judged->rule);
        memcpy(row.passage.holder, facts->match.holder.id, sizeof(row.passage.holder));
        if (facts->match.has_area)
                memcpy(row.passage.area, facts->match.area.id, sizeof(row.passage.area));
        if (facts->rules.uses_max > 0 || facts->rules.day_uses_max > 0) {
                memcpy(row.passage.use, credential->lookup, FLOW_USE_LEN);
                row.passage.use_day = facts->rules.local.day_number;
        }
        if (make_subject(recorder, &facts->match, credential, row.passage.subject) != 0)
                log_error("pseudonym failed", "access_point=%s", credential->access_point);
        return row;
}

/* The registry answers for those whom it knows; who is turned away leaves nothing. */
static void keep_identity(struct passage *row, const struct credential *credential)
{
        if (row->holder[0] != '\0')
                return;
        row->sealed_len = credential->sealed_len;
        memcpy(row->sealed, credential->sealed, credential->sealed_len);
}

/* The same person, at the same moment, as an event of its own: nobody at the lane sees it. */
static struct recorder_row make_alarm(const struct recorder_row *row, enum event event,
                                      enum reason reason)
{
        struct recorder_row alarm = *row;
        alarm.passage.event = event;
        alarm.passage.reason = reason;
        alarm.grant = 0;
        return alarm;
}

static void refuse(struct recorder *recorder, int point, const struct credential *credential,
                   const struct rules_verdict *judged, const struct facts *facts)
{
        struct recorder_row rows[2] = { make_row(recorder, point, credential, judged, facts) };
        size_t count = 1;
        tell_verdict(recorder, point, judged, credential, 0);
        bool is_silent = (facts->match.holder.is_blocked && facts->match.holder.is_silent) ||
                         facts->match.is_listed_silent;
        if (facts->rules.is_blocked && is_silent)
                rows[count++] = make_alarm(&rows[0], EVENT_SILENT_ALARM, REASON_BLOCKED);
        (void)recorder_write(recorder, rows, count);
        if (lockout_counts(judged->reason) &&
            lockout_note(&recorder->lockout[point], &recorder->tuning.lockout, monotonic_ms()))
                log_warn("reader locked out", "access_point=%s", credential->access_point);
}

static void grant(struct recorder *recorder, int point, const struct credential *credential,
                  const struct rules_verdict *judged, const struct facts *facts)
{
        struct recorder_row rows[2] = { make_row(recorder, point, credential, judged, facts) };
        size_t count = 1;
        bool is_genuine = judged->reason == REASON_NONE || judged->is_passback_soft;
        if (is_genuine)
                keep_identity(&rows[0].passage, credential);
        rows[0].grant = ++recorder->last_grant;
        struct open_grant *open = open_grant(recorder, point, rows[0].grant, &rows[0].passage);
        open->may_escort = is_genuine && facts->match.is_known &&
                           facts->match.holder.role == REGISTRY_WORKER &&
                           facts->match.holder.escort[0] == '\0';
        if (facts->mark != 0)
                replay_note(&recorder->replay, credential->lookup, facts->mark);
        if (facts->match.is_enrolled && facts->match.credential.is_duress)
                rows[count++] = make_alarm(&rows[0], EVENT_DURESS, REASON_NONE);
        tell_verdict(recorder, point, judged, credential, rows[0].grant);
        tell_settled(recorder, rows[0].grant, recorder_write(recorder, rows, count));
}

void recorder_judge(struct recorder *recorder, int point, const struct credential *credential)
{
        struct facts facts;
        struct rules_verdict judged = judge(recorder, point, credential, &facts);
        if (judged.admit)
                grant(recorder, point, credential, &judged, &facts);
        else
                refuse(recorder, point, credential, &judged, &facts);
}

/* The exit button or a command: nobody is asked, but it is written before the relay moves. */
void recorder_grant_own(struct recorder *recorder, const struct to_recorder *message)
{
        struct recorder_row rows[2];
        size_t count = 0;
        if (message->event == EVENT_ACCESS_DOOR) {
                rows[count] =
                        recorder_row(recorder, message->point, EVENT_ACCESS_DOOR, REASON_COMMAND);
                memcpy(rows[count++].passage.detail, message->detail, FLOW_DETAIL_MAX);
        }
        rows[count] = recorder_row(recorder, message->point, EVENT_ACCESS_GRANTED, message->reason);
        rows[count].grant = message->grant;
        if (message->reason == REASON_EXIT_BUTTON)
                rows[count].passage.direction = DIRECTION_EXIT;
        open_grant(recorder, message->point, message->grant, &rows[count].passage);
        tell_settled(recorder, message->grant, recorder_write(recorder, rows, count + 1));
}
