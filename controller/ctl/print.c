#include "controller/ctl/print.h"

#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

/* Characters that draw nothing and change how what follows is drawn: C0, DEL, C1, and the marks
 * that override the direction of writing. */
static bool is_unsafe(utf8proc_int32_t c)
{
        return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || c == 0x200e || c == 0x200f ||
               (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

/* The next character as it is shown. Returns its length in bytes, *columns its width. */
static size_t show(const unsigned char *bytes, size_t len, char shown[16], int *columns)
{
        utf8proc_int32_t c = -1;
        utf8proc_ssize_t used = utf8proc_iterate(bytes, (utf8proc_ssize_t)len, &c);
        if (used <= 0 || c < 0) {
                snprintf(shown, 16, "\\x%02x", bytes[0]);
                used = 1;
        } else if (is_unsafe(c)) {
                snprintf(shown, 16, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
        } else {
                memcpy(shown, bytes, (size_t)used);
                shown[used] = '\0';
                *columns = utf8proc_charwidth(c);
                return (size_t)used;
        }
        *columns = (int)strlen(shown);
        return (size_t)used;
}

void print_safe_bytes(FILE *out, const void *bytes, size_t len)
{
        const unsigned char *at = bytes;
        while (len > 0) {
                char shown[16];
                int columns = 0;
                size_t used = show(at, len, shown, &columns);
                fputs(shown, out);
                at += used;
                len -= used;
        }
}

void print_safe(FILE *out, const char *text)
{
        print_safe_bytes(out, text, strlen(text));
}

char *print_safe_text(const char *text, size_t len)
{
        char *safe = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&safe, &size);
        if (!out)
                return NULL;
        print_safe_bytes(out, text, len);
        return fclose(out) == 0 ? safe : NULL;
}

json_t *print_safe_copy(const json_t *value)
{
        const char *key = NULL;
        json_t *member = NULL, *copy = NULL;
        size_t i = 0;
        if (json_is_string(value)) {
                char *safe = print_safe_text(json_string_value(value), json_string_length(value));
                copy = json_string(safe ? safe : "");
                free(safe);
        } else if (json_is_array(value)) {
                copy = json_array();
                json_array_foreach((json_t *)value, i, member)
                        json_array_append_new(copy, print_safe_copy(member));
        } else if (json_is_object(value)) {
                copy = json_object();
                json_object_foreach((json_t *)value, key, member)
                {
                        char *safe = print_safe_text(key, strlen(key));
                        json_object_set_new(copy, safe ? safe : "", print_safe_copy(member));
                        free(safe);
                }
        } else {
                copy = json_incref((json_t *)value);
        }
        return copy;
}

int print_width(const char *text)
{
        int width = 0;
        size_t len = strlen(text);
        while (len > 0) {
                char shown[16];
                int columns = 0;
                size_t used = show((const unsigned char *)text, len, shown, &columns);
                width += columns;
                text += used;
                len -= used;
        }
        return width;
}

void print_padded(FILE *out, const char *text, int width)
{
        print_safe(out, text);
        int missing = width - print_width(text);
        if (missing > 0)
                fprintf(out, "%*s", missing, "");
}

/* jansson escapes C0 only. Outside strings JSON has none of the others, so they may be escaped
 * wherever they stand. */
void print_json(FILE *out, const json_t *object)
{
        char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(10));
        if (!text)
                return;
        const unsigned char *at = (const unsigned char *)text;
        size_t len = strlen(text);
        while (len > 0) {
                utf8proc_int32_t c = -1;
                utf8proc_ssize_t used = utf8proc_iterate(at, (utf8proc_ssize_t)len, &c);
                if (used <= 0)
                        break;
                if (is_unsafe(c))
                        fprintf(out, "\\u%04x", (unsigned)c);
                else
                        fwrite(at, 1, (size_t)used, out);
                at += used;
                len -= (size_t)used;
        }
        fputc('\n', out);
        free(text);
}

const char *paint_on(const struct ctl *ctl, enum paint paint)
{
        static const char *const codes[] = { [PAINT_GOOD] = "\033[32m",
                                             [PAINT_WARN] = "\033[33m",
                                             [PAINT_BAD] = "\033[1;31m",
                                             [PAINT_BOLD] = "\033[1m",
                                             [PAINT_FAINT] = "\033[2m" };
        return ctl->has_colour ? codes[paint] : "";
}

const char *paint_off(const struct ctl *ctl)
{
        return ctl->has_colour ? "\033[0m" : "";
}

const char *print_count(char text[PRINT_MAX], int64_t count)
{
        char digits[PRINT_MAX];
        int len = snprintf(digits, sizeof(digits), "%lld", (long long)(count < 0 ? 0 : count));
        char *to = text;
        for (int i = 0; i < len; i++) {
                if (i > 0 && (len - i) % 3 == 0)
                        *to++ = ',';
                *to++ = digits[i];
        }
        *to = '\0';
        return text;
}

const char *print_us(char text[PRINT_MAX], int64_t us)
{
        if (us < 1000)
                snprintf(text, PRINT_MAX, "%lld µs", (long long)us);
        else if (us < 1000000)
                snprintf(text, PRINT_MAX, us < 100000 ? "%.1f ms" : "%.0f ms", (double)us / 1e3);
        else
                snprintf(text, PRINT_MAX, "%.1f s", (double)us / 1e6);
        return text;
}

const char *print_bytes(char text[PRINT_MAX], int64_t bytes)
{
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
        double value = (double)bytes;
        size_t unit = 0;
        for (; value >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
                value /= 1024;
        snprintf(text, PRINT_MAX, unit == 0 ? "%.0f %s" : "%.1f %s", value, units[unit]);
        return text;
}

const char *print_span(char text[PRINT_MAX], int64_t seconds)
{
        long long s = seconds;
        if (s < 60)
                snprintf(text, PRINT_MAX, "%lld s", s);
        else if (s < 3600)
                snprintf(text, PRINT_MAX, "%lld min %lld s", s / 60, s % 60);
        else if (s < 86400)
                snprintf(text, PRINT_MAX, "%lld h %lld min", s / 3600, s % 3600 / 60);
        else
                snprintf(text, PRINT_MAX, "%lld d %lld h", s / 86400, s % 86400 / 3600);
        return text;
}

const char *text_of(const json_t *object, const char *key)
{
        const char *text = json_string_value(json_object_get(object, key));
        return text ? text : "";
}

int64_t number_of(const json_t *object, const char *key)
{
        return json_integer_value(json_object_get(object, key));
}
