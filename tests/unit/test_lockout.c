/* Lockout: so many guesses in so much time, and then a pause. */
#include "tests/check.h"

#include "controller/validate/lockout.h"

static const struct lockout_config config = { .codes = 3, .within_s = 60, .for_s = 30 };

static void the_last_of_so_many_bad_codes_begins_it(void **state)
{
        (void)state;
        struct lockout lockout = { .count = 0 };
        assert_false(lockout_note(&lockout, &config, 1000));
        assert_false(lockout_note(&lockout, &config, 2000));
        assert_false(lockout_is_on(&lockout, 2000));
        assert_true(lockout_note(&lockout, &config, 3000));
        assert_true(lockout_is_on(&lockout, 3000));
        assert_true(lockout_is_on(&lockout, 32999));
        assert_false(lockout_is_on(&lockout, 33000));
}

static void codes_longer_ago_do_not_count(void **state)
{
        (void)state;
        struct lockout lockout = { .count = 0 };
        for (int64_t now_ms = 0; now_ms < 3600000; now_ms += 30001)
                assert_false(lockout_note(&lockout, &config, now_ms));
}

static void after_the_pause_counting_begins_anew(void **state)
{
        (void)state;
        struct lockout lockout = { .count = 0 };
        for (int i = 0; i < 3; i++)
                (void)!lockout_note(&lockout, &config, 1000 + i);
        assert_false(lockout_note(&lockout, &config, 40000));
        assert_false(lockout_note(&lockout, &config, 40001));
        assert_true(lockout_note(&lockout, &config, 40002));
}

static void codes_during_the_pause_do_not_prolong_it(void **state)
{
        (void)state;
        struct lockout lockout = { .count = 0 };
        for (int i = 0; i < 3; i++)
                (void)!lockout_note(&lockout, &config, 1000);
        for (int i = 0; i < 20; i++)
                assert_false(lockout_note(&lockout, &config, 20000));
        assert_false(lockout_is_on(&lockout, 31000));
}

static void without_a_number_it_never_begins(void **state)
{
        (void)state;
        const struct lockout_config off = { .codes = 0, .within_s = 60, .for_s = 30 };
        struct lockout lockout = { .count = 0 };
        for (int i = 0; i < 200; i++)
                assert_false(lockout_note(&lockout, &off, 1000));
}

static void guesses_count_and_honest_mistakes_do_not(void **state)
{
        (void)state;
        assert_true(lockout_counts(REASON_UNKNOWN_CREDENTIAL));
        assert_true(lockout_counts(REASON_BAD_SIGNATURE));
        assert_true(lockout_counts(REASON_UNTRUSTED_ISSUER));
        assert_true(lockout_counts(REASON_UNREADABLE));
        assert_false(lockout_counts(REASON_NOT_A_PASS));
        assert_false(lockout_counts(REASON_EXPIRED));
        assert_false(lockout_counts(REASON_PASSBACK));
        assert_false(lockout_counts(REASON_LOCKOUT));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_last_of_so_many_bad_codes_begins_it),
                cmocka_unit_test(codes_longer_ago_do_not_count),
                cmocka_unit_test(after_the_pause_counting_begins_anew),
                cmocka_unit_test(codes_during_the_pause_do_not_prolong_it),
                cmocka_unit_test(without_a_number_it_never_begins),
                cmocka_unit_test(guesses_count_and_honest_mistakes_do_not),
        };
        return cmocka_run_group_tests_name("lockout", tests, NULL, NULL);
}
