/* Collector: what a message is, and where in the batch it goes. */
#include "dashboard/ingest/collector_private.h"

#include <assert.h>
#include <errno.h>

static void refuse(struct collector *collector, struct feed_message *take,
                   enum entry_refusal refusal, const struct collector_time *time)
{
        batch_refuse(collector->gathered, take, entry_refusal_name(refusal), time->now_ms,
                     time->wall_us);
        collector->counts.refused++;
}

/* Finds the stream, or asks the archive. 0, -EDQUOT, -ENFILE too many gates, or the archive's
 * error. */
static int find_stream(struct collector *collector, const char *name, const uint8_t epoch[UUID_LEN],
                       const struct collector_time *time, struct fleet_stream **stream)
{
        struct archive_stream at;
        struct fleet_gate *gate = fleet_gate(&collector->fleet, name);
        if (!gate)
                return -ENFILE;
        *stream = fleet_find_stream(gate, epoch);
        if (*stream)
                return 0;
        int r = archive_open_stream(collector_archive(collector, time), name, epoch, &at);
        if (r == -EDQUOT)
                return r;
        /* That it can be read does not say that it can be written: only a commit ends a fault. */
        if (r && !collector_heard_archive(collector, r, time->now_ms))
                return r;
        *stream = fleet_add_stream(gate, epoch, &at, time->now_ms);
        return *stream ? 0 : -ENOMEM;
}

/* Does the archive have to be asked again? Then the message is not done with. */
static bool is_to_wait(int error)
{
        return error != 0 && error != -EDQUOT && error != -ENFILE;
}

/* False: the archive does not answer; the message is still the caller's. */
static bool take_entries(struct collector *collector, const char *gate,
                         struct feed_message *message, const struct collector_time *time)
{
        struct batch *batch = collector->gathered;
        assert(batch->count + ENTRY_ROWS_MAX <= BATCH_ROWS_MAX);
        struct entry *entries = &batch->entries[batch->count];
        struct fleet_stream *stream = NULL;
        size_t count;
        enum entry_refusal refusal =
                entry_read(entries, &count, gate, message->payload, message->len);
        int r = 0;
        if (message->is_retained)
                refusal = ENTRY_RETAINED;
        if (refusal == ENTRY_GOOD)
                r = find_stream(collector, gate, entries[0].epoch, time, &stream);
        if (r == -EDQUOT)
                refusal = ENTRY_TOO_MANY_EPOCHS;
        else if (r == -ENFILE)
                refusal = ENTRY_TOO_MANY_GATES;
        if (is_to_wait(r)) {
                entry_deinit(entries, count);
                return false;
        }
        if (refusal == ENTRY_GOOD) {
                for (size_t i = 0; i < count; i++)
                        batch_add_row(batch, stream, time->now_ms, time->wall_us);
                feed_message_free(message);
        } else {
                entry_deinit(entries, count);
                refuse(collector, message, refusal, time);
        }
        return true;
}

/* The same answers. A gate that has not heard how far its rows are safe is told. */
static bool take_status(struct collector *collector, const char *name, struct feed_message *message,
                        const struct collector_time *time)
{
        struct entry_status status;
        struct fleet_stream *stream = NULL;
        char *text;
        enum entry_refusal refusal =
                entry_read_status(&status, &text, name, message->payload, message->len);
        int r = 0;
        if (refusal == ENTRY_GOOD && status.has_journal)
                r = find_stream(collector, name, status.epoch, time, &stream);
        if (is_to_wait(r)) {
                free(text);
                return false;
        }
        struct fleet_gate *gate = fleet_gate(&collector->fleet, name);
        if (refusal == ENTRY_GOOD && !gate)
                refusal = ENTRY_TOO_MANY_GATES;
        if (refusal == ENTRY_GOOD && r == -EDQUOT)
                refusal = ENTRY_TOO_MANY_EPOCHS;
        if (refusal != ENTRY_GOOD) {
                free(text);
                refuse(collector, message, refusal, time);
                return true;
        }
        gate->is_online = status.is_online;
        batch_put_news(collector->gathered, gate, &status, text, time->now_ms, time->wall_us);
        if (stream) {
                gate->status = status;
                gate->has_status = true;
                stream->is_ack_due = false;
                if (status.acked < stream->at.contiguous)
                        collector_acknowledge(collector, stream);
        }
        feed_message_free(message);
        return true;
}

static void take_health(struct collector *collector, const char *name, struct feed_message *message,
                        const struct collector_time *time)
{
        char *text;
        enum entry_refusal refusal = entry_read_health(&text, name, message->payload, message->len);
        struct fleet_gate *gate = NULL;
        if (message->is_retained)
                refusal = ENTRY_RETAINED;
        if (refusal == ENTRY_GOOD && !(gate = fleet_gate(&collector->fleet, name)))
                refusal = ENTRY_TOO_MANY_GATES;
        if (refusal != ENTRY_GOOD) {
                free(text);
                refuse(collector, message, refusal, time);
                return;
        }
        batch_put_news(collector->gathered, gate, NULL, text, time->now_ms, time->wall_us);
        feed_message_free(message);
}

bool collector_take_message(struct collector *collector, struct feed_message *message,
                            const struct collector_time *time)
{
        char gate[ARCHIVE_GATE_MAX];
        enum entry_leaf leaf;
        if (!entry_read_topic(message->topic, gate, &leaf)) {
                refuse(collector, message, ENTRY_BAD_TOPIC, time);
                return true;
        }
        switch (leaf) {
        case ENTRY_LEAF_ENTRY:
                return take_entries(collector, gate, message, time);
        case ENTRY_LEAF_STATUS:
                return take_status(collector, gate, message, time);
        case ENTRY_LEAF_HEALTH:
                take_health(collector, gate, message, time);
                return true;
        case ENTRY_LEAF_OTHER:
                break;
        }
        feed_message_free(message);
        return true;
}
