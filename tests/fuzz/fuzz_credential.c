/*
 * Fuzz: a code's bytes become a credential. Whatever they are they have a class, a bounded
 * identifier in the one form of its text, and fields that lie within the text.
 */
#include "controller/validate/credential.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* UTF-8 in normal form C, without anything around it. */
static void check_normal(const char *text)
{
        utf8proc_uint8_t *normal = utf8proc_NFC((const utf8proc_uint8_t *)text);
        assert(normal && strcmp((const char *)normal, text) == 0);
        free(normal);
        char again[TEXT_MAX];
        assert(text_normalise(text, strlen(text), again) == 0);
        assert(strcmp(text, again) == 0);
}

static void check_date(const struct national_id_date *date)
{
        assert(date->year >= 1900 && date->year <= 2399);
        assert(date->month >= 0 && date->month <= 12);
        assert(date->day >= 0 && date->day <= 31);
        assert(date->day == 0 || date->month > 0);
}

static void check_card(const struct credential_reading *reading)
{
        const struct national_id *id = &reading->national_id;
        assert(strcmp(reading->kind, CREDENTIAL_KIND_NATIONAL_ID) == 0);
        assert(strlen(reading->value) == NATIONAL_ID_NUMBER_LEN);
        assert(strspn(reading->value, "0123456789") == NATIONAL_ID_NUMBER_LEN);
        assert(id->field_count >= 6 && id->field_count <= NATIONAL_ID_FIELDS_MAX);
        assert((id->field_count <= 7) == (reading->class == CREDENTIAL_CCCD));
        check_date(&id->dob);
        if (id->issued.year != 0)
                check_date(&id->issued);
        for (enum national_id_field i = 0; i < NATIONAL_ID_FIELDS_MAX; i++)
                assert(strlen(national_id_text(id, i)) < TEXT_MAX);
        assert(reading->is_consistent == (national_id_flags(id, NULL) == 0));
        assert(national_id_flags(id, &id->dob) < 2 * NATIONAL_ID_ISSUED_IN_FUTURE);
}

static void check_reading(const struct credential_reading *reading)
{
        switch (reading->class) {
        case CREDENTIAL_CCCD:
        case CREDENTIAL_CAN_CUOC_2024:
                check_card(reading);
                break;
        case CREDENTIAL_CODE:
                assert(strcmp(reading->kind, CREDENTIAL_KIND_CODE) == 0);
                assert(strlen(reading->value) >= CREDENTIAL_CODE_MIN);
                assert(reading->is_consistent);
                break;
        case CREDENTIAL_UNKNOWN:
                assert(reading->kind[0] == '\0' && reading->value[0] == '\0');
                assert(reading->is_consistent);
                break;
        default:
                abort();
        }
        assert(strlen(reading->value) < CREDENTIAL_VALUE_MAX);
        check_normal(reading->value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct payload payload;
        if (size > FLOW_PAYLOAD_MAX)
                return 0;
        /* On the heap, in its exact size: a read beyond it is seen. */
        uint8_t *bytes = malloc(size > 0 ? size : 1);
        char text[TEXT_MAX];
        if (bytes) {
                memcpy(bytes, data, size);
                if (text_normalise(bytes, size, text) == 0)
                        check_normal(text);
        }
        free(bytes);
        memcpy(payload.bytes, data, size);
        payload.bytes[size] = '\0';
        payload.len = size;
        struct credential_reading reading;
        enum credential_class class = credential_read(&payload, &reading);
        assert(class == reading.class);
        check_reading(&reading);
        static const uint8_t key[DIGEST_KEY_LEN];
        uint8_t lookup[FLOW_DIGEST_LEN];
        assert(credential_lookup(key, reading.kind, reading.value, lookup) == 0);
        return 0;
}
