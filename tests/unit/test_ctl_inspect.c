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
                    "\"dob\":\"1999-02-01\",\"sex\":\"male\","
                    "\"address\":\"Số 1 Đường Láng, Hà Nội\",\"issued\":\"2021-04-15\","
                    "\"extras\":[]},\"consistent\":true,\"flags\":[],\"message\":{"
                    "\"vi\":\"Đây là căn cước công dân, không phải thẻ ra vào\","
                    "\"en\":\"This is a citizen card: show your pass\"}}\n");
        expect_json("079305000123||Lê Thị Đức|2005|Nữ|Tổ 5|15082024|a||b|\n",
                    "{\"class\":\"can_cuoc_2024\",\"valid\":true,\"fields\":{"
                    "\"number\":\"079305000123\",\"name\":\"Lê Thị Đức\","
                    "\"dob\":\"2005\",\"sex\":\"female\",\"address\":\"Tổ 5\","
                    "\"issued\":\"2024-08-15\",\"extras\":[\"a\",\"\",\"b\",\"\"]},"
                    "\"consistent\":true,\"flags\":[],\"message\":{"
                    "\"vi\":\"Đây là thẻ căn cước, không phải thẻ ra vào\","
                    "\"en\":\"This is a citizen card: show your pass\"}}\n");
}

static void a_card_that_contradicts_itself_is_valid_but_not_consistent(void **state)
{
        (void)state;
        struct run run = inspect("001098000123||Nguyễn Văn An|01021999|Nữ|Hà Nội|15042021\n"
                                 "001099000123||Nguyễn Văn An|01021999|Nam|Hà Nội|01012027\n",
                                 NULL);
        expect_text(run.out, "\"valid\":true,");
        expect_text(run.out, "\"consistent\":false,\"flags\":[\"year_differs\",\"sex_differs\"],");
        expect_text(run.out, "\"consistent\":false,\"flags\":[\"issued_in_future\"],");
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
                expect_text(run.out,
                            "{\"class\":\"code\",\"valid\":false,\"reason\":\"resembles_card\"");
                run_forget(&run);
        }
}

static void codes_and_what_is_none_have_their_reasons(void **state)
{
        (void)state;
        static const struct {
                const char *input, *reason;
        } payloads[] = { { "abc\n", "too_short" },
                         { "\n", "too_short" },
                         { "bad\xff"
                           "bytes",
                           "not_text" } };
        expect_json("BADGE-7\n",
                    "{\"class\":\"code\",\"valid\":true,\"fields\":{\"text\":\"BADGE-7\"},"
                    "\"consistent\":true,\"flags\":[]}\n");
        for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
                char json[256];
                snprintf(json, sizeof(json),
                         "{\"class\":\"unknown\",\"valid\":false,\"reason\":\"%s\","
                         "\"fields\":{},\"consistent\":true,\"flags\":[],\"message\":{"
                         "\"vi\":\"Không nhận ra mã này, xin đưa thẻ ra vào\","
                         "\"en\":\"Unknown code: show your pass\"}}\n",
                         payloads[i].reason);
                expect_json(payloads[i].input, json);
        }
}

static void what_is_no_pass_says_what_it_is(void **state)
{
        (void)state;
        expect_json("HTTPS://user@QR.tokhaiyte.vn:443/x\n",
                    "{\"class\":\"link\",\"valid\":false,\"reason\":\"not_a_pass\","
                    "\"fields\":{\"kind\":\"link\",\"scheme\":\"https\","
                    "\"host\":\"qr.tokhaiyte.vn\"},\"consistent\":true,\"flags\":[],"
                    "\"message\":{\"vi\":\"Đây là liên kết web, không phải thẻ ra vào\","
                    "\"en\":\"This is a web link: show your pass\"}}\n");
        struct run run = inspect("WIFI:S:office;P:secret;;\nBEGIN:VCARD\n"
                                 "00020101021138540010A00000072701240006970436011001234567890208"
                                 "QRIBFTTA53037045802VN63041234\n",
                                 NULL);
        expect_text(run.out, "{\"class\":\"other\",\"valid\":false,\"reason\":\"not_a_pass\","
                             "\"fields\":{\"kind\":\"wifi\"}");
        expect_text(run.out, "\"fields\":{\"kind\":\"contact\"}");
        expect_text(run.out, "{\"class\":\"payment\",\"valid\":false,\"reason\":\"not_a_pass\","
                             "\"fields\":{\"network\":\"A000000727\",\"country\":\"VN\","
                             "\"currency\":\"704\"},\"consistent\":false,"
                             "\"flags\":[\"crc_differs\"]");
        assert_null(strstr(run.out, "secret"));
        run_forget(&run);
}

static void the_other_cards_are_taken_apart(void **state)
{
        (void)state;
        struct run run = inspect(
                "******317|TRAN THI BINH|2015-**-**|1|162979388586171101|162979388586171100<2<<"
                "0912345678\n"
                "0100000012|4e677579e1bb856e2056c4836e204de1baab75|01/02/1988|1|-|01 - 001|"
                "01/07/2023|-|31/07/2023|01050100000012|-|4| 01/10/2027|0123456789abcdef-1202|4|"
                "5175e1baad6e204de1baab752c205468c3a06e68207068e1bb912048c3a0204ee1bb9969|$\n",
                NULL);
        expect_text(run.out, "{\"class\":\"personal_qr\",\"valid\":true,\"fields\":{"
                             "\"number\":\"******317\",\"name\":\"TRAN THI BINH\",\"dob\":\"2015\","
                             "\"sex\":\"female\",\"qid\":\"162979388586171101\",\"masked\":true,"
                             "\"proxy\":true,\"proxy_qid\":\"162979388586171100\","
                             "\"phone\":\"0912345678\"},\"consistent\":true,");
        expect_text(run.out,
                    "{\"class\":\"insurance\",\"valid\":true,\"fields\":{\"layout\":\"c\","
                    "\"number\":\"0100000012\",\"name\":\"Nguyễn Văn Mẫu\","
                    "\"dob\":\"1988-02-01\",\"sex\":\"male\",\"hospital\":\"01001\","
                    "\"valid_from\":\"2023-07-01\",\"issued\":\"2023-07-31\","
                    "\"five_years\":\"2027-10-01\",\"place\":\"Quận Mẫu, Thành phố Hà Nội\","
                    "\"management\":\"01050100000012\",\"area\":\"4\","
                    "\"check\":\"0123456789abcdef-1202\",\"benefit\":\"4\"},"
                    "\"consistent\":true,");
        run_forget(&run);
}

static void long_payloads_are_bounded(void **state)
{
        (void)state;
        char text[8192];
        memset(text, 'x', sizeof(text));
        text[300] = '\0';
        struct run run = inspect(text, NULL);
        expect_text(run.out, "\"reason\":\"too_long\"");
        run_forget(&run);
        memset(text, 'x', sizeof(text));
        memcpy(text + 8000, "\nnext code\n", sizeof("\nnext code\n"));
        run = inspect(text, NULL);
        expect_text(run.out, "{\"class\":\"unknown\",\"valid\":false,\"reason\":\"too_long\"");
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
        expect_text(run.out, "citizen card (CCCD, 2021 to June 2024); flags: "
                             "year_differs\n    number         001098000123\n");
        expect_text(run.out, "\\u202e");
        expect_text(run.out, "\nlink: no pass\n    kind           link\n    scheme         http\n"
                             "    host           example.org\n");
        run_forget(&run);
}

static void a_bad_time_is_wrong_use(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_inspect, "--at", "soon");
        assert_int_equal(run.code, CTL_CANNOT);
        run_forget(&run);
}

static void hexadecimal_payloads_are_read_as_their_bytes(void **state)
{
        (void)state;
        struct run run = inspect("574F524B45522d31\n57 4F 52 4b\n574\n57xx\n", "--hex");
        expect_text(run.out,
                    "{\"class\":\"code\",\"valid\":true,\"fields\":{\"text\":\"WORKER-1\"}");
        expect_text(run.out, "\"fields\":{\"text\":\"WORK\"}");
        const char *bad = strstr(run.out, "\"reason\":\"not_hex\"");
        assert_non_null(bad);
        assert_non_null(strstr(bad + 1, "\"reason\":\"not_hex\""));
        run_forget(&run);
}

/* COSE_Sign1 with {1: -7}, a token {1: "a", 4: 1}, and a signature of one byte. */
static const char message[] = "d28443a10126a046a201616104014100\n";

static void a_bare_signed_message_is_taken_apart_where_payloads_are_hexadecimal(void **state)
{
        (void)state;
        struct run run = inspect(message, "--hex");
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out,
                            "{\"class\":\"unknown\",\"valid\":false,\"fields\":{\"iss\":\"a\","
                            "\"exp\":\"1970-01-01T00:00:01.000Z\"},\"alg\":\"ES256\","
                            "\"reason\":\"untrusted_issuer\",\"step\":\"key\"}\n");
        run_forget(&run);
        run = inspect("d28443a10126a047a2016161\n", "--hex");
        expect_text(run.out, "\"reason\":\"unreadable\",\"step\":\"cose\"");
        run_forget(&run);
        run = inspect(message, NULL);
        expect_text(run.out, "{\"class\":\"code\",\"valid\":true");
        run_forget(&run);
}

static void a_folder_of_keys_that_is_not_there_is_wrong_use(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_inspect, "--trust", "/nonexistent");
        assert_int_equal(run.code, CTL_CANNOT);
        expect_text(run.err, "/nonexistent: No such file or directory");
        run_forget(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_card_is_taken_apart),
                cmocka_unit_test(a_card_that_contradicts_itself_is_valid_but_not_consistent),
                cmocka_unit_test(what_only_resembles_a_card_is_a_code_and_not_valid),
                cmocka_unit_test(codes_and_what_is_none_have_their_reasons),
                cmocka_unit_test(what_is_no_pass_says_what_it_is),
                cmocka_unit_test(the_other_cards_are_taken_apart),
                cmocka_unit_test(long_payloads_are_bounded),
                cmocka_unit_test(lines_may_stand_within_payloads_that_end_in_nul),
                cmocka_unit_test(people_read_it_in_words_and_nothing_raw),
                cmocka_unit_test(a_bad_time_is_wrong_use),
                cmocka_unit_test(hexadecimal_payloads_are_read_as_their_bytes),
                cmocka_unit_test(
                        a_bare_signed_message_is_taken_apart_where_payloads_are_hexadecimal),
                cmocka_unit_test(a_folder_of_keys_that_is_not_there_is_wrong_use),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
