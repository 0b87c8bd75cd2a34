/* Program: the command line that stiled and stile-uplink have in common. */
#pragma once

#include "controller/settings.h"

struct program {
        const char *name, *usage;
        bool has_sample; /* --print-config is its business */
};

enum {
        PROGRAM_GO = -1
};

/*
 * Reads the options; --help, --version, --check-config and --print-config are served here. Loads
 * the settings. PROGRAM_GO with settings and *path; else the exit status, everything said.
 */
MUST_USE int program_begin(const struct program *program, int argc, char **argv,
                           struct settings *settings, const char **path);
