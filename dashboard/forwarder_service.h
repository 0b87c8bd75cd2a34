/* Forwarder service: stile-forwarder's loop between its two feeds, and the signals. */
#pragma once

#include "dashboard/forwarder_settings.h"

/*
 * Runs until SIGTERM or SIGINT; SIGHUP reads the file `path` again and connects anew. The caller
 * has no threads yet. 0, or -errno when it could not begin.
 */
MUST_USE int forwarder_service_run(struct forwarder_options *options, const char *path);
