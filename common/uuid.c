#include "common/uuid.h"

#include "common/hex.h"

#include <string.h>

static bool is_hyphen_before(int byte)
{
        return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void uuid_format(const uint8_t bytes[UUID_LEN], char text[UUID_TEXT_MAX])
{
        static const char digits[] = "0123456789abcdef";
        char *out = text;
        for (int i = 0; i < UUID_LEN; i++) {
                if (is_hyphen_before(i))
                        *out++ = '-';
                *out++ = digits[bytes[i] >> 4];
                *out++ = digits[bytes[i] & 15];
        }
        *out = '\0';
}

void uuid7_format(int64_t unix_ms, const uint8_t random[UUID_RANDOM_LEN], char text[UUID_TEXT_MAX])
{
        uint8_t bytes[UUID_LEN];
        for (int i = 0; i < 6; i++)
                bytes[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
        memcpy(bytes + 6, random, UUID_RANDOM_LEN);
        bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0f)); /* version 7 */
        bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f)); /* variant 10 */
        uuid_format(bytes, text);
}

bool uuid_parse(const char *text, uint8_t bytes[UUID_LEN])
{
        if (strlen(text) != UUID_TEXT_MAX - 1)
                return false;
        for (int i = 0; i < UUID_LEN; i++) {
                if (is_hyphen_before(i) && *text++ != '-')
                        return false;
                int high = hex_nibble(text[0]), low = hex_nibble(text[1]);
                if (high < 0 || low < 0)
                        return false;
                bytes[i] = (uint8_t)(high * 16 + low);
                text += 2;
        }
        return true;
}
