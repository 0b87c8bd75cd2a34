#include "dashboard/attendance/attendance.h"

#define MINUTE_US INT64_C(60000000)
#define DAY_US    INT64_C(86400000000)

static int64_t day_of(const struct history_visit *visit, int offset_min)
{
        int64_t at_us = visit->entered_us ? visit->entered_us : visit->left_us;
        int64_t local_us = at_us + offset_min * MINUTE_US;
        return (local_us - ((local_us % DAY_US) + DAY_US) % DAY_US) / DAY_US;
}

bool attendance_is_other_day(const struct attendance_day *day, const struct history_visit *visit,
                             int offset_min)
{
        return day->stays == 0 || day->day != day_of(visit, offset_min);
}

struct attendance_day attendance_begin(const struct history_visit *visit, int offset_min)
{
        struct attendance_day day = { .day = day_of(visit, offset_min) };
        attendance_add(&day, visit);
        return day;
}

void attendance_add(struct attendance_day *day, const struct history_visit *visit)
{
        bool is_whole = visit->entered_us && visit->left_us && !visit->is_left_assumed;
        day->stays++;
        day->open += !is_whole;
        if (visit->entered_us && (day->first_us == 0 || visit->entered_us < day->first_us))
                day->first_us = visit->entered_us;
        if (visit->left_us > day->last_us && !visit->is_left_assumed)
                day->last_us = visit->left_us;
        if (is_whole && visit->left_us > visit->entered_us)
                day->minutes += (visit->left_us - visit->entered_us) / MINUTE_US;
}
