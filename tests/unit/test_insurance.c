/* Insurance: the three layouts of health-insurance cards, and what does not fit together in them.
 */
#include "tests/check.h"

#include "controller/validate/formats/insurance.h"
#include <stdio.h>
#include <string.h>

#define HANOI "48c3a0204ee1bb9969"

static struct insurance parsed(const char *text)
{
        struct insurance insurance;
        assert_true(insurance_parse(&insurance, text));
        return insurance;
}

/* Layout A with these. */
static struct insurance parsed_with(const char *number, const char *name, const char *dob,
                                    const char *sex)
{
        char text[TEXT_MAX];
        (void)snprintf(text, sizeof(text), "%s|%s|%s|%s|-|01 - 028|01/01/2016|-|20/12/2015|$",
                       number, name, dob, sex);
        return parsed(text);
}

static void assert_date(const struct card_date *date, int year, int month, int day)
{
        assert_int_equal(date->year, year);
        assert_int_equal(date->month, month);
        assert_int_equal(date->day, day);
}

static void assert_kept(const struct insurance *insurance, enum insurance_field field,
                        const char *expected)
{
        char text[INSURANCE_TEXT_MAX];
        insurance_text(insurance, field, text);
        assert_string_equal(text, expected);
}

static void the_short_layout_gives_its_fields(void **state)
{
        (void)state;
        struct insurance card = parsed("HS4010000000001|56c5a9204de1baab75|05/06/2008|1|" HANOI
                                       "|01 - 001|24/01/2019|-|24/01/2019|$");
        assert_int_equal(card.layout, INSURANCE_A);
        assert_string_equal(card.number, "HS4010000000001");
        assert_string_equal(card.name, "Vũ Mẫu");
        assert_string_equal(card.address, "Hà Nội");
        assert_string_equal(card.hospital, "01001");
        assert_int_equal(card.sex, CARD_MALE);
        assert_date(&card.dob, 2008, 6, 5);
        assert_date(&card.from, 2019, 1, 24);
        assert_date(&card.until, 0, 0, 0);
        assert_date(&card.issued, 2019, 1, 24);
        assert_kept(&card, INSURANCE_MANAGEMENT, "");
        assert_kept(&card, INSURANCE_CHECK, "");
        assert_int_equal(insurance_flags(&card, NULL), 0);
}

static void the_layout_of_2014_gives_its_fields(void **state)
{
        (void)state;
        struct insurance card = parsed(
                "DN4010000000001|4E677579E1BB856E2056C4836E20416E|1/2/1999|2|" HANOI
                "|01 – 001|01/01/2016|31/12/2016|20/12/2015|01000000001|48c3a0|K1|01/01/2020|"
                "0123456789abcdef-7102|$");
        assert_int_equal(card.layout, INSURANCE_B);
        assert_string_equal(card.name, "Nguyễn Văn An");
        assert_string_equal(card.parent, "Hà");
        assert_string_equal(card.place, "");
        assert_string_equal(card.hospital, "01001");
        assert_int_equal(card.sex, CARD_FEMALE);
        assert_date(&card.dob, 1999, 2, 1);
        assert_date(&card.until, 2016, 12, 31);
        assert_date(&card.five_years, 2020, 1, 1);
        assert_kept(&card, INSURANCE_MANAGEMENT, "01000000001");
        assert_kept(&card, INSURANCE_AREA, "K1");
        assert_kept(&card, INSURANCE_CHECK, "0123456789abcdef-7102");
        assert_kept(&card, INSURANCE_BENEFIT, "");
        assert_int_equal(insurance_flags(&card, NULL), 0);
}

static void the_new_layout_gives_its_fields(void **state)
{
        (void)state;
        struct insurance card = parsed(
                "0100000012|4e677579e1bb856e2056c4836e204de1baab75|1950|1|-|01 - C54|01/07/2023|-|"
                "31/07/2023|01050100000012|-|4| 01/10/2027|0123456789abcdef-1202|4|" HANOI "|$");
        assert_int_equal(card.layout, INSURANCE_C);
        assert_string_equal(card.number, "0100000012");
        assert_string_equal(card.name, "Nguyễn Văn Mẫu");
        assert_string_equal(card.address, "");
        assert_string_equal(card.parent, "");
        assert_string_equal(card.place, "Hà Nội");
        assert_string_equal(card.hospital, "01C54");
        assert_date(&card.dob, 1950, 0, 0);
        assert_date(&card.five_years, 2027, 10, 1);
        assert_kept(&card, INSURANCE_AREA, "4");
        assert_kept(&card, INSURANCE_BENEFIT, "4");
        assert_int_equal(insurance_flags(&card, NULL), 0);
}

static void a_name_that_cannot_be_read_is_dropped_and_flagged(void **state)
{
        (void)state;
        static const char *const names[] = { "zzzz",   "4e6",    "ff",    "c3",
                                             "4e004e", "4e0a75", "4E 67", "eda080" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                struct insurance card = parsed_with("0100000012", names[i], "1950", "1");
                assert_string_equal(card.name, "");
                assert_int_equal(insurance_flags(&card, NULL), CARD_NAME_UNREADABLE);
        }
        struct insurance nameless = parsed_with("0100000012", "-", "1950", "1");
        assert_int_equal(insurance_flags(&nameless, NULL), 0);
}

static void a_name_comes_out_composed(void **state)
{
        (void)state;
        struct insurance card = parsed_with("0100000012", "65cc82cc83", "1950", "1");
        assert_string_equal(card.name, "ễ");
}

static void a_name_longer_than_any_is_dropped(void **state)
{
        (void)state;
        char hex[2 * INSURANCE_TEXT_MAX + 1];
        for (size_t i = 0; i + 1 < sizeof(hex); i++)
                hex[i] = i % 2 == 0 ? '4' : '1';
        hex[sizeof(hex) - 1] = '\0';
        struct insurance card = parsed_with("0100000012", hex, "1950", "1");
        assert_int_equal(insurance_flags(&card, NULL), CARD_NAME_UNREADABLE);
        hex[sizeof(hex) - 3] = '\0';
        card = parsed_with("0100000012", hex, "1950", "1");
        assert_int_equal(strlen(card.name), INSURANCE_TEXT_MAX - 1);
}

static void numbers_have_three_shapes_and_others_are_flagged(void **state)
{
        (void)state;
        static const struct {
                const char *number, *read;
                bool is_personal;
                unsigned int flags;
        } numbers[] = {
                { "HS4010000000001", "HS4010000000001", false, 0 },
                { " hs4010000000001 ", "HS4010000000001", false, 0 },
                { "0100000012", "0100000012", false, 0 },
                { "001099000123", "001099000123", true, 0 },
                { "HS401000000000", "HS401000000000", false, CARD_NUMBER_SHAPE },
                { "H14010000000001", "H14010000000001", false, CARD_NUMBER_SHAPE },
                { "HSX010000000001", "HSX010000000001", false, CARD_NUMBER_SHAPE },
                { "01000000123", "01000000123", false, CARD_NUMBER_SHAPE },
                { "x", "X", false, CARD_NUMBER_SHAPE },
        };
        for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
                struct insurance card = parsed_with(numbers[i].number, "-", "1999", "1");
                assert_string_equal(card.number, numbers[i].read);
                assert_int_equal(card.is_personal_number, numbers[i].is_personal);
                assert_int_equal(insurance_flags(&card, NULL), numbers[i].flags);
        }
}

static void dates_of_birth_have_several_forms(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int year, month, day;
        } dates[] = {
                { "01/02/1988", 1988, 2, 1 },
                { "1/2/1988", 1988, 2, 1 },
                { "1988", 1988, 0, 0 },
                { "02/1988", 1988, 2, 0 },
                { " 1/02/1988 ", 1988, 2, 1 },
                /* Not readable: */
                { "31/02/1988", 0, 0, 0 },
                { "0/2/1988", 0, 0, 0 },
                { "1/0/1988", 0, 0, 0 },
                { "1/2/88", 0, 0, 0 },
                { "/", 0, 0, 0 },
                { "1//1988", 0, 0, 0 },
                { "1/2/3/1988", 0, 0, 0 },
                { "001/2/1988", 0, 0, 0 },
                { "1/2/19880", 0, 0, 0 },
                { "1/2/1988/", 0, 0, 0 },
                { "+1/2/1988", 0, 0, 0 },
                { "1800", 0, 0, 0 },
                { "01/02/1988 or later", 0, 0, 0 },
        };
        for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
                struct insurance card = parsed_with("0100000012", "-", dates[i].text, "1");
                assert_date(&card.dob, dates[i].year, dates[i].month, dates[i].day);
                assert_int_equal(insurance_flags(&card, NULL),
                                 dates[i].year == 0 ? CARD_DATE_UNREADABLE : 0);
        }
}

static void what_does_not_fit_together_is_flagged(void **state)
{
        (void)state;
        static const struct card_date today = { 2026, 11, 24 };
        struct insurance card = parsed_with("001099000123", "-", "01/02/1998", "2");
        assert_int_equal(insurance_flags(&card, &today), CARD_YEAR_DIFFERS | CARD_SEX_DIFFERS);
        card = parsed_with("0100000012", "-", "2017", "1");
        assert_int_equal(insurance_flags(&card, &today), CARD_BORN_AFTER_ISSUE);
        card = parsed("0100000012|-|2027|1|-|-|02/01/2028|01/01/2028|01/12/2026|$");
        assert_int_equal(insurance_flags(&card, &today),
                         CARD_BORN_AFTER_ISSUE | CARD_BORN_IN_FUTURE | CARD_ISSUED_IN_FUTURE |
                                 CARD_ENDS_BEFORE_START);
        card = parsed("0100000012|-|1999|3|zz|-|x|-|-|$");
        assert_int_equal(card.sex, CARD_SEX_UNKNOWN);
        assert_int_equal(insurance_flags(&card, &today),
                         CARD_TEXT_UNREADABLE | CARD_DATE_UNREADABLE);
}

static void the_end_may_be_glued_to_the_last_field(void **state)
{
        (void)state;
        struct insurance card = parsed("0100000012|-|1950|1|-|01028|01/07/2023|-|31/07/2023|x|-|4|"
                                       "-|x|4|" HANOI "$");
        assert_int_equal(card.layout, INSURANCE_C);
        assert_string_equal(card.place, "Hà Nội");
        assert_string_equal(card.hospital, "01028");
}

static void what_is_not_of_that_form_is_none(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "",
                "$",
                "|||||||||$",                     /* no date of birth */
                "0100000012|-|1950|1|-|-|-|-|$",  /* nine fields */
                "0100000012|-|1950|1|-|-|-|-|-|", /* no end */
                "0100000012|-|1950|1|-|-|-|-|-|$x",
                "0100000012|-|19501|1|-|-|-|-|-|$",
                "0100000012|-|-|1|-|-|-|-|-|$",
                "|-|1950|1|-|-|-|-|-|$", /* no number, nobody */
                "-|-|1950|1|-|-|-|-|-|$",
                "123456789012345678901234567890123|-|1950|1|-|-|-|-|-|$", /* 33 */
                "0|-|1950|||||||||||||||||||||||$",                       /* 26 fields */
                "079205000123||Lê Minh Đức|01022005|Nam|Quận 5|15082024|99||Cha, Mẹ|$",
        };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct insurance insurance;
                assert_false(insurance_parse(&insurance, texts[i]));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_short_layout_gives_its_fields),
                cmocka_unit_test(the_layout_of_2014_gives_its_fields),
                cmocka_unit_test(the_new_layout_gives_its_fields),
                cmocka_unit_test(a_name_that_cannot_be_read_is_dropped_and_flagged),
                cmocka_unit_test(a_name_comes_out_composed),
                cmocka_unit_test(a_name_longer_than_any_is_dropped),
                cmocka_unit_test(numbers_have_three_shapes_and_others_are_flagged),
                cmocka_unit_test(dates_of_birth_have_several_forms),
                cmocka_unit_test(what_does_not_fit_together_is_flagged),
                cmocka_unit_test(the_end_may_be_glued_to_the_last_field),
                cmocka_unit_test(what_is_not_of_that_form_is_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
