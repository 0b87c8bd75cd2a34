/* Print and what stands under it: nothing raw on a terminal, numbers as people read them, Base64,
 * certificates, the table of verbs. */
#include "tests/unit/test_ctl_daemon.h"

#include "common/base64.h"
#include "common/rfc3339.h"
#include "controller/ctl/certificate.h"
#include "controller/ctl/print.h"

static void expect_safe(const char *text, size_t len, const char *wanted)
{
        char *safe = print_safe_text(text, len);
        assert_string_equal(safe, wanted);
        free(safe);
}

static void control_characters_become_visible(void **state)
{
        (void)state;
        expect_safe("Nguyễn Văn An", strlen("Nguyễn Văn An"), "Nguyễn Văn An");
        expect_safe("\x1b[2J", 4, "\\x1b[2J");
        expect_safe("a\nb\tc\x7f", 6, "a\\x0ab\\x09c\\x7f");
        expect_safe("a\0b", 3, "a\\x00b");
        expect_safe("\xc2\x9b"
                    "31m",
                    5, "\\u009b31m");
        expect_safe("\xe2\x80\xae" /* U+202E: what follows is written backwards */
                    "abc",
                    6, "\\u202eabc");
        expect_safe("A\xff\xc3", 3, "A\\xff\\xc3");
        expect_safe("\xed\xa0\x80", 3, "\\xed\\xa0\\x80");
}

static void padding_counts_columns_not_bytes(void **state)
{
        (void)state;
        assert_int_equal(print_width("Nguyễn"), 6);
        assert_int_equal(print_width("e\xcc\x81"), 1);
        assert_int_equal(print_width("\x1b"), 4);
        assert_int_equal(print_width("日本"), 4);
}

static void a_safe_copy_reaches_into_everything(void **state)
{
        (void)state;
        json_t *value = json_loads("{\"a\\u001b\":[\"b\\u0007\",1,true,null,{\"c\":\"d\\u009b\"}]}",
                                   0, NULL);
        json_t *wanted = json_loads(
                "{\"a\\\\x1b\":[\"b\\\\x07\",1,true,null,{\"c\":\"d\\\\u009b\"}]}", 0, NULL);
        json_t *safe = print_safe_copy(value);
        assert_non_null(wanted);
        assert_true(json_equal(safe, wanted));
        json_decref(value);
        json_decref(wanted);
        json_decref(safe);
}

static void numbers_are_readable(void **state)
{
        (void)state;
        char text[PRINT_MAX];
        assert_string_equal(print_count(text, 0), "0");
        assert_string_equal(print_count(text, 999), "999");
        assert_string_equal(print_count(text, 1000), "1,000");
        assert_string_equal(print_count(text, INT64_MAX), "9,223,372,036,854,775,807");
        assert_string_equal(print_us(text, 850), "850 µs");
        assert_string_equal(print_us(text, 4100), "4.1 ms");
        assert_string_equal(print_us(text, 140100), "140 ms");
        assert_string_equal(print_us(text, 12340000), "12.3 s");
        assert_string_equal(print_bytes(text, 1023), "1023 B");
        assert_string_equal(print_bytes(text, 1536), "1.5 KiB");
        assert_string_equal(print_bytes(text, INT64_C(13207024435)), "12.3 GiB");
        assert_string_equal(print_span(text, 59), "59 s");
        assert_string_equal(print_span(text, 725), "12 min 5 s");
        assert_string_equal(print_span(text, 7260), "2 h 1 min");
        assert_string_equal(print_span(text, 273900), "3 d 4 h");
}

static void colour_is_for_terminals_that_have_it(void **state)
{
        (void)state;
        const struct ctl plain = { .has_colour = false }, colourful = { .has_colour = true };
        assert_string_equal(paint_on(&plain, PAINT_BAD), "");
        assert_string_equal(paint_off(&plain), "");
        assert_string_equal(paint_on(&colourful, PAINT_GOOD), "\033[32m");
        assert_string_equal(paint_off(&colourful), "\033[0m");
}

/* RFC 4648, section 10. */
static void base64_goes_both_ways(void **state)
{
        (void)state;
        static const char *const vectors[][2] = { { "", "" },
                                                  { "f", "Zg==" },
                                                  { "fo", "Zm8=" },
                                                  { "foo", "Zm9v" },
                                                  { "foob", "Zm9vYg==" },
                                                  { "fooba", "Zm9vYmE=" },
                                                  { "foobar", "Zm9vYmFy" } };
        for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
                const char *plain = vectors[i][0], *coded = vectors[i][1];
                uint8_t bytes[16];
                char *text = base64_encode(plain, strlen(plain));
                assert_string_equal(text, coded);
                free(text);
                assert_int_equal(base64_decode(coded, strlen(coded), bytes, sizeof(bytes)),
                                 strlen(plain));
                assert_memory_equal(bytes, plain, strlen(plain));
        }
        uint8_t two[2];
        assert_int_equal(base64_decode("Zm9v\nYmFy", 9, two, sizeof(two)), 2);
}

static const char until_2036[] = /* UTCTime */
        "-----BEGIN CERTIFICATE-----\n"
        "MIIBeDCCAR2gAwIBAgIULU0tKd7pbS21bsb1MnRxyghUEKAwCgYIKoZIzj0EAwIw\n"
        "ETEPMA0GA1UEAwwGZ2F0ZS0xMB4XDTI2MTEyNDAzMDcxNVoXDTM2MTEyMTAzMDcx\n"
        "NVowETEPMA0GA1UEAwwGZ2F0ZS0xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
        "YZGN6g+iRU7T57zkPRpwAvlL+ml0nkFCrfTMLJQlKLNa5SSp1W/q/f77dVmHWRKz\n"
        "pUCXPsD1GX1rNQw8yon6xKNTMFEwHQYDVR0OBBYEFMTQq5kUtkOQ+bphI9aYXnfT\n"
        "bzXGMB8GA1UdIwQYMBaAFMTQq5kUtkOQ+bphI9aYXnfTbzXGMA8GA1UdEwEB/wQF\n"
        "MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAJ2hG5/vqGLeH6SjZeYNl4sCBDFdPQgN\n"
        "UinOjezqzGpoAiEA4LxX1WbxqTw4kF/P9K0DZcJKhgpg48KRpnkgAtwccrs=\n"
        "-----END CERTIFICATE-----\n";
static const char until_2065[] = /* GeneralizedTime */
        "-----BEGIN CERTIFICATE-----\n"
        "MIIBeDCCAR+gAwIBAgIUTEnIF/l1rYu1H7wBczLgbB8QDSswCgYIKoZIzj0EAwIw\n"
        "ETEPMA0GA1UEAwwGZ2F0ZS0xMCAXDTI2MTEyNDAzMDcxNloYDzIwNjUwMzI0MDMw\n"
        "NzE2WjARMQ8wDQYDVQQDDAZnYXRlLTEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"
        "AAS0pzBS2MT9zKIGMzI/8FIc4anZSqFY8TqiCW/T4lQCZNvbPW2vW7QO8/VNUHOe\n"
        "p86jSIM9JS5n14hiOYtfucYko1MwUTAdBgNVHQ4EFgQUS2G4FKHR8G8sUvkQLRLB\n"
        "qMHr9ygwHwYDVR0jBBgwFoAUS2G4FKHR8G8sUvkQLRLBqMHr9ygwDwYDVR0TAQH/\n"
        "BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiB3B1O0o5wRJJglRr7SWSXi/tHNoEAM\n"
        "2Kk5CwrRzktp8QIgPjYbfxhmukOg5eGRlFW+dJ9pAu1tJoW+t4BxwnKCPcg=\n"
        "-----END CERTIFICATE-----\n";

static void a_certificates_end_is_found(void **state)
{
        (void)state;
        int64_t us = 0;
        char text[RFC3339_MAX];
        assert_true(certificate_not_after(until_2036, sizeof(until_2036) - 1, &us));
        rfc3339_format(us, text);
        assert_string_equal(text, "2036-11-21T03:07:15.000Z");
        assert_true(certificate_not_after(until_2065, sizeof(until_2065) - 1, &us));
        rfc3339_format(us, text);
        assert_string_equal(text, "2065-03-24T03:07:16.000Z");
}

/* Every prefix, and every byte changed: no answer or another one, never a crash. */
static void a_damaged_certificate_is_survived(void **state)
{
        (void)state;
        char pem[sizeof(until_2036)];
        int64_t us = 0;
        size_t read = 0;
        for (size_t len = 0; len < sizeof(pem) - 60; len++)
                assert_false(certificate_not_after(until_2036, len, &us));
        for (size_t i = 0; i < sizeof(pem) - 1; i++) {
                memcpy(pem, until_2036, sizeof(pem));
                pem[i] = pem[i] == 'A' ? '/' : 'A';
                read += certificate_not_after(pem, sizeof(pem) - 1, &us) ? 1 : 0;
        }
        assert_true(read > 0 && read < sizeof(pem) - 1);
}

static int say_hello(struct ctl *ctl, int argc, char **argv)
{
        fprintf(ctl->out, "%s of %d", argv[0], argc);
        return CTL_NO;
}

static int run_table(struct run *run, int argc, const char *const *words)
{
        static const struct verb children[] = { { "hello", "greets", say_hello, NULL },
                                                { .name = NULL } };
        static const struct verb verbs[] = { { "hello", "greets", say_hello, NULL },
                                             { "group", NULL, NULL, children },
                                             { .name = NULL } };
        size_t out_len = 0, err_len = 0;
        char *argv[4] = { 0 };
        struct ctl ctl = { .out = open_memstream(&run->out, &out_len),
                           .err = open_memstream(&run->err, &err_len) };
        for (int i = 0; i < argc; i++)
                argv[i] = (char *)words[i];
        run->code = verbs_run(&ctl, verbs, "stilectl", argc, argv);
        fclose(ctl.out);
        fclose(ctl.err);
        return run->code;
}

static void verbs_are_found_alone_and_in_groups(void **state)
{
        (void)state;
        struct run run = { .code = -1 };
        assert_int_equal(run_table(&run, 2, (const char *const[]){ "hello", "x" }), CTL_NO);
        assert_string_equal(run.out, "hello of 2");
        run_forget(&run);
        assert_int_equal(run_table(&run, 2, (const char *const[]){ "group", "hello" }), CTL_NO);
        assert_string_equal(run.out, "hello of 1");
        run_forget(&run);
        assert_int_equal(run_table(&run, 2, (const char *const[]){ "group", "--help" }), CTL_OK);
        assert_string_equal(run.out, "Usage: stilectl group VERB …\n\n  hello                "
                                     "greets\n");
        run_forget(&run);
}

static void what_is_no_verb_is_said(void **state)
{
        (void)state;
        struct run run = { .code = -1 };
        assert_int_equal(run_table(&run, 0, NULL), CTL_CANNOT);
        assert_string_equal(run.err, "stilectl: a verb is missing; see stilectl --help\n");
        run_forget(&run);
        assert_int_equal(run_table(&run, 1, (const char *const[]){ "group" }), CTL_CANNOT);
        assert_string_equal(run.err,
                            "stilectl group: a verb is missing; see stilectl group --help\n");
        run_forget(&run);
        assert_int_equal(run_table(&run, 1, (const char *const[]){ "hell" }), CTL_CANNOT);
        assert_string_equal(run.err, "stilectl: there is no verb \"hell\"; see stilectl --help\n");
        run_forget(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(control_characters_become_visible),
                cmocka_unit_test(padding_counts_columns_not_bytes),
                cmocka_unit_test(a_safe_copy_reaches_into_everything),
                cmocka_unit_test(numbers_are_readable),
                cmocka_unit_test(colour_is_for_terminals_that_have_it),
                cmocka_unit_test(base64_goes_both_ways),
                cmocka_unit_test(a_certificates_end_is_found),
                cmocka_unit_test(a_damaged_certificate_is_survived),
                cmocka_unit_test(verbs_are_found_alone_and_in_groups),
                cmocka_unit_test(what_is_no_verb_is_said),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
