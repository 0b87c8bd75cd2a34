/* Rules: every reason and the rule that gives it, and their order. */
#include "tests/check.h"

#include "controller/flow_names.h"
#include "tests/unit/rules_scene.h"

static void expect_admitted(const struct scene *scene)
{
        struct rules_verdict verdict = scene_judge(scene);
        assert_string_equal(reason_name(verdict.reason), "");
        assert_true(verdict.admit && !verdict.is_passback_soft && !verdict.is_undeclared);
        assert_non_null(verdict.rule);
}

static void expect_refused(const struct scene *scene, enum reason reason, const char *rule)
{
        struct rules_verdict verdict = scene_judge(scene);
        assert_string_equal(reason_name(verdict.reason), reason_name(reason));
        assert_string_equal(verdict.rule, rule);
        assert_false(verdict.admit || verdict.is_passback_soft || verdict.is_undeclared);
}

/* --- One objection each -------------------------------------------------------------------------
 */

typedef void spoil_fn(struct scene *scene);

static void spoil_lock_down(struct scene *scene)
{
        scene->facts.is_locked_down = true;
}

static void spoil_lockout(struct scene *scene)
{
        scene->facts.is_locked_out = true;
}

static void spoil_objection_kind(struct scene *scene)
{
        scene->credential.objection = REASON_NOT_A_PASS;
}

static void spoil_text(struct scene *scene)
{
        scene->credential.objection = REASON_UNREADABLE;
}

static void spoil_issuer(struct scene *scene)
{
        scene->credential.objection = REASON_UNTRUSTED_ISSUER;
}

static void spoil_signature(struct scene *scene)
{
        scene->credential.objection = REASON_BAD_SIGNATURE;
}

static void deny_identity(struct scene *scene)
{
        scene->config.identity = RULES_IDENTITY_DENY;
}

static void want_visit(struct scene *scene)
{
        scene->config.identity = RULES_IDENTITY_PRE_REGISTERED;
}

static void deny_health_cert(struct scene *scene)
{
        scene->config.health_cert = RULES_HEALTH_CERT_OFF;
}

static void spoil_site(struct scene *scene)
{
        strcpy(scene->credential.pass.site, "elsewhere");
}

static void spoil_age(struct scene *scene)
{
        scene->config.stale_after_h = 1;
        scene->config.is_stale_denied = true;
        scene->facts.registry_us = scene_now - hour;
}

static void spoil_known(struct scene *scene)
{
        scene->facts.is_known = scene->facts.is_enrolled = false;
}

static void spoil_enrolled(struct scene *scene)
{
        scene->facts.is_enrolled = false;
}

static void spoil_digits(struct scene *scene)
{
        scene->facts.is_one_time_good = false;
}

static void use_digits(struct scene *scene)
{
        scene->facts.is_one_time_good = false;
        scene->facts.is_one_time_used = true;
}

static void block(struct scene *scene)
{
        scene->facts.is_blocked = true;
}

static void revoke(struct scene *scene)
{
        scene->facts.is_revoked = true;
}

static void lose_clock(struct scene *scene)
{
        scene->facts.clock = CLOCK_UNTRUSTED;
}

static void lose_clock_dated(struct scene *scene)
{
        lose_clock(scene);
        scene->facts.holder.until_us = scene_now + hour;
}

static void expire(struct scene *scene)
{
        scene->credential.until_us = scene_now;
}

static void begin_later(struct scene *scene)
{
        scene->credential.from_us = scene_now + 1;
}

static void bind(struct scene *scene)
{
        scene->credential.pass.is_bound = true;
}

static void want_proof(struct scene *scene)
{
        scene->config.is_static_pass_denied = true;
}

static void prove(struct scene *scene, int64_t at_us)
{
        bind(scene);
        scene->credential.pass.proof_us = at_us;
}

static void prove_late(struct scene *scene)
{
        prove(scene, scene_now - 30 * second - 1);
}

static void prove_early(struct scene *scene)
{
        prove(scene, scene_now + 30 * second + 1);
}

static void prove_before_start(struct scene *scene)
{
        prove(scene, scene_now - second);
        scene->facts.started_us = scene_now;
}

static void prove_again(struct scene *scene)
{
        prove(scene, scene_now - second);
        scene->facts.last_proof_us = scene_now - second;
}

static void prove_untimed(struct scene *scene)
{
        prove(scene, scene_now);
        lose_clock(scene);
        scene->config.is_untrusted_clock_denied = false;
}

static void expire_enrolment(struct scene *scene)
{
        scene->facts.enrolment.until_us = scene_now;
}

static void expire_holder(struct scene *scene)
{
        scene->facts.holder.until_us = scene_now;
}

static void lose_levels(struct scene *scene)
{
        scene->facts.covering = 0;
}

static void close_level(struct scene *scene)
{
        scene->covers[0].schedule = &never;
}

static void expire_level(struct scene *scene)
{
        scene->covers[0].validity.until_us = scene_now;
}

static void lose_schedule(struct scene *scene)
{
        scene->facts.has_pass_schedule = true;
}

static void close_schedule(struct scene *scene)
{
        scene->facts.has_pass_schedule = true;
        scene->facts.pass_schedule = &never;
}

static void want_declaration(struct scene *scene)
{
        scene->config.declaration = RULES_DECLARATION_REQUIRE;
}

static void declare_red(struct scene *scene)
{
        want_declaration(scene);
        scene->facts.health = RULES_HEALTH_RED;
        scene->facts.health_at_us = scene_now - hour;
}

static void use_up(struct scene *scene)
{
        scene->facts.uses_max = 3;
        scene->facts.uses = 3;
}

static void use_up_today(struct scene *scene)
{
        scene->facts.day_uses_max = 1;
        scene->facts.day_uses = 1;
}

static void want_escort(struct scene *scene)
{
        scene->facts.needs_escort = true;
}

static void fill(struct scene *scene)
{
        scene->facts.has_area = true;
        scene->facts.occupancy_limit = 50;
        scene->facts.inside = 50;
}

static void be_inside(struct scene *scene)
{
        scene->facts.passback = RULES_PASSBACK_HARD;
        scene->facts.last_taken = DIRECTION_ENTRY;
        scene->facts.last_taken_us = scene_now - 8 * hour;
}

static void each_objection_has_its_reason_and_its_rule(void **state)
{
        (void)state;
        static const struct {
                enum credential_class class;
                spoil_fn *spoil;
                enum reason reason;
                const char *rule;
        } cases[] = {
                { CREDENTIAL_CODE, spoil_lock_down, REASON_OUT_OF_SERVICE, "lock-down" },
                { CREDENTIAL_CODE, spoil_lockout, REASON_LOCKOUT, "lockout" },
                { CREDENTIAL_CODE, spoil_objection_kind, REASON_NOT_A_PASS, "signature" },
                { CREDENTIAL_SITE_PASS, spoil_text, REASON_UNREADABLE, "signature" },
                { CREDENTIAL_SITE_PASS, spoil_issuer, REASON_UNTRUSTED_ISSUER, "signature" },
                { CREDENTIAL_HEALTH_CERT, spoil_signature, REASON_BAD_SIGNATURE, "signature" },
                { CREDENTIAL_CCCD, deny_identity, REASON_NOT_A_PASS, "kind of code" },
                { CREDENTIAL_CAN_CUOC_2024, deny_identity, REASON_NOT_A_PASS, "kind of code" },
                { CREDENTIAL_PERSONAL_QR, deny_identity, REASON_NOT_A_PASS, "kind of code" },
                { CREDENTIAL_INSURANCE, deny_identity, REASON_NOT_A_PASS, "kind of code" },
                { CREDENTIAL_CCCD, want_visit, REASON_UNKNOWN_CREDENTIAL, "kind of code" },
                { CREDENTIAL_HEALTH_CERT, deny_health_cert, REASON_NOT_A_PASS, "kind of code" },
                { CREDENTIAL_SITE_PASS, spoil_site, REASON_WRONG_SITE, "site" },
                { CREDENTIAL_CODE, spoil_age, REASON_REGISTRY_STALE, "registry age" },
                { CREDENTIAL_CODE, spoil_known, REASON_UNKNOWN_CREDENTIAL, "registry" },
                { CREDENTIAL_CCCD, spoil_known, REASON_UNKNOWN_CREDENTIAL, "registry" },
                { CREDENTIAL_HEALTH_CERT, spoil_enrolled, REASON_UNKNOWN_CREDENTIAL, "registry" },
                { CREDENTIAL_ONE_TIME, spoil_enrolled, REASON_UNKNOWN_CREDENTIAL, "registry" },
                { CREDENTIAL_ONE_TIME, spoil_digits, REASON_UNKNOWN_CREDENTIAL, "one-time code" },
                { CREDENTIAL_ONE_TIME, use_digits, REASON_REPLAYED, "one-time code" },
                { CREDENTIAL_CODE, block, REASON_BLOCKED, "holder" },
                { CREDENTIAL_CODE, revoke, REASON_REVOKED, "credential" },
                { CREDENTIAL_CODE, lose_clock_dated, REASON_CLOCK_UNTRUSTED, "clock" },
                { CREDENTIAL_ONE_TIME, lose_clock, REASON_CLOCK_UNTRUSTED, "clock" },
                { CREDENTIAL_SITE_PASS, prove_untimed, REASON_CLOCK_UNTRUSTED, "clock" },
                { CREDENTIAL_SITE_PASS, expire, REASON_EXPIRED, "credential" },
                { CREDENTIAL_SITE_PASS, begin_later, REASON_NOT_YET_VALID, "credential" },
                { CREDENTIAL_SITE_PASS, bind, REASON_PROOF_MISSING, "proof" },
                { CREDENTIAL_SITE_PASS, want_proof, REASON_PROOF_MISSING, "proof" },
                { CREDENTIAL_SITE_PASS, prove_late, REASON_PROOF_EXPIRED, "proof" },
                { CREDENTIAL_SITE_PASS, prove_early, REASON_PROOF_EXPIRED, "proof" },
                { CREDENTIAL_SITE_PASS, prove_before_start, REASON_REPLAYED, "proof" },
                { CREDENTIAL_SITE_PASS, prove_again, REASON_REPLAYED, "proof" },
                { CREDENTIAL_CODE, expire_enrolment, REASON_EXPIRED, "enrolment" },
                { CREDENTIAL_CODE, expire_holder, REASON_EXPIRED, "holder" },
                { CREDENTIAL_CODE, lose_levels, REASON_WRONG_ACCESS_POINT, "access level" },
                { CREDENTIAL_CODE, close_level, REASON_OUTSIDE_SCHEDULE, "access level" },
                { CREDENTIAL_CODE, expire_level, REASON_EXPIRED, "access level" },
                { CREDENTIAL_SITE_PASS, lose_schedule, REASON_OUTSIDE_SCHEDULE, "schedule" },
                { CREDENTIAL_SITE_PASS, close_schedule, REASON_OUTSIDE_SCHEDULE, "schedule" },
                { CREDENTIAL_CODE, want_declaration, REASON_DECLARATION_MISSING, "declaration" },
                { CREDENTIAL_CODE, declare_red, REASON_DECLARATION_REFUSED, "declaration" },
                { CREDENTIAL_CODE, use_up, REASON_MAX_USES, "uses" },
                { CREDENTIAL_CODE, use_up_today, REASON_MAX_USES, "uses" },
                { CREDENTIAL_CODE, want_escort, REASON_ESCORT_MISSING, "escort" },
                { CREDENTIAL_CODE, fill, REASON_OCCUPANCY_LIMIT, "occupancy" },
                { CREDENTIAL_CODE, be_inside, REASON_PASSBACK, "anti-passback" },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct scene scene;
                scene_init(&scene, cases[i].class);
                expect_admitted(&scene);
                cases[i].spoil(&scene);
                expect_refused(&scene, cases[i].reason, cases[i].rule);
                scene.facts.direction = DIRECTION_EXIT;
                assert_true(scene_judge(&scene).admit);
        }
}

/* All objections at once, then without the first, without the first two, … */
static void expect_order(enum credential_class class, spoil_fn *const *spoils, size_t count,
                         const char *const *rules)
{
        for (size_t first = 0; first < count; first++) {
                struct scene scene;
                scene_init(&scene, class);
                for (size_t i = first; i < count; i++)
                        spoils[i](&scene);
                assert_string_equal(scene_judge(&scene).rule, rules[first]);
        }
}

static void the_first_that_objects_gives_the_reason(void **state)
{
        (void)state;
        static spoil_fn *const of_pass[] = { spoil_lock_down, spoil_lockout,    spoil_signature,
                                             spoil_site,      spoil_age,        block,
                                             revoke,          lose_clock,       expire,
                                             prove_late,      expire_enrolment, expire_holder,
                                             lose_levels,     close_schedule,   want_declaration,
                                             use_up,          want_escort,      fill,
                                             be_inside };
        static const char *const of_pass_rules[] = {
                "lock-down", "lockout",    "signature",    "site",         "registry age",
                "holder",    "credential", "clock",        "credential",   "proof",
                "enrolment", "holder",     "access level", "schedule",     "declaration",
                "uses",      "escort",     "occupancy",    "anti-passback"
        };
        static spoil_fn *const of_card[] = { deny_identity, spoil_objection_kind, spoil_known,
                                             block };
        static const char *const of_card_rules[] = { "kind of code", "signature", "registry",
                                                     "holder" };
        static spoil_fn *const of_digits[] = { spoil_enrolled, use_digits, block };
        static const char *const of_digits_rules[] = { "registry", "one-time code", "holder" };
        expect_order(CREDENTIAL_SITE_PASS, of_pass, ARRAY_LEN(of_pass), of_pass_rules);
        expect_order(CREDENTIAL_CCCD, of_card, ARRAY_LEN(of_card), of_card_rules);
        expect_order(CREDENTIAL_ONE_TIME, of_digits, ARRAY_LEN(of_digits), of_digits_rules);
}

static void an_exit_is_never_refused_and_keeps_the_reason(void **state)
{
        (void)state;
        struct scene scene;
        scene_init(&scene, CREDENTIAL_CODE);
        spoil_known(&scene);
        scene.facts.direction = DIRECTION_EXIT;
        struct rules_verdict verdict = scene_judge(&scene);
        assert_true(verdict.admit);
        assert_int_equal(verdict.reason, REASON_UNKNOWN_CREDENTIAL);
        assert_string_equal(verdict.rule, "egress is never refused");
}

static void an_explanation_says_what_every_rule_asks(void **state)
{
        (void)state;
        struct scene scene;
        struct rules_step steps[RULES_STEPS_MAX];
        scene_init(&scene, CREDENTIAL_SITE_PASS);
        size_t count = rules_explain(&scene.config, &scene.facts, steps);
        assert_true(count >= 20 && count <= RULES_STEPS_MAX);
        for (size_t i = 0; i < count; i++) {
                assert_int_equal(steps[i].about[strlen(steps[i].about) - 1], '?');
                assert_int_equal(steps[i].reason, REASON_NONE);
                for (size_t other = 0; other < i; other++)
                        assert_string_not_equal(steps[i].about, steps[other].about);
        }
}

static void expect_reason(const struct scene *scene, enum reason reason)
{
        assert_string_equal(reason_name(scene_judge(scene).reason), reason_name(reason));
}

/* Else a gate that lost the time would lock people out for guessing. */
static void without_a_clock_no_digits_are_wrong_and_none_open(void **state)
{
        (void)state;
        struct scene scene;
        scene_init(&scene, CREDENTIAL_ONE_TIME);
        scene.config.is_untrusted_clock_denied = false;
        lose_clock(&scene);
        expect_reason(&scene, REASON_CLOCK_UNTRUSTED);
        spoil_digits(&scene);
        expect_reason(&scene, REASON_CLOCK_UNTRUSTED);
        spoil_enrolled(&scene);
        expect_reason(&scene, REASON_UNKNOWN_CREDENTIAL);
}

static void uses_a_day_and_declarations_are_dated(void **state)
{
        (void)state;
        struct scene scene;
        scene_init(&scene, CREDENTIAL_CODE);
        lose_clock(&scene);
        scene.facts.day_uses_max = 2;
        expect_reason(&scene, REASON_CLOCK_UNTRUSTED);
        scene.facts.day_uses_max = 0;
        expect_admitted(&scene);
        want_declaration(&scene);
        scene.facts.health = RULES_HEALTH_GREEN;
        scene.facts.health_at_us = scene_now;
        expect_reason(&scene, REASON_CLOCK_UNTRUSTED);
}

/* Else taking somebody off the register would let them in. */
static void whom_everybodys_policy_lets_in_has_no_dates_in_the_registry(void **state)
{
        (void)state;
        struct scene scene;
        scene_init(&scene, CREDENTIAL_CCCD);
        scene.config.identity = RULES_IDENTITY_LOG_ONLY;
        lose_clock_dated(&scene);
        scene.facts.enrolment.until_us = scene_now + hour;
        scene.covers[0].validity.until_us = scene_now + hour;
        expect_admitted(&scene);
        scene.config.identity = RULES_IDENTITY_ENROLLED;
        expect_reason(&scene, REASON_CLOCK_UNTRUSTED);
}

static void an_escort_of_a_later_time_has_not_gone_ahead(void **state)
{
        (void)state;
        struct scene scene;
        scene_init(&scene, CREDENTIAL_CODE);
        want_escort(&scene);
        scene.facts.escort_us = scene_now;
        expect_admitted(&scene);
        scene.facts.escort_us = scene_now + 1;
        expect_reason(&scene, REASON_ESCORT_MISSING);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_objection_has_its_reason_and_its_rule),
                cmocka_unit_test(the_first_that_objects_gives_the_reason),
                cmocka_unit_test(without_a_clock_no_digits_are_wrong_and_none_open),
                cmocka_unit_test(uses_a_day_and_declarations_are_dated),
                cmocka_unit_test(whom_everybodys_policy_lets_in_has_no_dates_in_the_registry),
                cmocka_unit_test(an_escort_of_a_later_time_has_not_gone_ahead),
                cmocka_unit_test(an_exit_is_never_refused_and_keeps_the_reason),
                cmocka_unit_test(an_explanation_says_what_every_rule_asks),
        };
        return cmocka_run_group_tests_name("rules_reasons", tests, NULL, NULL);
}
