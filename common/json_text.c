#include "common/json_text.h"

#include <stdio.h>
#include <string.h>

enum {
        FIRST_SIZE = 1024
};

static bool make_room(struct json_text *text, size_t len)
{
        if (text->is_broken)
                return false;
        if (text->size - text->len > len)
                return true;
        size_t size = text->size > 0 ? text->size : FIRST_SIZE;
        while (size - text->len <= len)
                size *= 2;
        char *larger = realloc(text->text, size);
        if (larger) {
                text->text = larger;
                text->size = size;
        }
        text->is_broken = !larger;
        return larger != NULL;
}

/* There is always a byte left for the NUL. */
static void put(struct json_text *text, const char *bytes, size_t len)
{
        if (!make_room(text, len))
                return;
        memcpy(text->text + text->len, bytes, len);
        text->len += len;
}

static void put_comma(struct json_text *text)
{
        if (text->len > 0 && text->text[text->len - 1] != '{')
                put(text, ",", 1);
}

static void put_quoted(struct json_text *text, const char *value, size_t len)
{
        put(text, "\"", 1);
        put(text, value, len);
        put(text, "\"", 1);
}

static void put_name(struct json_text *text, const char *name)
{
        put_comma(text);
        put_quoted(text, name, strlen(name));
        put(text, ":", 1);
}

void json_text_open(struct json_text *text, const char *name)
{
        if (name)
                put_name(text, name);
        put(text, "{", 1);
}

void json_text_close(struct json_text *text)
{
        put(text, "}", 1);
}

static bool is_plain(const char *value, size_t len)
{
        for (size_t i = 0; i < len; i++)
                if (!json_text_is_plain(value[i]))
                        return false;
        return true;
}

static void put_dumped(struct json_text *text, const json_t *value)
{
        char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        text->is_broken |= !dumped;
        if (dumped)
                put(text, dumped, strlen(dumped));
        free(dumped);
}

void json_text_string(struct json_text *text, const char *name, const char *value)
{
        size_t len = strlen(value);
        put_name(text, name);
        if (is_plain(value, len)) {
                put_quoted(text, value, len);
                return;
        }
        json_t *string = json_string(value);
        put_dumped(text, string);
        json_decref(string);
}

void json_text_bool(struct json_text *text, const char *name, bool value)
{
        put_name(text, name);
        put(text, value ? "true" : "false", value ? 4 : 5);
}

void json_text_member(struct json_text *text, const char *name, const json_t *value)
{
        char digits[24];
        const char *string = json_string_value(value);
        size_t len = json_string_length(value);
        put_name(text, name);
        if (string && is_plain(string, len))
                put_quoted(text, string, len);
        else if (json_is_integer(value))
                put(text, digits,
                    (size_t)snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT,
                                     json_integer_value(value)));
        else
                put_dumped(text, value);
}

void json_text_raw(struct json_text *text, const char *member, size_t len)
{
        put_comma(text);
        put(text, member, len);
}

char *json_text_take(struct json_text *text)
{
        char *whole = text->text;
        if (whole && !text->is_broken) {
                whole[text->len] = '\0';
        } else {
                free(whole);
                whole = NULL;
        }
        *text = (struct json_text){ 0 };
        return whole;
}
