#include "common/uuid.h"

#include <string.h>

void uuid7_format(int64_t unix_ms, const uint8_t random[UUID_RANDOM_LEN], char text[UUID_TEXT_MAX])
{
        static const char digits[] = "0123456789abcdef";
        uint8_t bytes[16];
        for (int i = 0; i < 6; i++)
                bytes[i] = (uint8_t)((uint64_t)unix_ms >> (40 - 8 * i));
        memcpy(bytes + 6, random, UUID_RANDOM_LEN);
        bytes[6] = (uint8_t)(0x70 | (bytes[6] & 0x0f)); /* version 7 */
        bytes[8] = (uint8_t)(0x80 | (bytes[8] & 0x3f)); /* variant 10 */

        char *out = text;
        for (int i = 0; i < 16; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        *out++ = '-';
                *out++ = digits[bytes[i] >> 4];
                *out++ = digits[bytes[i] & 15];
        }
        *out = '\0';
}
