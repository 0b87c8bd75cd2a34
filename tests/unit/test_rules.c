/* Rules: every reason, and that no permission taken away ever lets anybody in. */
#include "tests/check.h"

#include "controller/flow_names.h"
#include "controller/validate/rules.h"

static const int64_t noon = INT64_C(1790000000) * 1000000;
static const int64_t hour = INT64_C(3600) * 1000000;
static const struct rules_validity always[1] = { { 0, 0 } };

static struct rules_facts worker(void)
{
        return (struct rules_facts){ .direction = DIRECTION_ENTRY,
                                     .now_us = noon,
                                     .clock = CLOCK_SYNCHRONISED,
                                     .is_known = true,
                                     .covering = 1,
                                     .covers = always };
}

static enum reason reason_of(struct rules_config config, struct rules_facts facts)
{
        struct rules_verdict verdict = rules_judge(&config, &facts);
        assert_non_null(verdict.rule);
        assert_true(verdict.admit || verdict.reason != REASON_NONE);
        return verdict.admit && !verdict.is_passback_soft ? REASON_NONE : verdict.reason;
}

static void a_known_holder_with_a_level_is_admitted(void **state)
{
        (void)state;
        assert_int_equal(reason_of((struct rules_config){ 0 }, worker()), REASON_NONE);
}

static void each_objection_has_its_reason(void **state)
{
        (void)state;
        struct rules_config config = { .is_untrusted_clock_denied = true };
        struct rules_facts facts = worker();
        facts.is_known = false;
        assert_int_equal(reason_of(config, facts), REASON_UNKNOWN_CREDENTIAL);
        facts = worker();
        facts.is_blocked = true;
        assert_int_equal(reason_of(config, facts), REASON_BLOCKED);
        facts = worker();
        facts.is_revoked = true;
        assert_int_equal(reason_of(config, facts), REASON_REVOKED);
        facts = worker();
        facts.covering = 0;
        assert_int_equal(reason_of(config, facts), REASON_WRONG_ACCESS_POINT);
        facts = worker();
        facts.is_locked_down = true;
        assert_int_equal(reason_of(config, facts), REASON_OUT_OF_SERVICE);
        facts = worker();
        facts.clock = CLOCK_UNTRUSTED;
        assert_int_equal(reason_of(config, facts), REASON_NONE);
        facts.credential.until_us = noon + hour;
        assert_int_equal(reason_of(config, facts), REASON_CLOCK_UNTRUSTED);
        config.is_untrusted_clock_denied = false;
        assert_int_equal(reason_of(config, facts), REASON_NONE);
}

static void validity_begins_with_its_first_and_ends_before_its_last_microsecond(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.credential = (struct rules_validity){ noon, noon + 1 };
        assert_int_equal(reason_of((struct rules_config){ 0 }, facts), REASON_NONE);
        facts.now_us = noon - 1;
        assert_int_equal(reason_of((struct rules_config){ 0 }, facts), REASON_NOT_YET_VALID);
        facts.now_us = noon + 1;
        assert_int_equal(reason_of((struct rules_config){ 0 }, facts), REASON_EXPIRED);
        facts = worker();
        facts.holder.until_us = noon;
        assert_int_equal(reason_of((struct rules_config){ 0 }, facts), REASON_EXPIRED);
}

static void one_level_that_is_valid_now_is_enough(void **state)
{
        (void)state;
        const struct rules_validity levels[] = { { 0, noon - 1 },
                                                 { noon + 1, 0 },
                                                 { 0, noon + 1 } };
        struct rules_facts facts = worker();
        facts.covers = levels;
        facts.covering = 3;
        assert_int_equal(reason_of((struct rules_config){ 0 }, facts), REASON_NONE);
        facts.covering = 2;
        assert_int_equal(reason_of((struct rules_config){ 0 }, facts), REASON_EXPIRED);
}

static void anti_passback_is_off_soft_or_hard(void **state)
{
        (void)state;
        struct rules_config config = { .passback = RULES_PASSBACK_OFF };
        struct rules_facts facts = worker();
        facts.last_taken = DIRECTION_ENTRY;
        facts.last_taken_us = noon - 8 * hour;
        assert_int_equal(reason_of(config, facts), REASON_NONE);
        config.passback = RULES_PASSBACK_HARD;
        assert_int_equal(reason_of(config, facts), REASON_PASSBACK);
        config.passback = RULES_PASSBACK_SOFT;
        struct rules_verdict verdict = rules_judge(&config, &facts);
        assert_true(verdict.admit && verdict.is_passback_soft);
        facts.last_taken = DIRECTION_EXIT;
        assert_int_equal(reason_of(config, facts), REASON_NONE);
}

static void a_presence_is_forgotten_after_the_reset_time(void **state)
{
        (void)state;
        struct rules_config config = { .passback = RULES_PASSBACK_HARD, .passback_reset_h = 8 };
        struct rules_facts facts = worker();
        facts.last_taken = DIRECTION_ENTRY;
        facts.last_taken_us = noon - 8 * hour;
        assert_int_equal(reason_of(config, facts), REASON_NONE);
        facts.last_taken_us++;
        assert_int_equal(reason_of(config, facts), REASON_PASSBACK);
}

/* The same code shown again before the arm has turned would open for a friend. */
static void a_grant_not_yet_settled_counts_as_inside(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        facts.has_open_grant = true;
        assert_int_equal(reason_of((struct rules_config){ .passback = RULES_PASSBACK_HARD }, facts),
                         REASON_PASSBACK);
        assert_int_equal(reason_of((struct rules_config){ 0 }, facts), REASON_NONE);
}

static void an_exit_is_never_refused_and_keeps_the_reason(void **state)
{
        (void)state;
        struct rules_facts facts = worker();
        struct rules_config config = { .passback = RULES_PASSBACK_HARD,
                                       .is_untrusted_clock_denied = true };
        for (unsigned bits = 0; bits < 128; bits++) {
                facts = worker();
                facts.direction = DIRECTION_EXIT;
                facts.is_known = !(bits & 1);
                facts.is_blocked = bits & 2;
                facts.is_revoked = bits & 4;
                facts.covering = bits & 8 ? 0 : 1;
                facts.last_taken = bits & 16 ? DIRECTION_EXIT : DIRECTION_ENTRY;
                facts.clock = bits & 32 ? CLOCK_UNTRUSTED : CLOCK_SYNCHRONISED;
                facts.credential.until_us = bits & 64 ? 1 : 0;
                assert_true(rules_judge(&config, &facts).admit);
        }
        facts.is_known = false;
        assert_int_equal(rules_judge(&config, &facts).reason, REASON_UNKNOWN_CREDENTIAL);
}

/* From every combination of facts, taking one permission away never turns no into yes. */
static void taking_a_permission_away_never_admits(void **state)
{
        (void)state;
        struct rules_config config = { .passback = RULES_PASSBACK_HARD };
        for (unsigned bits = 0; bits < 64; bits++) {
                bool admitted[2];
                for (unsigned taken = 1; taken < 64; taken <<= 1) {
                        for (int less = 0; less < 2; less++) {
                                unsigned rights = less ? bits & ~taken : bits;
                                struct rules_facts facts = worker();
                                facts.is_known = rights & 1;
                                facts.is_blocked = !(rights & 2);
                                facts.is_revoked = !(rights & 4);
                                facts.covering = rights & 8 ? 1 : 0;
                                facts.credential.until_us = rights & 16 ? 0 : noon;
                                facts.has_open_grant = !(rights & 32);
                                admitted[less] = rules_judge(&config, &facts).admit;
                        }
                        assert_true(admitted[0] || !admitted[1]);
                }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_known_holder_with_a_level_is_admitted),
                cmocka_unit_test(each_objection_has_its_reason),
                cmocka_unit_test(
                        validity_begins_with_its_first_and_ends_before_its_last_microsecond),
                cmocka_unit_test(one_level_that_is_valid_now_is_enough),
                cmocka_unit_test(anti_passback_is_off_soft_or_hard),
                cmocka_unit_test(a_presence_is_forgotten_after_the_reset_time),
                cmocka_unit_test(a_grant_not_yet_settled_counts_as_inside),
                cmocka_unit_test(an_exit_is_never_refused_and_keeps_the_reason),
                cmocka_unit_test(taking_a_permission_away_never_admits),
        };
        return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
