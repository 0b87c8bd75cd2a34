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
        while (at < end && *at != '\0' && strchr(" \t\r\n", *at))
                at++;
        return at;
}

bool wire_json_is_list(const unsigned char *bytes, size_t len)
{
        const unsigned char *at = skip_space(bytes, bytes + len);
        return at < bytes + len && *at == '[';
}

struct wire_json_list wire_json_list_of(const unsigned char *bytes, size_t len)
{
        return (struct wire_json_list){ .at = bytes,
                                        .end = bytes + len,
                                        .is_good =
                                                len <= WIRE_JSON_LIST_MAX &&
                                                wire_json_is_list(bytes, len) &&
                                                is_shallow(bytes, len, WIRE_JSON_DEPTH_MAX + 1) };
}

/* What is before an object, or ends them. '\0': neither. */
static unsigned char punctuation(struct wire_json_list *list)
{
        list->at = skip_space(list->at, list->end);
        return list->at < list->end ? *list->at++ : '\0';
}

static json_t *read_object(struct wire_json_list *list)
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

json_t *wire_json_list_next(struct wire_json_list *list)
{
        if (!list->is_good)
                return NULL;
        unsigned char mark = punctuation(list);
        bool is_first = !list->is_begun;
        list->is_begun = true;
        if (is_first) { /* "[", as is known */
                const unsigned char *at = skip_space(list->at, list->end);
                if (at < list->end && *at == ']')
                        mark = punctuation(list);
        }
        if (mark == ']') {
                list->is_good = skip_space(list->at, list->end) == list->end;
                list->end = list->at;
                return NULL;
        }
        list->is_good = is_first || mark == ',';
        return list->is_good ? read_object(list) : NULL;
}
