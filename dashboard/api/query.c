#include "dashboard/api/query.h"

#include "common/rfc3339.h"
#include "controller/record/subject.h"
#include "dashboard/access/role.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void query_complain(struct query *query, const char *name, const char *what)
{
        if (query->why[0] == '\0')
                snprintf(query->why, sizeof(query->why), "%s: %s", name, what);
}

const char *query_text(struct query *query, const char *name, size_t max)
{
        const char *text = web_request_query(query->request, name);
        if (text && strlen(text) >= max) {
                query_complain(query, name, "is too long");
                return "";
        }
        return text ? text : "";
}

const char *query_area(struct query *query)
{
        const char *area = query_text(query, "area", PRINCIPAL_AREA_MAX);
        if (area_is_good(area))
                return area;
        query_complain(query, "area", "org, org/site or org/site/gate is wanted");
        return "";
}

/* The whole of `text` as one number. */
static bool parse(const char *text, char **end, int64_t *number)
{
        errno = 0;
        long long value = strtoll(text, end, 10);
        *number = value;
        return errno == 0 && *end != text;
}

int query_int(struct query *query, const char *name, int low, int high, int fallback)
{
        const char *text = web_request_query(query->request, name);
        char *end, what[48];
        int64_t number;
        if (!text)
                return fallback;
        if (parse(text, &end, &number) && *end == '\0' && number >= low && number <= high)
                return (int)number;
        snprintf(what, sizeof(what), "%d to %d is wanted", low, high);
        query_complain(query, name, what);
        return fallback;
}

int64_t query_time(struct query *query, const char *name)
{
        const char *text = web_request_query(query->request, name);
        int64_t us = 0;
        if (text && !rfc3339_parse(text, &us))
                query_complain(query, name, "a time as 2026-11-27T03:03:58Z is wanted");
        return us;
}

/* Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": days_from_civil. */
int64_t query_days(int year, unsigned month, unsigned day)
{
        int64_t y = month <= 2 ? year - 1 : year;
        int64_t era = (y >= 0 ? y : y - 399) / 400;
        int64_t of_era = y - era * 400;
        int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* And civil_from_days. */
void query_date(int64_t days, int *year, unsigned *month, unsigned *day)
{
        int64_t z = days + 719468;
        int64_t era = (z >= 0 ? z : z - 146096) / 146097;
        int64_t of_era = z - era * 146097;
        int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
        int64_t m = (5 * of_year + 2) / 153;
        *day = (unsigned)(of_year - (153 * m + 2) / 5 + 1);
        *month = (unsigned)(m < 10 ? m + 3 : m - 9);
        *year = (int)(y + era * 400 + (*month <= 2));
}

/* `digits` of them, no more and no less; -1: they are none. */
static int read_digits(const char *text, int digits)
{
        int number = 0;
        for (int i = 0; i < digits; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return -1;
                number = number * 10 + text[i] - '0';
        }
        return number;
}

int64_t query_day(struct query *query, const char *name)
{
        const char *text = web_request_query(query->request, name);
        int back_year;
        unsigned back_month, back_day;
        if (text && strlen(text) == sizeof("2026-11-27") - 1 && text[4] == '-' && text[7] == '-') {
                int year = read_digits(text, 4), month = read_digits(text + 5, 2),
                    day = read_digits(text + 8, 2);
                bool is_date = year >= 1970 && month >= 1 && month <= 12 && day >= 1;
                int64_t days = is_date ? query_days(year, (unsigned)month, (unsigned)day) : 0;
                query_date(days, &back_year, &back_month, &back_day);
                if (is_date && back_year == year && back_month == (unsigned)month &&
                    back_day == (unsigned)day)
                        return days;
        }
        query_complain(query, name, "a day as 2026-11-27 is wanted");
        return 0;
}

bool query_subject(struct query *query, uint8_t subject[HISTORY_SUBJECT_LEN])
{
        const char *text = web_request_query(query->request, "subject");
        if (text && strlen(text) == SUBJECT_TEXT_LEN && subject_parse(text, subject))
                return true;
        if (text)
                query_complain(query, "subject", "32 hex digits are wanted");
        return false;
}

bool query_cursor(struct query *query, int64_t *numbers, size_t count)
{
        const char *text = web_request_query(query->request, "cursor");
        char *end = NULL;
        if (!text)
                return false;
        for (size_t i = 0; i < count; i++) {
                if (!parse(text, &end, &numbers[i]) || *end != (i + 1 < count ? '.' : '\0')) {
                        query_complain(query, "cursor", "is none of this resource's");
                        return false;
                }
                text = end + 1;
        }
        return true;
}
