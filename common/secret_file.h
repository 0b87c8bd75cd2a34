/* Secret file: one line, a passphrase, in a file that only its owner may read. */
#pragma once

#include "common/base.h"

/* NULL, or why not, for people. The line's end is not part of it. */
MUST_USE const char *secret_file_read(const char *path, char *line, size_t size);
