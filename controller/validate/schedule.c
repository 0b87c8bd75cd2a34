#include "controller/validate/schedule.h"

#include <time.h>

enum {
        DAYS_A_WEEK = 7,
        MINUTE_S = 60
};

static const int64_t second_us = 1000000;

static bool local_time(int64_t at_us, struct tm *tm)
{
        time_t seconds = (time_t)(at_us / second_us);
        return localtime_r(&seconds, tm) != NULL;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar: the civil date counted as if in UTC.
 */
static int32_t day_number(const struct tm *tm)
{
        struct tm day = { .tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday };
        return (int32_t)(timegm(&day) / 86400);
}

struct schedule_moment schedule_moment_of(int64_t at_us)
{
        struct tm tm = { .tm_year = 0 };
        if (!local_time(at_us, &tm))
                return (struct schedule_moment){ .year = 1970, .month = 1, .day = 1, .weekday = 3 };
        return (struct schedule_moment){
                .year = tm.tm_year + 1900,
                .month = tm.tm_mon + 1,
                .day = tm.tm_mday,
                .weekday = (tm.tm_wday + DAYS_A_WEEK - 1) % DAYS_A_WEEK,
                .minute = tm.tm_hour * 60 + tm.tm_min,
                .day_number = day_number(&tm),
        };
}

void schedule_day_before(const struct schedule_moment *at, int *year, int *month, int *day)
{
        struct tm tm = { .tm_year = at->year - 1900,
                         .tm_mon = at->month - 1,
                         .tm_mday = at->day - 1,
                         .tm_hour = 12 };
        (void)timegm(&tm); /* which puts a date that is none right */
        *year = tm.tm_year + 1900;
        *month = tm.tm_mon + 1;
        *day = tm.tm_mday;
}

struct local {
        int minute;
        long offset_s; /* of the local clock before UTC */
};

static struct local local_of(time_t seconds)
{
        struct tm tm = { 0 };
        localtime_r(&seconds, &tm);
        return (struct local){ tm.tm_hour * 60 + tm.tm_min, tm.tm_gmtoff };
}

/* From the minute before to this one, did the clock reach or jump over minute_of_day? */
static bool has_passed(const struct local *before, const struct local *now, int minute_of_day)
{
        long skipped = (now->offset_s - before->offset_s) / MINUTE_S;
        int behind = (now->minute - minute_of_day + SCHEDULE_DAY_MIN) % SCHEDULE_DAY_MIN;
        return behind == 0 || behind <= skipped;
}

int64_t schedule_last(int64_t at_us, int minute_of_day)
{
        struct tm tm = { 0 };
        time_t at = (time_t)(at_us / second_us);
        localtime_r(&at, &tm);
        at -= tm.tm_sec;
        struct local now = local_of(at);
        int since = (now.minute - minute_of_day + SCHEDULE_DAY_MIN) % SCHEDULE_DAY_MIN;
        time_t then = at - (time_t)since * MINUTE_S;
        struct local there = local_of(then);
        if (there.offset_s == now.offset_s)
                return (int64_t)then * second_us;
        /* The clock was changed in between, as it is twice a year: minute by minute. No change is
         * by more than a day. */
        for (int back = 0; back < 2 * SCHEDULE_DAY_MIN; back++) {
                struct local before = local_of(at - MINUTE_S);
                if (has_passed(&before, &now, minute_of_day))
                        break;
                now = before;
                at -= MINUTE_S;
        }
        return (int64_t)at * second_us;
}

/* Does the period begin on a day of this kind? */
static bool begins(const struct schedule_period *period, int weekday, bool is_special)
{
        int bit = is_special ? SCHEDULE_SPECIAL : SCHEDULE_MONDAY << weekday;
        return (period->days & bit) != 0;
}

static bool is_within(const struct schedule_period *period, const struct schedule_moment *at)
{
        bool is_overnight = period->until_min <= period->from_min;
        int yesterday = (at->weekday + DAYS_A_WEEK - 1) % DAYS_A_WEEK;
        if (begins(period, at->weekday, at->is_special) && at->minute >= period->from_min &&
            (is_overnight || at->minute < period->until_min))
                return true;
        return is_overnight && begins(period, yesterday, at->was_special) &&
               at->minute < period->until_min;
}

bool schedule_is_open(const struct schedule *schedule, const struct schedule_moment *at)
{
        for (size_t i = 0; i < schedule->periods; i++)
                if (is_within(&schedule->period[i], at))
                        return true;
        return false;
}
