/* Rules: what holds for whatever facts there may be. */
#include "tests/check.h"

#include "tests/random.h"
#include "tests/unit/rules_scene.h"

enum {
        ROUNDS = 400000
};

/* Trouble is rare, so that most scenes have none to three of them. */
static bool rarely(uint64_t *seed)
{
        return below(seed, 12) == 0;
}

/* Near now, both sides, and now itself. */
static int64_t about_now(uint64_t *seed)
{
        return scene_now + (below(seed, 201) - 100) * second;
}

static struct rules_validity random_validity(uint64_t *seed)
{
        struct rules_validity validity = { 0, 0 };
        if (below(seed, 3) == 0)
                validity.from_us = rarely(seed) ? about_now(seed) : scene_now - hour;
        if (below(seed, 3) == 0)
                validity.until_us = rarely(seed) ? about_now(seed) : scene_now + hour;
        return validity;
}

static const struct schedule *random_schedule(uint64_t *seed)
{
        return rarely(seed) ? &never : &always;
}

static void random_config(uint64_t *seed, struct rules_config *config)
{
        config->is_untrusted_clock_denied = below(seed, 2);
        config->identity =
                rarely(seed) ? RULES_IDENTITY_DENY : (enum rules_identity)(1 + below(seed, 3));
        config->health_cert =
                rarely(seed) ? RULES_HEALTH_CERT_OFF : (enum rules_health_cert)(1 + below(seed, 2));
        config->is_static_pass_denied = rarely(seed);
        config->declaration = (enum rules_declaration)below(seed, 3);
        config->stale_after_h = below(seed, 2) ? 10 : 0;
        config->is_stale_denied = below(seed, 2);
}

static void random_credential(uint64_t *seed, struct credential *credential)
{
        static const enum reason objections[] = { REASON_NOT_A_PASS, REASON_BAD_SIGNATURE,
                                                  REASON_UNTRUSTED_ISSUER, REASON_UNREADABLE };
        struct rules_validity validity = random_validity(seed);
        credential->class = (enum credential_class)(CREDENTIAL_CODE + below(seed, 7));
        if (below(seed, 2))
                credential->class = CREDENTIAL_SITE_PASS;
        if (rarely(seed))
                credential->class = (enum credential_class)below(seed, CREDENTIAL_CLASS_COUNT);
        if (rarely(seed))
                credential->objection = objections[below(seed, ARRAY_LEN(objections))];
        credential->from_us = validity.from_us;
        credential->until_us = validity.until_us;
        if (below(seed, 2))
                strcpy(credential->pass.site, rarely(seed) ? "elsewhere" : "binh-hung");
        credential->pass.is_bound = below(seed, 2);
        if (!rarely(seed))
                credential->pass.proof_us =
                        rarely(seed) ? about_now(seed) : scene_now - below(seed, 20) * second;
}

static void random_registry(uint64_t *seed, struct scene *scene)
{
        struct rules_facts *facts = &scene->facts;
        facts->is_known = !rarely(seed);
        facts->is_enrolled = !rarely(seed);
        facts->is_revoked = rarely(seed);
        facts->is_blocked = rarely(seed);
        facts->is_visit = below(seed, 2);
        facts->enrolment = random_validity(seed);
        facts->holder = random_validity(seed);
        facts->uses_max = below(seed, 2) ? 1 + below(seed, 5) : 0;
        facts->day_uses_max = below(seed, 2) ? 1 + below(seed, 5) : 0;
        facts->uses = rarely(seed) ? below(seed, 6) : 0;
        facts->day_uses = rarely(seed) ? below(seed, 6) : 0;
        facts->covering = rarely(seed) ? 0 : (size_t)(1 + below(seed, SCENE_COVERS_MAX));
        for (size_t i = 0; i < facts->covering; i++)
                scene->covers[i] =
                        (struct rules_cover){ random_validity(seed),
                                              below(seed, 2) ? random_schedule(seed) : NULL };
        facts->has_pass_schedule = below(seed, 4) == 0;
        facts->pass_schedule = rarely(seed) ? NULL : random_schedule(seed);
        facts->health = rarely(seed) ? RULES_HEALTH_RED : (enum rules_health)below(seed, 3);
        facts->health_at_us = scene_now - (rarely(seed) ? 30 : 3) * hour;
        facts->health_until_us = below(seed, 4) == 0 ? about_now(seed) : 0;
}

static void random_place(uint64_t *seed, struct rules_facts *facts)
{
        facts->direction = (enum direction)(DIRECTION_ENTRY + below(seed, 2));
        facts->is_locked_down = rarely(seed);
        facts->is_locked_out = rarely(seed);
        facts->registry_us = rarely(seed) ? 0 : scene_now - below(seed, 8) * hour;
        facts->clock = (enum clock_quality)(below(seed, 3));
        facts->started_us = rarely(seed) ? about_now(seed) : scene_now - hour;
        facts->last_proof_us = rarely(seed) ? about_now(seed) : 0;
        facts->is_one_time_good = !rarely(seed);
        facts->is_one_time_used = rarely(seed);
        facts->has_area = below(seed, 2);
        facts->occupancy_limit = below(seed, 2) ? 50 : 0;
        facts->inside = rarely(seed) ? 49 + below(seed, 3) : 10;
        facts->needs_escort = below(seed, 8) == 0;
        facts->escort_us = rarely(seed) ? about_now(seed) : scene_now - below(seed, 50) * second;
        facts->passback = (enum rules_passback)below(seed, 3);
        facts->last_taken = rarely(seed) ? facts->direction : DIRECTION_NONE;
        facts->last_taken_us = about_now(seed) - below(seed, 10) * hour;
        facts->passback_reset_h = below(seed, 2) ? 8 : 0;
        facts->passback_reset_min = below(seed, 2) ? 240 : -1;
        facts->last_reset_us = facts->passback_reset_min >= 0 ? scene_now - 5 * hour : 0;
        facts->has_open_grant = rarely(seed);
}

static void random_scene(uint64_t *seed, struct scene *scene)
{
        scene_init(scene, CREDENTIAL_CODE);
        random_config(seed, &scene->config);
        random_credential(seed, &scene->credential);
        random_registry(seed, scene);
        random_place(seed, &scene->facts);
}

/* --- The verdict and its explanation ------------------------------------------------------------
 */

static void expect_explained(const struct scene *scene)
{
        struct rules_step steps[RULES_STEPS_MAX];
        struct rules_verdict verdict = scene_judge(scene);
        size_t count = rules_explain(&scene->config, &scene->facts, steps);
        const struct rules_step *refusal = NULL, *warning = NULL;
        for (size_t i = 0; i < count; i++) {
                assert_true(steps[i].applies || steps[i].reason == REASON_NONE);
                if (steps[i].reason == REASON_NONE)
                        continue;
                if (!steps[i].is_warning)
                        refusal = refusal ? refusal : &steps[i];
                else
                        warning = warning ? warning : &steps[i];
        }
        bool is_exit = scene->facts.direction == DIRECTION_EXIT;
        const struct rules_step *first = refusal ? refusal : warning;
        assert_int_equal(verdict.admit, !refusal || is_exit);
        assert_int_equal(verdict.reason, first ? first->reason : REASON_NONE);
        assert_int_equal(verdict.is_passback_soft || verdict.is_undeclared, !refusal && warning);
        if (refusal && is_exit)
                assert_string_equal(verdict.rule, "egress is never refused");
        else if (first)
                assert_ptr_equal(verdict.rule, first->rule);
        assert_non_null(verdict.rule);
}

static void a_verdict_is_the_first_objection_of_its_explanation_and_an_exit_always_admits(
        void **state)
{
        (void)state;
        size_t reasons[REASON_COUNT] = { 0 };
        uint64_t seed = 1;
        for (int round = 0; round < ROUNDS; round++) {
                struct scene scene;
                random_scene(&seed, &scene);
                expect_explained(&scene);
                reasons[scene_judge(&scene).reason]++;
        }
        /* The scenes are worth something: all that the rules can say was said, and often. */
        static const enum reason others[] = {
                REASON_EXIT_BUTTON, REASON_COMMAND, REASON_FIRE,        REASON_RECORD_FAILED,
                REASON_BUSY,        REASON_STALE,   REASON_RETAINED,    REASON_UNAUTHORISED,
                REASON_NO_SENSOR,   REASON_CAMERA,  REASON_DATABASE,    REASON_DISK,
                REASON_LINES,       REASON_DECODER, REASON_BAD_REQUEST, REASON_TOO_MANY
        };
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                assert_int_equal(reasons[others[i]], 0);
                reasons[others[i]] = SIZE_MAX;
        }
        for (size_t reason = 0; reason < REASON_COUNT; reason++)
                assert_true(reasons[reason] > 100);
}

/* --- Taking something away ----------------------------------------------------------------------
 */

static void shorten(uint64_t *seed, int64_t *from_us, int64_t *until_us)
{
        int64_t edge = about_now(seed);
        if (below(seed, 2) && (*until_us == 0 || edge < *until_us))
                *until_us = edge;
        else if (edge > *from_us)
                *from_us = edge;
}

/* Another limit, lower than the one there is or the first. */
static void lower(uint64_t *seed, int *limit)
{
        *limit = *limit == 0 ? 1 + below(seed, 5) : 1 + below(seed, *limit);
}

/* A pass, and what policy takes from everybody, opens without the registry: what that knows can
 * only narrow it. */
static bool needs_registry(const struct scene *scene)
{
        return scene->credential.class != CREDENTIAL_SITE_PASS &&
               scene->config.identity != RULES_IDENTITY_LOG_ONLY &&
               scene->config.health_cert != RULES_HEALTH_CERT_ADMIT;
}

static void take_from_registry(uint64_t *seed, struct scene *scene)
{
        struct rules_facts *facts = &scene->facts;
        size_t cover = facts->covering > 0 ? (size_t)below(seed, (int)facts->covering) : 0;
        switch (below(seed, 11)) {
        case 0: /* a level */
                if (facts->covering > 0)
                        scene->covers[cover] = scene->covers[--facts->covering];
                break;
        case 1:
                facts->is_enrolled = facts->is_enrolled && !needs_registry(scene);
                break;
        case 2: /* the holder, and with them what is theirs */
                if (needs_registry(scene))
                        facts->is_known = facts->is_enrolled = false;
                break;
        case 3:
                scene->covers[cover].schedule = &never;
                break;
        case 4:
                facts->has_pass_schedule = true;
                facts->pass_schedule = below(seed, 2) ? &never : NULL;
                break;
        case 5:
                facts->is_blocked = true;
                break;
        case 6:
                facts->is_revoked = true;
                break;
        case 7:
                facts->is_visit = false;
                break;
        case 8: /* worse health */
                if (facts->health == RULES_HEALTH_GREEN)
                        facts->health = RULES_HEALTH_AMBER;
                else if (facts->health == RULES_HEALTH_AMBER)
                        facts->health = RULES_HEALTH_RED;
                break;
        case 9: /* a declaration; but a red one speaks against them */
                if (facts->health != RULES_HEALTH_RED)
                        facts->health = RULES_HEALTH_UNKNOWN;
                break;
        case 10:
                facts->registry_us = 0;
                break;
        }
}

static void take_time(uint64_t *seed, struct scene *scene)
{
        struct rules_facts *facts = &scene->facts;
        struct pass_claims *pass = &scene->credential.pass;
        size_t cover = facts->covering > 0 ? (size_t)below(seed, (int)facts->covering) : 0;
        switch (below(seed, 8)) {
        case 0:
                shorten(seed, &scene->credential.from_us, &scene->credential.until_us);
                break;
        case 1:
                shorten(seed, &facts->enrolment.from_us, &facts->enrolment.until_us);
                break;
        case 2:
                shorten(seed, &facts->holder.from_us, &facts->holder.until_us);
                break;
        case 3:
                shorten(seed, &scene->covers[cover].validity.from_us,
                        &scene->covers[cover].validity.until_us);
                break;
        case 4: /* an older proof; one from the future may become one of now */
                if (pass->proof_us > 0 && pass->proof_us <= scene_now)
                        pass->proof_us -= below(seed, 100) * second;
                break;
        case 5:
                if (facts->clock != CLOCK_UNTRUSTED)
                        facts->clock++;
                break;
        case 6:
                facts->needs_escort = true;
                facts->escort_us -= facts->escort_us > scene_now ? 0 : below(seed, 60) * second;
                break;
        case 7: /* a newer proof of the pass has opened */
                facts->last_proof_us = scene_now + hour;
                break;
        }
}

static void take_at_the_place(uint64_t *seed, struct scene *scene)
{
        struct rules_facts *facts = &scene->facts;
        switch (below(seed, 11)) {
        case 0:
                facts->is_locked_down = true;
                break;
        case 1:
                facts->is_locked_out = true;
                break;
        case 2:
                lower(seed, &facts->uses_max);
                break;
        case 3:
                lower(seed, &facts->day_uses_max);
                break;
        case 4:
                lower(seed, &facts->occupancy_limit);
                break;
        case 5:
                facts->has_open_grant = true;
                break;
        case 6:
                facts->last_taken = facts->direction;
                break;
        case 7:
                facts->is_one_time_good = false;
                break;
        case 8:
                if (facts->passback != RULES_PASSBACK_HARD)
                        facts->passback++;
                break;
        case 9:
                facts->uses++;
                break;
        case 10:
                facts->inside++;
                break;
        }
}

static void take_by_policy(uint64_t *seed, struct scene *scene)
{
        struct rules_config *config = &scene->config;
        switch (below(seed, 7)) {
        case 0:
                config->identity = RULES_IDENTITY_DENY;
                break;
        case 1:
                config->health_cert = RULES_HEALTH_CERT_OFF;
                break;
        case 2:
                config->is_static_pass_denied = true;
                break;
        case 3:
                config->is_untrusted_clock_denied = true;
                break;
        case 4:
                config->proof_window_s /= 2;
                break;
        case 5:
                config->declaration = RULES_DECLARATION_REQUIRE;
                break;
        case 6:
                scene->credential.objection = REASON_BAD_SIGNATURE;
                break;
        }
}

static void taking_anything_away_never_turns_a_denial_into_an_admission(void **state)
{
        (void)state;
        static void (*const take[])(uint64_t *, struct scene *) = { take_from_registry, take_time,
                                                                    take_at_the_place,
                                                                    take_by_policy };
        size_t denied = 0, lost = 0;
        uint64_t seed = 2;
        for (int round = 0; round < ROUNDS; round++) {
                struct scene scene;
                random_scene(&seed, &scene);
                scene.facts.direction = DIRECTION_ENTRY;
                bool was_admitted = scene_judge(&scene).admit;
                for (int step = 0; step < 3; step++) {
                        take[below(&seed, ARRAY_LEN(take))](&seed, &scene);
                        bool is_admitted = scene_judge(&scene).admit;
                        assert_true(was_admitted || !is_admitted);
                        denied += !was_admitted;
                        lost += was_admitted && !is_admitted;
                        was_admitted = is_admitted;
                }
        }
        assert_true(denied > ROUNDS / 2 && lost > ROUNDS / 20);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(
                        a_verdict_is_the_first_objection_of_its_explanation_and_an_exit_always_admits),
                cmocka_unit_test(taking_anything_away_never_turns_a_denial_into_an_admission),
        };
        return cmocka_run_group_tests_name("rules_properties", tests, NULL, NULL);
}
