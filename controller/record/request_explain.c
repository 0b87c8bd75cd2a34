/* Request explain: what the rules would say, rule by rule, without anything being opened. */
#include "controller/flow_names.h"
#include "controller/record/facts.h"
#include "controller/record/requests.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The holder's first credential that is not revoked; a holder without any is asked about as if they
 * showed a pass of the site. */
static int stand_for_holder(struct recorder *recorder, const char *holder,
                            struct credential *credential)
{
        struct registry_holder known;
        struct registry_credential rows[8];
        const uint8_t *after = NULL;
        int count = registry_get_holder(recorder->registry, holder, &known);
        if (count)
                return count;
        while ((count = registry_credentials(recorder->registry, holder, after, rows,
                                             ARRAY_LEN(rows))) > 0) {
                for (int i = 0; i < count; i++) {
                        if (rows[i].revoked_us != 0 || rows[i].class == CREDENTIAL_ONE_TIME)
                                continue;
                        credential->class = rows[i].class;
                        memcpy(credential->lookup, rows[i].lookup, FLOW_DIGEST_LEN);
                        return 0;
                }
                after = rows[count - 1].lookup;
        }
        credential->class = CREDENTIAL_SITE_PASS;
        strcpy(credential->pass.holder, holder);
        credential->pass.issued_us = INT64_MAX; /* no revocation of the holder's passes is of it */
        return count;
}

static int find_point(const struct recorder *recorder, const char *id)
{
        for (size_t i = 0; i < recorder->settings->points; i++)
                if (strcmp(recorder->settings->point[i].id, id) == 0)
                        return (int)i;
        return -1;
}

static json_t *steps_json(const struct rules_config *config, const struct rules_facts *facts)
{
        struct rules_step steps[RULES_STEPS_MAX];
        json_t *list = json_array();
        size_t count = rules_explain(config, facts, steps);
        for (size_t i = 0; i < count; i++) {
                json_t *step = json_pack("{s:s, s:s, s:b, s:b}", "rule", steps[i].rule, "about",
                                         steps[i].about, "applies", steps[i].applies, "objects",
                                         steps[i].reason != REASON_NONE);
                if (steps[i].reason != REASON_NONE)
                        json_object_set_new(step, "reason",
                                            json_string(reason_name(steps[i].reason)));
                if (steps[i].is_warning)
                        json_object_set_new(step, "warning", json_true());
                json_array_append_new(list, step);
        }
        return list;
}

static json_t *facts_json(const struct facts *facts)
{
        const struct rules_facts *rules = &facts->rules;
        json_t *object = json_pack(
                "{s:s, s:b, s:b, s:s, s:I, s:I, s:I, s:I}", "holder", facts->match.holder.id,
                "known", rules->is_known, "enrolled", rules->is_enrolled, "area",
                facts->match.has_area ? facts->match.area.id : "", "covering",
                (json_int_t)rules->covering, "inside", (json_int_t)rules->inside, "uses",
                (json_int_t)rules->uses, "uses_today", (json_int_t)rules->day_uses);
        json_object_set_new(object, "direction", json_string(direction_name(rules->direction)));
        if (rules->last_taken != DIRECTION_NONE) {
                json_object_set_new(object, "last_taken",
                                    json_string(direction_name(rules->last_taken)));
                request_set_time(object, "last_taken_at", rules->last_taken_us);
        }
        return object;
}

static json_t *explain(struct recorder *recorder, int point, const struct credential *credential,
                       int64_t at_us, enum clock_quality clock)
{
        struct facts *facts = malloc(sizeof(*facts));
        int error =
                facts ? facts_gather(recorder, point, credential, at_us, clock, facts) : -ENOMEM;
        if (error) {
                free(facts);
                return request_failed(error);
        }
        struct rules_verdict verdict = rules_judge(&recorder->tuning.rules, &facts->rules);
        json_t *answer = json_pack(
                "{s:b, s:s, s:o, s:o}", "admit", verdict.admit, "rule", verdict.rule, "steps",
                steps_json(&recorder->tuning.rules, &facts->rules), "facts", facts_json(facts));
        if (verdict.reason != REASON_NONE)
                json_object_set_new(answer, "reason", json_string(reason_name(verdict.reason)));
        request_set_time(answer, "at", at_us);
        free(facts);
        return fields_ok(answer);
}

json_t *request_explain(struct recorder *recorder, struct fields *fields,
                        const struct request *request)
{
        (void)request;
        enum clock_quality clock;
        struct credential credential = { .is_consistent = true, .captured_us = monotonic_us() };
        int64_t now_us = wall_clock_now(&recorder->clock, &clock);
        int point = find_point(recorder, fields_id(fields, "access_point"));
        int64_t at_us = fields_time(fields, "at");
        const char *holder = fields_have(fields, "holder") ? fields_id(fields, "holder") : NULL;
        if (!holder)
                request_read_credential(recorder, fields, &credential);
        if (fields->why[0] != '\0')
                return request_bad(fields);
        if (point < 0)
                return fields_error("not_found",
                                    "access_point: this gate has no such access point");
        int error = holder ? stand_for_holder(recorder, holder, &credential) : 0;
        if (error == -ENOENT)
                return fields_error("not_found", "holder: there is no such holder");
        if (error)
                return request_failed(error);
        strcpy(credential.access_point, recorder->settings->point[point].id);
        /* Another time than now is a question about the rules, not about this clock. */
        return explain(recorder, point, &credential, at_us != 0 ? at_us : now_us,
                       at_us != 0 ? CLOCK_SYNCHRONISED : clock);
}
