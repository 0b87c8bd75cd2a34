/* Reply: what the collector tells gates (docs/mqtt.md). The answers are feed_publish's. */
#pragma once

#include "dashboard/ingest/fleet.h"
#include "dashboard/ports/feed.h"

/* "Stored up to here", and how many rows may come in one message. */
MUST_USE int reply_ack(struct feed *feed, const struct fleet_stream *stream);
/* "Send again from the first that is missing": cmd/sync, in the name of `actor`. */
MUST_USE int reply_sync(struct feed *feed, const struct fleet_stream *stream, const char *actor,
                        int64_t wall_us);
