/* Base45: one text for every row of bytes, and no other text is taken for it. */
#include "tests/check.h"

#include "controller/validate/cose/base45.h"
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
        ROUNDS = 20000,
        BYTES_MAX = 64
};

struct example {
        const char *bytes, *text;
};

static void the_examples_of_the_rfc_go_both_ways(void **state)
{
        (void)state;
        static const struct example examples[] = {
                { "", "" },
                { "AB", "BB8" },
                { "ietf!", "QED8WEX0" },
                { "Hello!!", "%69 VD92EX0" },
                { "base-45", "UJCLQE7W581" },
        };
        for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
                const struct example *example = &examples[i];
                uint8_t bytes[BYTES_MAX] = { 0 };
                char text[BYTES_MAX];
                size_t len = strlen(example->bytes);
                assert_int_equal(
                        base45_encode((const uint8_t *)example->bytes, len, text, sizeof(text)),
                        strlen(example->text));
                assert_string_equal(text, example->text);
                assert_int_equal(base45_decode(text, strlen(text), bytes, sizeof(bytes)), len);
                assert_memory_equal(bytes, example->bytes, len);
        }
}

static void the_greatest_values_are_within_and_the_next_are_not(void **state)
{
        (void)state;
        uint8_t bytes[2];
        assert_int_equal(base45_decode("FGW", 3, bytes, sizeof(bytes)), 2);
        assert_memory_equal(bytes, "\xff\xff", 2);
        assert_int_equal(base45_decode("GGW", 3, bytes, sizeof(bytes)), -EBADMSG);
        assert_int_equal(base45_decode(":::", 3, bytes, sizeof(bytes)), -EBADMSG);
        assert_int_equal(base45_decode("U5", 2, bytes, sizeof(bytes)), 1);
        assert_int_equal(bytes[0], 255);
        assert_int_equal(base45_decode("V5", 2, bytes, sizeof(bytes)), -EBADMSG);
        assert_int_equal(base45_decode("::", 2, bytes, sizeof(bytes)), -EBADMSG);
}

static void one_character_left_over_is_refused(void **state)
{
        (void)state;
        uint8_t bytes[BYTES_MAX];
        assert_int_equal(base45_decode("B", 1, bytes, sizeof(bytes)), -EBADMSG);
        assert_int_equal(base45_decode("BB8B", 4, bytes, sizeof(bytes)), -EBADMSG);
}

static void characters_outside_the_alphabet_are_refused_wherever_they_stand(void **state)
{
        (void)state;
        static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        for (int character = 0; character <= UCHAR_MAX; character++) {
                bool is_ours = character != 0 && strchr(alphabet, character);
                for (size_t at = 0; at < 5; at++) {
                        char text[] = "00000";
                        uint8_t bytes[BYTES_MAX];
                        text[at] = (char)character;
                        ssize_t len = base45_decode(text, 5, bytes, sizeof(bytes));
                        if (!is_ours)
                                assert_int_equal(len, -EBADMSG);
                }
        }
}

static void what_does_not_fit_is_refused_and_what_just_fits_is_not(void **state)
{
        (void)state;
        uint8_t bytes[3];
        char text[6];
        assert_int_equal(base45_decode("BB800", 5, bytes, 3), 3);
        assert_int_equal(base45_decode("BB800", 5, bytes, 2), -E2BIG);
        assert_int_equal(base45_decode("BB8", 3, bytes, 1), -E2BIG);
        assert_int_equal(base45_decode("", 0, bytes, 0), 0);
        /* A NUL stands behind the text. */
        assert_int_equal(base45_encode((const uint8_t *)"abc", 3, text, 6), 5);
        assert_int_equal(base45_encode((const uint8_t *)"abc", 3, text, 5), -E2BIG);
        assert_int_equal(base45_encode((const uint8_t *)"", 0, text, 0), -E2BIG);
}

static void the_bounds_for_callers_hold(void **state)
{
        (void)state;
        uint8_t bytes[BYTES_MAX] = { 0 };
        char text[BASE45_ENCODED_MAX(BYTES_MAX) + 1];
        for (size_t len = 0; len <= BYTES_MAX; len++) {
                ssize_t written = base45_encode(bytes, len, text, BASE45_ENCODED_MAX(len) + 1);
                assert_in_range(written, 0, BASE45_ENCODED_MAX(len));
                assert_true(len <= BASE45_DECODED_MAX((size_t)written));
        }
}

static void random_bytes_come_back(void **state)
{
        (void)state;
        unsigned int seed = 45;
        for (int round = 0; round < ROUNDS; round++) {
                uint8_t bytes[BYTES_MAX], back[BYTES_MAX];
                char text[BASE45_ENCODED_MAX(BYTES_MAX) + 1];
                size_t len = (size_t)rand_r(&seed) % (BYTES_MAX + 1);
                for (size_t i = 0; i < len; i++)
                        bytes[i] = (uint8_t)rand_r(&seed);
                ssize_t written = base45_encode(bytes, len, text, sizeof(text));
                assert_int_equal(written, strlen(text));
                assert_int_equal(base45_decode(text, (size_t)written, back, sizeof(back)), len);
                assert_memory_equal(back, bytes, len);
        }
}

static void every_text_that_is_taken_is_the_text_of_its_bytes(void **state)
{
        (void)state;
        static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
        /* All of two and three characters, which is all that there is. */
        for (int i = 0; i < 45 * 45 * 46; i++) {
                char text[4] = { alphabet[i % 45], alphabet[i / 45 % 45], '\0', '\0' };
                char again[4];
                uint8_t bytes[2];
                if (i / 45 / 45 < 45)
                        text[2] = alphabet[i / 45 / 45];
                ssize_t len = base45_decode(text, strlen(text), bytes, sizeof(bytes));
                if (len < 0)
                        continue;
                assert_int_equal(base45_encode(bytes, (size_t)len, again, sizeof(again)),
                                 strlen(text));
                assert_string_equal(again, text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_examples_of_the_rfc_go_both_ways),
                cmocka_unit_test(the_greatest_values_are_within_and_the_next_are_not),
                cmocka_unit_test(one_character_left_over_is_refused),
                cmocka_unit_test(characters_outside_the_alphabet_are_refused_wherever_they_stand),
                cmocka_unit_test(what_does_not_fit_is_refused_and_what_just_fits_is_not),
                cmocka_unit_test(the_bounds_for_callers_hold),
                cmocka_unit_test(random_bytes_come_back),
                cmocka_unit_test(every_text_that_is_taken_is_the_text_of_its_bytes),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
