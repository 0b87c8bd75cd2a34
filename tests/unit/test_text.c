/* Text: what counts as text, and that one text has one form. */
#include "tests/check.h"

#include "controller/validate/text.h"
#include <errno.h>
#include <string.h>

struct sample {
        const char *bytes;
        size_t len;
        const char *text;
};

#define SAMPLE(bytes, text)                                                                        \
        {                                                                                          \
                bytes, sizeof(bytes) - 1, text                                                     \
        }

static void what_surrounds_a_text_is_stripped(void **state)
{
        (void)state;
        static const struct sample samples[] = {
                SAMPLE("", ""),
                SAMPLE("staff 17", "staff 17"),
                SAMPLE("\xef\xbb\xbfstaff", "staff"),
                SAMPLE("\xef\xbb\xbf \t staff\r\n", "staff"),
                SAMPLE("\xef\xbb\xbf\xef\xbb\xbf \xef\xbb\xbfstaff", "staff"),
                SAMPLE("staff\0", "staff"),
                SAMPLE("staff\r\n\0\0\0", "staff"),
                SAMPLE("staff\0\n", "staff"),
                SAMPLE("\xc2\xa0staff\xe3\x80\x80", "staff"),
                SAMPLE("\xe2\x80\xa8staff\xe2\x80\xa9", "staff"),
                SAMPLE(" \r\n\t\0", ""),
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                char text[TEXT_MAX];
                assert_int_equal(text_normalise(samples[i].bytes, samples[i].len, text), 0);
                assert_string_equal(text, samples[i].text);
        }
}

static void composed_and_decomposed_letters_become_one_text(void **state)
{
        (void)state;
        static const char composed[] = "Nguyễn Thị Đặng, Huế";
        /* Each letter with its marks apart, and two marks in the other order. */
        static const char *const written[] = {
                composed,
                "Nguye\xcc\x82\xcc\x83n Thi\xcc\xa3 Đa\xcc\xa3\xcc\x86ng, Hue\xcc\x82\xcc\x81",
                "Nguye\xcc\x82\xcc\x83n Thi\xcc\xa3 Đa\xcc\x86\xcc\xa3ng, Hu\xc3\xaa\xcc\x81",
        };
        for (size_t i = 0; i < ARRAY_LEN(written); i++) {
                char text[TEXT_MAX];
                assert_int_equal(text_normalise(written[i], strlen(written[i]), text), 0);
                assert_string_equal(text, composed);
        }
}

static void control_characters_within_are_refused(void **state)
{
        (void)state;
        static const struct sample samples[] = {
                SAMPLE("a\0b", NULL),      SAMPLE("a\nb", NULL),       SAMPLE("a\tb", NULL),
                SAMPLE("\0a", NULL),       SAMPLE("a\x1b[31mb", NULL), SAMPLE("a\x7f", NULL),
                SAMPLE("a\x08z", NULL),    SAMPLE("a\xc2\x85z", NULL), SAMPLE("\x01", NULL),
                SAMPLE("a\xc2\x9f", NULL),
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                char text[TEXT_MAX];
                assert_int_equal(text_normalise(samples[i].bytes, samples[i].len, text), -EILSEQ);
        }
}

static void what_is_not_utf8_is_refused(void **state)
{
        (void)state;
        static const struct sample samples[] = {
                SAMPLE("\x80", NULL),             /* a continuation first */
                SAMPLE("abc\xc3", NULL),          /* cut short */
                SAMPLE("\xc3(", NULL),            /* not a continuation */
                SAMPLE("\xc0\xaf", NULL),         /* '/' overlong */
                SAMPLE("\xe0\x80\xaf", NULL),     /* in three bytes */
                SAMPLE("\xf0\x80\x80\xaf", NULL), /* in four */
                SAMPLE("\xc1\xbf", NULL),
                SAMPLE("\xe0\x9f\xbf", NULL),
                SAMPLE("\xf0\x8f\xbf\xbf", NULL),
                SAMPLE("\xed\xa0\x80", NULL), /* surrogates */
                SAMPLE("\xed\xbf\xbf", NULL),
                SAMPLE("\xf4\x90\x80\x80", NULL), /* U+110000 */
                SAMPLE("\xf8\x88\x80\x80\x80", NULL),
                SAMPLE("\xff\xfe"
                       "a",
                       NULL), /* UTF-16 */
        };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                char text[TEXT_MAX];
                assert_int_equal(text_normalise(samples[i].bytes, samples[i].len, text), -EILSEQ);
        }
}

static void the_ends_of_each_length_of_utf8_are_text(void **state)
{
        (void)state;
        static const char *const samples[] = { "~",
                                               "\xc2\xa1",
                                               "\xdf\xbf",
                                               "\xe0\xa0\x80",
                                               "\xed\x9f\xbf",
                                               "\xee\x80\x80",
                                               "\xef\xbf\xbd",
                                               "\xf0\x90\x80\x80",
                                               "\xf4\x8f\xbf\xbd" };
        for (size_t i = 0; i < ARRAY_LEN(samples); i++) {
                char text[TEXT_MAX];
                assert_int_equal(text_normalise(samples[i], strlen(samples[i]), text), 0);
                assert_string_equal(text, samples[i]);
        }
}

static void the_longest_text_fits_and_one_byte_more_does_not(void **state)
{
        (void)state;
        char bytes[TEXT_MAX + 1], text[TEXT_MAX];
        memset(bytes, 'x', sizeof(bytes));
        assert_int_equal(text_normalise(bytes, TEXT_MAX - 1, text), 0);
        assert_int_equal(strlen(text), TEXT_MAX - 1);
        assert_int_equal(text_normalise(bytes, TEXT_MAX, text), -E2BIG);
        /* What is stripped does not count. */
        bytes[TEXT_MAX - 1] = '\0';
        bytes[TEXT_MAX] = '\0';
        assert_int_equal(text_normalise(bytes, TEXT_MAX + 1, text), 0);
}

/* U+0390 is two bytes and three code points: the most that any text of this size decomposes to. */
static void letters_that_decompose_most_still_fit(void **state)
{
        (void)state;
        static const uint8_t letter[] = { 0xce, 0x90 };
        char bytes[TEXT_MAX], text[TEXT_MAX];
        for (size_t i = 0; i < TEXT_MAX; i += 2)
                memcpy(bytes + i, letter, sizeof(letter));
        assert_int_equal(text_normalise(bytes, TEXT_MAX - 2, text), 0);
        assert_int_equal(strlen(text), TEXT_MAX - 2);
        assert_memory_equal(text, bytes, TEXT_MAX - 2);
}

static void a_payload_of_the_largest_size_is_refused_in_bounds(void **state)
{
        (void)state;
        static char bytes[7089];
        char text[TEXT_MAX];
        memset(bytes, 'x', sizeof(bytes));
        assert_int_equal(text_normalise(bytes, sizeof(bytes), text), -E2BIG);
        bytes[sizeof(bytes) - 1] = '\xff';
        assert_int_equal(text_normalise(bytes, sizeof(bytes), text), -EILSEQ);
}

static void ends_come_off_bytes_that_need_not_be_text(void **state)
{
        (void)state;
        static const struct {
                const char *bytes;
                size_t len;
                const char *left;
                size_t left_len;
        } cases[] = {
                { "", 0, "", 0 },
                { " \r\n\t", 4, "", 0 },
                { "\0\0", 2, "", 0 },
                { "HC1:x", 5, "HC1:x", 5 },
                { "\xef\xbb\xbf \xef\xbb\xbf\nHC1:x \r\n\0", 17, "HC1:x", 5 },
                { "\0x", 2, "\0x", 2 },
                { "a\0\xff", 3, "a\0\xff", 3 },
                { "\xef\xbb", 2, "\xef\xbb", 2 },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                size_t left = 99;
                const char *at = text_trim(cases[i].bytes, cases[i].len, &left);
                assert_int_equal(left, cases[i].left_len);
                assert_memory_equal(at, cases[i].left, left);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_surrounds_a_text_is_stripped),
                cmocka_unit_test(composed_and_decomposed_letters_become_one_text),
                cmocka_unit_test(control_characters_within_are_refused),
                cmocka_unit_test(what_is_not_utf8_is_refused),
                cmocka_unit_test(the_ends_of_each_length_of_utf8_are_text),
                cmocka_unit_test(the_longest_text_fits_and_one_byte_more_does_not),
                cmocka_unit_test(letters_that_decompose_most_still_fit),
                cmocka_unit_test(a_payload_of_the_largest_size_is_refused_in_bounds),
                cmocka_unit_test(ends_come_off_bytes_that_need_not_be_text),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
