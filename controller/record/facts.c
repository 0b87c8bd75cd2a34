#include "controller/record/facts.h"

#include "controller/validate/formats/one_time.h"

#include <string.h>

static const int64_t second_us = 1000000;

/* Granted in this direction, and neither taken nor given up yet: the arm may still turn for them.
 */
static bool is_waiting(const struct open_grant *open, enum direction direction)
{
        return open->is_open && open->row.direction == direction;
}

static bool has_open_grant(const struct recorder *recorder, const char *holder,
                           enum direction direction)
{
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++)
                if (is_waiting(&recorder->open[i], direction) &&
                    strcmp(recorder->open[i].row.holder, holder) == 0)
                        return true;
        return false;
}

static int64_t count_entering(const struct recorder *recorder, const char *area)
{
        int64_t count = 0;
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++)
                count += is_waiting(&recorder->open[i], DIRECTION_ENTRY) &&
                         strcmp(recorder->open[i].row.area, area) == 0;
        return count;
}

static int64_t count_using(const struct recorder *recorder, const uint8_t *lookup)
{
        int64_t count = 0;
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++)
                count += is_waiting(&recorder->open[i], DIRECTION_ENTRY) &&
                         memcmp(recorder->open[i].row.use, lookup, FLOW_USE_LEN) == 0;
        return count;
}

/* When an escort that this holder may follow was last let in here. */
static int64_t find_escort(const struct recorder *recorder, int point, const char *escort)
{
        int64_t last_us = 0;
        for (size_t i = 0; i < RECORDER_OPEN_GRANTS; i++) {
                const struct open_grant *open = &recorder->open[i];
                bool is_theirs = strcmp(escort, "*") == 0 ? open->may_escort
                                                          : strcmp(open->row.holder, escort) == 0;
                if (open->grant != 0 && open->point == point && is_theirs &&
                    open->row.at_us > last_us)
                        last_us = open->row.at_us;
        }
        return last_us;
}

/* Of two limits, 0 meaning none, the narrower. */
static int narrower(int a, int b)
{
        return a == 0 || (b != 0 && b < a) ? b : a;
}

static void take_match(struct facts *facts)
{
        const struct registry_match *match = &facts->match;
        struct rules_facts *rules = &facts->rules;
        rules->is_known = match->is_known;
        rules->is_enrolled = match->is_enrolled;
        rules->is_revoked = match->is_revoked;
        rules->is_blocked = (match->is_known && match->holder.is_blocked) || match->is_listed;
        rules->is_visit = match->is_known && match->holder.role == REGISTRY_VISITOR;
        if (match->is_enrolled) {
                rules->enrolment = (struct rules_validity){ match->credential.validity.from_us,
                                                            match->credential.validity.until_us };
                rules->uses_max = match->credential.uses_max;
                rules->day_uses_max = match->credential.day_uses_max;
        }
        if (match->is_known) {
                rules->holder = (struct rules_validity){ match->holder.validity.from_us,
                                                         match->holder.validity.until_us };
                rules->needs_escort = match->holder.escort[0] != '\0';
                rules->health = (enum rules_health)match->declaration.result;
                rules->health_at_us = match->declaration.at_us;
                rules->health_until_us = match->declaration.until_us;
        }
        for (size_t i = 0; i < match->covering; i++)
                facts->covers[i] = (struct rules_cover){
                        .validity = { match->covers[i].validity.from_us,
                                      match->covers[i].validity.until_us },
                        .schedule =
                                match->covers[i].has_schedule ? &match->covers[i].schedule : NULL,
                };
        rules->covering = match->covering;
        rules->covers = facts->covers;
        rules->local.is_special = match->is_special;
        rules->local.was_special = match->was_special;
}

static void take_pass(struct facts *facts, const struct pass_claims *pass)
{
        struct rules_facts *rules = &facts->rules;
        rules->uses_max = narrower(rules->uses_max, pass->uses_max);
        rules->day_uses_max = narrower(rules->day_uses_max, pass->day_uses_max);
        rules->has_pass_schedule = pass->schedule[0] != '\0';
        rules->pass_schedule = facts->match.has_pass_schedule ? &facts->match.pass_schedule : NULL;
        facts->mark = pass->proof_us;
}

/* The area's own anti-passback where it has one, else the configuration's. */
static void take_area(struct facts *facts, const struct rules_config *config)
{
        struct rules_facts *rules = &facts->rules;
        const struct registry_area *area = &facts->match.area;
        bool has_area = facts->match.has_area;
        rules->has_area = has_area;
        rules->occupancy_limit = has_area ? area->occupancy_limit : 0;
        rules->passback = has_area && area->passback >= 0 ? (enum rules_passback)area->passback
                                                          : config->passback;
        rules->passback_reset_h = has_area && area->passback_reset_h >= 0
                                          ? area->passback_reset_h
                                          : config->passback_reset_h;
        rules->passback_reset_min = has_area && area->passback_reset_min >= -1
                                            ? area->passback_reset_min
                                            : config->passback_reset_min;
        if (rules->passback_reset_min >= 0)
                rules->last_reset_us = schedule_last(rules->now_us, rules->passback_reset_min);
}

static int take_one_time(struct recorder *recorder, struct facts *facts)
{
        uint8_t secret[ONE_TIME_SECRET_LEN];
        struct rules_facts *rules = &facts->rules;
        const struct credential *credential = rules->credential;
        int64_t last = replay_last(&recorder->replay, credential->lookup);
        int error = one_time_secret(recorder->key, credential->lookup, secret);
        if (error)
                return error;
        int good = one_time_check(secret, credential->one_time_code, rules->now_us, last,
                                  &facts->mark);
        if (good == 0)
                good = one_time_check(secret, credential->one_time_code, rules->now_us, 0,
                                      &facts->mark);
        else
                rules->is_one_time_good = good > 0;
        rules->is_one_time_used = good > 0 && !rules->is_one_time_good;
        return good < 0 ? good : 0;
}

static int take_journal(struct recorder *recorder, int point, struct facts *facts)
{
        struct rules_facts *rules = &facts->rules;
        const struct registry_match *match = &facts->match;
        const char *area = match->has_area ? match->area.id : "";
        struct journal_presence presence = { .last = DIRECTION_NONE };
        uint64_t uses = 0, day_uses = 0, inside = 0;
        int error = 0;
        if (match->holder.id[0] != '\0')
                error = journal_presence(recorder->journal, match->holder.id, area, &presence);
        if (!error && (rules->uses_max > 0 || rules->day_uses_max > 0))
                error = journal_uses(recorder->journal, rules->credential->lookup,
                                     rules->local.day_number, &uses, &day_uses);
        if (!error && rules->occupancy_limit > 0)
                error = journal_inside(recorder->journal, area, &inside);
        if (error)
                return error;
        int64_t using = count_using(recorder, rules->credential->lookup);
        rules->uses = (int64_t)uses + using;
        rules->day_uses = (int64_t)day_uses + using;
        rules->inside = (int64_t)inside + count_entering(recorder, area);
        rules->last_taken = presence.last;
        rules->last_taken_us = presence.since_us;
        rules->has_open_grant = match->holder.id[0] != '\0' &&
                                has_open_grant(recorder, match->holder.id, rules->direction);
        if (rules->needs_escort)
                rules->escort_us = find_escort(recorder, point, match->holder.escort);
        return 0;
}

int facts_gather(struct recorder *recorder, int point, const struct credential *credential,
                 int64_t at_us, enum clock_quality clock, struct facts *facts)
{
        const struct settings_point *at = &recorder->settings->point[point];
        bool is_pass =
                credential->class == CREDENTIAL_SITE_PASS && credential->objection == REASON_NONE;
        *facts = (struct facts){
                .rules = { .direction = settings_direction(at),
                           .now_us = at_us,
                           .clock = clock,
                           .local = schedule_moment_of(at_us),
                           .credential = credential,
                           /* By the clock of now, which may have been set since the start. */
                           .started_us = at_us - (monotonic_us() - recorder->started_us),
                           .last_proof_us = replay_last(&recorder->replay, credential->lookup) },
        };
        struct rules_facts *rules = &facts->rules;
        bool is_entry = rules->direction == DIRECTION_ENTRY;
        rules->is_locked_down = is_entry && recorder->modes.is_locked_down[point];
        rules->registry_us = atomic_load(&recorder->board->registry_issued_s) * second_us;
        rules->is_locked_out = is_entry && lockout_is_on(&recorder->lockout[point], monotonic_ms());
        const struct registry_question question = { .lookup = credential->lookup,
                                                    .pass = is_pass ? &credential->pass : NULL,
                                                    .access_point = at->id,
                                                    .local = &rules->local };
        int error = registry_find(recorder->registry, &question, &facts->match);
        if (!error) {
                take_match(facts);
                if (is_pass)
                        take_pass(facts, &credential->pass);
                take_area(facts, &recorder->tuning.rules);
                if (credential->class == CREDENTIAL_ONE_TIME && rules->is_enrolled)
                        error = take_one_time(recorder, facts);
        }
        if (!error)
                error = take_journal(recorder, point, facts);
        if (error)
                facts->match = (struct registry_match){ .is_known = false };
        return error;
}
