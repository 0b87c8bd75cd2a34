#include "drivers/web/web_private.h"

#include <string.h>
#include <utf8proc.h>

static int digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

size_t target_unescape(void *context, struct MHD_Connection *connection, char *text)
{
        (void)context;
        (void)connection;
        char *to = text;
        for (const char *from = text; *from != '\0'; from++) {
                int high = *from == '%' ? digit(from[1]) : 0;
                int low = *from == '%' && high >= 0 ? digit(from[2]) : 0;
                int value = high * 16 + low;
                if (*from != '%') {
                        *to++ = *from;
                        continue;
                }
                bool is_bad = high < 0 || low < 0 || value < ' ';
                const unsigned char byte = is_bad ? 1 : (unsigned char)value;
                memcpy(to++, &byte, 1);
                from += high < 0 || low < 0 ? 0 : 2;
        }
        *to = '\0';
        return (size_t)(to - text);
}

bool target_is_good(const char *text)
{
        const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
        while (*at != '\0') {
                utf8proc_int32_t letter;
                utf8proc_ssize_t len = utf8proc_iterate(at, -1, &letter);
                if (len <= 0 || letter < ' ' || (letter >= 0x7f && letter < 0xa0))
                        return false;
                at += len;
        }
        return true;
}

static enum MHD_Result check_value(void *context, enum MHD_ValueKind kind, const char *key,
                                   const char *value)
{
        bool *is_good = context;
        (void)kind;
        *is_good = *is_good && target_is_good(key) && (!value || target_is_good(value));
        return *is_good ? MHD_YES : MHD_NO;
}

bool target_are_values_good(struct MHD_Connection *connection)
{
        bool is_good = true;
        MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, check_value, &is_good);
        MHD_get_connection_values(connection, MHD_COOKIE_KIND, check_value, &is_good);
        return is_good;
}
