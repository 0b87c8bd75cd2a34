/* Schedule: shifts over midnight, special days, clocks that jump, and periods as people write them.
 */
#include "tests/check.h"

#include "controller/validate/schedule.h"

#include <string.h>
#include <time.h>

static const int64_t second = 1000000;

static void use_zone(const char *zone)
{
        setenv("TZ", zone, 1);
        tzset();
}

/* A UTC moment. */
static int64_t utc(int year, int month, int day, int hour, int minute)
{
        struct tm tm = { .tm_year = year - 1900,
                         .tm_mon = month - 1,
                         .tm_mday = day,
                         .tm_hour = hour,
                         .tm_min = minute };
        return (int64_t)timegm(&tm) * second;
}

static struct schedule of(const char *first, const char *second_period)
{
        struct schedule schedule = { .periods = 0 };
        assert_null(schedule_parse_period(first, &schedule.period[schedule.periods++]));
        if (second_period)
                assert_null(
                        schedule_parse_period(second_period, &schedule.period[schedule.periods++]));
        return schedule;
}

/* 2026-11-23 is a Monday. */
static struct schedule_moment on(int weekday, int hour, int minute)
{
        return (struct schedule_moment){ .year = 2026,
                                         .month = 11,
                                         .day = 23 + weekday,
                                         .weekday = weekday,
                                         .minute = 60 * hour + minute };
}

static void assert_open(const struct schedule *schedule, struct schedule_moment at, bool is_open)
{
        assert_int_equal(schedule_is_open(schedule, &at), is_open);
}

static void a_period_holds_on_its_days_from_its_begin_until_before_its_end(void **state)
{
        (void)state;
        const struct schedule office = of("mon-fri 08:00-17:30", NULL);
        assert_open(&office, on(0, 7, 59), false);
        assert_open(&office, on(0, 8, 0), true);
        assert_open(&office, on(4, 17, 29), true);
        assert_open(&office, on(4, 17, 30), false);
        assert_open(&office, on(5, 12, 0), false);
}

static void a_night_shift_belongs_to_the_day_on_which_it_began(void **state)
{
        (void)state;
        const struct schedule night = of("fri 22:00-06:00", NULL);
        assert_open(&night, on(4, 21, 59), false);
        assert_open(&night, on(4, 22, 0), true);
        assert_open(&night, on(5, 5, 59), true);
        assert_open(&night, on(5, 6, 0), false);
        assert_open(&night, on(4, 3, 0), false);
        const struct schedule sunday = of("sun 22:00-06:00", NULL);
        assert_open(&sunday, on(0, 3, 0), true);
}

static void a_schedule_without_periods_is_never_open(void **state)
{
        (void)state;
        const struct schedule never = { .periods = 0 };
        for (int hour = 0; hour < 24; hour++)
                assert_open(&never, on(2, hour, 0), false);
}

static void on_a_special_day_only_its_own_periods_begin(void **state)
{
        (void)state;
        const struct schedule schedule = of("daily 08:00-17:00", "special 10:00-12:00");
        struct schedule_moment at = on(2, 9, 0);
        assert_open(&schedule, at, true);
        at.is_special = true;
        assert_open(&schedule, at, false);
        at.minute = 11 * 60;
        assert_open(&schedule, at, true);
}

static void a_night_shift_goes_on_into_a_special_day_and_out_of_one(void **state)
{
        (void)state;
        const struct schedule night = of("daily 22:00-06:00", NULL);
        struct schedule_moment at = on(2, 5, 0);
        at.is_special = true;
        assert_open(&night, at, true);
        at.minute = 23 * 60;
        assert_open(&night, at, false);
        at = on(3, 5, 0);
        at.was_special = true;
        assert_open(&night, at, false);
        const struct schedule holiday = of("special 22:00-06:00", NULL);
        assert_open(&holiday, at, true);
}

static void a_moment_is_shown_by_the_local_clock(void **state)
{
        (void)state;
        use_zone("Asia/Ho_Chi_Minh");
        struct schedule_moment at = schedule_moment_of(utc(2028, 2, 28, 17, 30));
        assert_int_equal(at.month * 100 + at.day, 229);
        assert_int_equal(at.weekday, 1);
        assert_int_equal(at.minute, 30);
        assert_int_equal(schedule_moment_of(utc(2028, 2, 29, 17, 0)).day_number, at.day_number + 1);
        use_zone("Europe/Berlin");
        /* The hour from 2 to 3 is skipped in spring, and shown twice in autumn. */
        assert_int_equal(schedule_moment_of(utc(2026, 3, 29, 0, 59)).minute, 119);
        assert_int_equal(schedule_moment_of(utc(2026, 3, 29, 1, 0)).minute, 180);
        assert_int_equal(schedule_moment_of(utc(2026, 10, 25, 0, 30)).minute, 150);
        assert_int_equal(schedule_moment_of(utc(2026, 10, 25, 1, 30)).minute, 150);
        use_zone("UTC");
}

/* What a shift is worth in minutes when the clock jumps in it. */
static int minutes_open(const struct schedule *schedule, int64_t from_us, int minutes)
{
        int open = 0;
        for (int i = 0; i < minutes; i++) {
                struct schedule_moment at = schedule_moment_of(from_us + i * 60 * second);
                open += schedule_is_open(schedule, &at);
        }
        return open;
}

static void a_shift_follows_the_clock_on_the_wall_when_it_jumps(void **state)
{
        (void)state;
        const struct schedule night = of("daily 22:00-06:00", NULL);
        use_zone("Europe/Berlin");
        assert_int_equal(minutes_open(&night, utc(2026, 3, 28, 12, 0), 1440), 7 * 60);
        assert_int_equal(minutes_open(&night, utc(2026, 10, 24, 12, 0), 1440), 9 * 60);
        use_zone("America/New_York");
        assert_int_equal(minutes_open(&night, utc(2026, 3, 7, 17, 0), 1440), 7 * 60);
        assert_int_equal(minutes_open(&night, utc(2026, 10, 31, 17, 0), 1440), 9 * 60);
        use_zone("UTC");
        assert_int_equal(minutes_open(&night, utc(2028, 2, 28, 12, 0), 2 * 1440), 16 * 60);
}

static void the_last_reset_is_found_also_when_the_clock_skips_it(void **state)
{
        (void)state;
        use_zone("Asia/Ho_Chi_Minh");
        int64_t four = utc(2026, 11, 24, 21, 0); /* 04:00 on the 25th there */
        assert_true(schedule_last(four, 240) == four);
        assert_true(schedule_last(four - 1, 240) == four - 86400 * second);
        assert_true(schedule_last(four + 3600 * second, 240) == four);
        use_zone("Europe/Berlin");
        int64_t after = utc(2026, 3, 29, 5, 0);
        int64_t last = schedule_last(after, 150); /* 02:30 is not shown on that day */
        assert_true(last <= after && last >= utc(2026, 3, 29, 0, 0));
        use_zone("UTC");
}

static void periods_are_read_as_people_write_them(void **state)
{
        (void)state;
        static const struct {
                const char *text, *again;
        } good[] = {
                { "mon-fri 08:00-17:30", "mon-fri 08:00-17:30" },
                { "Sat,SUN 9:00-12:00", "sat,sun 09:00-12:00" },
                { "daily 00:00-24:00", "daily 00:00-24:00" },
                { "special 10:00-12:00", "special 10:00-12:00" },
                { "sat,sun,special 22:00-06:00", "sat,sun,special 22:00-06:00" },
                { "fri-mon 0:00-0:00", "mon,fri-sun 00:00-24:00" },
                { "daily,special   08:00-08:00", "daily,special 08:00-08:00" },
        };
        static const char *const bad[] = { "",
                                           "mon",
                                           "mon 08:00",
                                           "08:00-17:00",
                                           "mon 8-17",
                                           "noday 08:00-17:00",
                                           "mon 08:00-25:00",
                                           "mon 24:00-06:00",
                                           "mon 08:60-17:00",
                                           "mon-  08:00-17:00",
                                           "mon 08:00-17:00 x",
                                           "mon 08:00-24:01" };
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                struct schedule_period period;
                char text[SCHEDULE_TEXT_MAX];
                assert_null(schedule_parse_period(good[i].text, &period));
                schedule_format_period(&period, text);
                assert_string_equal(text, good[i].again);
        }
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                struct schedule_period period;
                if (!schedule_parse_period(bad[i], &period))
                        fail_msg("%s is read", bad[i]);
        }
}

static void every_period_is_written_and_read_back(void **state)
{
        (void)state;
        for (unsigned days = 1; days < 256; days++) {
                for (unsigned from = 0; from < SCHEDULE_DAY_MIN; from += 97) {
                        struct schedule_period period = {
                                .days = (uint8_t)days,
                                .from_min = (uint16_t)from,
                                .until_min = (uint16_t)((from * 7 + days) % SCHEDULE_DAY_MIN)
                        };
                        struct schedule_period again;
                        char text[SCHEDULE_TEXT_MAX];
                        schedule_format_period(&period, text);
                        assert_null(schedule_parse_period(text, &again));
                        assert_int_equal(again.days, period.days);
                        assert_int_equal(again.from_min, period.from_min);
                        assert_int_equal(again.until_min, period.until_min);
                }
        }
}

/* The slow way: a week of minutes painted, period by period. */
static void it_agrees_with_a_week_painted_minute_by_minute(void **state)
{
        (void)state;
        static bool painted[8 * SCHEDULE_DAY_MIN];
        uint32_t seed = 1;
        for (int round = 0; round < 50; round++) {
                struct schedule schedule = { .periods = 3 };
                memset(painted, 0, sizeof(painted));
                for (size_t i = 0; i < schedule.periods; i++) {
                        struct schedule_period *period = &schedule.period[i];
                        seed = seed * 1664525 + 1013904223;
                        period->days = (uint8_t)(seed >> 24 & 127);
                        period->from_min = (uint16_t)((seed >> 8) % SCHEDULE_DAY_MIN);
                        period->until_min = (uint16_t)((seed >> 4) % SCHEDULE_DAY_MIN);
                        int len = (period->until_min - period->from_min + SCHEDULE_DAY_MIN) %
                                  SCHEDULE_DAY_MIN;
                        for (int day = 0; day < 7; day++)
                                for (int k = 0; period->days & 1 << day &&
                                                k < (len == 0 ? SCHEDULE_DAY_MIN : len);
                                     k++)
                                        painted[(day * SCHEDULE_DAY_MIN + period->from_min + k)] =
                                                true;
                }
                for (int minute = 0; minute < SCHEDULE_DAY_MIN; minute++)
                        painted[minute] |= painted[7 * SCHEDULE_DAY_MIN + minute];
                for (int minute = 0; minute < 7 * SCHEDULE_DAY_MIN; minute++)
                        assert_open(&schedule,
                                    on(minute / SCHEDULE_DAY_MIN, 0, minute % SCHEDULE_DAY_MIN),
                                    painted[minute]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_period_holds_on_its_days_from_its_begin_until_before_its_end),
                cmocka_unit_test(a_night_shift_belongs_to_the_day_on_which_it_began),
                cmocka_unit_test(a_schedule_without_periods_is_never_open),
                cmocka_unit_test(on_a_special_day_only_its_own_periods_begin),
                cmocka_unit_test(a_night_shift_goes_on_into_a_special_day_and_out_of_one),
                cmocka_unit_test(a_moment_is_shown_by_the_local_clock),
                cmocka_unit_test(a_shift_follows_the_clock_on_the_wall_when_it_jumps),
                cmocka_unit_test(the_last_reset_is_found_also_when_the_clock_skips_it),
                cmocka_unit_test(periods_are_read_as_people_write_them),
                cmocka_unit_test(every_period_is_written_and_read_back),
                cmocka_unit_test(it_agrees_with_a_week_painted_minute_by_minute),
        };
        return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
