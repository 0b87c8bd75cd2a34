/* Fuzz: whatever a stranger sends as a visitor's phone is read without harm. A declaration that is
 * read says what was signed, word for word, and nothing is taken for signed that is not. */
#include "dashboard/people/phone.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_declaration(const char *body, size_t size)
{
        struct phone_declaration read;
        if (phone_read_declaration(body, size, &read))
                return;
        char begun[PHONE_SIGNED_MAX];
        int len = snprintf(begun, sizeof(begun), "stile-declaration\n%s\n%s\n", read.pass,
                           read.result);
        if (len < 0 || (size_t)len >= read.signed_len ||
            strncmp(read.signed_text, begun, (size_t)len) != 0 ||
            strlen(read.signed_text) != read.signed_len)
                abort();
        if (phone_has_signed(&read, (const uint8_t *)read.pass, strlen(read.pass)))
                abort();
        (void)phone_is_fresh(&read, 0);
        (void)phone_is_fresh(&read, read.at_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct phone_link link = { .phone_len = 0 };
        if (!phone_read_link((const char *)data, size, &link) &&
            link.phone_len > sizeof(link.phone))
                abort();
        read_declaration((const char *)data, size);
        return 0;
}
