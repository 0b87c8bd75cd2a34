/* Schedule on the clock on the wall: leap days, and the two nights a year when clocks are changed.
 */
#include "tests/check.h"

#include "controller/validate/schedule.h"
#include "tests/random.h"

#include <string.h>

/* The rules of the zones, so that nothing depends on the machine's time zone database. */
#define BERLIN   "CET-1CEST,M3.5.0,M10.5.0/3"
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"
#define HANOI    "<+07>-7" /* Asia/Ho_Chi_Minh */

static const int64_t second = 1000000;
static const int64_t minute = INT64_C(60) * 1000000;
static const int64_t hour = INT64_C(3600) * 1000000;
static const int64_t day = INT64_C(86400) * 1000000;

static void live_in(const char *zone)
{
        setenv("TZ", zone, 1);
        tzset();
}

static int64_t utc(int year, int month, int of_month, int hours, int minutes)
{
        struct tm tm = { .tm_year = year - 1900,
                         .tm_mon = month - 1,
                         .tm_mday = of_month,
                         .tm_hour = hours,
                         .tm_min = minutes };
        return (int64_t)timegm(&tm) * second;
}

static struct schedule schedule_of(const char *period)
{
        struct schedule schedule = { .periods = 1 };
        assert_null(schedule_parse_period(period, &schedule.period[0]));
        return schedule;
}

/* --- Moments ------------------------------------------------------------------------------------
 */

static void expect_moment(int64_t at_us, int year, int month, int of_month, int weekday, int at)
{
        struct schedule_moment moment = schedule_moment_of(at_us);
        assert_int_equal(moment.year, year);
        assert_int_equal(moment.month, month);
        assert_int_equal(moment.day, of_month);
        assert_int_equal(moment.weekday, weekday);
        assert_int_equal(moment.minute, at);
        assert_int_equal(moment.day_number, utc(year, month, of_month, 0, 0) / day);
        assert_false(moment.is_special || moment.was_special);
}

static void a_moment_is_what_a_local_clock_shows(void **state)
{
        (void)state;
        live_in(HANOI);
        expect_moment(utc(2026, 9, 1, 16, 59) + minute - 1, 2026, 9, 1, 1, 1439);
        expect_moment(utc(2026, 9, 1, 17, 0), 2026, 9, 2, 2, 0);
        live_in(NEW_YORK);
        expect_moment(0, 1969, 12, 31, 2, 1140);
}

static void a_leap_year_has_its_day(void **state)
{
        (void)state;
        live_in(HANOI);
        expect_moment(utc(2028, 2, 28, 16, 59), 2028, 2, 28, 0, 1439);
        expect_moment(utc(2028, 2, 28, 17, 0), 2028, 2, 29, 1, 0);
        expect_moment(utc(2028, 2, 29, 17, 0), 2028, 3, 1, 2, 0);
        expect_moment(utc(2100, 2, 28, 17, 0), 2100, 3, 1, 0, 0);
        struct schedule nights = schedule_of("tue 22:00-06:00");
        struct schedule_moment before = schedule_moment_of(utc(2028, 2, 28, 23, 30));
        struct schedule_moment after = schedule_moment_of(utc(2028, 2, 29, 22, 59));
        assert_false(schedule_is_open(&nights, &before)); /* 06:30 on the 29th */
        assert_true(schedule_is_open(&nights, &after));   /* 05:59 on 1 March */
}

/* How many minutes a period of the Sunday is open from that day's begin on. */
static int open_minutes(const char *zone, const char *period, int64_t from_us)
{
        struct schedule schedule = schedule_of(period);
        int count = 0;
        live_in(zone);
        for (int64_t at = from_us; at < from_us + 30 * hour; at += minute) {
                struct schedule_moment moment = schedule_moment_of(at);
                count += schedule_is_open(&schedule, &moment);
        }
        return count;
}

static void an_hour_that_is_left_out_is_not_open_and_one_that_is_repeated_is_twice(void **state)
{
        (void)state;
        const int64_t berlin[] = { utc(2026, 3, 28, 23, 0), utc(2026, 10, 24, 22, 0) };
        const int64_t new_york[] = { utc(2026, 3, 8, 5, 0), utc(2026, 11, 1, 4, 0) };
        assert_int_equal(open_minutes(BERLIN, "sun 02:00-03:00", berlin[0]), 0);
        assert_int_equal(open_minutes(BERLIN, "sun 02:00-03:00", berlin[1]), 120);
        assert_int_equal(open_minutes(BERLIN, "sun 00:00-24:00", berlin[0]), 23 * 60);
        assert_int_equal(open_minutes(BERLIN, "sun 00:00-24:00", berlin[1]), 25 * 60);
        assert_int_equal(open_minutes(NEW_YORK, "sun 02:00-03:00", new_york[0]), 0);
        assert_int_equal(open_minutes(NEW_YORK, "sun 01:00-02:00", new_york[1]), 120);
        assert_int_equal(open_minutes(NEW_YORK, "sun 00:00-24:00", new_york[0]), 23 * 60);
        assert_int_equal(open_minutes(NEW_YORK, "sun 00:00-24:00", new_york[1]), 25 * 60);
        /* A shift over the change ends by the clock on the wall, an hour shorter or longer. */
        assert_int_equal(open_minutes(BERLIN, "sat 22:00-06:00", berlin[0]), 5 * 60);
        assert_int_equal(open_minutes(BERLIN, "sat 22:00-06:00", berlin[1]), 7 * 60);
        assert_int_equal(open_minutes(HANOI, "sun 00:00-24:00", utc(2026, 3, 28, 17, 0)), 24 * 60);
}

/* --- The last time of a minute ------------------------------------------------------------------
 */

static void the_last_time_of_a_minute_is_today_or_yesterday(void **state)
{
        (void)state;
        live_in(HANOI);
        assert_int_equal(schedule_last(utc(2026, 9, 1, 21, 0), 240), utc(2026, 9, 1, 21, 0));
        assert_int_equal(schedule_last(utc(2026, 9, 1, 21, 0) + minute - 1, 240),
                         utc(2026, 9, 1, 21, 0));
        assert_int_equal(schedule_last(utc(2026, 9, 1, 21, 0) - 1, 240), utc(2026, 8, 31, 21, 0));
        assert_int_equal(schedule_last(utc(2026, 9, 1, 21, 0), 0), utc(2026, 9, 1, 17, 0));
}

static void a_minute_that_is_left_out_is_when_the_clock_is_put_forward(void **state)
{
        (void)state;
        live_in(BERLIN);
        int64_t change = utc(2026, 3, 29, 1, 0);
        assert_int_equal(schedule_last(change + 5 * hour, 150), change);
        assert_int_equal(schedule_last(change + 5 * hour, 120), change);
        assert_int_equal(schedule_last(change + 5 * hour, 119), change - minute);
        assert_int_equal(schedule_last(change, 150), change);
        assert_int_equal(schedule_last(change - 1, 150), change - day + hour / 2);
        assert_int_equal(schedule_last(change + hour, 180), change);
        live_in(NEW_YORK);
        assert_int_equal(schedule_last(utc(2026, 3, 8, 12, 0), 150), utc(2026, 3, 8, 7, 0));
}

static void a_minute_that_is_repeated_is_twice(void **state)
{
        (void)state;
        live_in(BERLIN);
        int64_t change = utc(2026, 10, 25, 1, 0);
        assert_int_equal(schedule_last(change, 150), change - hour / 2);
        assert_int_equal(schedule_last(change + 5 * hour, 150), change + hour / 2);
}

/* Forward from three days before: reached or jumped over by the clock on the wall. */
static int64_t last_by_walking(int64_t at_us, int minute_of_day)
{
        int64_t last = INT64_MIN;
        long before = 0;
        for (int64_t at = at_us / minute * minute - 3 * day; at <= at_us; at += minute) {
                time_t seconds = (time_t)(at / second);
                struct tm tm;
                localtime_r(&seconds, &tm);
                long now = (seconds + tm.tm_gmtoff) / 60;
                for (long shown = now > before && before != 0 ? before + 1 : now; shown <= now;
                     shown++)
                        if (shown % SCHEDULE_DAY_MIN == minute_of_day)
                                last = at;
                before = now;
        }
        return last;
}

static void the_last_time_of_a_minute_agrees_with_a_walk_around_every_change(void **state)
{
        (void)state;
        static const char *const zones[] = { BERLIN, NEW_YORK, HANOI };
        const int64_t changes[] = { utc(2026, 3, 29, 1, 0), utc(2026, 10, 25, 1, 0),
                                    utc(2026, 3, 8, 7, 0), utc(2026, 11, 1, 6, 0),
                                    utc(2028, 2, 29, 17, 0) };
        uint64_t seed = 29022028;
        for (size_t z = 0; z < ARRAY_LEN(zones); z++) {
                live_in(zones[z]);
                for (size_t c = 0; c < ARRAY_LEN(changes); c++)
                        for (int round = 0; round < 60; round++) {
                                int64_t at = changes[c] +
                                             (below(&seed, 5 * SCHEDULE_DAY_MIN) - 1440) * minute +
                                             below(&seed, 60000000);
                                int wanted = round % 2 ? below(&seed, SCHEDULE_DAY_MIN)
                                                       : 30 + below(&seed, 180);
                                assert_int_equal(schedule_last(at, wanted),
                                                 last_by_walking(at, wanted));
                        }
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_moment_is_what_a_local_clock_shows),
                cmocka_unit_test(a_leap_year_has_its_day),
                cmocka_unit_test(
                        an_hour_that_is_left_out_is_not_open_and_one_that_is_repeated_is_twice),
                cmocka_unit_test(the_last_time_of_a_minute_is_today_or_yesterday),
                cmocka_unit_test(a_minute_that_is_left_out_is_when_the_clock_is_put_forward),
                cmocka_unit_test(a_minute_that_is_repeated_is_twice),
                cmocka_unit_test(the_last_time_of_a_minute_agrees_with_a_walk_around_every_change),
        };
        return cmocka_run_group_tests_name("schedule_clock", tests, NULL, NULL);
}
