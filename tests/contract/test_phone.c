/* What a visitor's phone sends: its key with the link's secret, and declarations that it signed. */
#include "tests/check.h"

#include "common/base64.h"
#include "controller/ports/digest.h"
#include "controller/ports/signing.h"
#include "dashboard/people/phone.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define AT        "2026-11-28T09:00:00.000Z"
#define AT_US     INT64_C(1795856400000000)
#define MINUTE_US INT64_C(60000000)

struct phone {
        struct signing_key *key;
        uint8_t public[LINKS_PHONE_MAX];
        size_t public_len;
};

static struct phone new_phone(enum signing_kind kind)
{
        struct phone phone = { .key = NULL };
        assert_int_equal(signing_key_new(kind, &phone.key), 0);
        int len = signing_key_public(phone.key, phone.public, sizeof(phone.public));
        assert_true(len > 0);
        phone.public_len = (size_t)len;
        return phone;
}

/* What the phone sends, heap. `said` is what it signs; the rest says what it sends. */
static char *send(const struct phone *phone, const char *said, const char *result, const char *at)
{
        uint8_t signature[SIGNING_SIGNATURE_MAX];
        assert_int_equal(signing_key_sign(phone->key, said, strlen(said), signature), 0);
        char *text = base64_encode(signature, sizeof(signature));
        json_t *body = json_pack("{s:s, s:s, s:s, s:s}", "pass", "ST1:PASS", "result", result, "at",
                                 at, "signature", text);
        char *sent = json_dumps(body, 0);
        json_decref(body);
        free(text);
        return sent;
}

static const char *read_sent(char *sent, struct phone_declaration *read)
{
        const char *why = phone_read_declaration(sent, strlen(sent), read);
        free(sent);
        return why;
}

static void a_link_s_secret_and_a_key_are_read(void **state)
{
        (void)state;
        static const char body[] = "{\"token\": \"secret\", \"phone\": \"AQID\"}";
        struct phone_link link;
        uint8_t digest[FLOW_DIGEST_LEN];
        assert_null(phone_read_link(body, strlen(body), &link));
        assert_int_equal(digest_sha256("secret", 6, digest), 0);
        assert_memory_equal(link.digest, digest, sizeof(digest));
        assert_int_equal(link.phone_len, 3);
        assert_memory_equal(link.phone, "\1\2\3", 3);
        assert_non_null(phone_read_link("{}", 2, &link));
        assert_non_null(phone_read_link("", 0, &link));
}

static void what_the_phone_signed_is_told_from_what_it_did_not(void **state)
{
        (void)state;
        struct phone phone = new_phone(SIGNING_P256), other = new_phone(SIGNING_P256),
                     strange = new_phone(SIGNING_ED25519);
        struct phone_declaration read;
        static const char said[] = "stile-declaration\nST1:PASS\ngreen\n" AT;
        assert_null(read_sent(send(&phone, said, "green", AT), &read));
        assert_string_equal(read.pass, "ST1:PASS");
        assert_string_equal(read.result, "green");
        assert_int_equal(read.at_us, AT_US);
        assert_true(phone_has_signed(&read, phone.public, phone.public_len));
        assert_false(phone_has_signed(&read, other.public, other.public_len));
        assert_false(phone_has_signed(&read, strange.public, strange.public_len));
        assert_false(phone_has_signed(&read, phone.public, 0));
        assert_null(read_sent(send(&phone, said, "red", AT), &read));
        assert_false(phone_has_signed(&read, phone.public, phone.public_len));
        assert_null(read_sent(send(&phone, said, "green", "2026-11-28T09:00:01.000Z"), &read));
        assert_false(phone_has_signed(&read, phone.public, phone.public_len));
        signing_key_free(phone.key);
        signing_key_free(other.key);
        signing_key_free(strange.key);
}

static void what_is_no_declaration_says_which_field(void **state)
{
        (void)state;
        static const struct {
                const char *body, *why;
        } wrong[] = {
                { "", "wanted: pass, result, at, signature" },
                { "[]", "wanted: pass, result, at, signature" },
                { "{\"pass\":\"x\",\"result\":\"green\",\"at\":\"" AT "\"}",
                  "wanted: pass, result, at, signature" },
                { "{\"pass\":\"x\\n\",\"result\":\"green\",\"at\":\"" AT "\",\"signature\":\"\"}",
                  "pass: that is none" },
                { "{\"pass\":\"x\",\"result\":\"blue\",\"at\":\"" AT "\",\"signature\":\"\"}",
                  "result: green, amber or red is wanted" },
                { "{\"pass\":\"x\",\"result\":\"red\",\"at\":\"now\",\"signature\":\"\"}",
                  "at: a time is wanted" },
                { "{\"pass\":\"x\",\"result\":\"red\",\"at\":\"" AT "\",\"signature\":\"AQID\"}",
                  "signature: 64 bytes as base64 are wanted" },
        };
        struct phone_declaration read;
        for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
                assert_string_equal(
                        phone_read_declaration(wrong[i].body, strlen(wrong[i].body), &read),
                        wrong[i].why);
}

static void a_declaration_is_good_for_five_minutes_of_either_clock(void **state)
{
        (void)state;
        const struct phone_declaration read = { .at_us = AT_US };
        assert_true(phone_is_fresh(&read, AT_US + 5 * MINUTE_US - 1));
        assert_false(phone_is_fresh(&read, AT_US + 5 * MINUTE_US));
        assert_true(phone_is_fresh(&read, AT_US - 5 * MINUTE_US + 1));
        assert_false(phone_is_fresh(&read, AT_US - 5 * MINUTE_US));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_link_s_secret_and_a_key_are_read),
                cmocka_unit_test(what_the_phone_signed_is_told_from_what_it_did_not),
                cmocka_unit_test(what_is_no_declaration_says_which_field),
                cmocka_unit_test(a_declaration_is_good_for_five_minutes_of_either_clock),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
