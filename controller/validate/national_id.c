#include "controller/validate/national_id.h"

#include <string.h>

enum {
        FIELDS_MIN = NATIONAL_ID_ADDRESS + 1,
        /* The number's fourth digit is twice the century since 1900, and one more for women
         * (Circular 59/2021/TT-BCA, article 4): it ends with 2399. */
        YEAR_MIN = 1900,
        YEAR_MAX = 2399
};

static bool has_digits(const char *text, size_t count)
{
        return strlen(text) == count && strspn(text, "0123456789") == count;
}

static int number_of(const char *digits, int count)
{
        int number = 0;
        for (int i = 0; i < count; i++)
                number = 10 * number + digits[i] - '0';
        return number;
}

static int days_of(int year, int month)
{
        static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
        bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        return days[month - 1] + (month == 2 && is_leap);
}

/* ddmmyyyy, mmyyyy or yyyy. */
static bool parse_date(const char *text, struct national_id_date *date)
{
        size_t len = strlen(text);
        *date = (struct national_id_date){ .year = 0 };
        if ((len != 4 && len != 6 && len != 8) || !has_digits(text, len))
                return false;
        date->year = number_of(text + len - 4, 4);
        if (date->year < YEAR_MIN || date->year > YEAR_MAX)
                return false;
        if (len == 4)
                return true;
        date->month = number_of(text + len - 6, 2);
        if (date->month < 1 || date->month > 12)
                return false;
        if (len == 6)
                return true;
        date->day = number_of(text, 2);
        return date->day >= 1 && date->day <= days_of(date->year, date->month);
}

/* False: more fields than any card has. Empty ones count: most cards have some. */
static bool split(struct national_id *id, const char *text)
{
        size_t len = strlen(text);
        if (len >= sizeof(id->text))
                return false;
        memcpy(id->text, text, len + 1);
        id->field[0] = 0;
        id->field_count = 1;
        for (size_t i = 0; i < len; i++) {
                if (id->text[i] != '|')
                        continue;
                if (id->field_count == NATIONAL_ID_FIELDS_MAX)
                        return false;
                id->text[i] = '\0';
                id->field[id->field_count++] = (uint16_t)(i + 1);
        }
        return true;
}

const char *national_id_text(const struct national_id *id, enum national_id_field field)
{
        return (int)field < id->field_count ? id->text + id->field[field] : "";
}

bool national_id_parse(struct national_id *id, const char *text)
{
        if (!split(id, text) || id->field_count < FIELDS_MIN ||
            !has_digits(national_id_text(id, NATIONAL_ID_NUMBER), NATIONAL_ID_NUMBER_LEN) ||
            !parse_date(national_id_text(id, NATIONAL_ID_DOB), &id->dob))
                return false;
        const char *issued = national_id_text(id, NATIONAL_ID_ISSUED);
        if (!parse_date(issued, &id->issued) && *issued != '\0')
                return false;
        const char *sex = national_id_text(id, NATIONAL_ID_SEX);
        id->is_female = strcmp(sex, "Nữ") == 0;
        return id->is_female || strcmp(sex, "Nam") == 0;
}

/* Is a after b, as far as both are known? */
static bool is_after(const struct national_id_date *a, const struct national_id_date *b)
{
        if (a->year != b->year)
                return a->year > b->year;
        if (a->month == 0 || b->month == 0)
                return false;
        if (a->month != b->month)
                return a->month > b->month;
        return a->day != 0 && b->day != 0 && a->day > b->day;
}

unsigned int national_id_flags(const struct national_id *id, const struct national_id_date *today)
{
        const char *number = national_id_text(id, NATIONAL_ID_NUMBER);
        int century_and_sex = number_of(number + 3, 1);
        bool has_issued = id->issued.year != 0;
        unsigned int flags = 0;
        if (YEAR_MIN + century_and_sex / 2 * 100 + number_of(number + 4, 2) != id->dob.year)
                flags |= NATIONAL_ID_YEAR_DIFFERS;
        if ((century_and_sex % 2 == 1) != id->is_female)
                flags |= NATIONAL_ID_SEX_DIFFERS;
        if (has_issued && is_after(&id->dob, &id->issued))
                flags |= NATIONAL_ID_BORN_AFTER_ISSUE;
        if (today && is_after(&id->dob, today))
                flags |= NATIONAL_ID_BORN_IN_FUTURE;
        if (today && has_issued && is_after(&id->issued, today))
                flags |= NATIONAL_ID_ISSUED_IN_FUTURE;
        return flags;
}
