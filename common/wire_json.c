#include "common/wire_json.h"

#include <string.h>

/* Jansson's own bound is 2048 levels of recursion. Brackets within strings do not count. */
static bool is_shallow(const unsigned char *bytes, size_t len, int depth_max)
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
                        if (++depth > depth_max)
                                return false;
                } else if (bytes[i] == '}' || bytes[i] == ']') {
                        depth--;
                }
        }
        return true;
}

json_t *wire_json_load(const unsigned char *bytes, size_t len)
{
        if (len > WIRE_JSON_MAX || !is_shallow(bytes, len, WIRE_JSON_DEPTH_MAX))
                return NULL;
        json_t *value = json_loadb((const char *)bytes, len, JSON_REJECT_DUPLICATES, NULL);
        if (json_is_object(value))
                return value;
        json_decref(value);
        return NULL;
}

static const unsigned char *skip_space(const unsigned char *at, const unsigned char *end)
{
        static const char spaces[] = { ' ', '\t', '\r', '\n' };
        while (at < end && memchr(spaces, *at, sizeof(spaces)))
                at++;
        return at;
}

struct wire_json_list wire_json_list_of(const unsigned char *bytes, size_t len)
{
        const unsigned char *end = bytes + len, *at = skip_space(bytes, end);
        bool is_good = len <= WIRE_JSON_LIST_MAX && at < end && *at == '[' &&
                       is_shallow(bytes, len, WIRE_JSON_DEPTH_MAX + 1);
        return (struct wire_json_list){ .at = is_good ? at + 1 : at,
                                        .end = end,
                                        .is_good = is_good };
}

bool wire_json_list_next(struct wire_json_list *list)
{
        if (!list->is_good)
                return false;
        list->at = skip_space(list->at, list->end);
        unsigned char mark = list->at < list->end ? *list->at : '\0';
        if (mark == ']') {
                list->is_good = skip_space(list->at + 1, list->end) == list->end;
                return false;
        }
        if (list->is_begun) {
                list->is_good = mark == ',';
                if (!list->is_good)
                        return false;
                list->at++;
        }
        list->is_begun = true;
        return true;
}

json_t *wire_json_list_load(struct wire_json_list *list)
{
        json_error_t error;
        json_t *value = json_loadb((const char *)list->at, (size_t)(list->end - list->at),
                                   JSON_REJECT_DUPLICATES | JSON_DISABLE_EOF_CHECK, &error);
        list->is_good = json_is_object(value) && error.position <= WIRE_JSON_MAX;
        if (list->is_good) {
                list->at += error.position;
                return value;
        }
        json_decref(value);
        return NULL;
}

void wire_json_list_pass(struct wire_json_list *list, size_t len)
{
        list->is_good = len <= WIRE_JSON_MAX;
        list->at += len;
}
