#include "dashboard/people/mask.h"

#include "common/cut.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

void mask_name(const char *name, char masked[MASK_NAME_MAX])
{
        static const char hidden[] = "*** ";
        char word[MASK_NAME_MAX - sizeof(hidden)];
        size_t len = strlen(name);
        while (len > 0 && name[len - 1] == ' ')
                len--;
        size_t begin = len;
        while (begin > 0 && name[begin - 1] != ' ')
                begin--;
        if (begin > 0) {
                cut_text(name + begin, word, sizeof(word));
                if (len - begin < sizeof(word))
                        word[len - begin] = '\0';
                snprintf(masked, MASK_NAME_MAX, "%s%s", hidden, word);
                return;
        }
        utf8proc_int32_t letter;
        utf8proc_ssize_t bytes =
                utf8proc_iterate((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)len, &letter);
        snprintf(masked, MASK_NAME_MAX, "%.*s***", bytes > 0 ? (int)bytes : 0, name);
}

void mask_fold(const char *text, char folded[MASK_FOLDED_MAX])
{
        utf8proc_uint8_t *mapped = NULL;
        utf8proc_ssize_t len =
                utf8proc_map((const utf8proc_uint8_t *)text, 0, &mapped,
                             UTF8PROC_NULLTERM | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                                     UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
        size_t used = 0;
        for (utf8proc_ssize_t i = 0; i < len && used < MASK_FOLDED_MAX - 1; i++) {
                /* U+0111, which has no decomposition: C4 91. */
                bool is_d = mapped[i] == 0xc4 && i + 1 < len && mapped[i + 1] == 0x91;
                memcpy(&folded[used++], is_d ? "d" : (const char *)&mapped[i], 1);
                i += is_d;
        }
        folded[used] = '\0';
        free(mapped);
}
