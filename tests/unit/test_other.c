/* Other: links, Wi-Fi, contacts and the like, told by how they begin. */
#include "tests/check.h"

#include "controller/validate/formats/other.h"
#include <string.h>

static void what_is_no_pass_is_told_by_its_beginning(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                enum other_kind kind;
                const char *scheme, *host;
        } codes[] = {
                { "https://qr.tokhaiyte.vn/dkdd?x", OTHER_LINK, "https", "qr.tokhaiyte.vn" },
                { "HTTP://WWW.Example.ORG", OTHER_LINK, "http", "www.example.org" },
                { "hTTps://user:secret@host:8443/x@y", OTHER_LINK, "https", "host" },
                { "http://a@b@c#d", OTHER_LINK, "http", "c" },
                { "http://", OTHER_LINK, "http", "" },
                { "http:///etc", OTHER_LINK, "http", "" },
                { "http://[::1]/", OTHER_LINK, "http", "" },
                { "http://bánh.vn/", OTHER_LINK, "http", "" },
                { "http://evil.org\\@good.org/", OTHER_LINK, "http", "evil.org" },
                { "WIFI:T:WPA;S:net;P:secret;;", OTHER_WIFI, "", "" },
                { "BEGIN:VCARD\r\nVERSION:3.0", OTHER_CONTACT, "", "" },
                { "begin:vcard", OTHER_CONTACT, "", "" },
                { "MECARD:N:An;;", OTHER_CONTACT, "", "" },
                { "BEGIN:VEVENT\n", OTHER_EVENT, "", "" },
                { "BEGIN:VCALENDAR\n", OTHER_EVENT, "", "" },
                { "shc:/567629", OTHER_SMART_HEALTH, "", "" },
                { "mailto:a@example.org", OTHER_APP, "mailto", "" },
                { "TEL:+84912345678", OTHER_APP, "tel", "" },
                { "sms:113", OTHER_APP, "sms", "" },
                { "SMSTO:113:help", OTHER_APP, "smsto", "" },
                { "geo:21.03,105.85", OTHER_APP, "geo", "" },
                { "otpauth://totp/a?secret=b", OTHER_APP, "otpauth", "" },
                { "zalo://qr/p/1", OTHER_APP, "zalo", "" },
                { "com.app+x-1://y", OTHER_APP, "com.app+x-1", "" },
                { "fb://", OTHER_APP, "fb", "" },
        };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                struct other other;
                assert_true(other_parse(&other, codes[i].text, strlen(codes[i].text)));
                assert_int_equal(other.kind, codes[i].kind);
                assert_string_equal(other.scheme, codes[i].scheme);
                assert_string_equal(other.host, codes[i].host);
        }
}

static void a_badge_may_hold_a_colon(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "",        ":",           "://",      "A:1",       "c://x",
                "ABC:123", "http",        "https:/",  "1http://x", "-x://y",
                "x y://z", "BEGIN:VCAR",  "shc:",     "HC1:6BF",   "wi-fi:x",
                "tel 113", "staff/http:", "bánh://x", "a:b://c",
        };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct other other;
                assert_false(other_parse(&other, texts[i], strlen(texts[i])));
                assert_int_equal(other.kind, OTHER_NONE);
        }
}

static void names_that_are_too_long_are_left_out(void **state)
{
        (void)state;
        char text[400];
        struct other other;
        memset(text, 'a', sizeof(text));
        memcpy(text, "http://", 7);
        assert_true(other_parse(&other, text, 7 + OTHER_HOST_MAX - 1));
        assert_int_equal(strlen(other.host), OTHER_HOST_MAX - 1);
        assert_true(other_parse(&other, text, 7 + OTHER_HOST_MAX));
        assert_string_equal(other.host, "");
        memset(text, 'a', sizeof(text));
        memcpy(text + OTHER_SCHEME_MAX, "://", 3);
        assert_true(other_parse(&other, text, sizeof(text)));
        assert_int_equal(other.kind, OTHER_APP);
        assert_string_equal(other.scheme, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_is_no_pass_is_told_by_its_beginning),
                cmocka_unit_test(a_badge_may_hold_a_colon),
                cmocka_unit_test(names_that_are_too_long_are_left_out),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
