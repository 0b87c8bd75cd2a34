#include "controller/validate/credential.h"

#include <errno.h>
#include <string.h>

static bool read_card(const char *text, struct credential_reading *reading)
{
        struct national_id *id = &reading->national_id;
        if (!national_id_parse(id, text))
                return false;
        reading->class = id->field_count <= NATIONAL_ID_CCCD_FIELDS_MAX ? CREDENTIAL_CCCD
                                                                        : CREDENTIAL_CAN_CUOC_2024;
        reading->is_consistent = national_id_flags(id, NULL) == 0;
        reading->kind = CREDENTIAL_KIND_NATIONAL_ID;
        /* Only the number: a card that was renewed, or written differently, is the same person. */
        memcpy(reading->value, national_id_text(id, NATIONAL_ID_NUMBER),
               NATIONAL_ID_NUMBER_LEN + 1);
        return true;
}

static void read_code(const char *text, struct credential_reading *reading)
{
        size_t len = strlen(text);
        if (len < CREDENTIAL_CODE_MIN || len >= sizeof(reading->value))
                return;
        reading->class = CREDENTIAL_CODE;
        reading->kind = CREDENTIAL_KIND_CODE;
        memcpy(reading->value, text, len + 1);
}

enum credential_class credential_read(const struct payload *payload,
                                      struct credential_reading *reading)
{
        char text[TEXT_MAX];
        *reading = (struct credential_reading){ .class = CREDENTIAL_UNKNOWN,
                                                .is_consistent = true,
                                                .kind = "" };
        if (text_normalise(payload->bytes, payload->len, text) == 0 && !read_card(text, reading))
                read_code(text, reading);
        return reading->class;
}

int credential_lookup(const uint8_t key[DIGEST_KEY_LEN], const char *kind, const char *value,
                      uint8_t lookup[FLOW_DIGEST_LEN])
{
        enum {
                KIND_MAX = 16
        };
        uint8_t data[KIND_MAX + CREDENTIAL_VALUE_MAX];
        size_t kind_len = strlen(kind), value_len = strlen(value);
        if (kind_len >= KIND_MAX || value_len >= CREDENTIAL_VALUE_MAX)
                return -E2BIG;
        memcpy(data, kind, kind_len + 1);
        memcpy(data + kind_len + 1, value, value_len + 1);
        return digest_hmac(key, data, kind_len + 1 + value_len, lookup);
}
