/* Site pass: what is written is read, by the issuers that are trusted, and nothing else is. What
 * forgers try is in test_forgery.c. */
#include "tests/contract/pass_maker.h"
#include "tests/pass_example.h"

#include "common/paper/code.h"

#include <errno.h>

static void expect_same(const struct site_pass *a, const struct site_pass *b)
{
        assert_string_equal(a->claims.holder, b->claims.holder);
        assert_string_equal(a->claims.site, b->claims.site);
        assert_string_equal(a->claims.schedule, b->claims.schedule);
        assert_int_equal(a->claims.levels, b->claims.levels);
        for (size_t i = 0; i < a->claims.levels; i++)
                assert_string_equal(a->claims.level[i], b->claims.level[i]);
        assert_int_equal(a->claims.issued_us, b->claims.issued_us);
        assert_int_equal(a->claims.uses_max, b->claims.uses_max);
        assert_int_equal(a->claims.day_uses_max, b->claims.day_uses_max);
        assert_int_equal(a->claims.id_len, b->claims.id_len);
        assert_memory_equal(a->claims.id, b->claims.id, PASS_ID_MAX);
        assert_int_equal(a->claims.is_bound, b->claims.is_bound);
        assert_memory_equal(a->phone_x, b->phone_x, sizeof(a->phone_x));
        assert_int_equal(a->is_phone_y_odd, b->is_phone_y_odd);
        assert_int_equal(a->from_us, b->from_us);
        assert_int_equal(a->until_us, b->until_us);
        assert_memory_equal(a->kid, b->kid, SITE_PASS_KID_LEN);
}

static enum reason read_text(const char *text, const struct trust *trust, struct site_pass *pass)
{
        return site_pass_read(text, strlen(text), trust, pass);
}

static struct site_pass full_pass(const struct maker *maker)
{
        struct site_pass pass = maker_worker();
        struct pass_claims *claims = &pass.claims;
        pass.from_us = MAKER_ISSUED_US;
        memset(claims->holder, 'h', FLOW_ID_MAX - 1);
        memset(claims->site, 's', FLOW_ID_MAX - 1);
        memset(claims->schedule, 'z', FLOW_ID_MAX - 1);
        for (claims->levels = 0; claims->levels < PASS_LEVELS_MAX; claims->levels++)
                memset(claims->level[claims->levels], '0' + (int)claims->levels, FLOW_ID_MAX - 1);
        claims->uses_max = PASS_USES_MAX;
        claims->day_uses_max = 2;
        maker_bind(&pass, maker->phone);
        return pass;
}

static void every_claim_comes_back_as_it_was_written(void **state)
{
        struct maker *maker = *state;
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        struct site_pass minimal = { .claims = { .holder = "a",
                                                 .issued_us = 1000000,
                                                 .id = { 1 },
                                                 .id_len = SITE_PASS_CTI_LEN } };
        struct site_pass passes[] = { minimal, maker_worker(), full_pass(maker) };
        for (size_t i = 0; i < ARRAY_LEN(passes); i++) {
                struct site_pass read;
                assert_int_equal(site_pass_write(&passes[i], maker->issuer[0], text), 0);
                assert_int_equal(read_text(text, maker->trust, &read), REASON_NONE);
                expect_same(&passes[i], &read);
                assert_string_equal(read.issuer, "issuer-0");
                assert_int_equal(read.claims.proof_us, 0);
        }
        struct site_pass read;
        assert_int_equal(site_pass_prove(text, maker->phone, MAKER_UNTIL_US - 1, proven), 0);
        assert_int_equal(read_text(proven, maker->trust, &read), REASON_NONE);
        expect_same(&passes[2], &read);
        assert_int_equal(read.claims.proof_us, MAKER_UNTIL_US - 1000000);
}

static void the_example_in_the_documents_is_what_is_written_and_read(void **state)
{
        struct maker *maker = *state;
        struct site_pass pass = maker_worker(), read;
        char text[SITE_PASS_TEXT_MAX];
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), 0);
        assert_string_equal(text, PASS_EXAMPLE);
        assert_int_equal(read_text(PASS_EXAMPLE, maker->trust, &read), REASON_NONE);
        expect_same(&pass, &read);
        assert_int_equal(read_text(PASS_EXAMPLE_PROVEN, maker->trust, &read), REASON_NONE);
        assert_true(read.claims.is_bound);
        assert_int_equal(read.claims.proof_us, MAKER_ISSUED_US + 60000000);
}

static int version_of(const char *text)
{
        struct paper_code code;
        assert_int_equal(paper_code_init(&code, text, strlen(text), PAPER_LEVEL_M), 0);
        int version = code.version;
        paper_code_deinit(&code);
        return version;
}

/* A code of few modules is read from a worn card and a dim screen. */
static void passes_are_as_small_as_the_documents_say(void **state)
{
        struct maker *maker = *state;
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        struct site_pass least = { .claims = { .holder = "an",
                                               .issued_us = MAKER_ISSUED_US,
                                               .id_len = SITE_PASS_CTI_LEN } };
        struct site_pass worker = maker_worker();
        assert_int_equal(site_pass_write(&least, maker->issuer[0], text), 0);
        assert_int_equal(version_of(text), 6);
        strcpy(worker.claims.holder, "w-001234");
        worker.from_us = MAKER_ISSUED_US;
        assert_int_equal(site_pass_write(&worker, maker->issuer[0], text), 0);
        assert_int_equal(strlen(text), 214);
        assert_int_equal(version_of(text), 8);
        maker_bind(&worker, maker->phone);
        assert_int_equal(site_pass_write(&worker, maker->issuer[0], text), 0);
        assert_int_equal(site_pass_prove(text, maker->phone, MAKER_ISSUED_US, proven), 0);
        assert_int_equal(strlen(proven), 402);
        assert_int_equal(version_of(proven), 12);
}

/* Whoever writes another reader takes the examples from there. */
static void the_examples_stand_in_the_documents(void **state)
{
        (void)state;
        static char document[65536];
        FILE *file = fopen("docs/passes.md", "re");
        if (!file) {
                print_message("# docs is not here: run from the top of the tree\n");
                skip();
        }
        size_t len = fread(document, 1, sizeof(document) - 1, file);
        fclose(file);
        document[len] = '\0';
        assert_non_null(strstr(document, PASS_EXAMPLE));
        assert_non_null(strstr(document, PASS_EXAMPLE_PROVEN));
}

static void a_text_holds_only_what_alphanumeric_mode_can(void **state)
{
        struct maker *maker = *state;
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        maker_proven(maker, text, proven);
        assert_int_equal(strspn(proven, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"),
                         strlen(proven));
        assert_memory_equal(text, SITE_PASS_PREFIX, strlen(SITE_PASS_PREFIX));
}

static void several_issuers_are_trusted_each_by_its_name(void **state)
{
        struct maker *maker = *state;
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass = maker_worker(), read;
        assert_int_equal(site_pass_write(&pass, maker->issuer[1], text), 0);
        assert_int_equal(read_text(text, maker->trust, &read), REASON_NONE);
        assert_string_equal(read.issuer, "issuer-1");
        assert_int_equal(site_pass_write(&pass, maker->stranger, text), 0);
        assert_int_equal(read_text(text, maker->trust, &read), REASON_UNTRUSTED_ISSUER);
        assert_string_equal(read.issuer, "");
        assert_int_equal(read_text(text, NULL, &read), REASON_UNTRUSTED_ISSUER);
}

/* A gate gets the new key before the issuer uses it, and loses the old one when its passes have
 * run out. */
static void a_key_that_is_rotated_is_good_until_it_is_taken_away(void **state)
{
        struct maker *maker = *state;
        struct trust *before = trust_new(), *after = trust_new();
        char old[SITE_PASS_TEXT_MAX], new[SITE_PASS_TEXT_MAX];
        struct site_pass pass = maker_worker(), read;
        maker_trust(before, maker->issuer[0], NULL, TRUST_PASS, "hr");
        maker_trust(after, maker->issuer[1], NULL, TRUST_PASS, "hr-2");
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], old), 0);
        assert_int_equal(site_pass_write(&pass, maker->issuer[1], new), 0);
        assert_int_equal(read_text(old, before, &read), REASON_NONE);
        assert_int_equal(read_text(new, before, &read), REASON_UNTRUSTED_ISSUER);
        maker_trust(before, maker->issuer[1], NULL, TRUST_PASS, "hr-2");
        assert_int_equal(read_text(old, before, &read), REASON_NONE);
        assert_int_equal(read_text(new, before, &read), REASON_NONE);
        assert_int_equal(read_text(old, after, &read), REASON_UNTRUSTED_ISSUER);
        assert_int_equal(read_text(new, after, &read), REASON_NONE);
        trust_unref(before);
        trust_unref(after);
}

/* Four bytes of kid are few enough for two keys to share them. */
static void of_keys_with_one_kid_each_is_tried(void **state)
{
        struct maker *maker = *state;
        struct trust *trust = trust_new();
        uint8_t kid[SITE_PASS_KID_LEN];
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass = maker_worker(), read;
        maker_kid(maker->issuer[0], kid);
        maker_trust(trust, maker->stranger, kid, TRUST_PASS, "other");
        maker_trust(trust, maker->phone, kid, TRUST_PASS, "another kind of key");
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), 0);
        assert_int_equal(read_text(text, trust, &read), REASON_BAD_SIGNATURE);
        maker_trust(trust, maker->issuer[0], NULL, TRUST_PASS, "the one");
        assert_int_equal(read_text(text, trust, &read), REASON_NONE);
        assert_string_equal(read.issuer, "the one");
        trust_unref(trust);
}

static void who_signs_health_certificates_signs_no_passes(void **state)
{
        struct maker *maker = *state;
        struct trust *trust = trust_new();
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass = maker_worker(), read;
        maker_trust(trust, maker->issuer[0], NULL, TRUST_HEALTH, "ministry");
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), 0);
        assert_int_equal(read_text(text, trust, &read), REASON_UNTRUSTED_ISSUER);
        trust_unref(trust);
}

static void what_no_gate_would_read_is_not_signed(void **state)
{
        struct maker *maker = *state;
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass = maker_worker();
        strcpy(pass.claims.holder, "Upper");
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), -EINVAL);
        pass = maker_worker();
        pass.claims.holder[0] = '\0';
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), -EINVAL);
        pass = maker_worker();
        pass.claims.uses_max = PASS_USES_MAX + 1;
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), -EINVAL);
        pass = maker_worker();
        pass.claims.id_len = 7;
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), -EINVAL);
        pass = maker_worker();
        pass.claims.issued_us = 0;
        assert_int_equal(site_pass_write(&pass, maker->issuer[0], text), -EINVAL);
        pass = maker_worker();
        assert_int_equal(site_pass_write(&pass, maker->phone, text), -EINVAL);
}

static void a_proof_stands_behind_one_pass_alone(void **state)
{
        struct maker *maker = *state;
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX], twice[SITE_PASS_TEXT_MAX];
        maker_proven(maker, text, proven);
        assert_int_equal(site_pass_prove(proven, maker->phone, MAKER_ISSUED_US, twice), -EBADMSG);
        assert_int_equal(site_pass_prove("ST1:", maker->phone, MAKER_ISSUED_US, twice), -EBADMSG);
        assert_int_equal(site_pass_prove(text, maker->issuer[0], MAKER_ISSUED_US, twice), -EBADMSG);
}

static int set_up(void **state)
{
        static struct maker maker;
        maker_init(&maker);
        *state = &maker;
        return 0;
}

static int tear_down(void **state)
{
        maker_deinit(*state);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_claim_comes_back_as_it_was_written),
                cmocka_unit_test(the_example_in_the_documents_is_what_is_written_and_read),
                cmocka_unit_test(the_examples_stand_in_the_documents),
                cmocka_unit_test(passes_are_as_small_as_the_documents_say),
                cmocka_unit_test(a_text_holds_only_what_alphanumeric_mode_can),
                cmocka_unit_test(several_issuers_are_trusted_each_by_its_name),
                cmocka_unit_test(a_key_that_is_rotated_is_good_until_it_is_taken_away),
                cmocka_unit_test(of_keys_with_one_kid_each_is_tried),
                cmocka_unit_test(who_signs_health_certificates_signs_no_passes),
                cmocka_unit_test(what_no_gate_would_read_is_not_signed),
                cmocka_unit_test(a_proof_stands_behind_one_pass_alone),
        };
        return cmocka_run_group_tests(tests, set_up, tear_down);
}
