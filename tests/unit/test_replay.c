/* Replay: what has opened a lane is known, and the memory for it is bounded. */
#include "tests/check.h"

#include "controller/record/replay.h"

#include <string.h>

static void make_lookup(uint8_t lookup[FLOW_DIGEST_LEN], uint32_t number)
{
        memset(lookup, 0, FLOW_DIGEST_LEN);
        memcpy(lookup, &number, sizeof(number));
}

static void nothing_has_been_used_at_first(void **state)
{
        (void)state;
        static const struct replay replay;
        uint8_t lookup[FLOW_DIGEST_LEN];
        make_lookup(lookup, 1);
        assert_int_equal(replay_last(&replay, lookup), 0);
}

static void the_newest_mark_of_each_is_kept(void **state)
{
        (void)state;
        static struct replay replay;
        uint8_t one[FLOW_DIGEST_LEN], other[FLOW_DIGEST_LEN];
        make_lookup(one, 1);
        make_lookup(other, 2);
        replay_note(&replay, one, 100);
        replay_note(&replay, other, 150);
        replay_note(&replay, one, 200);
        assert_int_equal(replay_last(&replay, one), 200);
        assert_int_equal(replay_last(&replay, other), 150);
        assert_int_equal(replay.count, 2);
}

static void when_it_is_full_the_oldest_gives_way(void **state)
{
        (void)state;
        static struct replay replay;
        uint8_t lookup[FLOW_DIGEST_LEN];
        for (uint32_t i = 1; i <= REPLAY_MAX + 10; i++) {
                make_lookup(lookup, i);
                replay_note(&replay, lookup, i);
        }
        for (uint32_t i = 1; i <= REPLAY_MAX + 10; i++) {
                make_lookup(lookup, i);
                assert_int_equal(replay_last(&replay, lookup), i <= 10 ? 0 : i);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(nothing_has_been_used_at_first),
                cmocka_unit_test(the_newest_mark_of_each_is_kept),
                cmocka_unit_test(when_it_is_full_the_oldest_gives_way),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
