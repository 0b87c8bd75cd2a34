/* Hex: bytes as lower-case hex digits, two each (RFC 4648, section 8, but for the case). Pure. */
#pragma once

#include "common/base.h"
#include <stdbool.h>

/* -1: no digit. */
static inline int hex_nibble(char c)
{
        return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* False: the text is not `len` bytes; `bytes` may be written to. */
static inline bool hex_parse(const char *text, uint8_t *bytes, size_t len)
{
        for (size_t i = 0; i < len; i++, text += 2) {
                int high = hex_nibble(text[0]), low = high < 0 ? -1 : hex_nibble(text[1]);
                if (low < 0)
                        return false;
                bytes[i] = (uint8_t)(high * 16 + low);
        }
        return *text == '\0';
}
