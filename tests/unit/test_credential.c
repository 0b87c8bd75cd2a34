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

static struct credential_reading read_bytes(const void *bytes, size_t len)
{
        struct credential_reader *reader = calloc(1, sizeof(*reader));
        struct payload payload = payload_of(bytes, len);
        struct credential_reading reading;
        assert_non_null(reader);
        enum credential_class class = credential_read(reader, &payload, &reading);
        assert_int_equal(class, reading.class);
        free(reader);
        return reading;
}

static struct credential_reading read_text(const char *text)
{
        return read_bytes(text, strlen(text));
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
                { "HC2:6BF", "HC2:6BF" },
                { "ABC:123", "ABC:123" },
                { "000201", "000201" },
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
                struct credential_reading reading = read_bytes(payloads[i].bytes, payloads[i].len);
                assert_int_equal(reading.class, CREDENTIAL_UNKNOWN);
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

static void a_personal_qr_is_known_by_its_qid_however_much_is_masked(void **state)
{
        (void)state;
        static const char *const texts[] = {
                "001093000317|NGUYEN VAN AN|1993-01-18|0|162979388586171100|<1<DN4010000000000<",
                "******000317|NGUYEN VAN AN|1993-**-**|0|162979388586171100|<1<<\r\n",
        };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                struct credential_reading reading = read_text(texts[i]);
                assert_int_equal(reading.class, CREDENTIAL_PERSONAL_QR);
                assert_string_equal(reading.kind, CREDENTIAL_KIND_PERSONAL_QR);
                assert_string_equal(reading.value, "162979388586171100");
                assert_true(reading.is_consistent);
                assert_int_equal(reading.objection, REASON_NONE);
        }
}

static void an_insurance_card_is_known_by_its_number(void **state)
{
        (void)state;
        struct credential_reading reading =
                read_text("dn4010000000001|4e67|01/02/1999|1|-|01 - 001|01/01/2016|-|20/12/2015|$");
        assert_int_equal(reading.class, CREDENTIAL_INSURANCE);
        assert_string_equal(reading.kind, CREDENTIAL_KIND_INSURANCE);
        assert_string_equal(reading.value, "DN4010000000001");
}

static void an_insurance_card_with_the_personal_number_finds_the_citizen(void **state)
{
        (void)state;
        struct credential_reading card =
                read_text("001099000123||Nguyễn Văn An|01021999|Nam|Hà Nội|15042021");
        struct credential_reading insurance =
                read_text("001099000123|4e67|01/02/1999|1|-|01 - "
                          "C54|01/07/2025|-|31/07/2025|0|-|4|-|x|4|-|$");
        assert_int_equal(insurance.class, CREDENTIAL_INSURANCE);
        assert_string_equal(insurance.kind, card.kind);
        assert_string_equal(insurance.value, card.value);
}

static void what_is_no_pass_is_named_and_has_no_identifier(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                enum credential_class class;
                enum credential_note note;
        } codes[] = {
                { "https://example.org/?a=b&c", CREDENTIAL_LINK, CREDENTIAL_NOTE_LINK },
                { " HTTP://EXAMPLE.ORG\r\n", CREDENTIAL_LINK, CREDENTIAL_NOTE_LINK },
                { "wifi:S:a;;", CREDENTIAL_OTHER, CREDENTIAL_NOTE_WIFI },
                { "BEGIN:VCARD\nN:A\nEND:VCARD", CREDENTIAL_OTHER, CREDENTIAL_NOTE_CONTACT },
                { "MECARD:N:A;;", CREDENTIAL_OTHER, CREDENTIAL_NOTE_CONTACT },
                { "BEGIN:VEVENT\nEND:VEVENT", CREDENTIAL_OTHER, CREDENTIAL_NOTE_EVENT },
                { "shc:/5676", CREDENTIAL_OTHER, CREDENTIAL_NOTE_SMART_HEALTH },
                { "tel:113", CREDENTIAL_OTHER, CREDENTIAL_NOTE_APP },
                { "zalo://x", CREDENTIAL_OTHER, CREDENTIAL_NOTE_APP },
                { "000201010211530370454061000005802VN6304ABCD", CREDENTIAL_PAYMENT,
                  CREDENTIAL_NOTE_PAYMENT },
        };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                struct credential_reading reading = read_text(codes[i].text);
                assert_int_equal(reading.class, codes[i].class);
                assert_int_equal(reading.note, codes[i].note);
                assert_int_equal(reading.objection, REASON_NOT_A_PASS);
                assert_string_equal(reading.kind, "");
                assert_string_equal(reading.value, "");
        }
}

static void a_link_longer_than_any_text_is_a_link(void **state)
{
        (void)state;
        char text[4000];
        memset(text, 'x', sizeof(text));
        memcpy(text, "https://", 8);
        struct credential_reading reading = read_bytes(text, sizeof(text));
        assert_int_equal(reading.class, CREDENTIAL_LINK);
}

static void what_begins_like_a_signed_code_is_one_and_nobody_until_verified(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                enum credential_class class;
        } codes[] = {
                { "HC1:", CREDENTIAL_HEALTH_CERT },
                { "\xef\xbb\xbfHC1:6BF\r\n", CREDENTIAL_HEALTH_CERT },
                { "HC1:001099000123||Nguyễn Văn An|01021999|Nam|Hà Nội|", CREDENTIAL_HEALTH_CERT },
                { "ST1:", CREDENTIAL_SITE_PASS },
                { "ST1:000201", CREDENTIAL_SITE_PASS },
                { "SO1:AN", CREDENTIAL_ONE_TIME },
        };
        for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
                struct credential_reading reading = read_text(codes[i].text);
                assert_int_equal(reading.class, codes[i].class);
                assert_int_equal(reading.objection, REASON_UNREADABLE);
                assert_string_equal(reading.kind, "");
                assert_string_equal(reading.value, "");
                assert_true(reading.is_consistent);
        }
}

static size_t characters_in(const char *text)
{
        size_t count = 0;
        for (; *text != '\0'; text++)
                count += ((unsigned char)*text & 0xc0) != 0x80;
        return count;
}

static void assert_message(struct credential_message message)
{
        const char *const texts[] = { message.vi, message.en };
        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                char normal[TEXT_MAX];
                assert_true(characters_in(texts[i]) > 10);
                assert_true(characters_in(texts[i]) <= 60);
                assert_int_equal(text_normalise(texts[i], strlen(texts[i]), normal), 0);
                assert_string_equal(normal, texts[i]);
        }
        assert_int_equal(characters_in(message.en), strlen(message.en));
        assert_true(characters_in(message.vi) < strlen(message.vi)); /* with diacritics */
}

static void every_code_that_is_no_pass_has_a_short_message_of_its_own(void **state)
{
        (void)state;
        for (enum credential_note note = 1; note < CREDENTIAL_NOTE_COUNT; note++) {
                enum credential_class class = note == CREDENTIAL_NOTE_PAYMENT ? CREDENTIAL_PAYMENT
                                              : note == CREDENTIAL_NOTE_LINK  ? CREDENTIAL_LINK
                                                                              : CREDENTIAL_OTHER;
                assert_message(credential_message(class, note));
                assert_true(strlen(credential_note_name(note)) > 0);
                for (enum credential_note other = 1; other < note; other++)
                        assert_string_not_equal(credential_message(class, note).vi,
                                                credential_message(class, other).vi);
        }
        static const enum credential_class unsigned_classes[] = {
                CREDENTIAL_UNKNOWN, CREDENTIAL_CCCD, CREDENTIAL_CAN_CUOC_2024,
                CREDENTIAL_PERSONAL_QR, CREDENTIAL_INSURANCE
        };
        for (size_t i = 0; i < ARRAY_LEN(unsigned_classes); i++)
                assert_message(credential_message(unsigned_classes[i], CREDENTIAL_NOTE_NONE));
}

static void what_may_be_a_pass_has_no_message(void **state)
{
        (void)state;
        static const enum credential_class classes[] = { CREDENTIAL_NONE, CREDENTIAL_CODE,
                                                         CREDENTIAL_SITE_PASS, CREDENTIAL_ONE_TIME,
                                                         CREDENTIAL_HEALTH_CERT };
        for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
                struct credential_message message =
                        credential_message(classes[i], CREDENTIAL_NOTE_NONE);
                assert_string_equal(message.vi, "");
                assert_string_equal(message.en, "");
        }
}

static enum credential_class class_of_kind(const char *kind)
{
        static const struct {
                const char *kind;
                enum credential_class class;
        } kinds[] = {
                { "cccd", CREDENTIAL_CCCD },
                { "canCuoc2024", CREDENTIAL_CAN_CUOC_2024 },
                { "personalQR", CREDENTIAL_PERSONAL_QR },
                { "bhyt", CREDENTIAL_INSURANCE },
                { "payment", CREDENTIAL_PAYMENT },
                { "placeQR", CREDENTIAL_LINK },
        };
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
                if (strcmp(kind, kinds[i].kind) == 0)
                        return kinds[i].class;
        return CREDENTIAL_NONE;
}

/* Their fields are compared by tests/e2e/test_inspect.py. */
static void the_vietnamese_vectors_have_the_classes_that_they_say(void **state)
{
        (void)state;
        json_error_t error;
        json_t *vectors = json_load_file(VECTORS, 0, &error);
        if (!vectors) {
                print_message("skipped: no %s\n", VECTORS);
                skip();
        }
        size_t i, identities = 0;
        const json_t *vector;
        json_array_foreach(vectors, i, vector)
        {
                const json_t *raw = json_object_get(vector, "raw");
                enum credential_class class =
                        class_of_kind(json_string_value(json_object_get(vector, "kind")));
                struct credential_reading reading =
                        read_bytes(json_string_value(raw), json_string_length(raw));
                bool is_good = json_is_true(json_object_get(vector, "ok"));
                bool is_no_pass = class == CREDENTIAL_PAYMENT || class == CREDENTIAL_LINK;
                if (is_good || is_no_pass)
                        assert_int_equal(reading.class, class);
                else
                        assert_true(reading.class == CREDENTIAL_CODE ||
                                    reading.class == CREDENTIAL_UNKNOWN ||
                                    reading.objection != REASON_NONE);
                identities += is_good;
        }
        assert_true(identities >= 18);
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
                cmocka_unit_test(a_personal_qr_is_known_by_its_qid_however_much_is_masked),
                cmocka_unit_test(an_insurance_card_is_known_by_its_number),
                cmocka_unit_test(an_insurance_card_with_the_personal_number_finds_the_citizen),
                cmocka_unit_test(what_is_no_pass_is_named_and_has_no_identifier),
                cmocka_unit_test(a_link_longer_than_any_text_is_a_link),
                cmocka_unit_test(what_begins_like_a_signed_code_is_one_and_nobody_until_verified),
                cmocka_unit_test(every_code_that_is_no_pass_has_a_short_message_of_its_own),
                cmocka_unit_test(what_may_be_a_pass_has_no_message),
                cmocka_unit_test(the_vietnamese_vectors_have_the_classes_that_they_say),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
