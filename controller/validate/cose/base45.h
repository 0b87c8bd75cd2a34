/* Base45 (RFC 9285): bytes in the 45 characters of a QR code's alphanumeric mode. Pure. */
#pragma once

#include "common/base.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes that `len` characters decode to, at most; characters that `len` bytes encode to, at most.
 */
#define BASE45_DECODED_MAX(len) ((len) / 3 * 2 + 1)
#define BASE45_ENCODED_MAX(len) ((len) / 2 * 3 + 2)

/* Bytes written (>= 0); -EBADMSG: a character outside the alphabet, a value above 65535 or 255, or
 * one character left over; -E2BIG: `size` is too small. */
MUST_USE ssize_t base45_decode(const char *text, size_t len, uint8_t *bytes, size_t size);
/* Characters written, and a NUL behind them; -E2BIG. */
MUST_USE ssize_t base45_encode(const uint8_t *bytes, size_t len, char *text, size_t size);
