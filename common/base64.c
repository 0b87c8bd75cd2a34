#include "common/base64.h"

#include <ctype.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *bytes, size_t len)
{
        const uint8_t *from = bytes;
        char *text = malloc((len + 2) / 3 * 4 + 1), *to = text;
        if (!text)
                return NULL;
        for (size_t i = 0; i < len; i += 3) {
                unsigned three = (unsigned)from[i] << 16;
                three |= i + 1 < len ? (unsigned)from[i + 1] << 8 : 0;
                three |= i + 2 < len ? from[i + 2] : 0;
                *to++ = digits[three >> 18];
                *to++ = digits[three >> 12 & 63];
                *to++ = '=';
                *to++ = '=';
                if (i + 1 < len)
                        to[-2] = digits[three >> 6 & 63];
                if (i + 2 < len)
                        to[-1] = digits[three & 63];
        }
        *to = '\0';
        return text;
}

size_t base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size)
{
        unsigned bits = 0, count = 0;
        size_t len = 0;
        for (size_t i = 0; i < text_len && len < size; i++) {
                if (isspace((unsigned char)text[i]))
                        continue;
                const char *digit = text[i] != '\0' ? strchr(digits, text[i]) : NULL;
                if (!digit)
                        break;
                bits = bits << 6 | (unsigned)(digit - digits);
                count += 6;
                if (count >= 8) {
                        count -= 8;
                        out[len++] = (uint8_t)(bits >> count & 0xff);
                }
        }
        return len;
}
