#include "controller/validate/cose/base45.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
        BASE = 45
};

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/* The value of a character, or -1. */
static int value_of(char character)
{
        const char *at = character != '\0' ? strchr(alphabet, character) : NULL;
        return at ? (int)(at - alphabet) : -1;
}

ssize_t base45_decode(const char *text, size_t len, uint8_t *bytes, size_t size)
{
        size_t count = 0;
        for (size_t i = 0; i < len; i += 3) {
                size_t left = len - i < 3 ? len - i : 3;
                int value = 0;
                if (left == 1)
                        return -EBADMSG;
                for (size_t k = left; k-- > 0;) {
                        int digit = value_of(text[i + k]);
                        if (digit < 0)
                                return -EBADMSG;
                        value = value * BASE + digit;
                }
                if (value > (left == 3 ? 0xffff : 0xff))
                        return -EBADMSG;
                if (count + left - 1 > size)
                        return -E2BIG;
                if (left == 3)
                        bytes[count++] = (uint8_t)(value >> 8);
                bytes[count++] = (uint8_t)value;
        }
        return (ssize_t)count;
}

ssize_t base45_encode(const uint8_t *bytes, size_t len, char *text, size_t size)
{
        if (size <= len / 2 * 3 + len % 2 * 2)
                return -E2BIG;
        size_t count = 0;
        for (size_t i = 0; i < len; i += 2) {
                bool is_pair = i + 1 < len;
                int value = is_pair ? bytes[i] << 8 | bytes[i + 1] : bytes[i];
                text[count++] = alphabet[value % BASE];
                text[count++] = alphabet[value / BASE % BASE];
                if (is_pair)
                        text[count++] = alphabet[value / BASE / BASE];
        }
        text[count] = '\0';
        return (ssize_t)count;
}
