#include "controller/validate/formats/health_cert_dates.h"

#include "common/rfc3339.h"
#include "controller/validate/formats/card.h"

#include <string.h>

enum {
        DAY_LEN = 10,
        DAY_S = 86400
};

/* Two or four digits; -1: other characters. */
static int digits(const char *text, size_t count)
{
        int number = 0;
        for (size_t i = 0; i < count; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return -1;
                number = 10 * number + text[i] - '0';
        }
        return number;
}

/* Does the date end here, but for a time? */
static bool ends(const char *text)
{
        return *text == '\0' || *text == 'T';
}

bool health_cert_is_day(const char *text)
{
        if (strlen(text) < DAY_LEN || text[4] != '-' || text[7] != '-' || !ends(text + DAY_LEN))
                return false;
        const struct card_date date = { digits(text, 4), digits(text + 5, 2), digits(text + 8, 2) };
        return date.month != 0 && date.day != 0 && card_date_is_real(&date);
}

bool health_cert_is_birth(const char *text)
{
        if (*text == '\0')
                return true;
        size_t len = strlen(text);
        int year = len >= 4 ? digits(text, 4) : -1;
        if (year < 1900 || year > 2099)
                return false;
        if (len == 4)
                return true;
        int month = text[4] == '-' && len >= 7 ? digits(text + 5, 2) : -1;
        if (month < 0 || month > 12)
                return false;
        if (len == 7)
                return true;
        int day = text[7] == '-' && len >= DAY_LEN ? digits(text + 8, 2) : -1;
        if (day < 0 || !ends(text + DAY_LEN))
                return false;
        return month == 0 || day == 0 || health_cert_is_day(text);
}

bool health_cert_is_born_after(const char *born, int64_t us)
{
        char day[RFC3339_MAX];
        rfc3339_format(us + INT64_C(1000000) * DAY_S, day);
        size_t len = strcspn(born, "T");
        return strncmp(born, day, len < DAY_LEN ? len : DAY_LEN) > 0;
}
