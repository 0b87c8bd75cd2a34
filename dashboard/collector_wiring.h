/* Wiring: which drivers the collector's settings mean. The settings are borrowed for the life of
 * what is opened. 0, or -errno and NULL. */
#pragma once

#include "dashboard/collector_settings.h"
#include "dashboard/ports/archive.h"
#include "dashboard/ports/feed.h"

MUST_USE int collector_wiring_archive(const struct collector_options *options,
                                      struct archive **archive);
MUST_USE int collector_wiring_feed(const struct collector_options *options, struct feed **feed);
