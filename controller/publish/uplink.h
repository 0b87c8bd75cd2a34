/*
 * Uplink: stile-uplink's loop between the gate's local socket and the broker. It has no devices and
 * no state of its own: all that it must not forget is in the gate's journal.
 */
#pragma once

#include "controller/settings.h"

/* Runs until SIGTERM or SIGINT; SIGHUP connects to the broker anew (renewed certificates). The
 * caller has no threads yet. 0, or -errno when it could not begin. */
MUST_USE int uplink_run(const struct settings *settings);
