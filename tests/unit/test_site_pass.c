/*
 * Site pass: what a code may cost, whatever it holds. The signature port here is one that counts,
 * and says of every signature what the test wants.
 */
#include "tests/check.h"
#include "tests/pass_example.h"

#include "controller/validate/formats/site_pass.h"

#include <string.h>

struct signature_key {
        int number;
};

/* What the port was asked. Keys are made by the test alone, and of a point by the port. */
static struct {
        int checks, points, freed;
        bool is_good_when_eddsa;
} port;

int signature_key_read(const void *bytes, size_t len, struct signature_key **key,
                       struct signature_key_info *info)
{
        (void)bytes;
        (void)len;
        (void)key;
        (void)info;
        fail_msg("no code has a reason to make the gate read a key's file");
        return -1;
}

int signature_key_p256(const uint8_t x[32], bool is_y_odd, struct signature_key **key)
{
        (void)x;
        (void)is_y_odd;
        *key = calloc(1, sizeof(**key));
        assert_non_null(*key);
        port.points++;
        return 0;
}

struct signature_key *signature_key_free(struct signature_key *key)
{
        port.freed += key != NULL;
        free(key);
        return NULL;
}

int signature_verify(const struct signature_key *key, enum signature_alg alg, const void *data,
                     size_t len, const void *signature, size_t signature_len)
{
        (void)key;
        (void)data;
        (void)signature;
        assert_int_equal(signature_len, 64);
        assert_true(len < 2048);
        port.checks++;
        return alg == SIGNATURE_EDDSA && port.is_good_when_eddsa;
}

/* The kid of the examples' issuer. */
static const uint8_t kid[SIGNATURE_KID_LEN] = { 0x06, 0xe3, 0xfd, 0x8f };

static struct trust *trust_of(int keys, bool has_that_kid)
{
        struct trust *trust = trust_new();
        assert_non_null(trust);
        for (int i = 0; i < keys; i++) {
                struct signature_key *key = calloc(1, sizeof(*key));
                struct signature_key_info info = { .kid = { 0xff, (uint8_t)i } };
                if (has_that_kid)
                        memcpy(info.kid, kid, sizeof(kid));
                assert_non_null(key);
                assert_int_equal(trust_add(trust, key, &info, TRUST_PASS, "issuer"), 0);
        }
        return trust;
}

static enum reason read_with(struct trust *trust, const char *text, bool is_good_when_eddsa)
{
        struct site_pass pass;
        port.checks = port.points = port.freed = 0;
        port.is_good_when_eddsa = is_good_when_eddsa;
        return site_pass_read(text, strlen(text), trust, &pass);
}

static void a_code_costs_no_more_signature_checks_than_the_limit(void **state)
{
        (void)state;
        static const int counts[] = { 0, 1, 2, TRUST_TRIES_MAX, TRUST_TRIES_MAX + 1, 1000 };
        for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
                struct trust *trust = trust_of(counts[i], true);
                int most = counts[i] < TRUST_TRIES_MAX ? counts[i] : TRUST_TRIES_MAX;
                assert_int_equal(read_with(trust, PASS_EXAMPLE_PROVEN, false),
                                 counts[i] > 0 ? REASON_BAD_SIGNATURE : REASON_UNTRUSTED_ISSUER);
                assert_int_equal(port.checks, most);
                assert_int_equal(port.points, 0);
                trust_unref(trust);
        }
}

static void keys_of_other_kids_are_not_tried(void **state)
{
        (void)state;
        struct trust *trust = trust_of(1000, false);
        assert_int_equal(read_with(trust, PASS_EXAMPLE, true), REASON_UNTRUSTED_ISSUER);
        assert_int_equal(port.checks, 0);
        trust_unref(trust);
}

static void a_proof_is_checked_once_and_only_behind_a_good_pass(void **state)
{
        (void)state;
        struct trust *trust = trust_of(3, true);
        assert_int_equal(read_with(trust, PASS_EXAMPLE_PROVEN, true), REASON_BAD_SIGNATURE);
        assert_int_equal(port.checks, 2);
        assert_int_equal(port.points, 1);
        assert_int_equal(port.freed, 1);
        assert_int_equal(read_with(trust, PASS_EXAMPLE, true), REASON_NONE);
        assert_int_equal(port.checks, 1);
        assert_int_equal(port.points, 0);
        trust_unref(trust);
}

/* Only what is whole and of the one form is worth a check. */
static void a_text_that_is_cut_costs_none(void **state)
{
        (void)state;
        struct trust *trust = trust_of(1, true);
        char text[] = PASS_EXAMPLE_PROVEN;
        size_t whole = strlen(text), bound = strlen("ST1:") + (whole - 4) * 184 / 264;
        for (size_t len = whole; len-- > 0;) {
                text[len] = '\0';
                assert_int_not_equal(read_with(trust, text, false), REASON_NONE);
                /* But where the pass ends and its proof would begin. */
                assert_int_equal(port.checks, len == bound);
        }
        trust_unref(trust);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_code_costs_no_more_signature_checks_than_the_limit),
                cmocka_unit_test(keys_of_other_kids_are_not_tried),
                cmocka_unit_test(a_proof_is_checked_once_and_only_behind_a_good_pass),
                cmocka_unit_test(a_text_that_is_cut_costs_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
