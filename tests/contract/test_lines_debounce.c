/* The debouncer of drivers/lines, by transcripts and by a property over random histories. */
#include "tests/check.h"

#include "drivers/lines/debounce.h"

enum {
        FEED_ON,
        FEED_OFF,
        WAIT
};

/* What happens and when, and the change that counts by it: none where at_ms is 0. */
struct step {
        int64_t now_ms;
        int what;
        bool is_on;
        int64_t at_ms;
};

static void play(int period_ms, bool starts_on, const struct step *steps, size_t count)
{
        struct debounce debounce;
        debounce_init(&debounce, period_ms, starts_on);
        assert_int_equal(debounce.is_on, starts_on);
        for (size_t i = 0; i < count; i++) {
                int64_t now_us = steps[i].now_ms * 1000;
                bool counts = steps[i].what == WAIT
                                      ? debounce_advance(&debounce, now_us)
                                      : debounce_feed(&debounce, steps[i].what == FEED_ON, now_us);
                if (counts != (steps[i].at_ms != 0))
                        fail_msg("step %zu %s", i, counts ? "counts" : "does not count");
                if (counts) {
                        assert_int_equal(debounce.is_on, steps[i].is_on);
                        assert_int_equal(debounce.at_us, steps[i].at_ms * 1000);
                }
        }
}

static void a_level_counts_when_it_has_stood(void **state)
{
        (void)state;
        static const struct step steps[] = {
                { .now_ms = 100, .what = FEED_ON },
                { .now_ms = 119, .what = WAIT },
                { .now_ms = 120, .what = WAIT, .is_on = true, .at_ms = 120 },
                { .now_ms = 500, .what = WAIT },
                { .now_ms = 510, .what = FEED_OFF },
                { .now_ms = 600, .what = WAIT, .is_on = false, .at_ms = 530 },
                { .now_ms = 700, .what = WAIT },
        };
        play(20, false, steps, ARRAY_LEN(steps));
}

static void a_bounce_starts_the_period_again(void **state)
{
        (void)state;
        static const struct step steps[] = {
                { .now_ms = 100, .what = FEED_ON },
                { .now_ms = 105, .what = FEED_OFF },
                { .now_ms = 110, .what = FEED_ON },
                { .now_ms = 129, .what = FEED_ON }, /* the way off was too short to be seen */
                { .now_ms = 148, .what = WAIT },
                { .now_ms = 149, .what = WAIT, .is_on = true, .at_ms = 149 },
        };
        play(20, false, steps, ARRAY_LEN(steps));
}

static void a_glitch_that_goes_back_is_nothing(void **state)
{
        (void)state;
        static const struct step steps[] = {
                { .now_ms = 100, .what = FEED_OFF }, { .now_ms = 119, .what = FEED_ON },
                { .now_ms = 1000, .what = WAIT },    { .now_ms = 1001, .what = FEED_OFF },
                { .now_ms = 1002, .what = FEED_ON }, { .now_ms = 2000, .what = WAIT },
        };
        play(20, true, steps, ARRAY_LEN(steps));
}

static void a_level_that_stood_counts_although_nobody_asked_in_time(void **state)
{
        (void)state;
        static const struct step steps[] = {
                { .now_ms = 100, .what = FEED_ON },
                { .now_ms = 900, .what = FEED_OFF, .is_on = true, .at_ms = 120 },
                { .now_ms = 2000, .what = FEED_ON, .is_on = false, .at_ms = 920 },
                { .now_ms = 3000, .what = WAIT, .is_on = true, .at_ms = 2020 },
        };
        play(20, false, steps, ARRAY_LEN(steps));
}

static void without_a_period_every_change_counts_at_once(void **state)
{
        (void)state;
        static const struct step steps[] = {
                { .now_ms = 100, .what = FEED_ON, .is_on = true, .at_ms = 100 },
                { .now_ms = 100, .what = FEED_OFF, .is_on = false, .at_ms = 100 },
                { .now_ms = 101, .what = FEED_OFF },
                { .now_ms = 102, .what = FEED_ON, .is_on = true, .at_ms = 102 },
                { .now_ms = 900, .what = WAIT },
        };
        play(0, false, steps, ARRAY_LEN(steps));
}

static void it_is_due_only_while_a_change_is_on_its_way(void **state)
{
        (void)state;
        struct debounce debounce;
        debounce_init(&debounce, 20, false);
        assert_int_equal(debounce_due(&debounce), DEBOUNCE_NEVER);
        assert_false(debounce_feed(&debounce, true, 1000));
        assert_int_equal(debounce_due(&debounce), 21000);
        assert_false(debounce_feed(&debounce, false, 2000));
        assert_int_equal(debounce_due(&debounce), DEBOUNCE_NEVER);
        assert_false(debounce_feed(&debounce, true, 3000));
        assert_true(debounce_advance(&debounce, 23000));
        assert_int_equal(debounce_due(&debounce), DEBOUNCE_NEVER);
}

/* Whatever comes: changes alternate, are dated in order and a period after an edge, never in the
 * future, and a contact that comes to rest ends at its level. */
static void random_contacts_have_orderly_changes(void **state)
{
        (void)state;
        unsigned int seed = 20260101;
        for (int run = 0; run < 2000; run++) {
                int period_ms = rand_r(&seed) % 30;
                const int64_t period_us = (int64_t)period_ms * 1000;
                struct debounce debounce;
                debounce_init(&debounce, period_ms, false);
                int64_t now_us = 1000000, last_edge_us = 0, last_change_us = 0;
                bool level = false, counted = false;
                for (int i = 0; i < 50; i++) {
                        now_us += rand_r(&seed) % 40000;
                        bool is_edge = rand_r(&seed) % 3 != 0;
                        int64_t edge_us = last_edge_us;
                        bool counts;
                        if (is_edge) {
                                level = rand_r(&seed) % 4 == 0 ? level : !level;
                                counts = debounce_feed(&debounce, level, now_us);
                                last_edge_us = now_us;
                        } else {
                                counts = debounce_advance(&debounce, now_us);
                        }
                        if (!counts)
                                continue;
                        assert_int_not_equal(debounce.is_on, counted);
                        assert_true(debounce.at_us <= now_us && debounce.at_us >= last_change_us);
                        assert_int_equal(debounce.at_us,
                                         period_us == 0 ? now_us : edge_us + period_us);
                        counted = debounce.is_on;
                        last_change_us = debounce.at_us;
                }
                bool counts = debounce_advance(&debounce, now_us + 1000000);
                assert_int_equal(counts, counted != level);
                assert_int_equal(debounce.is_on, level);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_level_counts_when_it_has_stood),
                cmocka_unit_test(a_bounce_starts_the_period_again),
                cmocka_unit_test(a_glitch_that_goes_back_is_nothing),
                cmocka_unit_test(a_level_that_stood_counts_although_nobody_asked_in_time),
                cmocka_unit_test(without_a_period_every_change_counts_at_once),
                cmocka_unit_test(it_is_due_only_while_a_change_is_on_its_way),
                cmocka_unit_test(random_contacts_have_orderly_changes),
        };
        return cmocka_run_group_tests_name("lines_debounce", tests, NULL, NULL);
}
