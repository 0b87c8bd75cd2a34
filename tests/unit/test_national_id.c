/* National id: the fields of a citizen card, and what does not fit together in them. */
#include "tests/check.h"

#include "controller/validate/formats/national_id.h"
#include <stdio.h>
#include <string.h>

static struct national_id parsed(const char *text)
{
        struct national_id id;
        assert_true(national_id_parse(&id, text));
        return id;
}

static void assert_date(const struct card_date *date, int year, int month, int day)
{
        assert_int_equal(date->year, year);
        assert_int_equal(date->month, month);
        assert_int_equal(date->day, day);
}

static void a_card_of_2021_gives_its_fields(void **state)
{
        (void)state;
        struct national_id id = parsed("001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 "
                                       "Đường Láng, Hà Nội|15042021");
        assert_int_equal(id.card.count, 7);
        assert_string_equal(national_id_text(&id, NATIONAL_ID_NUMBER), "001099000123");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_OLD_NUMBER), "012345678");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_NAME), "Nguyễn Văn An");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_ADDRESS), "Số 1 Đường Láng, Hà Nội");
        assert_false(id.is_female);
        assert_date(&id.dob, 1999, 2, 1);
        assert_date(&id.issued, 2021, 4, 15);
        assert_int_equal(national_id_flags(&id, NULL), 0);
}

static void empty_fields_keep_their_places(void **state)
{
        (void)state;
        struct national_id id = parsed("038303000456||Trần Thị Bình|17082003|Nữ||");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_OLD_NUMBER), "");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_NAME), "Trần Thị Bình");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_ADDRESS), "");
        assert_true(id.is_female);
        assert_date(&id.issued, 0, 0, 0);
}

static void a_card_of_2024_keeps_its_extras_as_they_are(void **state)
{
        (void)state;
        struct national_id id =
                parsed("079205000123||Lê Minh Đức|01022005|Nam|Quận 5|15082024|99||Cha, Mẹ|$");
        assert_int_equal(id.card.count, NATIONAL_ID_FIELDS_MAX);
        assert_string_equal(national_id_text(&id, NATIONAL_ID_EXTRA), "99");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_EXTRA + 1), "");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_EXTRA + 2), "Cha, Mẹ");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_EXTRA + 3), "$");
}

static void six_fields_are_a_card_without_date_of_issue(void **state)
{
        (void)state;
        struct national_id id = parsed("001099000123||Nguyễn Văn An|01021999|Nam|Hà Nội");
        assert_int_equal(id.card.count, 6);
        assert_int_equal(id.issued.year, 0);
        assert_string_equal(national_id_text(&id, NATIONAL_ID_ISSUED), "");
        assert_string_equal(national_id_text(&id, NATIONAL_ID_EXTRA), "");
}

static void a_date_may_lack_its_day_and_month(void **state)
{
        (void)state;
        struct national_id id = parsed("001140000001||Phạm Thị Cúc|1940|Nữ|Hà Nội|042021");
        assert_date(&id.dob, 1940, 0, 0);
        assert_date(&id.issued, 2021, 4, 0);
        assert_int_equal(national_id_flags(&id, NULL), 0);
}

static void only_real_dates_are_dates(void **state)
{
        (void)state;
        static const struct {
                const char *dob;
                bool is_date;
        } dates[] = {
                { "31011999", true },  { "31021999", false },    { "29022000", true },
                { "29021900", false }, { "29022023", false },    { "29022024", true },
                { "31041999", false }, { "00011999", false },    { "01001999", false },
                { "01131999", false }, { "131999", false },      { "001999", false },
                { "121999", true },    { "1899", false },        { "1900", true },
                { "2399", true },      { "2400", false },        { "", false },
                { "1021999", false },  { "010219990", false },   { "01/02/99", false },
                { "-1021999", false }, { "0102199\xd9", false }, { "99", false },
        };
        for (size_t i = 0; i < ARRAY_LEN(dates); i++) {
                char text[96];
                struct national_id id;
                (void)snprintf(text, sizeof(text), "001099000123||A|%s|Nam|B|", dates[i].dob);
                assert_int_equal(national_id_parse(&id, text), dates[i].is_date);
                (void)snprintf(text, sizeof(text), "001099000123||A|1999|Nam|B|%s", dates[i].dob);
                assert_int_equal(national_id_parse(&id, text),
                                 dates[i].is_date || dates[i].dob[0] == '\0');
        }
}

static void what_is_not_a_card_is_not_taken_for_one(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "",
                "001099000123",
                "001099000123||A|1999|Nam",         /* five fields */
                "001099000123||A|1999|Nam|B||||||", /* twelve */
                "00109900012||A|1999|Nam|B|",       /* eleven digits */
                "0010990001234||A|1999|Nam|B|",     /* thirteen */
                "00109900012x||A|1999|Nam|B|",
                ("\xd9\xa0"
                 "01099000123||A|1999|Nam|B|"), /* an Arabic zero */
                "001099000123||A|1999|M|B|",
                "001099000123||A|1999||B|",
                "001099000123||A|1999|Nữ |B|",
                "001099000123|A|1999|Nam|B|C|D", /* one field short, all shifted */
                "|001099000123||A|1999|Nam|B|",
                "001093000317|NGUYEN VAN AN|1987-01-18|0|162979388586171100|<1<<",
        };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct national_id id;
                assert_false(national_id_parse(&id, texts[i]));
        }
}

static void number_and_fields_that_disagree_are_flagged(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                unsigned int flags;
        } cards[] = {
                { "001099000123||A|01021999|Nam|B|", 0 },
                { "001199000123||A|01021999|Nữ|B|", 0 },
                { "001200000123||A|01022000|Nam|B|", 0 },
                { "001399000123||A|01022099|Nữ|B|", 0 },
                { "001999000123||A|2399|Nữ|B|", 0 },
                { "001098000123||A|01021999|Nam|B|", CARD_YEAR_DIFFERS },
                { "001299000123||A|01021999|Nam|B|", CARD_YEAR_DIFFERS },
                { "001099000123||A|01021999|Nữ|B|", CARD_SEX_DIFFERS },
                { "001298000123||A|01021999|Nữ|B|", CARD_YEAR_DIFFERS | CARD_SEX_DIFFERS },
                { "001099000123||A|16041999|Nam|B|15041999", CARD_BORN_AFTER_ISSUE },
                { "001099000123||A|15041999|Nam|B|15041999", 0 },
                { "001099000123||A|051999|Nam|B|15041999", CARD_BORN_AFTER_ISSUE },
                { "001099000123||A|041999|Nam|B|15041999", 0 },
                { "001099000123||A|1999|Nam|B|1999", 0 },
                { "001099000123||A|1999|Nam|B|1998", CARD_BORN_AFTER_ISSUE },
        };
        for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
                struct national_id id = parsed(cards[i].text);
                assert_int_equal(national_id_flags(&id, NULL), cards[i].flags);
        }
}

static void dates_after_today_are_flagged_when_today_is_known(void **state)
{
        (void)state;
        static const struct card_date today = { 2026, 11, 24 };
        static const struct {
                const char *text;
                unsigned int flags;
        } cards[] = {
                { "001226000123||A|24112026|Nam|B|24112026", 0 },
                { "001226000123||A|24112026|Nam|B|25112026", CARD_ISSUED_IN_FUTURE },
                { "001226000123||A|25112026|Nam|B|", CARD_BORN_IN_FUTURE },
                { "001226000123||A|2026|Nam|B|112026", 0 },
                { "001227000123||A|2027|Nam|B|122027",
                  CARD_BORN_IN_FUTURE | CARD_ISSUED_IN_FUTURE },
        };
        for (size_t i = 0; i < ARRAY_LEN(cards); i++) {
                struct national_id id = parsed(cards[i].text);
                assert_int_equal(national_id_flags(&id, &today), cards[i].flags);
                assert_int_equal(national_id_flags(&id, NULL), 0);
        }
}

static void a_text_too_long_for_any_card_is_none(void **state)
{
        (void)state;
        static char text[TEXT_MAX + 64];
        struct national_id id;
        int len = snprintf(text, sizeof(text), "001099000123||A|1999|Nam|");
        memset(text + len, 'x', TEXT_MAX - 1 - (size_t)len);
        assert_true(national_id_parse(&id, text));
        text[TEXT_MAX - 1] = 'x';
        assert_false(national_id_parse(&id, text));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_card_of_2021_gives_its_fields),
                cmocka_unit_test(empty_fields_keep_their_places),
                cmocka_unit_test(a_card_of_2024_keeps_its_extras_as_they_are),
                cmocka_unit_test(six_fields_are_a_card_without_date_of_issue),
                cmocka_unit_test(a_date_may_lack_its_day_and_month),
                cmocka_unit_test(only_real_dates_are_dates),
                cmocka_unit_test(what_is_not_a_card_is_not_taken_for_one),
                cmocka_unit_test(number_and_fields_that_disagree_are_flagged),
                cmocka_unit_test(dates_after_today_are_flagged_when_today_is_known),
                cmocka_unit_test(a_text_too_long_for_any_card_is_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
