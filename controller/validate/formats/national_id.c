#include "controller/validate/formats/national_id.h"

#include <string.h>

enum {
        FIELDS_MIN = NATIONAL_ID_ADDRESS + 1
};

/* ddmmyyyy, mmyyyy or yyyy. */
static bool parse_date(const char *text, struct card_date *date)
{
        size_t len = strlen(text);
        *date = (struct card_date){ .year = 0 };
        if ((len != 4 && len != 6 && len != 8) || !card_has_digits(text, len))
                return false;
        date->year = card_number_of(text + len - 4, 4);
        if (len >= 6)
                date->month = card_number_of(text + len - 6, 2);
        if (len == 8)
                date->day = card_number_of(text, 2);
        return card_date_is_real(date) && (len < 6 || date->month != 0) &&
               (len < 8 || date->day != 0);
}

const char *national_id_text(const struct national_id *id, enum national_id_field field)
{
        return card_field(&id->card, (int)field);
}

bool national_id_parse(struct national_id *id, const char *text)
{
        if (!card_split(&id->card, text, NATIONAL_ID_FIELDS_MAX) || id->card.count < FIELDS_MIN ||
            !card_has_digits(national_id_text(id, NATIONAL_ID_NUMBER), NATIONAL_ID_NUMBER_LEN) ||
            !parse_date(national_id_text(id, NATIONAL_ID_DOB), &id->dob))
                return false;
        const char *issued = national_id_text(id, NATIONAL_ID_ISSUED);
        if (!parse_date(issued, &id->issued) && *issued != '\0')
                return false;
        const char *sex = national_id_text(id, NATIONAL_ID_SEX);
        id->is_female = strcmp(sex, "Nữ") == 0;
        return id->is_female || strcmp(sex, "Nam") == 0;
}

unsigned int national_id_flags(const struct national_id *id, const struct card_date *today)
{
        const struct card_facts facts = { .number = national_id_text(id, NATIONAL_ID_NUMBER),
                                          .sex = id->is_female ? CARD_FEMALE : CARD_MALE,
                                          .dob = id->dob,
                                          .issued = id->issued };
        return card_flags(&facts, today);
}
