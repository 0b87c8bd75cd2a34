/* Dashboard service: stile-dashboard's parts, put together, and the signals. */
#pragma once

#include "dashboard/dashboard_settings.h"

/*
 * Runs until SIGTERM or SIGINT; SIGHUP reads the server's certificate again. The caller has no
 * threads yet. 0, or -errno when it could not begin.
 */
MUST_USE int dashboard_service_run(const struct dashboard_options *options);
