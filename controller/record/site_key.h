/* Site key: 32 secret bytes in a file of mode 0600, made when missing. */
#pragma once

#include "controller/ports/digest.h"

/* 0; -EPERM: the file is open to others; -EBADMSG: not 32 bytes; -errno. *is_new: it was made. */
MUST_USE int site_key_load(const char *path, uint8_t key[DIGEST_KEY_LEN], bool *is_new);
