/* Token: the text that an installer takes to a gate; and files of JSON lines, on which the CA's
 * ledger rests. */
#include "tests/check.h"

#include "common/json_lines.h"
#include "controller/enrol/token.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char TEXT[] = "stile-enrol-1:"
                           "00112233445566778899aabbccddeeff"
                           "0102030405060708090a0b0c0d0e0f10"
                           "1112131415161718191a1b1c1d1e1f20";

static void a_token_is_read_as_it_was_written(void **state)
{
        (void)state;
        struct token token;
        char text[TOKEN_TEXT_MAX];
        assert_true(token_read(TEXT, &token));
        assert_int_equal(token.secret[15], 0xff);
        assert_int_equal(token.fingerprint[31], 0x20);
        token_write(&token, text);
        assert_string_equal(text, TEXT);
}

static void white_space_around_a_token_does_not_matter(void **state)
{
        (void)state;
        struct token token;
        char text[TOKEN_TEXT_MAX + 8];
        snprintf(text, sizeof(text), " \t%s\r\n", TEXT);
        assert_true(token_read(text, &token));
}

static void nothing_else_is_a_token(void **state)
{
        (void)state;
        struct token token;
        char text[TOKEN_TEXT_MAX + 8];
        assert_false(token_read("", &token));
        assert_false(token_read("stile-enrol-1:", &token));
        for (size_t i = 0; i < strlen(TEXT); i++) {
                strcpy(text, TEXT);
                text[i] = 'G';
                assert_false(token_read(text, &token));
                strcpy(text, TEXT);
                text[i] = '\0';
                assert_false(token_read(text, &token));
        }
        snprintf(text, sizeof(text), "%s0", TEXT);
        assert_false(token_read(text, &token));
        strcpy(text, TEXT);
        text[20] = 'A'; /* one form only: lower case */
        assert_false(token_read(text, &token));
}

struct seen {
        int rows, bad;
        int64_t sum;
};

static int see(void *context, const json_t *row)
{
        struct seen *seen = context;
        seen->rows++;
        seen->sum += json_integer_value(json_object_get(row, "n"));
        return 0;
}

static void see_bad(void *context, size_t number)
{
        struct seen *seen = context;
        (void)number;
        seen->bad++;
}

static void a_line_that_was_cut_off_takes_no_other_with_it(void **state)
{
        (void)state;
        char path[] = "/tmp/stile-lines-XXXXXX";
        struct seen seen = { .rows = 0 };
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        json_t *one = json_pack("{s:i}", "n", 1), *two = json_pack("{s:i}", "n", 2);
        assert_int_equal(json_lines_append(path, one, true), 0);
        assert_int_equal(lseek(fd, 0, SEEK_END), strlen("{\"n\":1}\n"));
        assert_int_equal(write(fd, "{\"n\":7", 6), 6);
        assert_int_equal(json_lines_append(path, two, true), 0);
        assert_int_equal(json_lines_each(path, see, see_bad, &seen), 0);
        assert_int_equal(seen.rows, 2);
        assert_int_equal(seen.sum, 3);
        assert_int_equal(seen.bad, 1);
        json_decref(one);
        json_decref(two);
        close(fd);
        unlink(path);
        assert_int_equal(json_lines_each(path, see, see_bad, &seen), 0); /* missing is empty */
        assert_int_equal(seen.rows, 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_token_is_read_as_it_was_written),
                cmocka_unit_test(white_space_around_a_token_does_not_matter),
                cmocka_unit_test(nothing_else_is_a_token),
                cmocka_unit_test(a_line_that_was_cut_off_takes_no_other_with_it),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
