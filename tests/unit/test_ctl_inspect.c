/* Inspect: what is said of payloads on the standard input. */
#include "tests/unit/test_ctl_daemon.h"

static const char at[] = "2026-11-24";

static struct run inspect(const char *input, const char *option)
{
        const char *const words[] = { "inspect", "--json", "--at", at, option, NULL };
        return run_with_input(NULL, verb_inspect, input, words);
}

static void expect_json(const char *input, const char *json)
{
        struct run run = inspect(input, NULL);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out, json);
        run_forget(&run);
}

static void a_card_is_taken_apart(void **state)
{
        (void)state;
        expect_json("001099000123|012345678|Nguyễn Văn An|01021999|Nam|Số 1 Đường Láng, Hà Nội|"
                    "15042021\n",
                    "{\"class\":\"cccd\",\"valid\":true,\"fields\":{\"number\":\"001099000123\","
                    "\"old_number\":\"012345678\",\"name\":\"Nguyễn Văn An\","
                    "\"date_of_birth\":\"1999-02-01\",\"sex\":\"M\","
                    "\"address\":\"Số 1 Đường Láng, Hà Nội\",\"issued\":\"2021-04-15\","
                    "\"extras\":[]},\"consistent\":true}\n");
        expect_json("079305000123||Lê Thị Đức|2005|Nữ|Tổ 5|15082024|a||b|\n",
                    "{\"class\":\"can_cuoc_2024\",\"valid\":true,\"fields\":{"
                    "\"number\":\"079305000123\",\"name\":\"Lê Thị Đức\","
                    "\"date_of_birth\":\"2005\",\"sex\":\"F\",\"address\":\"Tổ 5\","
                    "\"issued\":\"2024-08-15\",\"extras\":[\"a\",\"\",\"b\",\"\"]},"
                    "\"consistent\":true}\n");
}

static void a_card_that_contradicts_itself_is_valid_but_not_consistent(void **state)
{
        (void)state;
        struct run run = inspect("001098000123||Nguyễn Văn An|01021999|Nữ|Hà Nội|15042021\n"
                                 "001099000123||Nguyễn Văn An|01021999|Nam|Hà Nội|01012027\n",
                                 NULL);
        expect_text(run.out, "\"valid\":true,");
        expect_text(run.out,
                    "\"consistent\":false,\"flags\":[\"year_differs\",\"sex_differs\"]}\n");
        expect_text(run.out, "\"consistent\":false,\"flags\":[\"issued_in_future\"]}\n");
        run_forget(&run);
}

static void what_only_resembles_a_card_is_a_code_and_not_valid(void **state)
{
        (void)state;
        static const char *const payloads[] = {
                "001099000123||Nguyễn Văn An|31021999|Nam|Hà Nội|15042021\n",
                "00109900012||Nguyễn Văn An|01021999|Nam|Hà Nội|15042021\n"
        };
        for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
                struct run run = inspect(payloads[i], NULL);
                expect_text(run.out, "{\"class\":\"code\",\"valid\":false,\"reason\":\"resembles");
                run_forget(&run);
        }
}

static void codes_and_what_is_none_have_their_reasons(void **state)
{
        (void)state;
        expect_json("BADGE-7\n", "{\"class\":\"code\",\"valid\":true,"
                                 "\"fields\":{\"text\":\"BADGE-7\"},\"consistent\":true}\n");
        expect_json("abc\n", "{\"class\":\"unknown\",\"valid\":false,"
                             "\"reason\":\"too short for a code (4 bytes)\",\"fields\":{},"
                             "\"consistent\":true}\n");
        expect_json("\n", "{\"class\":\"unknown\",\"valid\":false,"
                          "\"reason\":\"too short for a code (4 bytes)\",\"fields\":{},"
                          "\"consistent\":true}\n");
        expect_json("bad\xff"
                    "bytes",
                    "{\"class\":\"unknown\",\"valid\":false,\"reason\":"
                    "\"not UTF-8 text, or holds a control character\",\"fields\":{},"
                    "\"consistent\":true}\n");
}

static void long_payloads_are_bounded(void **state)
{
        (void)state;
        char text[8192];
        memset(text, 'x', sizeof(text));
        text[300] = '\0';
        struct run run = inspect(text, NULL);
        expect_text(run.out, "\"reason\":\"too long for a code (256 bytes)\"");
        run_forget(&run);
        memset(text, 'x', sizeof(text));
        memcpy(text + 8000, "\nnext code\n", sizeof("\nnext code\n"));
        run = inspect(text, NULL);
        expect_text(run.out,
                    "{\"class\":\"unknown\",\"valid\":false,\"reason\":\"longer than any QR");
        expect_text(run.out,
                    "\n{\"class\":\"code\",\"valid\":true,\"fields\":{\"text\":\"next code\"}");
        run_forget(&run);
}

static void lines_may_stand_within_payloads_that_end_in_nul(void **state)
{
        (void)state;
        struct run run = inspect("\xef\xbb\xbf"
                                 "001099000123||Nguyễn Văn An|01021999|Nam|Hà Nội|15042021\r\n",
                                 "--null");
        expect_text(run.out, "{\"class\":\"cccd\",\"valid\":true,");
        run_forget(&run);
}

static void people_read_it_in_words_and_nothing_raw(void **state)
{
        (void)state;
        const char *const words[] = { "inspect", "--at", at, NULL };
        struct run run = run_with_input(NULL, verb_inspect,
                                        "001098000123||A\xc2\xad\xe2\x80\xae"
                                        "B|01021999|Nam|Hà Nội|15042021\n"
                                        "http://example.org/\n",
                                        words);
        assert_int_equal(run.code, CTL_OK);
        expect_text(run.out, "citizen card (CCCD, 2021 to June 2024); contradicts itself: "
                             "year_differs\n    number         001098000123\n");
        expect_text(run.out, "\\u202e");
        expect_text(run.out,
                    "\ncode, good where it is enrolled\n    text           http://example.org/");
        run_forget(&run);
}

static void a_bad_time_is_wrong_use(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_inspect, "--at", "soon");
        assert_int_equal(run.code, CTL_CANNOT);
        run_forget(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_card_is_taken_apart),
                cmocka_unit_test(a_card_that_contradicts_itself_is_valid_but_not_consistent),
                cmocka_unit_test(what_only_resembles_a_card_is_a_code_and_not_valid),
                cmocka_unit_test(codes_and_what_is_none_have_their_reasons),
                cmocka_unit_test(long_payloads_are_bounded),
                cmocka_unit_test(lines_may_stand_within_payloads_that_end_in_nul),
                cmocka_unit_test(people_read_it_in_words_and_nothing_raw),
                cmocka_unit_test(a_bad_time_is_wrong_use),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
