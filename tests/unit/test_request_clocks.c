/* By when the law wants a request answered and done. */
#include "tests/check.h"

#include "common/rfc3339.h"
#include "dashboard/requests/clocks.h"

enum {
        HANOI_MIN = 420
};

static void assert_clocks(enum request_kind kind, const char *received, const char *answer,
                          const char *due)
{
        int64_t at_us = 0;
        char text[RFC3339_MAX];
        assert_true(rfc3339_parse(received, &at_us));
        struct clocks clocks = clocks_of(kind, at_us, HANOI_MIN);
        if (answer) {
                rfc3339_format(clocks.answer_us, text);
                assert_string_equal(text, answer);
        } else {
                assert_int_equal(clocks.answer_us, 0);
        }
        rfc3339_format(clocks.due_us, text);
        assert_string_equal(text, due);
}

/* 2026-11-25 is a Wednesday; Hà Nội's days end at 17:00 UTC. */
static void each_right_has_its_term_and_the_day_of_receipt_does_not_count(void **state)
{
        (void)state;
        assert_clocks(REQUEST_ACCESS, "2026-11-25T03:00:00Z", "2026-11-27T17:00:00.000Z",
                      "2026-12-05T17:00:00.000Z");
        assert_clocks(REQUEST_CORRECT, "2026-11-25T03:00:00Z", "2026-11-27T17:00:00.000Z",
                      "2026-12-05T17:00:00.000Z");
        assert_clocks(REQUEST_RESTRICT, "2026-11-25T03:00:00Z", "2026-11-27T17:00:00.000Z",
                      "2026-12-10T17:00:00.000Z");
        assert_clocks(REQUEST_ERASE, "2026-11-25T03:00:00Z", "2026-11-27T17:00:00.000Z",
                      "2026-12-15T17:00:00.000Z");
}

static void an_answer_does_not_wait_on_saturdays_and_sundays(void **state)
{
        (void)state;
        assert_clocks(REQUEST_ACCESS, "2026-11-26T03:00:00Z", "2026-11-30T17:00:00.000Z",
                      "2026-12-06T17:00:00.000Z"); /* Thursday: Friday, Monday */
        assert_clocks(REQUEST_ACCESS, "2026-11-28T03:00:00Z", "2026-12-01T17:00:00.000Z",
                      "2026-12-08T17:00:00.000Z"); /* Saturday: Monday, Tuesday */
}

static void a_day_begins_at_the_site_s_midnight(void **state)
{
        (void)state;
        assert_clocks(REQUEST_ERASE, "2026-11-25T16:59:59Z", "2026-11-27T17:00:00.000Z",
                      "2026-12-15T17:00:00.000Z");
        assert_clocks(REQUEST_ERASE, "2026-11-25T17:00:00Z", "2026-11-30T17:00:00.000Z",
                      "2026-12-16T17:00:00.000Z");
}

static void a_breach_is_told_of_within_72_hours_to_the_minute(void **state)
{
        (void)state;
        assert_clocks(REQUEST_BREACH, "2026-11-27T16:31:00Z", NULL, "2026-11-30T16:31:00.000Z");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_right_has_its_term_and_the_day_of_receipt_does_not_count),
                cmocka_unit_test(an_answer_does_not_wait_on_saturdays_and_sundays),
                cmocka_unit_test(a_day_begins_at_the_site_s_midnight),
                cmocka_unit_test(a_breach_is_told_of_within_72_hours_to_the_minute),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
