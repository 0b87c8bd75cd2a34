/*
 * Exec child: a shell command whose standard output is ours to read. It leads a process group of
 * its own, so that the whole of a pipeline can be ended, and dies with the thread that started it.
 */
#pragma once

#include "common/base.h"
#include <sys/types.h>

struct exec_child {
        pid_t pid;     /* 0: none */
        int life_fd;   /* pidfd: readable once the shell has ended */
        int output_fd; /* its standard output, non-blocking */
};

#define EXEC_CHILD_NONE ((struct exec_child){ .life_fd = -1, .output_fd = -1 })

/* `/bin/sh -c command` with an empty input and our standard error. 0 or -errno. */
MUST_USE int exec_child_start(struct exec_child *child, const char *command);

/* Ends the group and reaps the shell; EXEC_CHILD_NONE is fine. Takes at most 300 ms, unless the
 * kernel itself holds the shell back: then 1 s more. */
void exec_child_end(struct exec_child *child);
