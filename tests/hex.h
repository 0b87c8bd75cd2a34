/* Hex: bytes as the RFCs print them. */
#pragma once

#include "common/base.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static inline size_t hex_read(const char *hex, uint8_t *bytes, size_t size)
{
        size_t len = 0;
        for (; hex[0] && hex[1]; hex += 2) {
                unsigned int byte = 0;
                int got = sscanf(hex, "%2x", &byte);
                assert(got == 1 && len < size);
                bytes[len++] = (uint8_t)byte;
        }
        return len;
}
