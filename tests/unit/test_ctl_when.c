/* When: times as people write them, in a zone seven hours east of UTC and in one with summer time.
 */
#include "tests/check.h"

#include "common/rfc3339.h"
#include "controller/ctl/when.h"

#include <string.h>

static int in_vietnam(void **state)
{
        (void)state;
        setenv("TZ", "<+07>-7", 1);
        tzset();
        return 0;
}

static int64_t at(const char *rfc3339)
{
        int64_t us = 0;
        assert_true(rfc3339_parse(rfc3339, &us));
        return us;
}

static void expect(const char *text, enum when_edge edge, const char *rfc3339)
{
        int64_t us = 0, now_us = at("2026-11-24T02:00:00Z"); /* nine o'clock there */
        if (!when_parse(text, edge, now_us, &us))
                fail_msg("\"%s\" was refused", text);
        if (us != at(rfc3339)) {
                char got[RFC3339_MAX];
                rfc3339_format(us, got);
                fail_msg("\"%s\" gave %s, wanted %s", text, got, rfc3339);
        }
}

static void a_date_is_the_whole_local_day(void **state)
{
        (void)state;
        expect("2026-11-24", WHEN_FROM, "2026-11-23T17:00:00Z");
        expect("2026-11-24", WHEN_UNTIL, "2026-11-24T17:00:00Z");
        expect("2026-12-31", WHEN_UNTIL, "2026-12-31T17:00:00Z");
        expect("2028-02-29", WHEN_UNTIL, "2028-02-29T17:00:00Z");
}

static void rfc_3339_is_taken_as_it_stands(void **state)
{
        (void)state;
        expect("2026-11-24T09:00:00+07:00", WHEN_UNTIL, "2026-11-24T02:00:00Z");
        expect("2026-11-24T09:00:00.5Z", WHEN_FROM, "2026-11-24T09:00:00.5Z");
}

static void a_time_to_the_minute_is_local(void **state)
{
        (void)state;
        expect("2026-11-24T09:00", WHEN_FROM, "2026-11-24T02:00:00Z");
        expect("2026-11-24 00:30", WHEN_UNTIL, "2026-11-23T17:30:00Z");
}

static void words_and_distances_count_from_now(void **state)
{
        (void)state;
        expect("now", WHEN_FROM, "2026-11-24T02:00:00Z");
        expect("today", WHEN_FROM, "2026-11-23T17:00:00Z");
        expect("today", WHEN_UNTIL, "2026-11-24T17:00:00Z");
        expect("yesterday", WHEN_FROM, "2026-11-22T17:00:00Z");
        expect("yesterday", WHEN_UNTIL, "2026-11-23T17:00:00Z");
        expect("-90s", WHEN_FROM, "2026-11-24T01:58:30Z");
        expect("-30m", WHEN_FROM, "2026-11-24T01:30:00Z");
        expect("-2h", WHEN_FROM, "2026-11-24T00:00:00Z");
        expect("-7d", WHEN_FROM, "2026-11-17T02:00:00Z");
        expect("-1w", WHEN_FROM, "2026-11-17T02:00:00Z");
        expect("-1000000w", WHEN_FROM, "1970-01-01T00:00:00Z");
}

static void what_is_no_time_is_refused(void **state)
{
        static const char *const texts[] = { "",
                                             "31/12/2026",
                                             "2026-13-01",
                                             "2026-02-29",
                                             "2026-1-1",
                                             "2026-11-24 ",
                                             "-",
                                             "-h",
                                             "-2",
                                             "-2x",
                                             "-2hh",
                                             "2h",
                                             "+2h",
                                             "- 2h",
                                             "-1000001h",
                                             "tomorrow",
                                             "20261124",
                                             "2026-11-24T24:00",
                                             "2026-11-31T09:00",
                                             "2026-11-24T09:0x",
                                             "2026-11-24T0900Z",
                                             "-9999999999999999999h" };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                int64_t us = 0;
                if (when_parse(texts[i], WHEN_FROM, at("2026-11-24T02:00:00Z"), &us))
                        fail_msg("\"%s\" was taken", texts[i]);
        }
}

static void a_validity_is_a_date_or_rfc_3339_only(void **state)
{
        (void)state;
        int64_t us = 0;
        assert_true(when_parse_date("2026-11-24", WHEN_FROM, &us));
        assert_true(when_parse_date("2026-11-24T00:00:00Z", WHEN_FROM, &us));
        assert_false(when_parse_date("today", WHEN_FROM, &us));
        assert_false(when_parse_date("-2h", WHEN_FROM, &us));
}

static void a_day_of_23_hours_is_a_whole_day(void **state)
{
        (void)state;
        setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
        tzset();
        int64_t from_us = 0, until_us = 0;
        assert_true(when_parse_date("2026-03-29", WHEN_FROM, &from_us));
        assert_true(when_parse_date("2026-03-29", WHEN_UNTIL, &until_us));
        assert_int_equal((until_us - from_us) / 3600000000, 23);
}

static void spans_are_shown_as_they_are_written(void **state)
{
        (void)state;
        char text[WHEN_SPAN_MAX];
        assert_string_equal(when_span(text, "", ""), "always");
        assert_string_equal(when_span(text, "2025-12-31T17:00:00.000Z", "2026-12-31T17:00:00.000Z"),
                            "2026-01-01 to 2026-12-31");
        assert_string_equal(when_span(text, "", "2026-12-31T11:30:00.000Z"),
                            "until 2026-12-31 18:30");
        assert_string_equal(when_span(text, "2025-12-31T17:00:00.000Z", ""), "from 2026-01-01");
}

static void times_are_shown_in_local_time(void **state)
{
        (void)state;
        char text[WHEN_TEXT_MAX];
        assert_string_equal(when_local_text(text, "2026-11-24T02:00:00.123Z"),
                            "2026-11-24 09:00:00");
        assert_string_equal(when_local_text(text, "never"), "never");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(a_date_is_the_whole_local_day, in_vietnam),
                cmocka_unit_test_setup(rfc_3339_is_taken_as_it_stands, in_vietnam),
                cmocka_unit_test_setup(a_time_to_the_minute_is_local, in_vietnam),
                cmocka_unit_test_setup(words_and_distances_count_from_now, in_vietnam),
                cmocka_unit_test_setup(what_is_no_time_is_refused, in_vietnam),
                cmocka_unit_test_setup(a_validity_is_a_date_or_rfc_3339_only, in_vietnam),
                cmocka_unit_test_setup(a_day_of_23_hours_is_a_whole_day, in_vietnam),
                cmocka_unit_test_setup(spans_are_shown_as_they_are_written, in_vietnam),
                cmocka_unit_test_setup(times_are_shown_in_local_time, in_vietnam),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
