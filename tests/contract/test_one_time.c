/* One-time codes: the vectors of RFC 4226 and RFC 6238, our own form, and how long a code lives. */
#include "tests/check.h"

#include "controller/validate/formats/one_time.h"

#include <stdio.h>
#include <string.h>

static const int64_t second = 1000000;
static const uint8_t secret[ONE_TIME_SECRET_LEN] = "12345678901234567890123456789012";

/* RFC 4226, appendix D. */
static void hotp_gives_the_codes_of_rfc_4226(void **state)
{
        (void)state;
        static const uint32_t codes[] = { 755224, 287082, 359152, 969429, 338314,
                                          254676, 287922, 162583, 399871, 520489 };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                uint32_t code = 0;
                assert_int_equal(one_time_code(DIGEST_SHA1, (const uint8_t *)"12345678901234567890",
                                               20, (int64_t)i, 6, &code),
                                 0);
                assert_int_equal(code, codes[i]);
        }
}

/* RFC 6238, appendix B, with the secrets of its erratum 2866: as long as the hash. */
static void totp_gives_the_codes_of_rfc_6238(void **state)
{
        (void)state;
        static const uint8_t seed[] = "1234567890123456789012345678901234567890"
                                      "123456789012345678901234";
        static const struct {
                int64_t at_s;
                uint32_t sha1, sha256, sha512;
        } vectors[] = {
                { 59, 94287082, 46119246, 90693936 },
                { 1111111109, 7081804, 68084774, 25091201 },
                { 1111111111, 14050471, 67062674, 99943326 },
                { 1234567890, 89005924, 91819424, 93441116 },
                { 2000000000, 69279037, 90698825, 38618901 },
                { 20000000000, 65353130, 77737706, 47863826 },
        };
        for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
                int64_t step = vectors[i].at_s / 30;
                uint32_t sha1 = 0, sha256 = 0, sha512 = 0;
                assert_int_equal(one_time_code(DIGEST_SHA1, seed, 20, step, 8, &sha1), 0);
                assert_int_equal(one_time_code(DIGEST_SHA256, seed, 32, step, 8, &sha256), 0);
                assert_int_equal(one_time_code(DIGEST_SHA512, seed, 64, step, 8, &sha512), 0);
                assert_int_equal(sha1, vectors[i].sha1);
                assert_int_equal(sha256, vectors[i].sha256);
                assert_int_equal(sha512, vectors[i].sha512);
        }
}

static uint32_t code_at(int64_t step)
{
        uint32_t code = 0;
        assert_int_equal(
                one_time_code(DIGEST_SHA256, secret, sizeof(secret), step, ONE_TIME_DIGITS, &code),
                0);
        return code;
}

static int check(uint32_t code, int64_t now_us, int64_t last_step, int64_t *step)
{
        *step = -1;
        return one_time_check(secret, code, now_us, last_step, step);
}

/* Every tenth of a second around it: a code is good for 30 s, from one step before its own to one
 * behind. */
static void a_code_is_good_for_thirty_seconds_and_no_longer(void **state)
{
        (void)state;
        const int64_t own = 178000000, begin_us = own * ONE_TIME_STEP_S * second;
        int64_t step = 0;
        uint32_t code = code_at(own);
        int64_t good_us = 0;
        for (int64_t at_us = begin_us - 30 * second; at_us < begin_us + 40 * second;
             at_us += second / 10) {
                int good = check(code, at_us, 0, &step);
                bool is_near = at_us >= begin_us - 10 * second && at_us < begin_us + 20 * second;
                assert_int_equal(good, is_near);
                assert_int_equal(step, is_near ? own : -1);
                good_us += good * second / 10;
        }
        assert_int_equal(good_us, 30 * second);
}

static void a_code_opens_once_and_the_one_after_it_still_does(void **state)
{
        (void)state;
        const int64_t own = 178000000, now_us = own * ONE_TIME_STEP_S * second;
        int64_t step = 0;
        assert_int_equal(check(code_at(own), now_us, own - 1, &step), 1);
        assert_int_equal(check(code_at(own), now_us, own, &step), 0);
        assert_int_equal(check(code_at(own - 1), now_us, own, &step), 0);
        assert_int_equal(check(code_at(own + 1), now_us, own, &step), 1);
        assert_int_equal(step, own + 1);
}

static void no_other_number_of_a_thousand_opens(void **state)
{
        (void)state;
        const int64_t own = 178000000;
        int64_t step = 0;
        for (uint32_t i = 1; i <= 1000; i++) {
                uint32_t code = (code_at(own) + i * 99991) % 100000000;
                if (code == code_at(own - 1) || code == code_at(own + 1))
                        continue;
                assert_int_equal(check(code, own * ONE_TIME_STEP_S * second, 0, &step), 0);
        }
}

static void the_text_of_a_code_is_read_back(void **state)
{
        (void)state;
        char text[ONE_TIME_TEXT_MAX], id[FLOW_ID_MAX];
        uint32_t code = 0;
        one_time_format("an-0001", 7081804, text);
        assert_string_equal(text, "SO1:AN-0001:07081804");
        assert_true(one_time_is_like(text, strlen(text)));
        assert_true(one_time_parse(text, strlen(text), id, &code));
        assert_string_equal(id, "an-0001");
        assert_int_equal(code, 7081804);
        one_time_format("abcdefghijklmnopqrstuvwxyz012345", 99999999, text);
        assert_true(strlen(text) < ONE_TIME_TEXT_MAX);
        assert_true(one_time_parse(text, strlen(text), id, &code));
        assert_string_equal(id, "abcdefghijklmnopqrstuvwxyz012345");
}

static void other_texts_are_no_codes(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "",
                "SO1:",
                "SO1::12345678",
                "SO1:12345678",
                "so1:AN:12345678",
                "SO1:an:12345678",
                "SO1:AN:1234567",
                "SO1:AN:123456789",
                "SO1:AN:1234567 ",
                "SO1:AN:+1234567",
                "SO1:AN:12345678 ",
                "SO1:AN_1:12345678",
                "SO1:AN;12345678",
                "SO1:ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456:12345678",
        };
        char id[FLOW_ID_MAX];
        uint32_t code = 0;
        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (one_time_parse(texts[i], strlen(texts[i]), id, &code))
                        fail_msg("\"%s\" was taken for a code", texts[i]);
        assert_false(one_time_parse("SO1:A\0N:12345678", 16, id, &code));
}

/* RFC 4231 would do for HMAC; here it is what goes into it that matters: gates that are enrolled
 * depend on it. */
static void the_secret_is_of_the_key_and_the_lookup(void **state)
{
        (void)state;
        uint8_t key[DIGEST_KEY_LEN] = { 1 }, lookup[FLOW_DIGEST_LEN] = { 2 };
        uint8_t made[ONE_TIME_SECRET_LEN], again[ONE_TIME_SECRET_LEN], data[9 + 32] = "one-time";
        memcpy(data + 9, lookup, sizeof(lookup));
        assert_int_equal(one_time_secret(key, lookup, made), 0);
        assert_int_equal(digest_hmac(key, data, sizeof(data), again), 0);
        assert_memory_equal(made, again, sizeof(made));
        lookup[31] = 1;
        assert_int_equal(one_time_secret(key, lookup, again), 0);
        assert_memory_not_equal(made, again, sizeof(made));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hotp_gives_the_codes_of_rfc_4226),
                cmocka_unit_test(totp_gives_the_codes_of_rfc_6238),
                cmocka_unit_test(a_code_is_good_for_thirty_seconds_and_no_longer),
                cmocka_unit_test(a_code_opens_once_and_the_one_after_it_still_does),
                cmocka_unit_test(no_other_number_of_a_thousand_opens),
                cmocka_unit_test(the_text_of_a_code_is_read_back),
                cmocka_unit_test(other_texts_are_no_codes),
                cmocka_unit_test(the_secret_is_of_the_key_and_the_lookup),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
