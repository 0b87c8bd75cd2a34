#include "common/wire_json.h"

#include <stdbool.h>

/* Jansson's own bound is 2048 levels of recursion. Brackets within strings do not count. */
static bool is_shallow(const unsigned char *bytes, size_t len)
{
        int depth = 0;
        bool is_in_string = false;
        for (size_t i = 0; i < len; i++) {
                if (is_in_string) {
                        if (bytes[i] == '\\')
                                i++;
                        else if (bytes[i] == '"')
                                is_in_string = false;
                } else if (bytes[i] == '"') {
                        is_in_string = true;
                } else if (bytes[i] == '{' || bytes[i] == '[') {
                        if (++depth > WIRE_JSON_DEPTH_MAX)
                                return false;
                } else if (bytes[i] == '}' || bytes[i] == ']') {
                        depth--;
                }
        }
        return true;
}

json_t *wire_json_load(const unsigned char *bytes, size_t len)
{
        if (len > WIRE_JSON_MAX || !is_shallow(bytes, len))
                return NULL;
        json_t *value = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(value))
                return value;
        json_decref(value);
        return NULL;
}
