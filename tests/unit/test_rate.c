/* Rate: how many commands of the network are looked at, and what is told of the rest. */
#include "tests/check.h"

#include "controller/local/rate.h"

static int taken_of(struct rate *rate, int tries, int per_minute, int64_t now_ms)
{
        int taken = 0;
        for (int i = 0; i < tries; i++)
                taken += rate_take(rate, per_minute, now_ms);
        return taken;
}

static void a_burst_is_as_long_as_a_minutes_worth(void **state)
{
        (void)state;
        struct rate rate = { .credit = 0 };
        assert_int_equal(taken_of(&rate, 100, 30, 5000), 30);
        assert_int_equal(rate.untold, 70);
}

static void it_fills_again_evenly_and_no_fuller(void **state)
{
        (void)state;
        struct rate rate = { .credit = 0 };
        assert_int_equal(taken_of(&rate, 40, 30, 0), 30);
        assert_int_equal(taken_of(&rate, 5, 30, 1999), 0);
        assert_int_equal(taken_of(&rate, 5, 30, 2000), 1);
        assert_int_equal(taken_of(&rate, 50, 30, 32000), 15);
        assert_int_equal(taken_of(&rate, 50, 30, INT64_C(1) << 50), 30);
}

static void another_limit_counts_from_the_next_one_on(void **state)
{
        (void)state;
        struct rate rate = { .credit = 0 };
        assert_int_equal(taken_of(&rate, 1, 600, 0), 1);
        assert_int_equal(taken_of(&rate, 600, 2, 10), 2);
}

/* Over two hours of tries at random times no minute holds more than twice the limit. */
static void no_minute_holds_more_than_a_burst_and_what_fills_meanwhile(void **state)
{
        (void)state;
        enum {
                PER_MINUTE = 12,
                TRIES = 4000
        };
        static int64_t taken_at[TRIES];
        struct rate rate = { .credit = 0 };
        unsigned int seed = 7;
        int64_t now_ms = 0;
        size_t taken = 0;
        for (int i = 0; i < TRIES; i++) {
                seed = seed * 1664525u + 1013904223u;
                now_ms += seed >> 20;
                if (rate_take(&rate, PER_MINUTE, now_ms))
                        taken_at[taken++] = now_ms;
        }
        assert_true(taken > 100);
        for (size_t i = 2 * PER_MINUTE; i < taken; i++)
                assert_true(taken_at[i] - taken_at[i - 2 * PER_MINUTE] >= 60000);
}

static void refused_ones_are_told_at_once_and_then_once_a_minute(void **state)
{
        (void)state;
        struct rate rate = { .credit = 0 };
        assert_int_equal(rate_tell(&rate, 0), 0);
        assert_int_equal(taken_of(&rate, 2, 1, 0), 1);
        assert_int_equal(rate_tell(&rate, 0), 1);
        assert_int_equal(taken_of(&rate, 500, 1, 10), 0);
        assert_int_equal(rate_tell(&rate, 59999), 0);
        assert_int_equal(rate_tell(&rate, 60000), 500);
        assert_int_equal(rate_tell(&rate, 60001), 0);
        assert_int_equal(rate_tell(&rate, 600000), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_burst_is_as_long_as_a_minutes_worth),
                cmocka_unit_test(it_fills_again_evenly_and_no_fuller),
                cmocka_unit_test(another_limit_counts_from_the_next_one_on),
                cmocka_unit_test(no_minute_holds_more_than_a_burst_and_what_fills_meanwhile),
                cmocka_unit_test(refused_ones_are_told_at_once_and_then_once_a_minute),
        };
        return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
