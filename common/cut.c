#include "common/cut.h"

#include <string.h>

void cut_text(const char *text, char *cut, size_t size)
{
        size_t len = strlen(text);
        if (len >= size) {
                len = size - 1;
                while (len > 0 && ((unsigned char)text[len] & 0xc0U) == 0x80U)
                        len--;
        }
        memcpy(cut, text, len);
        cut[len] = '\0';
}
