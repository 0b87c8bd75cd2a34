/* Fuzz: base45. A text that is taken is the text of its bytes; any bytes come back. */
#include "controller/validate/cose/base45.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text, size_t len)
{
        /* In their exact size: a write beyond is seen. */
        uint8_t *bytes = malloc(BASE45_DECODED_MAX(len));
        char *again = malloc(len + 1);
        assert(bytes && again);
        ssize_t got = base45_decode(text, len, bytes, BASE45_DECODED_MAX(len));
        assert(got != -E2BIG);
        if (got >= 0) {
                assert(base45_encode(bytes, (size_t)got, again, len + 1) == (ssize_t)len);
                assert(memcmp(again, text, len) == 0);
                assert(got == 0 || base45_decode(text, len, bytes, (size_t)got - 1) == -E2BIG);
        }
        free(bytes);
        free(again);
}

static void check_bytes(const uint8_t *bytes, size_t len)
{
        char *text = malloc(BASE45_ENCODED_MAX(len) + 1);
        uint8_t *back = malloc(len + 1);
        assert(text && back);
        ssize_t written = base45_encode(bytes, len, text, BASE45_ENCODED_MAX(len) + 1);
        assert(written >= 0 && text[written] == '\0');
        assert(base45_decode(text, (size_t)written, back, len) == (ssize_t)len);
        assert(len == 0 || memcmp(back, bytes, len) == 0);
        free(text);
        free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        check_text((const char *)data, size);
        check_bytes(data, size);
        return 0;
}
