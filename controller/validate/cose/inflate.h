/* Inflate: zlib streams (RFC 1950) into memory of a fixed size. zlib under a cap. */
#pragma once

#include "common/base.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes written; -EBADMSG: not a zlib stream, damaged, cut off, a preset dictionary, or bytes
 * behind it; -E2BIG: more than `size` bytes would come of it (work ends there); -ENOMEM. */
MUST_USE ssize_t inflate_zlib(const uint8_t *bytes, size_t len, uint8_t *out, size_t size);
