/* Fields: reading a request, with one word about the first thing that is wrong. */
#include "tests/check.h"

#include "controller/local/fields.h"

#include <string.h>

static size_t read_bytes(const char *text, uint8_t *out, size_t size, char why[160])
{
        json_t *object = json_pack("{s:s*}", "bytes", text);
        struct fields fields = fields_of(object);
        size_t len = fields_base64(&fields, "bytes", out, size);
        strcpy(why, fields.why);
        json_decref(object);
        return len;
}

static void base64_is_read_in_its_one_form(void **state)
{
        (void)state;
        static const char *const bad[] = { "Zm9vYg=",  "Zm9vYg===", "Zm9v YmFy", "Zm9vYmF",
                                           "Zm9vYmF$", "Zg==Zg==",  "====",      "Zm9v\n",
                                           "Zm9-",     "=m9v" };
        uint8_t bytes[8];
        char why[160];
        assert_int_equal(read_bytes("Zm9vYg==", bytes, sizeof(bytes), why), 4);
        assert_memory_equal(bytes, "foob", 4);
        assert_string_equal(why, "");
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                assert_int_equal(read_bytes(bad[i], bytes, sizeof(bytes), why), 0);
                assert_string_equal(why, "bytes: base64 is wanted");
        }
        assert_int_equal(read_bytes(NULL, bytes, sizeof(bytes), why), 0);
        assert_string_equal(why, "bytes: is missing");
}

static void base64_fills_its_room_and_no_more(void **state)
{
        (void)state;
        uint8_t bytes[5] = { 0, 0, 0, 0, 0xaa };
        char why[160];
        assert_int_equal(read_bytes("Zm9vYg==", bytes, 4, why), 4);
        assert_int_equal(read_bytes("Zm9vYmE=", bytes, 4, why), 0);
        assert_string_equal(why, "bytes: is too long");
        assert_int_equal(bytes[4], 0xaa);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(base64_is_read_in_its_one_form),
                cmocka_unit_test(base64_fills_its_room_and_no_more),
        };
        return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
