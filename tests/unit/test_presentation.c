/* Presentation: what counts as showing a code. */
#include "tests/check.h"

#include "controller/decode/presentation.h"

enum {
        HOLD_OFF_MS = 2000
};

/* A code that is told from others by its number. */
static bool see(struct presentation *presentation, int number, int64_t now_ms)
{
        return presentation_see(presentation, &number, sizeof(number), now_ms);
}

static void a_code_held_up_for_an_hour_is_one_presentation(void **state)
{
        (void)state;
        struct presentation presentation;
        presentation_init(&presentation, HOLD_OFF_MS);
        assert_true(see(&presentation, 7, 0));
        for (int64_t now_ms = 33; now_ms < 3600000; now_ms += 33)
                assert_false(see(&presentation, 7, now_ms));
}

static void a_code_that_flickers_within_the_hold_off_stays_one_presentation(void **state)
{
        (void)state;
        struct presentation presentation;
        presentation_init(&presentation, HOLD_OFF_MS);
        assert_true(see(&presentation, 7, 100));
        assert_false(see(&presentation, 7, 100 + HOLD_OFF_MS));
        assert_false(see(&presentation, 7, 100 + 2 * HOLD_OFF_MS));
}

static void a_code_taken_away_and_shown_again_is_new(void **state)
{
        (void)state;
        struct presentation presentation;
        presentation_init(&presentation, HOLD_OFF_MS);
        assert_true(see(&presentation, 7, 0));
        assert_true(see(&presentation, 7, HOLD_OFF_MS + 1));
        assert_false(see(&presentation, 7, HOLD_OFF_MS + 2));
}

static void codes_side_by_side_are_each_new_once(void **state)
{
        (void)state;
        struct presentation presentation;
        presentation_init(&presentation, HOLD_OFF_MS);
        for (int64_t now_ms = 0; now_ms < 10000; now_ms += 100)
                for (int number = 0; number < PRESENTATION_CODES_MAX; number++)
                        assert_int_equal(see(&presentation, number, now_ms), now_ms == 0);
}

static void the_code_unseen_for_longest_makes_room(void **state)
{
        (void)state;
        struct presentation presentation;
        presentation_init(&presentation, HOLD_OFF_MS);
        for (int number = 0; number < PRESENTATION_CODES_MAX; number++)
                assert_true(see(&presentation, number, number));
        assert_false(see(&presentation, 0, 100));
        assert_true(see(&presentation, 99, 101)); /* takes the place of 1 */
        assert_false(see(&presentation, 0, 102));
        assert_false(see(&presentation, 2, 103));
        assert_true(see(&presentation, 1, 104));
}

static void a_changed_hold_off_counts_from_the_next_sighting(void **state)
{
        (void)state;
        struct presentation presentation;
        presentation_init(&presentation, HOLD_OFF_MS);
        assert_true(see(&presentation, 7, 0));
        presentation_tune(&presentation, 500);
        assert_true(see(&presentation, 7, 1000));
}

static void codes_differ_by_their_last_byte_and_by_their_length(void **state)
{
        (void)state;
        struct presentation presentation;
        presentation_init(&presentation, HOLD_OFF_MS);
        assert_true(presentation_see(&presentation, "staff\0a", 7, 0));
        assert_true(presentation_see(&presentation, "staff\0b", 7, 0));
        assert_true(presentation_see(&presentation, "staff\0", 6, 0));
        assert_false(presentation_see(&presentation, "staff\0a", 7, 0));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_code_held_up_for_an_hour_is_one_presentation),
                cmocka_unit_test(a_code_that_flickers_within_the_hold_off_stays_one_presentation),
                cmocka_unit_test(a_code_taken_away_and_shown_again_is_new),
                cmocka_unit_test(codes_side_by_side_are_each_new_once),
                cmocka_unit_test(the_code_unseen_for_longest_makes_room),
                cmocka_unit_test(codes_differ_by_their_last_byte_and_by_their_length),
                cmocka_unit_test(a_changed_hold_off_counts_from_the_next_sighting),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
