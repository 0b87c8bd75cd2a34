/* Base64 of RFC 4648, section 4. */
#pragma once

#include "common/base.h"
#include <stddef.h>

/* Heap, the caller's; NULL without memory. */
char *base64_encode(const void *bytes, size_t len);
/* Decodes text up to the first character that is not of it; white space is skipped. Bytes written,
 * at most `size`. */
size_t base64_decode(const char *text, size_t text_len, uint8_t *out, size_t size);
