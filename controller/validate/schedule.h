/*
 * Schedule: at which times of the week something holds. Pure: the moment is given, in local time.
 *
 * A period begins on each of its days at from_min and ends at until_min; when that is not later it
 * ends on the day after (a night shift), and belongs to the day on which it began. On a special day
 * (a holiday) only the periods that name special days begin. from 00:00 until 00:00 is a whole day.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        SCHEDULE_PERIODS_MAX = 16,
        SCHEDULE_MONDAY = 1, /* bit of a weekday: SCHEDULE_MONDAY << days since Monday */
        SCHEDULE_SPECIAL = 128,
        SCHEDULE_DAY_MIN = 1440
};

struct schedule_period {
        uint8_t days;                 /* bits */
        uint16_t from_min, until_min; /* minutes of the local day, 0 to 1439 */
};

struct schedule {
        char id[FLOW_ID_MAX];
        size_t periods;
        struct schedule_period period[SCHEDULE_PERIODS_MAX];
};

/* A moment on a wall clock. */
struct schedule_moment {
        int year, month, day;         /* 2026, 1 to 12, 1 to 31 */
        int weekday;                  /* days since Monday, 0 to 6 */
        int minute;                   /* of the day */
        int32_t day_number;           /* local days since 1970-01-01 */
        bool is_special, was_special; /* today; yesterday. The registry knows. */
};

/* Local time by the process's time zone (TZ, tzset), which knows daylight saving. The two special
 * fields are false. */
struct schedule_moment schedule_moment_of(int64_t at_us);
/* The last moment at or before at_us when a local clock began to show minute_of_day, or was put
 * forward over it: once in every local day, and twice in an hour that is repeated. */
int64_t schedule_last(int64_t at_us, int minute_of_day);

/* The date before. */
void schedule_day_before(const struct schedule_moment *at, int *year, int *month, int *day);

bool schedule_is_open(const struct schedule *schedule, const struct schedule_moment *at);

/* "mon-fri 08:00-17:30", "sat,sun,special 22:00-06:00", "daily 00:00-24:00" → *period. NULL, or why
 * not. */
const char *schedule_parse_period(const char *text, struct schedule_period *period);
enum {
        SCHEDULE_TEXT_MAX = 64
};
/* The same back, in the shortest form. */
void schedule_format_period(const struct schedule_period *period, char text[SCHEDULE_TEXT_MAX]);
