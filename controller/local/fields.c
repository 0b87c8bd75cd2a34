#include "controller/local/fields.h"

#include "common/base64.h"
#include "common/hex.h"
#include "common/rfc3339.h"
#include "controller/flow.h"

#include <stdio.h>
#include <string.h>

void fields_complain(struct fields *fields, const char *key, const char *what)
{
        if (fields->why[0] == '\0')
                snprintf(fields->why, sizeof(fields->why), "%s: %s", key, what);
}

bool fields_have(const struct fields *fields, const char *key)
{
        return json_object_get(fields->object, key) != NULL;
}

const char *fields_text(struct fields *fields, const char *key, size_t max)
{
        const json_t *value = json_object_get(fields->object, key);
        const char *text = json_string_value(value);
        if (!text || text[0] == '\0' || strlen(text) != json_string_length(value)) {
                fields_complain(fields, key, "a text is wanted");
                return "";
        }
        if (strlen(text) >= max) {
                fields_complain(fields, key, "the text is too long");
                return "";
        }
        return text;
}

const char *fields_id(struct fields *fields, const char *key)
{
        const char *text = fields_text(fields, key, FLOW_ID_MAX);
        if (text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0')
                return text;
        fields_complain(fields, key, "an identifier is wanted: 1 to 32 of a-z, 0-9 and -");
        return "";
}

int64_t fields_integer(struct fields *fields, const char *key, int64_t low, int64_t high,
                       int64_t fallback)
{
        const json_t *value = json_object_get(fields->object, key);
        if (!value)
                return fallback;
        json_int_t number = json_integer_value(value);
        if (!json_is_integer(value) || number < low || number > high) {
                fields_complain(fields, key, "a whole number in range is wanted");
                return fallback;
        }
        return number;
}

bool fields_bool(struct fields *fields, const char *key, bool fallback)
{
        const json_t *value = json_object_get(fields->object, key);
        if (!value)
                return fallback;
        if (!json_is_boolean(value))
                fields_complain(fields, key, "true or false is wanted");
        return json_is_true(value);
}

int64_t fields_time(struct fields *fields, const char *key)
{
        int64_t us = 0;
        if (!fields_have(fields, key))
                return 0;
        const char *text = fields_text(fields, key, RFC3339_MAX);
        if (!rfc3339_parse(text, &us))
                fields_complain(fields, key, "an RFC 3339 time is wanted");
        return us;
}

void fields_hex(struct fields *fields, const char *key, uint8_t *out, size_t len)
{
        if (!hex_parse(fields_text(fields, key, 2 * len + 1), out, len))
                fields_complain(fields, key, "lower-case hex digits are wanted");
}

size_t fields_base64(struct fields *fields, const char *key, uint8_t *out, size_t size)
{
        const char *text = json_string_value(json_object_get(fields->object, key));
        size_t text_len = text ? strlen(text) : 0;
        size_t padding = text_len > 0 ? strlen(text + strcspn(text, "=")) : 0;
        size_t len = base64_decode(text ? text : "", text_len, out, size);
        if (!text || text_len == 0)
                fields_complain(fields, key, "is missing");
        else if (text_len / 4 * 3 > size + padding)
                fields_complain(fields, key, "is too long");
        else if (text_len % 4 != 0 || padding > 2 || len != text_len / 4 * 3 - padding)
                fields_complain(fields, key, "base64 is wanted");
        return fields->why[0] == '\0' ? len : 0;
}

json_t *fields_error(const char *reason, const char *message)
{
        return json_pack("{s:{s:s, s:s}}", "error", "reason", reason, "message", message);
}

json_t *fields_ok(json_t *object)
{
        return json_pack("{s:o}", "ok", object ? object : json_object());
}
