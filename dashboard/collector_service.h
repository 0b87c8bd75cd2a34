/* Collector service: stile-collector's loop between feed and archive, and the signals. */
#pragma once

#include "dashboard/collector_settings.h"

/*
 * Runs until SIGTERM or SIGINT, and then commits what it has; SIGHUP reads the file `path` again
 * and connects anew (renewed certificates). The caller has no threads yet. 0, or -errno when it
 * could not begin or end in an orderly way.
 */
MUST_USE int collector_service_run(struct collector_options *options, const char *path);
