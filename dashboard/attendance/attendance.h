/*
 * Attendance: one person's stays as days of work: the first entry, the last exit and the minutes
 * between entries and exits. A stay belongs to the local day on which it began; of one whose
 * beginning or end nobody saw there are no minutes. Pure.
 */
#pragma once

#include "dashboard/ports/history.h"

struct attendance_day {
        int64_t day;               /* local days since 1970 */
        int64_t first_us, last_us; /* the earliest entry, the latest exit; 0: none was seen */
        int64_t minutes;           /* of the stays that are whole */
        int stays, open;           /* all of them; those without a beginning or an end */
};

/* Stays in order of their beginning, as history's `visits` gives them: this one begins a new day,
 * or adds to the last. `offset_min`: minutes east of UTC. True: it is another day, and *day is to
 * be begun. */
bool attendance_is_other_day(const struct attendance_day *day, const struct history_visit *visit,
                             int offset_min);
/* Begins a day with its first stay. */
struct attendance_day attendance_begin(const struct history_visit *visit, int offset_min);
void attendance_add(struct attendance_day *day, const struct history_visit *visit);
