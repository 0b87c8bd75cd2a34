/* Rules: what each of them lets through, and what it refuses. */
#include "tests/check.h"

#include "controller/flow_names.h"
#include "controller/validate/rules.h"

#include <string.h>

static const int64_t noon = INT64_C(1790000000) * 1000000;
static const int64_t hour = INT64_C(3600) * 1000000;
static const int64_t second = 1000000;
static const struct rules_cover always[1] = { { { 0, 0 }, NULL } };
static const struct schedule never = { .id = "never" };
static const struct credential code = { .class = CREDENTIAL_CODE, .is_consistent = true };

static struct rules_config strict(void)
{
        return (struct rules_config){ .site = "plant",
                                      .is_untrusted_clock_denied = true,
                                      .identity = RULES_IDENTITY_ENROLLED,
                                      .proof_window_s = 15,
                                      .declaration_h = 72,
                                      .escort_s = 60,
                                      .passback_reset_min = -1 };
}

static struct rules_facts worker(void)
{
        return (struct rules_facts){ .direction = DIRECTION_ENTRY,
                                     .now_us = noon,
                                     .clock = CLOCK_SYNCHRONISED,
                                     .credential = &code,
                                     .is_known = true,
                                     .is_enrolled = true,
                                     .covering = 1,
                                     .covers = always,
                                     .passback_reset_min = -1 };
}

static struct credential pass(void)
{
        return (struct credential){ .class = CREDENTIAL_SITE_PASS,
                                    .is_consistent = true,
                                    .pass = { .holder = "an", .site = "plant" } };
}

/* What explain says must be what judge does. */
static struct rules_verdict judge(const struct rules_config *config,
                                  const struct rules_facts *facts)
{
        struct rules_step steps[RULES_STEPS_MAX];
        struct rules_verdict verdict = rules_judge(config, facts);
        size_t count = rules_explain(config, facts, steps);
        const struct rules_step *first = NULL;
        for (size_t i = 0; i < count; i++) {
                assert_true(steps[i].applies || steps[i].reason == REASON_NONE);
                if (!first && steps[i].reason != REASON_NONE && !steps[i].is_warning)
                        first = &steps[i];
        }
        assert_non_null(verdict.rule);
        assert_true(verdict.admit == (!first || facts->direction == DIRECTION_EXIT));
        if (first)
                assert_int_equal(verdict.reason, first->reason);
        return verdict;
}

static void expect(struct rules_config config, struct rules_facts facts, enum reason reason,
                   const char *rule)
{
        struct rules_verdict verdict = judge(&config, &facts);
        if (reason == REASON_NONE && !verdict.admit)
                print_error("%s\n", reason_name(verdict.reason));
        assert_int_equal(verdict.admit, reason == REASON_NONE);
        assert_string_equal(reason_name(verdict.reason), reason_name(reason));
        if (reason != REASON_NONE)
                assert_string_equal(verdict.rule, rule);
}

static void a_known_holder_with_a_level_is_admitted(void **state)
{
        (void)state;
        expect(strict(), worker(), REASON_NONE, "");
}

static void a_genuine_pass_needs_no_enrolment(void **state)
{
        (void)state;
        struct credential shown = pass();
        struct rules_facts facts = worker();
        facts.credential = &shown;
        facts.is_known = facts.is_enrolled = false;
        expect(strict(), facts, REASON_NONE, "");
        facts.covering = 0;
        expect(strict(), facts, REASON_WRONG_ACCESS_POINT, "access level");
}

static void what_is_wrong_with_the_code_itself_comes_first(void **state)
{
        (void)state;
        static const enum reason objections[] = { REASON_NOT_A_PASS, REASON_UNREADABLE,
                                                  REASON_UNTRUSTED_ISSUER, REASON_BAD_SIGNATURE };
        for (size_t i = 0; i < ARRAY_LEN(objections); i++) {
                struct credential shown = pass();
                struct rules_facts facts = worker();
                shown.objection = objections[i];
                facts.credential = &shown;
                facts.is_blocked = facts.is_revoked = true;
                expect(strict(), facts, objections[i], "signature");
        }
}

static void the_lane_and_its_reader_come_before_everything(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.is_locked_out = true;
        expect(strict(), facts, REASON_LOCKOUT, "lockout");
        facts.is_locked_down = true;
        expect(strict(), facts, REASON_OUT_OF_SERVICE, "lock-down");
}

static void holder_and_registry_have_their_say(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.is_enrolled = false;
        expect(strict(), facts, REASON_UNKNOWN_CREDENTIAL, "registry");
        facts = worker();
        facts.is_blocked = true;
        expect(strict(), facts, REASON_BLOCKED, "holder");
        facts = worker();
        facts.is_revoked = true;
        expect(strict(), facts, REASON_REVOKED, "credential");
        facts = worker();
        facts.holder.until_us = noon;
        expect(strict(), facts, REASON_EXPIRED, "holder");
        facts = worker();
        facts.enrolment.from_us = noon + 1;
        expect(strict(), facts, REASON_NOT_YET_VALID, "enrolment");
}

static void identity_codes_open_as_policy_says(void **state)
{
        (void)state;
        static const enum credential_class classes[] = { CREDENTIAL_CCCD, CREDENTIAL_CAN_CUOC_2024,
                                                         CREDENTIAL_PERSONAL_QR,
                                                         CREDENTIAL_INSURANCE };
        for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
                struct credential card = { .class = classes[i] };
                struct rules_config config = strict();
                struct rules_facts facts = worker(), stranger = worker();
                facts.credential = stranger.credential = &card;
                stranger.is_known = stranger.is_enrolled = false;
                stranger.covering = 0;
                expect(config, facts, REASON_NONE, "");
                expect(config, stranger, REASON_UNKNOWN_CREDENTIAL, "registry");
                config.identity = RULES_IDENTITY_DENY;
                expect(config, facts, REASON_NOT_A_PASS, "kind of code");
                config.identity = RULES_IDENTITY_PRE_REGISTERED;
                expect(config, facts, REASON_UNKNOWN_CREDENTIAL, "kind of code");
                facts.is_visit = true;
                expect(config, facts, REASON_NONE, "");
                config.identity = RULES_IDENTITY_LOG_ONLY;
                expect(config, stranger, REASON_NONE, "");
                facts.is_blocked = true;
                expect(config, facts, REASON_BLOCKED, "holder");
        }
}

static void health_certificates_are_off_unless_asked_for(void **state)
{
        (void)state;
        const struct credential certificate = { .class = CREDENTIAL_HEALTH_CERT };
        struct rules_config config = strict();
        struct rules_facts facts = worker();
        facts.credential = &certificate;
        expect(config, facts, REASON_NOT_A_PASS, "kind of code");
        config.health_cert = RULES_HEALTH_CERT_ENROLLED;
        expect(config, facts, REASON_NONE, "");
        facts.is_known = facts.is_enrolled = false;
        facts.covering = 0;
        expect(config, facts, REASON_UNKNOWN_CREDENTIAL, "registry");
        config.health_cert = RULES_HEALTH_CERT_ADMIT;
        expect(config, facts, REASON_NONE, "");
        config.declaration = RULES_DECLARATION_REQUIRE;
        expect(config, facts, REASON_NONE, "");
}

static void a_pass_is_for_its_site_and_its_time(void **state)
{
        (void)state;
        struct credential shown = pass();
        struct rules_facts facts = worker();
        facts.credential = &shown;
        strcpy(shown.pass.site, "elsewhere");
        expect(strict(), facts, REASON_WRONG_SITE, "site");
        shown = pass();
        shown.pass.site[0] = '\0';
        expect(strict(), facts, REASON_NONE, "");
        shown.until_us = noon;
        expect(strict(), facts, REASON_EXPIRED, "credential");
        shown.until_us = noon + 1;
        shown.from_us = noon;
        expect(strict(), facts, REASON_NONE, "");
        shown.from_us = noon + 1;
        expect(strict(), facts, REASON_NOT_YET_VALID, "credential");
}

static void a_proof_is_fresh_new_and_there(void **state)
{
        (void)state;
        struct credential shown = pass();
        struct rules_config config = strict();
        struct rules_facts facts = worker();
        facts.credential = &shown;
        shown.pass.is_bound = true;
        expect(config, facts, REASON_PROOF_MISSING, "proof");
        for (int64_t age = -16; age <= 16; age++) {
                shown.pass.proof_us = noon - age * second;
                bool is_fresh = age >= -15 && age <= 15;
                expect(config, facts, is_fresh ? REASON_NONE : REASON_PROOF_EXPIRED, "proof");
        }
        shown.pass.proof_us = noon;
        facts.last_proof_us = noon;
        expect(config, facts, REASON_REPLAYED, "proof");
        facts.last_proof_us = noon - 1;
        expect(config, facts, REASON_NONE, "");
        facts.started_us = noon + 1;
        expect(config, facts, REASON_REPLAYED, "proof");
        shown = pass();
        expect(config, facts, REASON_NONE, "");
        config.is_static_pass_denied = true;
        expect(config, facts, REASON_PROOF_MISSING, "proof");
}

static void a_one_time_code_is_right_and_new(void **state)
{
        (void)state;
        const struct credential shown = { .class = CREDENTIAL_ONE_TIME };
        struct rules_facts facts = worker();
        facts.credential = &shown;
        expect(strict(), facts, REASON_UNKNOWN_CREDENTIAL, "one-time code");
        facts.is_one_time_good = true;
        expect(strict(), facts, REASON_NONE, "");
        facts.is_one_time_good = false;
        facts.is_one_time_used = true;
        expect(strict(), facts, REASON_REPLAYED, "one-time code");
}

static void what_is_dated_needs_a_clock_where_policy_says_so(void **state)
{
        (void)state;
        struct rules_config config = strict();
        struct rules_facts facts = worker();
        facts.clock = CLOCK_UNTRUSTED;
        expect(config, facts, REASON_NONE, "");
        facts.enrolment.until_us = noon + hour;
        expect(config, facts, REASON_CLOCK_UNTRUSTED, "clock");
        config.is_untrusted_clock_denied = false;
        expect(config, facts, REASON_NONE, "");
        struct credential shown = pass();
        shown.pass.proof_us = noon;
        facts.credential = &shown;
        expect(config, facts, REASON_CLOCK_UNTRUSTED, "clock");
        facts.clock = CLOCK_HOLDOVER;
        expect(config, facts, REASON_NONE, "");
}

static void one_level_that_is_valid_and_open_now_is_enough(void **state)
{
        (void)state;
        const struct rules_cover covers[] = { { { 0, noon }, NULL },
                                              { { noon + 1, 0 }, NULL },
                                              { { 0, 0 }, &never },
                                              { { 0, noon + 1 }, NULL } };
        struct rules_facts facts = worker();
        facts.covers = covers;
        facts.covering = 4;
        expect(strict(), facts, REASON_NONE, "");
        facts.covering = 3;
        expect(strict(), facts, REASON_OUTSIDE_SCHEDULE, "access level");
        facts.covering = 2;
        expect(strict(), facts, REASON_NOT_YET_VALID, "access level");
        facts.covering = 1;
        expect(strict(), facts, REASON_EXPIRED, "access level");
        facts.covering = 0;
        expect(strict(), facts, REASON_WRONG_ACCESS_POINT, "access level");
        facts = worker();
        facts.has_pass_schedule = true;
        expect(strict(), facts, REASON_OUTSIDE_SCHEDULE, "schedule");
        facts.pass_schedule = &never;
        expect(strict(), facts, REASON_OUTSIDE_SCHEDULE, "schedule");
}

static void declarations_are_asked_for_as_policy_says(void **state)
{
        (void)state;
        struct rules_config config = strict();
        struct rules_facts facts = worker();
        facts.health = RULES_HEALTH_RED;
        facts.health_at_us = noon - hour;
        expect(config, facts, REASON_NONE, "");
        config.declaration = RULES_DECLARATION_WARN;
        expect(config, facts, REASON_DECLARATION_REFUSED, "declaration");
        facts.health = RULES_HEALTH_UNKNOWN;
        struct rules_verdict verdict = judge(&config, &facts);
        assert_true(verdict.admit && verdict.is_undeclared);
        config.declaration = RULES_DECLARATION_REQUIRE;
        expect(config, facts, REASON_DECLARATION_MISSING, "declaration");
        facts.health = RULES_HEALTH_AMBER;
        verdict = judge(&config, &facts);
        assert_true(verdict.admit && verdict.is_undeclared);
        facts.health = RULES_HEALTH_GREEN;
        expect(config, facts, REASON_NONE, "");
        facts.health_at_us = noon - 72 * hour;
        expect(config, facts, REASON_DECLARATION_MISSING, "declaration");
        facts.health_at_us++;
        expect(config, facts, REASON_NONE, "");
        facts.health_until_us = noon;
        expect(config, facts, REASON_DECLARATION_MISSING, "declaration");
}

static void limits_of_uses_and_of_room_are_kept(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.uses_max = 3;
        facts.uses = 2;
        expect(strict(), facts, REASON_NONE, "");
        facts.uses = 3;
        expect(strict(), facts, REASON_MAX_USES, "uses");
        facts = worker();
        facts.day_uses_max = 1;
        facts.uses = 9;
        expect(strict(), facts, REASON_NONE, "");
        facts.day_uses = 1;
        expect(strict(), facts, REASON_MAX_USES, "uses");
        facts = worker();
        facts.occupancy_limit = 10;
        facts.inside = 9;
        expect(strict(), facts, REASON_NONE, "");
        facts.inside = 10;
        expect(strict(), facts, REASON_OCCUPANCY_LIMIT, "occupancy");
}

static void a_guest_follows_the_escort(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.needs_escort = true;
        expect(strict(), facts, REASON_ESCORT_MISSING, "escort");
        facts.escort_us = noon - 60 * second;
        expect(strict(), facts, REASON_NONE, "");
        facts.escort_us--;
        expect(strict(), facts, REASON_ESCORT_MISSING, "escort");
}

static void anti_passback_is_off_soft_or_hard(void **state)
{
        (void)state;
        struct rules_config config = strict();
        struct rules_facts facts = worker();
        facts.last_taken = DIRECTION_ENTRY;
        facts.last_taken_us = noon - 8 * hour;
        expect(config, facts, REASON_NONE, "");
        facts.passback = RULES_PASSBACK_HARD;
        expect(config, facts, REASON_PASSBACK, "anti-passback");
        facts.passback = RULES_PASSBACK_SOFT;
        struct rules_verdict verdict = judge(&config, &facts);
        assert_true(verdict.admit && verdict.is_passback_soft);
        facts.last_taken = DIRECTION_EXIT;
        expect(config, facts, REASON_NONE, "");
}

static void a_presence_is_forgotten_after_the_reset(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.passback = RULES_PASSBACK_HARD;
        facts.passback_reset_h = 8;
        facts.last_taken = DIRECTION_ENTRY;
        facts.last_taken_us = noon - 8 * hour;
        expect(strict(), facts, REASON_NONE, "");
        facts.last_taken_us++;
        expect(strict(), facts, REASON_PASSBACK, "anti-passback");
        facts.passback_reset_h = 0;
        facts.last_reset_us = facts.last_taken_us;
        expect(strict(), facts, REASON_PASSBACK, "anti-passback");
        facts.last_reset_us++;
        expect(strict(), facts, REASON_NONE, "");
}

/* The same code shown again before the arm has turned would open for a friend. */
static void a_grant_not_yet_settled_counts_as_inside(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.has_open_grant = true;
        expect(strict(), facts, REASON_NONE, "");
        facts.passback = RULES_PASSBACK_HARD;
        expect(strict(), facts, REASON_PASSBACK, "anti-passback");
}

static void an_exit_is_never_refused_and_keeps_the_reason(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        struct rules_config config = strict();
        facts.direction = DIRECTION_EXIT;
        facts.is_enrolled = false;
        struct rules_verdict verdict = judge(&config, &facts);
        assert_int_equal(verdict.reason, REASON_UNKNOWN_CREDENTIAL);
        assert_string_equal(verdict.rule, "egress is never refused");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_known_holder_with_a_level_is_admitted),
                cmocka_unit_test(a_genuine_pass_needs_no_enrolment),
                cmocka_unit_test(what_is_wrong_with_the_code_itself_comes_first),
                cmocka_unit_test(the_lane_and_its_reader_come_before_everything),
                cmocka_unit_test(holder_and_registry_have_their_say),
                cmocka_unit_test(identity_codes_open_as_policy_says),
                cmocka_unit_test(health_certificates_are_off_unless_asked_for),
                cmocka_unit_test(a_pass_is_for_its_site_and_its_time),
                cmocka_unit_test(a_proof_is_fresh_new_and_there),
                cmocka_unit_test(a_one_time_code_is_right_and_new),
                cmocka_unit_test(what_is_dated_needs_a_clock_where_policy_says_so),
                cmocka_unit_test(one_level_that_is_valid_and_open_now_is_enough),
                cmocka_unit_test(declarations_are_asked_for_as_policy_says),
                cmocka_unit_test(limits_of_uses_and_of_room_are_kept),
                cmocka_unit_test(a_guest_follows_the_escort),
                cmocka_unit_test(anti_passback_is_off_soft_or_hard),
                cmocka_unit_test(a_presence_is_forgotten_after_the_reset),
                cmocka_unit_test(a_grant_not_yet_settled_counts_as_inside),
                cmocka_unit_test(an_exit_is_never_refused_and_keeps_the_reason),
        };
        return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
