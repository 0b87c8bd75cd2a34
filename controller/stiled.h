/*
 * Stiled: the gate's process as a whole: makes the parts, starts the threads, reloads, stops in
 * order.
 */
#pragma once

#include "controller/settings.h"

/* Runs until SIGTERM or SIGINT. 0 or -errno after a log line. `path` is read again at SIGHUP. */
MUST_USE int stiled_run(struct settings *settings, const char *path);
