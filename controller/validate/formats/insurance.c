#include "controller/validate/formats/insurance.h"

#include <string.h>

enum {
        FIELD_NUMBER,
        FIELD_NAME,
        FIELD_DOB,
        FIELD_SEX,
        FIELD_ADDRESS,
        FIELD_HOSPITAL,
        FIELD_FROM,
        FIELD_UNTIL,
        FIELD_ISSUED,
        FIELD_PARENT = 10,
        FIELD_FIVE_YEARS = 12,
        FIELD_PLACE = 15,
        /* Fields with the '$'. */
        FIELDS_A = 10,
        FIELDS_B = 15,
        FIELDS_C = 17,
        SHORT_NUMBER_LEN = 10, /* of social insurance */
        LONG_NUMBER_LEN = 15,  /* object, benefit and province before it */
        LONG_NUMBER_LETTERS = 2
};

/* Copies a field without the spaces around it. False: it does not fit. */
static bool copy_field(const struct card_text *card, int field, char *to, size_t size)
{
        const char *text = card_field(card, field);
        text += strspn(text, " ");
        size_t len = strlen(text);
        while (len > 0 && text[len - 1] == ' ')
                len--;
        to[0] = '\0';
        if (len >= size)
                return false;
        memcpy(to, text, len);
        to[len] = '\0';
        return true;
}

static bool is_said(const char *text)
{
        return text[0] != '\0' && strcmp(text, "-") != 0;
}

/* dd/mm/yyyy with one digit or two for day and month, mm/yyyy, or yyyy. */
static bool parse_date(const char *text, struct card_date *date)
{
        int part[3] = { 0, 0, 0 }, parts = 0;
        *date = (struct card_date){ .year = 0 };
        for (;;) {
                size_t len = strspn(text, "0123456789");
                bool is_last = text[len] == '\0';
                if (is_last ? len != 4 : len < 1 || len > 2 || text[len] != '/' || parts == 2)
                        return false;
                part[parts++] = card_number_of(text, (int)len);
                if (is_last)
                        break;
                text += len + 1;
        }
        struct card_date said = { .year = part[parts - 1],
                                  .month = parts > 1 ? part[parts - 2] : 0,
                                  .day = parts > 2 ? part[0] : 0 };
        if (!card_date_is_real(&said) || (parts > 1 && said.month == 0) ||
            (parts > 2 && said.day == 0))
                return false;
        *date = said;
        return true;
}

static void read_date(struct insurance *insurance, int field, struct card_date *date)
{
        char text[16];
        *date = (struct card_date){ .year = 0 };
        if (!copy_field(&insurance->card, field, text, sizeof(text)) ||
            (is_said(text) && !parse_date(text, date)))
                insurance->unreadable |= CARD_DATE_UNREADABLE;
}

static int nibble_of(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        c |= 0x20;
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hex of UTF-8 to its text. False: not that, or it would not fit. */
static bool decode_hex(const char *hex, char to[INSURANCE_TEXT_MAX])
{
        char bytes[TEXT_MAX / 2], text[TEXT_MAX];
        size_t len = strlen(hex), count = 0;
        if (len % 2 != 0 || len / 2 >= sizeof(bytes))
                return false;
        for (; count < len / 2; count++) {
                int high = nibble_of(hex[2 * count]), low = nibble_of(hex[2 * count + 1]);
                if (high < 0 || low < 0)
                        return false;
                bytes[count] = (char)(high << 4 | low);
        }
        if (text_normalise(bytes, count, text) || strlen(text) >= INSURANCE_TEXT_MAX)
                return false;
        memcpy(to, text, strlen(text) + 1);
        return true;
}

static void read_hex(struct insurance *insurance, int field, char to[INSURANCE_TEXT_MAX],
                     enum card_flag flag)
{
        char hex[TEXT_MAX];
        to[0] = '\0';
        if (!copy_field(&insurance->card, field, hex, sizeof(hex)) ||
            (is_said(hex) && !decode_hex(hex, to)))
                insurance->unreadable |= flag;
}

/* "01 - 028", with a hyphen or a dash, or "01028". */
static void read_hospital(struct insurance *insurance)
{
        size_t count = 0;
        for (const char *c = card_field(&insurance->card, FIELD_HOSPITAL);
             *c != '\0' && count + 1 < sizeof(insurance->hospital); c++)
                if ((*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z'))
                        insurance->hospital[count++] = *c;
        insurance->hospital[count] = '\0';
}

/* False: there is none. */
static bool read_number(struct insurance *insurance)
{
        char *number = insurance->number;
        if (!copy_field(&insurance->card, FIELD_NUMBER, number, INSURANCE_NUMBER_MAX) ||
            !is_said(number))
                return false;
        size_t letters = 0;
        for (char *c = number; *c != '\0'; c++)
                if (*c >= 'a' && *c <= 'z')
                        *c = (char)(*c - 'a' + 'A');
        while (number[letters] >= 'A' && number[letters] <= 'Z')
                letters++;
        insurance->is_personal_number = card_has_digits(number, CARD_PERSONAL_NUMBER_LEN);
        bool is_long = letters == LONG_NUMBER_LETTERS &&
                       card_has_digits(number + letters, LONG_NUMBER_LEN - LONG_NUMBER_LETTERS);
        if (!insurance->is_personal_number && !is_long &&
            !card_has_digits(number, SHORT_NUMBER_LEN))
                insurance->unreadable |= CARD_NUMBER_SHAPE;
        return true;
}

/* The outline: enough fields, a '$' at the end, and a date of birth of this card's form. What is
 * in the first field decides nothing: its length has changed and will again. */
static bool has_outline(struct insurance *insurance, const char *text)
{
        struct card_text *card = &insurance->card;
        size_t len = strlen(text);
        if (len == 0 || text[len - 1] != '$' || !card_split(card, text, CARD_FIELDS_MAX) ||
            card->count < FIELDS_A)
                return false;
        bool is_glued = card->at[card->count - 1] != len - 1; /* no bar before the '$' */
        int fields = card->count + is_glued;
        insurance->layout = fields >= FIELDS_C   ? INSURANCE_C
                            : fields >= FIELDS_B ? INSURANCE_B
                                                 : INSURANCE_A;
        card->text[len - 1] = '\0';
        const char *dob = card_field(card, FIELD_DOB);
        dob += strspn(dob, " ");
        return strchr(dob, '/') != NULL || card_has_digits(dob, 4);
}

bool insurance_parse(struct insurance *insurance, const char *text)
{
        insurance->unreadable = 0;
        if (!has_outline(insurance, text) || !read_number(insurance))
                return false;
        const char *sex = card_field(&insurance->card, FIELD_SEX);
        insurance->sex = strcmp(sex, "1") == 0   ? CARD_MALE
                         : strcmp(sex, "2") == 0 ? CARD_FEMALE
                                                 : CARD_SEX_UNKNOWN;
        bool is_full = insurance->layout != INSURANCE_A, is_new = insurance->layout == INSURANCE_C;
        read_date(insurance, FIELD_DOB, &insurance->dob);
        read_date(insurance, FIELD_FROM, &insurance->from);
        read_date(insurance, FIELD_UNTIL, &insurance->until);
        read_date(insurance, FIELD_ISSUED, &insurance->issued);
        read_date(insurance, is_full ? FIELD_FIVE_YEARS : CARD_FIELDS_MAX, &insurance->five_years);
        read_hospital(insurance);
        read_hex(insurance, FIELD_NAME, insurance->name, CARD_NAME_UNREADABLE);
        read_hex(insurance, FIELD_ADDRESS, insurance->address, CARD_TEXT_UNREADABLE);
        read_hex(insurance, is_full ? FIELD_PARENT : CARD_FIELDS_MAX, insurance->parent,
                 CARD_TEXT_UNREADABLE);
        read_hex(insurance, is_new ? FIELD_PLACE : CARD_FIELDS_MAX, insurance->place,
                 CARD_TEXT_UNREADABLE);
        return true;
}

void insurance_text(const struct insurance *insurance, enum insurance_field field,
                    char text[INSURANCE_TEXT_MAX])
{
        bool is_there = insurance->layout == INSURANCE_C ||
                        (insurance->layout == INSURANCE_B && field < INSURANCE_BENEFIT);
        text[0] = '\0';
        if (!is_there || !copy_field(&insurance->card, (int)field, text, INSURANCE_TEXT_MAX) ||
            !is_said(text))
                text[0] = '\0';
}

unsigned int insurance_flags(const struct insurance *insurance, const struct card_date *today)
{
        const struct card_facts facts = { .number = insurance->number,
                                          .sex = insurance->sex,
                                          .dob = insurance->dob,
                                          .issued = insurance->issued };
        unsigned int flags = insurance->unreadable | card_flags(&facts, today);
        if (insurance->from.year != 0 && insurance->until.year != 0 &&
            card_date_is_after(&insurance->from, &insurance->until))
                flags |= CARD_ENDS_BEFORE_START;
        return flags;
}
