/* Collector: what its files share. */
#pragma once

#include "dashboard/ingest/collector.h"

/* For every other question to the archive: waits until the storer has answered, and the archive is
 * this thread's again. */
struct archive *collector_archive(struct collector *collector, const struct collector_time *time);
/* Takes the message over. False: the archive must be asked first, and does not answer; the message
 * is still the caller's. */
MUST_USE bool collector_take_message(struct collector *collector, struct feed_message *message,
                                     const struct collector_time *time);
/* After every call of the archive: logs a fault when it begins and ends, says when to try again.
 * True: it worked. */
MUST_USE bool collector_heard_archive(struct collector *collector, int error, int64_t now_ms);
/* The stream's gate is to be told how far the archive has it: puts it in the line. */
void collector_acknowledge(struct collector *collector, struct fleet_stream *stream);
/* Is somebody in the line, and can be told? */
bool collector_is_to_tell(const struct collector *collector);
/* Tells the line, when it is time; what cannot be said now stays in it. */
void collector_tell(struct collector *collector, int64_t now_ms);
/* Walks the fleet: what is missing, what is lost. */
void collector_look(struct collector *collector, const struct collector_time *time);
/* Deletes a part of what is too old, when it is time. */
void collector_forget(struct collector *collector, const struct collector_time *time);
