/*
 * Collector: tells the gates how far the archive has their rows.
 *
 * Not after each commit: a gate that sends many rows is in every batch, and would be told twenty
 * times what one `ack` says. Gates wait in a line, and every COLLECTOR_ACK_MS the whole line is
 * told; what the feed has no room for waits for the next time.
 */
#include "dashboard/ingest/collector_private.h"
#include "dashboard/ingest/reply.h"

#include <errno.h>

void collector_acknowledge(struct collector *collector, struct fleet_stream *stream)
{
        struct fleet_gate *gate = stream->gate;
        if (stream->at.contiguous == 0)
                return;
        stream->is_ack_due = true;
        if (gate->is_in_line)
                return;
        gate->is_in_line = true;
        gate->next_in_line = NULL;
        if (collector->line_last)
                collector->line_last->next_in_line = gate;
        else
                collector->line_first = gate;
        collector->line_last = gate;
}

/* False: not now. */
static bool tell_gate(struct collector *collector, struct fleet_gate *gate)
{
        for (struct fleet_stream *stream = gate->streams; stream; stream = stream->next) {
                int r = stream->is_ack_due ? reply_ack(collector->settings.feed, stream) : 0;
                if (r && r != -EINVAL)
                        return false;
                stream->is_ack_due = false;
        }
        return true;
}

bool collector_is_to_tell(const struct collector *collector)
{
        return collector->is_up && collector->line_first;
}

void collector_tell(struct collector *collector, int64_t now_ms)
{
        if (!collector_is_to_tell(collector) || now_ms < collector->tell_ms)
                return;
        while (collector->line_first && tell_gate(collector, collector->line_first)) {
                struct fleet_gate *gate = collector->line_first;
                collector->line_first = gate->next_in_line;
                gate->is_in_line = false;
        }
        if (!collector->line_first)
                collector->line_last = NULL;
        collector->tell_ms = now_ms + COLLECTOR_ACK_MS;
}
