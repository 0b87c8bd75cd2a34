/* Collector: what its files share. */
#pragma once

#include "dashboard/ingest/collector.h"

/* After every call of the archive: logs a fault when it begins and ends, says when to try again.
 * True: it worked. */
MUST_USE bool collector_heard_archive(struct collector *collector, int error, int64_t now_ms);
/* Tells the gate how far, if that is due; what cannot be said now stays due. */
void collector_acknowledge(struct collector *collector, struct fleet_stream *stream);
/* Walks the fleet: what is missing, what is lost, what is still to be acknowledged. */
void collector_look(struct collector *collector, const struct collector_time *time);
