#include "controller/validate/formats/card.h"

#include <string.h>

enum {
        /* The personal number's fourth digit is twice the century since 1900, and one more for
         * women (Circular 59/2021/TT-BCA, article 4): it ends with 2399. */
        YEAR_MIN = 1900,
        YEAR_MAX = 2399
};

bool card_split(struct card_text *card, const char *text, int most)
{
        size_t len = strlen(text);
        if (len >= sizeof(card->text) || most > CARD_FIELDS_MAX)
                return false;
        memcpy(card->text, text, len + 1);
        card->at[0] = 0;
        card->count = 1;
        for (size_t i = 0; i < len; i++) {
                if (card->text[i] != '|')
                        continue;
                if (card->count == most)
                        return false;
                card->text[i] = '\0';
                card->at[card->count++] = (uint16_t)(i + 1);
        }
        return true;
}

const char *card_field(const struct card_text *card, int field)
{
        return field < card->count ? card->text + card->at[field] : "";
}

bool card_has_digits(const char *text, size_t count)
{
        return strlen(text) == count && strspn(text, "0123456789") == count;
}

int card_number_of(const char *digits, int count)
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

bool card_date_is_real(const struct card_date *date)
{
        if (date->year < YEAR_MIN || date->year > YEAR_MAX || date->month < 0 || date->month > 12)
                return false;
        if (date->month == 0)
                return date->day == 0;
        return date->day >= 0 && date->day <= days_of(date->year, date->month);
}

bool card_date_is_after(const struct card_date *a, const struct card_date *b)
{
        if (a->year != b->year)
                return a->year > b->year;
        if (a->month == 0 || b->month == 0)
                return false;
        if (a->month != b->month)
                return a->month > b->month;
        return a->day != 0 && b->day != 0 && a->day > b->day;
}

const char *card_flag_name(enum card_flag flag)
{
        switch (flag) {
        case CARD_YEAR_DIFFERS:
                return "year_differs";
        case CARD_SEX_DIFFERS:
                return "sex_differs";
        case CARD_BORN_AFTER_ISSUE:
                return "born_after_issue";
        case CARD_BORN_IN_FUTURE:
                return "born_in_future";
        case CARD_ISSUED_IN_FUTURE:
                return "issued_in_future";
        case CARD_DATE_UNREADABLE:
                return "date_unreadable";
        case CARD_NUMBER_SHAPE:
                return "number_shape";
        case CARD_NAME_UNREADABLE:
                return "name_unreadable";
        case CARD_TEXT_UNREADABLE:
                return "text_unreadable";
        case CARD_ENDS_BEFORE_START:
                return "ends_before_start";
        case CARD_PROXY_DIFFERS:
                return "proxy_differs";
        case CARD_FLAG_END:
                break;
        }
        return "";
}

static unsigned int number_flags(const struct card_facts *facts)
{
        if (!card_has_digits(facts->number, CARD_PERSONAL_NUMBER_LEN))
                return 0;
        int century_and_sex = card_number_of(facts->number + 3, 1);
        int year = YEAR_MIN + century_and_sex / 2 * 100 + card_number_of(facts->number + 4, 2);
        enum card_sex sex = century_and_sex % 2 == 1 ? CARD_FEMALE : CARD_MALE;
        unsigned int flags = 0;
        if (facts->dob.year != 0 && facts->dob.year != year)
                flags |= CARD_YEAR_DIFFERS;
        if (facts->sex != CARD_SEX_UNKNOWN && facts->sex != sex)
                flags |= CARD_SEX_DIFFERS;
        return flags;
}

unsigned int card_flags(const struct card_facts *facts, const struct card_date *today)
{
        bool has_dob = facts->dob.year != 0, has_issued = facts->issued.year != 0;
        unsigned int flags = number_flags(facts);
        if (has_dob && has_issued && card_date_is_after(&facts->dob, &facts->issued))
                flags |= CARD_BORN_AFTER_ISSUE;
        if (today && has_dob && card_date_is_after(&facts->dob, today))
                flags |= CARD_BORN_IN_FUTURE;
        if (today && has_issued && card_date_is_after(&facts->issued, today))
                flags |= CARD_ISSUED_IN_FUTURE;
        return flags;
}
