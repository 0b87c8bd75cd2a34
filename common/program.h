/* Program: the command line that our daemons have in common. */
#pragma once

#include "common/base.h"
#include <stdbool.h>
#include <stdio.h>

struct program {
        const char *name;
        const char *purpose, *hints; /* --help says them before and behind the options */
        const char *config;          /* where it is when nobody says */
        /* 0; -EINVAL or -errno, everything said on `complaints`. */
        int (*load)(void *settings, const char *path, FILE *complaints);
        void (*print_sample)(FILE *out); /* NULL: --print-config is not its business */
};

enum {
        PROGRAM_GO = -1
};

/*
 * Reads the options; --help, --version, --check-config and --print-config are served here. Loads
 * the settings. PROGRAM_GO with settings and *path; else the exit status, everything said.
 */
MUST_USE int program_begin(const struct program *program, int argc, char **argv, void *settings,
                           const char **path);

/* Blocks SIGTERM, SIGINT, SIGHUP, to be read from the signalfd that it answers, and SIGPIPE. Before
 * there are threads. -errno. */
MUST_USE int program_signals(void);
