#include "controller/validate/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

enum {
        /* Decomposed, a code point of two bytes becomes at most three: no text of TEXT_MAX bytes
         * gives more. */
        POINTS_MAX = TEXT_MAX / 2 * 3,
        BYTE_ORDER_MARK = 0xfeff
};

static bool is_space(utf8proc_int32_t point)
{
        switch (utf8proc_category(point)) {
        case UTF8PROC_CATEGORY_ZS:
        case UTF8PROC_CATEGORY_ZL:
        case UTF8PROC_CATEGORY_ZP:
                return true;
        default:
                return point == '\t' || point == '\n' || point == '\r';
        }
}

int text_normalise(const void *bytes, size_t len, char text[TEXT_MAX])
{
        static const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
        utf8proc_int32_t points[POINTS_MAX + 1]; /* one more for the NUL of the encoded text */
        utf8proc_ssize_t count =
                utf8proc_decompose(bytes, (utf8proc_ssize_t)len, points, POINTS_MAX, options);
        if (count < 0)
                return -EILSEQ;
        if (count > POINTS_MAX)
                return -E2BIG;
        utf8proc_int32_t *first = points, *end = points + count;
        while (first < end && (*first == BYTE_ORDER_MARK || is_space(*first)))
                first++;
        while (first < end && (end[-1] == '\0' || is_space(end[-1])))
                end--;
        for (const utf8proc_int32_t *point = first; point < end; point++)
                if (utf8proc_category(*point) == UTF8PROC_CATEGORY_CC)
                        return -EILSEQ;
        memmove(points, first, (size_t)(end - first) * sizeof(*points));
        utf8proc_ssize_t size = utf8proc_reencode(points, end - first, options);
        if (size < 0)
                return -EILSEQ;
        if (size >= TEXT_MAX)
                return -E2BIG;
        memcpy(text, points, (size_t)size);
        text[size] = '\0';
        return 0;
}

static bool is_ascii_space(char c)
{
        return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *text_trim(const void *bytes, size_t len, size_t *left)
{
        static const char mark[] = "\xef\xbb\xbf";
        const char *at = bytes;
        for (;;) {
                size_t skipped = 0;
                if (len >= strlen(mark) && memcmp(at, mark, strlen(mark)) == 0)
                        skipped = strlen(mark);
                else if (len > 0 && is_ascii_space(at[0]))
                        skipped = 1;
                if (skipped == 0)
                        break;
                at += skipped;
                len -= skipped;
        }
        while (len > 0 && (at[len - 1] == '\0' || is_ascii_space(at[len - 1])))
                len--;
        *left = len;
        return at;
}
