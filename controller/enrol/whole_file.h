/* Whole file: small files that are there whole or not at all, also after a power cut. */
#pragma once

#include "common/base.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
        WHOLE_FILE_PATH_MAX = 4096
};

/* The text of a file of at most CA_PEM_MAX bytes; heap, the caller's. 0; -EFBIG; -errno. */
MUST_USE int whole_file_read(const char *path, char **text);
/* Written aside, fsynced, renamed over what is there; group -1: the writer's. 0 or -errno. */
MUST_USE int whole_file_write(const char *path, const char *text, mode_t mode, gid_t group);
/* A rename that a power cut does not undo. 0 or -errno. */
MUST_USE int whole_file_rename(const char *from, const char *to);
