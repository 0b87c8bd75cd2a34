/* One-time codes: the RFCs' own numbers, three steps around now, each once. */
#include "tests/check.h"

#include "controller/validate/formats/one_time.h"

#include <string.h>

/* RFC 4226, appendix D. */
static void it_counts_as_rfc_4226_does(void **state)
{
        (void)state;
        static const uint32_t codes[] = { 755224, 287082, 359152, 969429, 338314,
                                          254676, 287922, 162583, 399871, 520489 };
        for (int64_t count = 0; count < 10; count++) {
                uint32_t code = 0;
                assert_int_equal(one_time_code(DIGEST_SHA1, (const uint8_t *)"12345678901234567890",
                                               20, count, 6, &code),
                                 0);
                assert_int_equal(code, codes[count]);
        }
}

/* RFC 6238, appendix B, with the keys of its erratum 2866: as long as the hash. */
static void it_tells_the_time_as_rfc_6238_does(void **state)
{
        (void)state;
        static const char digits[] = "1234567890123456789012345678901234567890"
                                     "123456789012345678901234";
        static const struct {
                int64_t second;
                uint32_t sha1, sha256, sha512;
        } rows[] = {
                { 59, 94287082, 46119246, 90693936 },
                { 1111111109, 7081804, 68084774, 25091201 },
                { 1111111111, 14050471, 67062674, 99943326 },
                { 1234567890, 89005924, 91819424, 93441116 },
                { 2000000000, 69279037, 90698825, 38618901 },
                { 20000000000, 65353130, 77737706, 47863826 },
        };
        const uint8_t *key = (const uint8_t *)digits;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                uint32_t code = 0;
                int64_t step = rows[i].second / 30;
                assert_int_equal(one_time_code(DIGEST_SHA1, key, 20, step, 8, &code), 0);
                assert_int_equal(code, rows[i].sha1);
                assert_int_equal(one_time_code(DIGEST_SHA256, key, 32, step, 8, &code), 0);
                assert_int_equal(code, rows[i].sha256);
                assert_int_equal(one_time_code(DIGEST_SHA512, key, 64, step, 8, &code), 0);
                assert_int_equal(code, rows[i].sha512);
        }
}

static void a_code_is_read_as_it_is_written(void **state)
{
        (void)state;
        char text[ONE_TIME_TEXT_MAX], id[FLOW_ID_MAX];
        uint32_t code = 0;
        one_time_format("w-001", 1234, text);
        assert_string_equal(text, "SO1:W-001:00001234");
        assert_true(one_time_parse(text, strlen(text), id, &code));
        assert_string_equal(id, "w-001");
        assert_int_equal(code, 1234);
        static const char *const bad[] = { "",
                                           "SO1:",
                                           "SO1::12345678",
                                           "SO1:W:1234567",
                                           "SO1:W:123456789",
                                           "SO1:w:12345678",
                                           "SO1:W 1:12345678",
                                           "SO1:W:1234567X",
                                           "SO2:W:12345678",
                                           "SO1:123456789012345678901234567890123:12345678" };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                if (one_time_parse(bad[i], strlen(bad[i]), id, &code))
                        fail_msg("%s is read", bad[i]);
}

static uint32_t code_at(const uint8_t secret[ONE_TIME_SECRET_LEN], int64_t step)
{
        uint32_t code = 0;
        assert_int_equal(one_time_code(DIGEST_SHA256, secret, ONE_TIME_SECRET_LEN, step,
                                       ONE_TIME_DIGITS, &code),
                         0);
        return code;
}

static void a_code_lives_for_thirty_seconds_at_the_most_and_once(void **state)
{
        (void)state;
        const uint8_t secret[ONE_TIME_SECRET_LEN] = { 1, 2, 3 };
        const int64_t second = 1000000, shown = INT64_C(1790000000);
        int64_t step = 0, made = shown / ONE_TIME_STEP_S;
        uint32_t code = code_at(secret, made);
        int good = 0;
        for (int64_t age = -40; age <= 40; age++)
                good += one_time_check(secret, code, (made * ONE_TIME_STEP_S + age) * second, 0,
                                       &step) == 1;
        assert_int_equal(good, 30);
        assert_int_equal(one_time_check(secret, code, shown * second, 0, &step), 1);
        assert_int_equal(step, made);
        assert_int_equal(one_time_check(secret, code, shown * second, made, &step), 0);
        assert_int_equal(
                one_time_check(secret, code_at(secret, made + 1), shown * second, made, &step), 1);
        assert_int_equal(step, made + 1);
        assert_int_equal(one_time_check(secret, (code + 1) % 100000000, shown * second, 0, &step),
                         0);
}

static void every_id_of_every_site_has_its_own_secret(void **state)
{
        (void)state;
        const uint8_t site[DIGEST_KEY_LEN] = { 1 }, other_site[DIGEST_KEY_LEN] = { 2 };
        const uint8_t lookup[FLOW_DIGEST_LEN] = { 3 }, other[FLOW_DIGEST_LEN] = { 4 };
        uint8_t one[ONE_TIME_SECRET_LEN], again[ONE_TIME_SECRET_LEN], another[ONE_TIME_SECRET_LEN];
        assert_int_equal(one_time_secret(site, lookup, one), 0);
        assert_int_equal(one_time_secret(site, lookup, again), 0);
        assert_memory_equal(one, again, sizeof(one));
        assert_int_equal(one_time_secret(site, other, another), 0);
        assert_memory_not_equal(one, another, sizeof(one));
        assert_int_equal(one_time_secret(other_site, lookup, another), 0);
        assert_memory_not_equal(one, another, sizeof(one));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(it_counts_as_rfc_4226_does),
                cmocka_unit_test(it_tells_the_time_as_rfc_6238_does),
                cmocka_unit_test(a_code_is_read_as_it_is_written),
                cmocka_unit_test(a_code_lives_for_thirty_seconds_at_the_most_and_once),
                cmocka_unit_test(every_id_of_every_site_has_its_own_secret),
        };
        return cmocka_run_group_tests_name("one-time codes", tests, NULL, NULL);
}
