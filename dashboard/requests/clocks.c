#include "dashboard/requests/clocks.h"

#define MINUTE_US INT64_C(60000000)
#define HOUR_US   (60 * MINUTE_US)
#define DAY_US    (24 * HOUR_US)

enum {
        ANSWER_WORKING_DAYS = 2,
        BREACH_H = 72
};

static int64_t day_of(int64_t at_us, int offset_min)
{
        int64_t local = at_us + offset_min * MINUTE_US;
        return local / DAY_US - (local % DAY_US < 0);
}

/* 1970 began with a Thursday. */
static bool is_working(int64_t day)
{
        int64_t weekday = ((day + 4) % 7 + 7) % 7;
        return weekday != 0 && weekday != 6;
}

static int64_t end_of(int64_t day, int offset_min)
{
        return (day + 1) * DAY_US - offset_min * MINUTE_US;
}

static int64_t after_working_days(int64_t day, int count)
{
        while (count > 0)
                if (is_working(++day))
                        count--;
        return day;
}

struct clocks clocks_of(enum request_kind kind, int64_t received_us, int offset_min)
{
        static const int days[REQUEST_KINDS] = { [REQUEST_ACCESS] = 10,
                                                 [REQUEST_CORRECT] = 10,
                                                 [REQUEST_RESTRICT] = 15,
                                                 [REQUEST_ERASE] = 20 };
        if (kind == REQUEST_BREACH)
                return (struct clocks){ .due_us = received_us + BREACH_H * HOUR_US };
        int64_t day = day_of(received_us, offset_min);
        return (struct clocks){
                .answer_us = end_of(after_working_days(day, ANSWER_WORKING_DAYS), offset_min),
                .due_us = end_of(day + days[kind], offset_min),
        };
}
