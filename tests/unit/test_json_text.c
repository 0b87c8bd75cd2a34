/* JSON as it is written, read back by jansson. */
#include "tests/check.h"

#include "common/json_text.h"

#include <string.h>

/* {"value":…} of what jansson reads in `json`. */
static char *written(const char *json)
{
        struct json_text text = { 0 };
        json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        json_text_open(&text, NULL);
        json_text_member(&text, "value", value);
        json_text_close(&text);
        json_decref(value);
        char *whole = json_text_take(&text);
        assert_non_null(whole);
        return whole;
}

static void writes_objects_with_their_members_in_order(void **state)
{
        struct json_text text = { 0 };
        (void)state;
        json_text_open(&text, NULL);
        json_text_string(&text, "a", "1.0");
        json_text_open(&text, "b");
        json_text_bool(&text, "c", true);
        json_text_open(&text, "d");
        json_text_close(&text);
        json_text_bool(&text, "e", false);
        json_text_close(&text);
        json_text_raw(&text, "\"f\":7", strlen("\"f\":7"));
        json_text_close(&text);
        char *whole = json_text_take(&text);
        assert_string_equal(whole,
                            "{\"a\":\"1.0\",\"b\":{\"c\":true,\"d\":{},\"e\":false},\"f\":7}");
        free(whole);
}

/* Of a value, what jansson itself would write. */
static void writes_every_value_as_jansson_does(void **state)
{
        static const char *const values[] = { "\"\"",
                                              "\"entry\"",
                                              "\"a/b{},:[]\"",
                                              "\"a\\\"b\"",
                                              "\"a\\\\b\"",
                                              "\"\\n\\u0001\"",
                                              "\"\\u007f\"",
                                              "\"Nguy\\u1ec5n\"",
                                              "0",
                                              "-1",
                                              "9223372036854775807",
                                              "-9223372036854775808",
                                              "true",
                                              "false",
                                              "null",
                                              "1.5",
                                              "[1,{\"a\":2}]" };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(values); i++) {
                json_t *object =
                        json_pack("{s:o}", "value", json_loads(values[i], JSON_DECODE_ANY, NULL));
                char *expected = json_dumps(object, JSON_COMPACT), *whole = written(values[i]);
                assert_non_null(expected);
                assert_string_equal(whole, expected);
                free(whole);
                free(expected);
                json_decref(object);
        }
}

static void a_string_of_ours_may_need_escapes_too(void **state)
{
        struct json_text text = { 0 };
        (void)state;
        json_text_open(&text, NULL);
        json_text_string(&text, "a", "\"\t\"");
        json_text_close(&text);
        char *whole = json_text_take(&text);
        assert_string_equal(whole, "{\"a\":\"\\\"\\t\\\"\"}");
        free(whole);
}

static void grows_with_what_is_written(void **state)
{
        enum {
                LONG = 100000,
                SHORT = 1000
        };
        char *value = malloc(LONG + 1);
        struct json_text text = { 0 };
        (void)state;
        assert_non_null(value);
        memset(value, 'x', LONG);
        value[LONG] = '\0';
        json_text_open(&text, NULL);
        for (int i = 0; i < SHORT; i++)
                json_text_bool(&text, "a", true);
        json_text_string(&text, "b", value);
        json_text_close(&text);
        char *whole = json_text_take(&text);
        assert_non_null(whole);
        assert_int_equal(strlen(whole),
                         1 + SHORT * strlen("\"a\":true,") + strlen("\"b\":") + LONG + 3);
        assert_memory_equal(whole + strlen(whole) - 3, "x\"}", 4);
        free(whole);
        free(value);
}

/* Not UTF-8: jansson has no text for it, and there is none. */
static void what_is_no_text_makes_the_whole_none(void **state)
{
        struct json_text text = { 0 };
        (void)state;
        json_text_open(&text, NULL);
        json_text_string(&text, "a", "\xff");
        json_text_bool(&text, "b", true);
        json_text_close(&text);
        assert_null(json_text_take(&text));
        json_text_open(&text, NULL);
        json_text_close(&text);
        char *whole = json_text_take(&text); /* and is empty again */
        assert_string_equal(whole, "{}");
        free(whole);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writes_objects_with_their_members_in_order),
                cmocka_unit_test(writes_every_value_as_jansson_does),
                cmocka_unit_test(a_string_of_ours_may_need_escapes_too),
                cmocka_unit_test(grows_with_what_is_written),
                cmocka_unit_test(what_is_no_text_makes_the_whole_none),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
