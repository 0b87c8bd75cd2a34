#include "controller/ctl/when.h"

#include "common/rfc3339.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const int64_t SECOND_US = 1000000;

/* The first moment of a local day; days past the month's end lead into the next. */
static int64_t midnight_us(int year, int month, int day)
{
        struct tm tm = {
                .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1
        };
        return (int64_t)mktime(&tm) * SECOND_US;
}

/* "YYYY-MM-DD" of a day that exists. */
static bool parse_day(const char *text, int *year, int *month, int *day)
{
        static const char shape[] = "dddd-dd-dd";
        if (strlen(text) != strlen(shape))
                return false;
        for (size_t i = 0; i < strlen(shape); i++)
                if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != shape[i])
                        return false;
        char whole[40];
        int64_t us = 0;
        snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
        if (!rfc3339_parse(whole, &us))
                return false;
        *year = (int)strtol(text, NULL, 10);
        *month = (int)strtol(text + 5, NULL, 10);
        *day = (int)strtol(text + 8, NULL, 10);
        return true;
}

/* "YYYY-MM-DDTHH:MM" or with a space, as the local clock shows it. */
static bool parse_local(const char *text, int64_t *us)
{
        char whole[40];
        int64_t utc_us = 0;
        struct tm tm;
        if (strlen(text) != strlen("YYYY-MM-DDTHH:MM"))
                return false;
        snprintf(whole, sizeof(whole), "%s:00Z", text);
        if (!rfc3339_parse(whole, &utc_us))
                return false;
        time_t utc = (time_t)(utc_us / SECOND_US);
        gmtime_r(&utc, &tm);
        tm.tm_isdst = -1;
        *us = (int64_t)mktime(&tm) * SECOND_US;
        return true;
}

bool when_parse_date(const char *text, enum when_edge edge, int64_t *us)
{
        int year = 0, month = 0, day = 0;
        if (!parse_day(text, &year, &month, &day))
                return parse_local(text, us) || rfc3339_parse(text, us);
        *us = midnight_us(year, month, edge == WHEN_UNTIL ? day + 1 : day);
        return true;
}

static bool parse_relative(const char *text, int64_t now_us, int64_t *us)
{
        static const struct {
                char unit;
                int64_t seconds;
        } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
        if (text[0] != '-' || !isdigit((unsigned char)text[1]))
                return false;
        char *end = NULL;
        errno = 0;
        long count = strtol(text + 1, &end, 10);
        if (errno != 0 || count > 1000000 || end[0] == '\0' || end[1] != '\0')
                return false;
        for (size_t i = 0; i < ARRAY_LEN(units); i++) {
                if (units[i].unit != end[0])
                        continue;
                *us = now_us - count * units[i].seconds * SECOND_US;
                *us = *us < 0 ? 0 : *us;
                return true;
        }
        return false;
}

bool when_parse(const char *text, enum when_edge edge, int64_t now_us, int64_t *us)
{
        time_t now = (time_t)(now_us / SECOND_US);
        struct tm tm;
        localtime_r(&now, &tm);
        int back = strcmp(text, "today") == 0 ? 0 : strcmp(text, "yesterday") == 0 ? 1 : -1;
        if (back >= 0) {
                int day = tm.tm_mday - back + (edge == WHEN_UNTIL ? 1 : 0);
                *us = midnight_us(tm.tm_year + 1900, tm.tm_mon + 1, day);
                return true;
        }
        if (strcmp(text, "now") == 0) {
                *us = now_us;
                return true;
        }
        return parse_relative(text, now_us, us) || when_parse_date(text, edge, us);
}

int64_t when_now_us(void)
{
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

const char *when_local(char text[WHEN_TEXT_MAX], int64_t us)
{
        time_t seconds = (time_t)(us / SECOND_US);
        struct tm tm;
        if (!localtime_r(&seconds, &tm) ||
            strftime(text, WHEN_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm) == 0)
                text[0] = '\0';
        return text;
}

const char *when_local_text(char text[WHEN_TEXT_MAX], const char *rfc3339)
{
        int64_t us = 0;
        return rfc3339_parse(rfc3339, &us) ? when_local(text, us) : rfc3339;
}

/* A date alone where that says it all. */
static void format_edge(char text[WHEN_TEXT_MAX], const char *rfc3339, enum when_edge edge)
{
        int64_t us = 0;
        struct tm tm;
        bool is_time = rfc3339_parse(rfc3339, &us);
        time_t seconds = (time_t)(us / SECOND_US);
        if (!is_time || !localtime_r(&seconds, &tm)) {
                snprintf(text, WHEN_TEXT_MAX, "?");
                return;
        }
        bool is_day = tm.tm_hour == 0 && tm.tm_min == 0 && tm.tm_sec == 0;
        if (is_day && edge == WHEN_UNTIL) {
                seconds--;
                localtime_r(&seconds, &tm);
        }
        strftime(text, WHEN_TEXT_MAX, is_day ? "%Y-%m-%d" : "%Y-%m-%d %H:%M", &tm);
}

const char *when_span(char text[WHEN_SPAN_MAX], const char *from, const char *until)
{
        char begin[WHEN_TEXT_MAX], end[WHEN_TEXT_MAX];
        format_edge(begin, from, WHEN_FROM);
        format_edge(end, until, WHEN_UNTIL);
        if (from[0] == '\0' && until[0] == '\0')
                snprintf(text, WHEN_SPAN_MAX, "always");
        else if (from[0] == '\0')
                snprintf(text, WHEN_SPAN_MAX, "until %s", end);
        else if (until[0] == '\0')
                snprintf(text, WHEN_SPAN_MAX, "from %s", begin);
        else
                snprintf(text, WHEN_SPAN_MAX, "%s to %s", begin, end);
        return text;
}
