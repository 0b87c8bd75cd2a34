/* Schedule: periods as people write them, "mon-fri 08:00-17:30". */
#include "controller/validate/schedule.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum {
        WEEK = 7,
        EVERY_DAY = 127,
        DAYS_TEXT_MAX = 40
};

static const char *const days[WEEK] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static int find_day(const char *text, size_t len)
{
        for (int i = 0; i < WEEK; i++)
                if (len == 3 && strncasecmp(text, days[i], 3) == 0)
                        return i;
        return -1;
}

/* "mon", "mon-fri" (may go round the week's end), "daily", "special". 0: none of these. */
static int read_days(const char *text, size_t len)
{
        if (len == 5 && strncasecmp(text, "daily", 5) == 0)
                return EVERY_DAY;
        if (len == 7 && strncasecmp(text, "special", 7) == 0)
                return SCHEDULE_SPECIAL;
        const char *dash = memchr(text, '-', len);
        size_t first_len = dash ? (size_t)(dash - text) : len;
        int first = find_day(text, first_len);
        int last = dash ? find_day(dash + 1, len - first_len - 1) : first;
        if (first < 0 || last < 0)
                return 0;
        int bits = SCHEDULE_MONDAY << first;
        for (int day = first; day != last;) {
                day = (day + 1) % WEEK;
                bits |= SCHEDULE_MONDAY << day;
        }
        return bits;
}

/* "08:00", also "8:00". 24:00 is the end of the day. -1: not a time. */
static int read_time(const char *text, size_t len)
{
        int hour = 0, minute = 0;
        size_t colon = strcspn(text, ":");
        if (colon < 1 || colon > 2 || len != colon + 3)
                return -1;
        for (size_t i = 0; i < len; i++) {
                if (i == colon)
                        continue;
                if (text[i] < '0' || text[i] > '9')
                        return -1;
                if (i < colon)
                        hour = 10 * hour + text[i] - '0';
                else
                        minute = 10 * minute + text[i] - '0';
        }
        int of_day = 60 * hour + minute;
        return minute < 60 && of_day <= SCHEDULE_DAY_MIN ? of_day : -1;
}

const char *schedule_parse_period(const char *text, struct schedule_period *period)
{
        size_t days_len = strcspn(text, " ");
        const char *times = text + days_len + strspn(text + days_len, " ");
        int bits = 0;
        for (const char *at = text; at < text + days_len;) {
                size_t len = strcspn(at, ", ");
                int more = read_days(at, len);
                if (more == 0)
                        return "days are wanted such as mon-fri, sat,sun, daily or special";
                bits |= more;
                at += len + (at[len] == ',');
        }
        size_t from_len = strcspn(times, "-");
        int from = read_time(times, from_len);
        int until = times[from_len] == '-'
                            ? read_time(times + from_len + 1, strlen(times + from_len + 1))
                            : -1;
        if (bits == 0)
                return "days and times are wanted such as mon-fri 08:00-17:30";
        if (from < 0 || until < 0 || from == SCHEDULE_DAY_MIN)
                return "times are wanted such as 08:00-17:30 or 22:00-06:00";
        *period = (struct schedule_period){ .days = (uint8_t)bits,
                                            .from_min = (uint16_t)from,
                                            .until_min = (uint16_t)(until % SCHEDULE_DAY_MIN) };
        return NULL;
}

/* Runs of three days and more become a span. */
static void format_days(uint8_t bits, char text[DAYS_TEXT_MAX])
{
        const char *comma = "";
        size_t len = 0;
        text[0] = '\0';
        if ((bits & EVERY_DAY) == EVERY_DAY) {
                len = (size_t)snprintf(text, DAYS_TEXT_MAX, "daily");
                comma = ",";
        }
        for (int day = 0; (bits & EVERY_DAY) != EVERY_DAY && day < WEEK; day++) {
                int last = day;
                if ((bits & SCHEDULE_MONDAY << day) == 0)
                        continue;
                while (last + 1 < WEEK && (bits & SCHEDULE_MONDAY << (last + 1)) != 0)
                        last++;
                bool is_span = last - day >= 2;
                len += (size_t)snprintf(text + len, DAYS_TEXT_MAX - len, "%s%s%s%s", comma,
                                        days[day], is_span ? "-" : "", is_span ? days[last] : "");
                comma = ",";
                day = is_span ? last : day;
        }
        if ((bits & SCHEDULE_SPECIAL) != 0)
                snprintf(text + len, DAYS_TEXT_MAX - len, "%sspecial", comma);
}

void schedule_format_period(const struct schedule_period *period, char text[SCHEDULE_TEXT_MAX])
{
        char on[DAYS_TEXT_MAX];
        int until = period->until_min == 0 ? SCHEDULE_DAY_MIN : period->until_min;
        format_days(period->days, on);
        snprintf(text, SCHEDULE_TEXT_MAX, "%s %02d:%02d-%02d:%02d", on, period->from_min / 60,
                 period->from_min % 60, until / 60, until % 60);
}
