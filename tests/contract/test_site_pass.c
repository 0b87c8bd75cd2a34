/* Site passes: what is written is read, by whom it should be. */
#include "tests/contract/pass_world.h"

#include <errno.h>

static void all_that_a_pass_says_is_read_again(void **state)
{
        const struct pass_world *world = *state;
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass = pass_full(), again;
        assert_int_equal(site_pass_write(&pass, world->issuer, text), 0);
        assert_int_equal(site_pass_read(text, strlen(text), world->trust, &again), REASON_NONE);
        assert_string_equal(again.issuer, "hr");
        memcpy(pass.issuer, again.issuer, sizeof(pass.issuer));
        assert_memory_equal(&again, &pass, sizeof(pass));
}

static void a_pass_that_says_little_is_small(void **state)
{
        const struct pass_world *world = *state;
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass least = { .claims = { .holder = "an",
                                               .issued_us = INT64_C(1790000000000000),
                                               .id_len = SITE_PASS_CTI_LEN } },
                         again;
        assert_int_equal(site_pass_write(&least, world->issuer, text), 0);
        assert_int_equal(site_pass_read(text, strlen(text), world->trust, &again), REASON_NONE);
        assert_int_equal(again.claims.levels, 0);
        assert_string_equal(again.claims.site, "");
        assert_int_equal(again.until_us, 0);
        assert_true(strlen(text) <= 178); /* QR version 7 at M */
}

static void a_proof_goes_with_its_pass(void **state)
{
        const struct pass_world *world = *state;
        char text[SITE_PASS_TEXT_MAX], proven[SITE_PASS_TEXT_MAX];
        struct site_pass pass = pass_full(), again;
        pass_bind(&pass, world->phone);
        assert_int_equal(site_pass_write(&pass, world->issuer, text), 0);
        assert_int_equal(site_pass_read(text, strlen(text), world->trust, &again), REASON_NONE);
        assert_true(again.claims.is_bound);
        assert_int_equal(again.claims.proof_us, 0);
        assert_int_equal(site_pass_prove(text, world->phone, INT64_C(1795000000999999), proven), 0);
        assert_int_equal(site_pass_read(proven, strlen(proven), world->trust, &again), REASON_NONE);
        assert_true(again.claims.proof_us == INT64_C(1795000000000000));
        assert_int_equal(site_pass_prove(proven, world->phone, 1000000, text), -EBADMSG);
        assert_int_equal(site_pass_prove("nothing", world->phone, 1000000, text), -EBADMSG);
}

static void a_new_key_signs_and_the_old_one_is_still_believed(void **state)
{
        const struct pass_world *world = *state;
        char by_old[SITE_PASS_TEXT_MAX], by_new[SITE_PASS_TEXT_MAX];
        struct site_pass pass = pass_full(), again;
        struct trust *only_new = trust_new();
        pass_trust(only_new, world->other_issuer, TRUST_PASS, "new");
        assert_int_equal(site_pass_write(&pass, world->issuer, by_old), 0);
        assert_int_equal(site_pass_write(&pass, world->other_issuer, by_new), 0);
        assert_int_equal(site_pass_read(by_old, strlen(by_old), world->trust, &again), REASON_NONE);
        assert_int_equal(site_pass_read(by_new, strlen(by_new), world->trust, &again), REASON_NONE);
        assert_int_equal(site_pass_read(by_old, strlen(by_old), only_new, &again),
                         REASON_UNTRUSTED_ISSUER);
        assert_int_equal(site_pass_read(by_new, strlen(by_new), only_new, &again), REASON_NONE);
        assert_int_equal(site_pass_read(by_new, strlen(by_new), NULL, &again),
                         REASON_UNTRUSTED_ISSUER);
        trust_unref(only_new);
}

static void two_keys_with_the_same_four_bytes_are_both_tried(void **state)
{
        const struct pass_world *world = *state;
        char text[SITE_PASS_TEXT_MAX];
        uint8_t der[256];
        struct site_pass pass = pass_full(), again;
        struct trust *trust = trust_new();
        assert_int_equal(site_pass_write(&pass, world->issuer, text), 0);
        /* Another's key under this kid, as chance could have it. */
        struct signature_key *key = NULL;
        struct signature_key_info info;
        int len = signing_key_public(world->other_issuer, der, sizeof(der));
        assert_int_equal(signature_key_read(der, (size_t)len, &key, &info), 0);
        memcpy(info.kid, pass.kid, SITE_PASS_KID_LEN);
        assert_int_equal(trust_add(trust, key, &info, TRUST_PASS, "chance"), 0);
        assert_int_equal(site_pass_read(text, strlen(text), trust, &again), REASON_BAD_SIGNATURE);
        pass_trust(trust, world->issuer, TRUST_PASS, "hr");
        assert_int_equal(site_pass_read(text, strlen(text), trust, &again), REASON_NONE);
        assert_string_equal(again.issuer, "hr");
        trust_unref(trust);
}

static void a_key_for_certificates_signs_no_passes(void **state)
{
        const struct pass_world *world = *state;
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass = pass_full(), again;
        struct trust *trust = trust_new();
        pass_trust(trust, world->issuer, TRUST_HEALTH, "hr");
        assert_int_equal(site_pass_write(&pass, world->issuer, text), 0);
        assert_int_equal(site_pass_read(text, strlen(text), trust, &again),
                         REASON_UNTRUSTED_ISSUER);
        trust_unref(trust);
}

static void what_no_gate_would_read_is_not_signed(void **state)
{
        const struct pass_world *world = *state;
        char text[SITE_PASS_TEXT_MAX];
        struct site_pass pass = pass_full();
        strcpy(pass.claims.holder, "Not An Id");
        assert_int_equal(site_pass_write(&pass, world->issuer, text), -EINVAL);
        pass = pass_full();
        pass.claims.issued_us = 0;
        assert_int_equal(site_pass_write(&pass, world->issuer, text), -EINVAL);
        pass = pass_full();
        pass.claims.id_len = 3;
        assert_int_equal(site_pass_write(&pass, world->issuer, text), -EINVAL);
        pass = pass_full();
        assert_int_equal(site_pass_write(&pass, world->phone, text), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(all_that_a_pass_says_is_read_again),
                cmocka_unit_test(a_pass_that_says_little_is_small),
                cmocka_unit_test(a_proof_goes_with_its_pass),
                cmocka_unit_test(a_new_key_signs_and_the_old_one_is_still_believed),
                cmocka_unit_test(two_keys_with_the_same_four_bytes_are_both_tried),
                cmocka_unit_test(a_key_for_certificates_signs_no_passes),
                cmocka_unit_test(what_no_gate_would_read_is_not_signed),
        };
        return cmocka_run_group_tests_name("site passes", tests, pass_world_make, pass_world_end);
}
