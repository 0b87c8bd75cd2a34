/* Credential: what payloads are taken for, and under which key they are looked up. */
#include "tests/check.h"

#include "controller/validate/credential.h"
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#define VECTORS "../shared/data/vn-qr/vectors.json"

static struct payload payload_of(const void *bytes, size_t len)
{
        struct payload payload = { .len = len };
        memcpy(payload.bytes, bytes, len);
        return payload;
}

static struct credential_reading read_text(const char *text)
{
        struct payload payload = payload_of(text, strlen(text));
        struct credential_reading reading;
        enum credential_class class = credential_read(&payload, &reading);
        assert_int_equal(class, reading.class);
        return reading;
}

static void a_card_is_known_by_its_number_alone(void **state)
{
        (void)state;
        struct credential_reading chip =
                read_text("001099000123|012345678|Nguyễn Văn An|01021999|Nam|Hà Nội|15042021");
        struct credential_reading renewed =
                read_text("001099000123||NGUYỄN VĂN AN|1999|Nam|Huế|15082024||||\r\n");
        assert_int_equal(chip.class, CREDENTIAL_CCCD);
        assert_int_equal(renewed.class, CREDENTIAL_CAN_CUOC_2024);
        assert_string_equal(chip.value, "001099000123");
        assert_string_equal(chip.kind, CREDENTIAL_KIND_NATIONAL_ID);
        assert_string_equal(renewed.value, chip.value);
        assert_string_equal(renewed.kind, chip.kind);
        assert_true(chip.is_consistent);
        assert_string_equal(national_id_text(&chip.national_id, NATIONAL_ID_NAME), "Nguyễn Văn An");
}

static void a_card_that_contradicts_itself_is_a_card_all_the_same(void **state)
{
        (void)state;
        struct credential_reading reading =
                read_text("001099000123||Nguyễn Văn An|01021999|Nữ|Hà Nội|15042021");
        assert_int_equal(reading.class, CREDENTIAL_CCCD);
        assert_false(reading.is_consistent);
}

static void any_other_text_is_a_code_known_by_its_normalised_text(void **state)
{
        (void)state;
        static const struct {
                const char *bytes, *value;
        } codes[] = {
                { "staff-0017", "staff-0017" },
                { "001099000123", "001099000123" },
                { " Tha\xcc\x89o \r\n", "Th\xe1\xba\xa3o" },
                { "https://example.org/?a=b&c", "https://example.org/?a=b&c" },
                { "abcd", "abcd" },
        };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                struct credential_reading reading = read_text(codes[i].bytes);
                assert_int_equal(reading.class, CREDENTIAL_CODE);
                assert_string_equal(reading.kind, CREDENTIAL_KIND_CODE);
                assert_string_equal(reading.value, codes[i].value);
                assert_true(reading.is_consistent);
        }
}

static void codes_of_4_to_256_bytes_can_be_enrolled(void **state)
{
        (void)state;
        char text[300];
        for (size_t len = 0; len < sizeof(text); len++) {
                memset(text, 'x', len);
                text[len] = '\0';
                struct credential_reading reading = read_text(text);
                bool is_code = len >= 4 && len <= 256;
                assert_int_equal(reading.class, is_code ? CREDENTIAL_CODE : CREDENTIAL_UNKNOWN);
                assert_string_equal(reading.value, is_code ? text : "");
        }
}

static void what_is_not_text_is_unknown_and_has_no_identifier(void **state)
{
        (void)state;
        static const struct {
                const char *bytes;
                size_t len;
        } payloads[] = { { "", 0 },           { "abc\0def", 7 },         { "\x89PNG\r\n\x1a\n", 8 },
                         { "line\nline", 9 }, { "\xff\xfe\xfd\xfc", 4 }, { "\0\0\0\0\0", 5 } };
        for (size_t i = 0; i < ARRAY_LEN(payloads); i++) {
                struct payload payload = payload_of(payloads[i].bytes, payloads[i].len);
                struct credential_reading reading;
                assert_int_equal(credential_read(&payload, &reading), CREDENTIAL_UNKNOWN);
                assert_string_equal(reading.kind, "");
                assert_string_equal(reading.value, "");
                assert_true(reading.is_consistent);
        }
}

/* Enrolled as a code, a number must not open the gate for the card, nor the other way round. */
static void a_number_as_code_and_as_card_have_different_lookups(void **state)
{
        (void)state;
        static const uint8_t key[DIGEST_KEY_LEN] = { 1, 2, 3 };
        struct credential_reading card =
                read_text("001099000123||Nguyễn Văn An|01021999|Nam|Hà Nội|15042021");
        struct credential_reading code = read_text("001099000123");
        uint8_t of_card[FLOW_DIGEST_LEN], of_code[FLOW_DIGEST_LEN], again[FLOW_DIGEST_LEN];
        assert_string_equal(card.value, code.value);
        assert_int_equal(credential_lookup(key, card.kind, card.value, of_card), 0);
        assert_int_equal(credential_lookup(key, code.kind, code.value, of_code), 0);
        assert_memory_not_equal(of_card, of_code, FLOW_DIGEST_LEN);
        assert_int_equal(credential_lookup(key, code.kind, "001099000123", again), 0);
        assert_memory_equal(again, of_code, FLOW_DIGEST_LEN);
}

static void the_lookup_is_the_digest_of_kind_nul_and_value(void **state)
{
        (void)state;
        static const uint8_t key[DIGEST_KEY_LEN] = { 9 };
        uint8_t lookup[FLOW_DIGEST_LEN], expected[FLOW_DIGEST_LEN];
        assert_int_equal(credential_lookup(key, "code", "staff", lookup), 0);
        assert_int_equal(digest_hmac(key, "code\0staff", 10, expected), 0);
        assert_memory_equal(lookup, expected, FLOW_DIGEST_LEN);
}

static void a_value_longer_than_any_has_no_lookup(void **state)
{
        (void)state;
        static const uint8_t key[DIGEST_KEY_LEN];
        uint8_t lookup[FLOW_DIGEST_LEN];
        char value[CREDENTIAL_VALUE_MAX + 1];
        memset(value, 'x', sizeof(value));
        value[CREDENTIAL_VALUE_MAX] = '\0';
        assert_int_equal(credential_lookup(key, CREDENTIAL_KIND_CODE, value, lookup), -E2BIG);
        value[CREDENTIAL_VALUE_MAX - 1] = '\0';
        assert_int_equal(credential_lookup(key, CREDENTIAL_KIND_CODE, value, lookup), 0);
}

static void assert_field(const json_t *vector, const char *key, const char *actual)
{
        const char *expected = json_string_value(json_object_get(vector, key));
        if (expected)
                assert_string_equal(actual, expected);
}

static void format_date(const struct national_id_date *date, char text[32])
{
        int len = snprintf(text, 32, "%04d", date->year);
        if (date->month != 0)
                len += snprintf(text + len, 32 - (size_t)len, "-%02d", date->month);
        if (date->day != 0)
                snprintf(text + len, 32 - (size_t)len, "-%02d", date->day);
}

static void assert_card(const json_t *vector, const struct credential_reading *reading)
{
        const struct national_id *id = &reading->national_id;
        char dob[32], issued[32];
        format_date(&id->dob, dob);
        format_date(&id->issued, issued);
        assert_field(vector, "num", reading->value);
        assert_field(vector, "old", national_id_text(id, NATIONAL_ID_OLD_NUMBER));
        assert_field(vector, "name", national_id_text(id, NATIONAL_ID_NAME));
        assert_field(vector, "dob", dob);
        assert_field(vector, "issued", issued);
        assert_field(vector, "sex", id->is_female ? "F" : "M");
        const json_t *consistent = json_object_get(vector, "consistent");
        if (consistent)
                assert_int_equal(reading->is_consistent, json_is_true(consistent));
        const json_t *fields = json_object_get(vector, "fields");
        if (fields)
                assert_int_equal(id->field_count, json_integer_value(fields));
}

static void the_vietnamese_vectors_are_read_as_they_say(void **state)
{
        (void)state;
        json_error_t error;
        json_t *vectors = json_load_file(VECTORS, 0, &error);
        if (!vectors) {
                print_message("skipped: no %s\n", VECTORS);
                skip();
        }
        size_t i, cards = 0;
        const json_t *vector;
        json_array_foreach(vectors, i, vector)
        {
                const json_t *raw = json_object_get(vector, "raw");
                const char *kind = json_string_value(json_object_get(vector, "kind"));
                struct payload payload =
                        payload_of(json_string_value(raw), json_string_length(raw));
                struct credential_reading reading;
                enum credential_class class = credential_read(&payload, &reading);
                enum credential_class card = strcmp(kind, "cccd") == 0 ? CREDENTIAL_CCCD
                                             : strcmp(kind, "canCuoc2024") == 0
                                                     ? CREDENTIAL_CAN_CUOC_2024
                                                     : CREDENTIAL_NONE;
                if (card != CREDENTIAL_NONE && json_is_true(json_object_get(vector, "ok"))) {
                        assert_int_equal(class, card);
                        assert_card(vector, &reading);
                        cards++;
                } else {
                        assert_true(class == CREDENTIAL_CODE || class == CREDENTIAL_UNKNOWN);
                }
        }
        assert_true(cards >= 10);
        json_decref(vectors);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_card_is_known_by_its_number_alone),
                cmocka_unit_test(a_card_that_contradicts_itself_is_a_card_all_the_same),
                cmocka_unit_test(any_other_text_is_a_code_known_by_its_normalised_text),
                cmocka_unit_test(codes_of_4_to_256_bytes_can_be_enrolled),
                cmocka_unit_test(what_is_not_text_is_unknown_and_has_no_identifier),
                cmocka_unit_test(a_number_as_code_and_as_card_have_different_lookups),
                cmocka_unit_test(the_lookup_is_the_digest_of_kind_nul_and_value),
                cmocka_unit_test(a_value_longer_than_any_has_no_lookup),
                cmocka_unit_test(the_vietnamese_vectors_are_read_as_they_say),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
