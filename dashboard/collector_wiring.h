/* Wiring: which drivers the collector's settings mean. The settings are borrowed for the life of
 * what is opened. 0, or -errno and NULL. */
#pragma once

#include "dashboard/collector_settings.h"
#include "dashboard/ports/archive.h"
#include "dashboard/ports/feed.h"

/* Whether the drivers can make something of the settings; if not it is said on `complaints`. */
MUST_USE bool collector_wiring_check(const struct collector_options *options, const char *path,
                                     FILE *complaints);
MUST_USE int collector_wiring_archive(const struct collector_options *options,
                                      struct archive **archive);
MUST_USE int collector_wiring_feed(const struct collector_options *options, struct feed **feed);
