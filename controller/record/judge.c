/* Recorder: from a scan to a verdict, and from a grant to its row. */
#include "controller/record/recorder.h"

#include "common/log.h"
#include "controller/flow_names.h"

#include <stdio.h>
#include <string.h>

struct open_grant *recorder_find_grant(struct recorder *recorder, uint64_t grant)
{
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++)
                if (recorder->open[i].grant == grant)
                        return &recorder->open[i];
        return NULL;
}

static void open_grant(struct recorder *recorder, int point, uint64_t grant,
                       const struct passage *row)
{
        recorder->open[recorder->next_open] =
                (struct open_grant){ .grant = grant, .point = point, .is_open = true, .row = *row };
        recorder->next_open = (recorder->next_open + 1) % RECORDER_OPEN_GRANTS;
}

/* Granted in this direction, and neither taken nor given up yet: the arm may still turn for them.
 */
static bool has_open_grant(const struct recorder *recorder, const char *holder,
                           enum direction direction)
{
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++) {
                const struct open_grant *open = &recorder->open[i];
                if (open->is_open && open->row.direction == direction &&
                    strcmp(open->row.holder, holder) == 0)
                        return true;
        }
        return false;
}

/* HMAC(key, "subject" ‖ 0 ‖ who): the holder where one is known, else what was shown. */
static int make_subject(const struct recorder *recorder, const struct registry_match *match,
                        const struct credential *credential, uint8_t subject[16])
{
        uint8_t text[64] = "subject";
        uint8_t digest[FLOW_DIGEST_LEN];
        size_t len = sizeof("subject");
        if (match->is_known) {
                size_t id_len = strlen(match->holder.id);
                memcpy(text + len, match->holder.id, id_len);
                len += id_len;
        } else {
                memcpy(text + len, credential->lookup, FLOW_DIGEST_LEN);
                len += FLOW_DIGEST_LEN;
        }
        int error = digest_hmac(recorder->key, text, len, digest);
        memcpy(subject, digest, 16);
        return error;
}

/* What the rules have to know. 0 or -errno: then nobody can be let in on its strength. */
static int gather(struct recorder *recorder, int point, const struct credential *credential,
                  struct registry_match *match, struct rules_facts *facts,
                  struct rules_validity covers[REGISTRY_LEVELS_MAX])
{
        struct journal_presence presence = { .last = DIRECTION_NONE };
        enum direction direction = settings_direction(&recorder->settings->point[point]);
        int error = registry_find(recorder->registry, credential->lookup,
                                  recorder->settings->point[point].id, match);
        if (!error && match->is_known)
                error = journal_presence(recorder->journal, match->holder.id, &presence);
        if (error)
                return error;
        for (size_t i = 0; i < match->covering; i++)
                covers[i] = (struct rules_validity){ match->covers[i].from_us,
                                                     match->covers[i].until_us };
        *facts = (struct rules_facts){
                .direction = direction,
                .is_locked_down =
                        recorder->modes.is_locked_down[point] && direction == DIRECTION_ENTRY,
                .is_known = match->is_known,
                .is_revoked = match->credential.revoked_us != 0,
                .is_blocked = match->holder.is_blocked,
                .credential = { match->credential.validity.from_us,
                                match->credential.validity.until_us },
                .holder = { match->holder.validity.from_us, match->holder.validity.until_us },
                .covering = match->covering,
                .covers = covers,
                .last_taken = presence.last,
                .last_taken_us = presence.since_us,
                .has_open_grant =
                        match->is_known && has_open_grant(recorder, match->holder.id, direction),
        };
        facts->now_us = wall_clock_now(&recorder->clock, &facts->clock);
        return 0;
}

static struct rules_verdict judge(struct recorder *recorder, int point,
                                  const struct credential *credential, struct registry_match *match)
{
        struct rules_facts facts;
        struct rules_validity covers[REGISTRY_LEVELS_MAX];
        bool is_exit = settings_direction(&recorder->settings->point[point]) == DIRECTION_EXIT;
        int64_t age_ms = monotonic_ms() - credential->captured_us / 1000;
        if (age_ms > recorder->tuning.scan_age_ms)
                return (struct rules_verdict){ .admit = is_exit,
                                               .reason = REASON_STALE,
                                               .rule = "scan age" };
        int error = gather(recorder, point, credential, match, &facts, covers);
        if (error) {
                log_error("lookup failed", "error=%s", strerror(-error));
                *match = (struct registry_match){ .is_known = false };
                return (struct rules_verdict){ .admit = is_exit,
                                               .reason = REASON_DATABASE,
                                               .rule = "database" };
        }
        return rules_judge(&recorder->tuning.rules, &facts);
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

void recorder_judge(struct recorder *recorder, int point, const struct credential *credential)
{
        struct registry_match match = { .is_known = false };
        struct rules_verdict judged = judge(recorder, point, credential, &match);
        struct recorder_row row = recorder_row(
                recorder, point, judged.admit ? EVENT_ACCESS_GRANTED : EVENT_ACCESS_DENIED,
                judged.reason);
        row.passage.class = credential->class;
        if (!credential->is_consistent)
                row.passage.flags |= PASSAGE_INCONSISTENT;
        if (judged.is_passback_soft)
                row.passage.flags |= PASSAGE_PASSBACK_SOFT;
        memcpy(row.passage.holder, match.holder.id, sizeof(row.passage.holder));
        if (make_subject(recorder, &match, credential, row.passage.subject) != 0)
                log_error("pseudonym failed", "access_point=%s", credential->access_point);
        if (!judged.admit) {
                tell_verdict(recorder, point, &judged, credential, 0);
                (void)recorder_write(recorder, &row, 1);
                return;
        }
        row.grant = ++recorder->last_grant;
        open_grant(recorder, point, row.grant, &row.passage);
        tell_verdict(recorder, point, &judged, credential, row.grant);
        tell_settled(recorder, row.grant, recorder_write(recorder, &row, 1));
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
