#include "common/rfc3339.h"

#include <stdio.h>
#include <string.h>

static const int64_t SECOND_US = 1000000;

void rfc3339_format(int64_t us, char text[RFC3339_MAX])
{
        static const int64_t last_s = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */
        time_t seconds = us < 0 ? 0 : us / SECOND_US > last_s ? last_s : us / SECOND_US;
        int ms = us < 0 ? 0 : (int)(us % SECOND_US / 1000);
        struct tm tm;
        gmtime_r(&seconds, &tm);
        size_t len = strftime(text, RFC3339_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
        snprintf(text + len, RFC3339_MAX - len, ".%03dZ", ms);
}

/* `digits` digits at *text, moved past. -1: not digits. */
static int number(const char **text, int digits)
{
        int value = 0;
        for (int i = 0; i < digits; i++) {
                if ((*text)[i] < '0' || (*text)[i] > '9')
                        return -1;
                value = value * 10 + ((*text)[i] - '0');
        }
        *text += digits;
        return value;
}

static bool skip(const char **text, const char *any)
{
        if (**text == '\0' || !strchr(any, **text))
                return false;
        (*text)++;
        return true;
}

static bool parse_fraction(const char **text, int64_t *us)
{
        int64_t unit = SECOND_US / 10;
        const char *begin = *text;
        *us = 0;
        for (; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
                *us += (**text - '0') * unit;
        return *text > begin;
}

static bool parse_offset(const char **text, int *minutes)
{
        *minutes = 0;
        if (skip(text, "Zz"))
                return true;
        int sign = **text == '-' ? -1 : 1;
        if (!skip(text, "+-"))
                return false;
        int hours = number(text, 2);
        bool has_colon = skip(text, ":");
        int rest = has_colon ? number(text, 2) : -1;
        *minutes = sign * (hours * 60 + rest);
        return hours >= 0 && hours < 24 && rest >= 0 && rest < 60;
}

bool rfc3339_parse(const char *text, int64_t *us)
{
        struct tm tm = { 0 };
        int64_t fraction_us = 0;
        int offset_min = 0;
        int year = number(&text, 4);
        if (year < 1970 || !skip(&text, "-"))
                return false;
        tm.tm_year = year - 1900;
        tm.tm_mon = number(&text, 2) - 1;
        if (!skip(&text, "-"))
                return false;
        tm.tm_mday = number(&text, 2);
        if (!skip(&text, "Tt "))
                return false;
        tm.tm_hour = number(&text, 2);
        if (!skip(&text, ":"))
                return false;
        tm.tm_min = number(&text, 2);
        if (!skip(&text, ":"))
                return false;
        tm.tm_sec = number(&text, 2);
        if (skip(&text, ".") && !parse_fraction(&text, &fraction_us))
                return false;
        if (!parse_offset(&text, &offset_min) || *text != '\0')
                return false;
        if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 ||
            tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60)
                return false;
        struct tm wanted = tm;
        time_t seconds = timegm(&tm);
        /* timegm repairs 31 June; the field calls that an error. A leap second is let through. */
        if (wanted.tm_sec < 60 && (tm.tm_mday != wanted.tm_mday || tm.tm_mon != wanted.tm_mon))
                return false;
        *us = ((int64_t)seconds - (int64_t)offset_min * 60) * SECOND_US + fraction_us;
        return true;
}
