/* Personal QR: the six fields of Decision 1405/QD-BTTTT, masked or not, and what does not fit. */
#include "tests/check.h"

#include "controller/validate/formats/personal_qr.h"
#include <stdio.h>
#include <string.h>

static struct personal_qr parsed(const char *text)
{
        struct personal_qr qr;
        assert_true(personal_qr_parse(&qr, text));
        return qr;
}

static void assert_date(const struct card_date *date, int year, int month, int day)
{
        assert_int_equal(date->year, year);
        assert_int_equal(date->month, month);
        assert_int_equal(date->day, day);
}

static void a_full_code_gives_its_fields_and_items(void **state)
{
        (void)state;
        struct personal_qr qr = parsed("001087000317|NGUYEN VAN AN|1987-01-18|0|162979388586171100|"
                                       "<1<DN4010000000000<0912345678<c2ln<bmF0dXJl");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_NUMBER), "001087000317");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_NAME), "NGUYEN VAN AN");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_QID), "162979388586171100");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_PROXY_QID), "");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_INSURANCE), "DN4010000000000");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_PHONE), "0912345678");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_SIGNATURE), "c2ln<bmF0dXJl");
        assert_date(&qr.dob, 1987, 1, 18);
        assert_int_equal(qr.sex, CARD_MALE);
        assert_false(qr.is_masked);
        assert_false(qr.is_proxy);
        assert_int_equal(personal_qr_flags(&qr, NULL), 0);
}

static void number_and_date_may_be_masked(void **state)
{
        (void)state;
        static const struct {
                const char *number, *date;
                int year, month, day;
                bool is_masked;
        } codes[] = {
                { "******000317", "1987-**-**", 1987, 0, 0, true },
                { "******509", "1987-01-18", 1987, 1, 18, true },
                { "B1234567", "1987-01-18", 1987, 1, 18, false },
                { "012345678", "1987-01-**", 1987, 1, 0, true },
                { "012345678", "1987-**-18", 1987, 0, 0, true },
                { "012345678", "1987-0*-18", 1987, 0, 0, true },
                { "012345678", "****-01-18", 0, 0, 0, true },
                { "012345678", "19**-**-**", 0, 0, 0, true },
                { "", "1987-00-00", 1987, 0, 0, false },
        };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                char text[128];
                (void)snprintf(text, sizeof(text), "%s|AN|%s|0|1629|", codes[i].number,
                               codes[i].date);
                struct personal_qr qr = parsed(text);
                assert_date(&qr.dob, codes[i].year, codes[i].month, codes[i].day);
                assert_int_equal(qr.is_masked, codes[i].is_masked);
                assert_int_equal(personal_qr_flags(&qr, NULL), 0);
        }
}

static void somebody_else_may_have_declared(void **state)
{
        (void)state;
        struct personal_qr qr = parsed("******317|TRAN THI BINH|2015-**-**|1|162979388586171101|"
                                       "162979388586171100<2<<0912345678");
        assert_true(qr.is_proxy);
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_PROXY_QID), "162979388586171100");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_INSURANCE), "");
        assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_PHONE), "0912345678");
        assert_int_equal(qr.sex, CARD_FEMALE);
        assert_int_equal(personal_qr_flags(&qr, NULL), 0);
}

static void items_keep_their_places_also_without_the_first_separator(void **state)
{
        (void)state;
        static const char *const items[] = { "<1<GD4877*******<0943******",
                                             "1<GD4877*******<0943******" };
        for (size_t i = 0; i < ARRAY_LEN(items); i++) {
                char text[128];
                (void)snprintf(text, sizeof(text), "******029|AN|1987-**-**|0|1629|%s", items[i]);
                struct personal_qr qr = parsed(text);
                assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_PROXY_QID), "");
                assert_int_equal(qr.sex, CARD_MALE);
                assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_INSURANCE), "GD4877*******");
                assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_PHONE), "0943******");
                assert_string_equal(personal_qr_text(&qr, PERSONAL_QR_SIGNATURE), "");
        }
        struct personal_qr bare = parsed("1|AN|1987-01-18|0|1629|");
        for (enum personal_qr_field field = PERSONAL_QR_PROXY_QID; field < PERSONAL_QR_END; field++)
                assert_string_equal(personal_qr_text(&bare, field), "");
}

static void what_does_not_fit_together_is_flagged(void **state)
{
        (void)state;
        static const struct card_date today = { 2026, 11, 24 };
        static const struct {
                const char *text;
                unsigned int flags;
        } codes[] = {
                { "001093029317|A|1987-01-18|0|1629|<1", CARD_YEAR_DIFFERS },
                { "001087029317|A|1987-01-18|0|1629|<2", CARD_SEX_DIFFERS },
                { "001087029317|A|1987-01-18|0|1629|<0", 0 },
                { "012345678|A|1987-01-18|0|1629|<2", 0 },
                { "1|A|1987-02-30|0|1629|", CARD_DATE_UNREADABLE },
                { "1|A|0000-01-01|0|1629|", CARD_DATE_UNREADABLE },
                { "1|A|2026-11-25|0|1629|", CARD_BORN_IN_FUTURE },
                { "1|A|2026-11-24|0|1629|", 0 },
                { "1|A|1987-01-18|1|1629|<1", CARD_PROXY_DIFFERS },
                { "1|A|1987-01-18|0|1629|77<1", CARD_PROXY_DIFFERS },
        };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                struct personal_qr qr = parsed(codes[i].text);
                assert_int_equal(personal_qr_flags(&qr, &today), codes[i].flags);
                assert_int_equal(personal_qr_flags(&qr, NULL),
                                 codes[i].flags & ~(unsigned int)CARD_BORN_IN_FUTURE);
        }
}

static void what_is_not_of_that_form_is_none(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "",
                "|||||",
                "1|A|1987-01-18|0|1629",   /* five fields */
                "1|A|1987-01-18|0|1629||", /* seven */
                "1|A|1987-01-18|2|1629|",  /* neither for themselves nor on behalf */
                "1|A|1987-01-18|00|1629|",
                "1|A|1987-01-18|0||", /* no QID, nobody */
                "1|A|1987-01-18|0|16x9|",
                "1|A|1987-01-18|0|******1629|",
                "1|A|18-01-1987|0|1629|",
                "1|A|1987/01/18|0|1629|",
                "1|A|1987-1-18|0|1629|",
                "1|A|1987-01-18 |0|1629|",
                "1|A|1987|0|1629|",
                "1|A||0|1629|",
                "1|A|1987-01-18|0|123456789012345678901234567890123|", /* 33 digits */
                "001099000123||A|1999|Nam|B",
        };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct personal_qr qr;
                assert_false(personal_qr_parse(&qr, texts[i]));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_full_code_gives_its_fields_and_items),
                cmocka_unit_test(number_and_date_may_be_masked),
                cmocka_unit_test(somebody_else_may_have_declared),
                cmocka_unit_test(items_keep_their_places_also_without_the_first_separator),
                cmocka_unit_test(what_does_not_fit_together_is_flagged),
                cmocka_unit_test(what_is_not_of_that_form_is_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
