#include "dashboard/ingest/collector.h"

#include "common/log.h"
#include "dashboard/ingest/collector_private.h"
#include "dashboard/ingest/reply.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

enum {
        RETRY_FIRST_MS = 100,
        RETRY_LONGEST_MS = 5000
};

void collector_init(struct collector *collector, const struct collector_settings *settings,
                    int64_t now_ms)
{
        assert(settings->batch_rows > 0 && settings->batch_rows <= COLLECTOR_BATCH_MAX);
        memset(collector, 0, sizeof(*collector));
        collector->settings = *settings;
        collector->look_ms = now_ms + COLLECTOR_LOOK_MS;
}

void collector_change(struct collector *collector, const struct collector_settings *settings)
{
        collector->settings = *settings;
        /* Handles count anew; what was not settled comes again and is known. */
        collector->handle = collector->settled = 0;
        if (collector->held)
                collector->held->handle = 0;
        collector->is_up = false;
}

/* The messages of the batch and what was read of them. */
static void drop_batch(struct collector *collector)
{
        for (size_t i = 0; i < collector->count; i++)
                entry_deinit(&collector->entries[i]);
        for (size_t i = 0; i < collector->refused; i++)
                feed_message_free(collector->refused_messages[i]);
        for (size_t i = 0; i < collector->stream_count; i++)
                collector->streams[i]->slot = FLEET_NO_SLOT;
        collector->count = collector->refused = collector->stream_count = 0;
}

void collector_deinit(struct collector *collector)
{
        drop_batch(collector);
        feed_message_free(collector->held);
        collector->held = NULL;
        fleet_deinit(&collector->fleet);
}

static bool is_batch_empty(const struct collector *collector)
{
        return collector->count == 0 && collector->refused == 0;
}

static bool is_batch_full(const struct collector *collector)
{
        return collector->count >= collector->settings.batch_rows ||
               collector->refused >= collector->settings.batch_rows;
}

bool collector_has_room(const struct collector *collector)
{
        return !collector->held && !is_batch_full(collector);
}

bool collector_heard_archive(struct collector *collector, int error, int64_t now_ms)
{
        if (error) {
                if (!collector->is_failing)
                        log_error("archive fails", "errno=%d", -error);
                int64_t pause_ms = RETRY_LONGEST_MS;
                if (collector->failures < 6)
                        pause_ms = INT64_C(1) * RETRY_FIRST_MS << collector->failures;
                collector->failures++;
                collector->retry_ms =
                        now_ms + (pause_ms < RETRY_LONGEST_MS ? pause_ms : RETRY_LONGEST_MS);
        } else if (collector->is_failing) {
                log_info("archive works again", "failures=%d", collector->failures);
                collector->failures = 0;
        }
        collector->is_failing = error != 0;
        return !error;
}

/* The first thing in a batch begins its time. */
static void begin_batch(struct collector *collector, int64_t now_ms)
{
        if (is_batch_empty(collector))
                collector->begun_ms = now_ms;
}

static void refuse(struct collector *collector, struct feed_message *take,
                   enum entry_refusal refusal, const struct collector_time *time)
{
        begin_batch(collector, time->now_ms);
        collector->refusals[collector->refused] =
                (struct archive_refusal){ .received_us = time->wall_us,
                                          .topic = take->topic,
                                          .reason = entry_refusal_name(refusal),
                                          .payload = take->payload,
                                          .len = take->len };
        collector->refused_messages[collector->refused++] = take;
        collector->counts.refused++;
}

/* Finds the stream, or asks the archive. 0, -EDQUOT, -ENFILE too many gates, or the archive's
 * error. */
static int find_stream(struct collector *collector, const char *name, const uint8_t epoch[UUID_LEN],
                       int64_t now_ms, struct fleet_stream **stream)
{
        struct archive_stream at;
        struct fleet_gate *gate = fleet_gate(&collector->fleet, name);
        if (!gate)
                return -ENFILE;
        *stream = fleet_find_stream(gate, epoch);
        if (*stream)
                return 0;
        int r = archive_open_stream(collector->settings.archive, name, epoch, &at);
        if (r == -EDQUOT)
                return r;
        /* That it can be read does not say that it can be written: only a commit ends a fault. */
        if (r && !collector_heard_archive(collector, r, now_ms))
                return r;
        *stream = fleet_add_stream(gate, epoch, &at, now_ms);
        return *stream ? 0 : -ENOMEM;
}

static void add_row(struct collector *collector, struct fleet_stream *stream, struct entry *take,
                    const struct collector_time *time)
{
        begin_batch(collector, time->now_ms);
        if (stream->slot == FLEET_NO_SLOT) {
                stream->slot = collector->stream_count++;
                collector->streams[stream->slot] = stream;
        }
        struct archive_row *row = &collector->rows[collector->count];
        collector->entries[collector->count++] = *take;
        *row = take->row;
        row->stream = stream->slot;
        row->received_us = time->wall_us;
}

/* Does the archive have to be asked again? Then the message is not done with. */
static bool is_to_wait(int error)
{
        return error != 0 && error != -EDQUOT && error != -ENFILE;
}

/* False: the archive does not answer; the message is still the caller's. */
static bool take_entry(struct collector *collector, const char *gate, struct feed_message *message,
                       const struct collector_time *time)
{
        struct entry entry;
        struct fleet_stream *stream = NULL;
        enum entry_refusal refusal = entry_read(&entry, gate, message->payload, message->len);
        if (message->is_retained)
                refusal = ENTRY_RETAINED;
        int r = 0;
        if (refusal == ENTRY_GOOD)
                r = find_stream(collector, gate, entry.epoch, time->now_ms, &stream);
        if (r == -EDQUOT)
                refusal = ENTRY_TOO_MANY_EPOCHS;
        else if (r == -ENFILE)
                refusal = ENTRY_TOO_MANY_GATES;
        if (is_to_wait(r)) {
                entry_deinit(&entry);
                return false;
        }
        if (refusal == ENTRY_GOOD) {
                add_row(collector, stream, &entry, time);
                feed_message_free(message);
        } else {
                entry_deinit(&entry);
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
        enum entry_refusal refusal =
                entry_read_status(&status, name, message->payload, message->len);
        int r = 0;
        if (refusal == ENTRY_GOOD && status.has_journal)
                r = find_stream(collector, name, status.epoch, time->now_ms, &stream);
        if (is_to_wait(r))
                return false;
        struct fleet_gate *gate = fleet_gate(&collector->fleet, name);
        if (refusal == ENTRY_GOOD && !gate)
                refusal = ENTRY_TOO_MANY_GATES;
        if (refusal == ENTRY_GOOD && r == -EDQUOT)
                refusal = ENTRY_TOO_MANY_EPOCHS;
        if (refusal != ENTRY_GOOD) {
                refuse(collector, message, refusal, time);
                return true;
        }
        gate->is_online = status.is_online;
        if (stream) {
                gate->status = status;
                gate->has_status = true;
                stream->is_ack_due = status.acked < stream->at.contiguous;
                collector_acknowledge(collector, stream);
        }
        feed_message_free(message);
        return true;
}

static bool take_message(struct collector *collector, struct feed_message *message,
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
                return take_entry(collector, gate, message, time);
        case ENTRY_LEAF_STATUS:
                return take_status(collector, gate, message, time);
        case ENTRY_LEAF_OTHER:
                break;
        }
        feed_message_free(message);
        return true;
}

static void take_or_hold(struct collector *collector, struct feed_message *message,
                         const struct collector_time *time)
{
        uint64_t handle = message->handle;
        if (take_message(collector, message, time))
                collector->handle = handle;
        else
                collector->held = message;
}

void collector_take(struct collector *collector, struct feed_event *take,
                    const struct collector_time *time)
{
        switch (take->kind) {
        case FEED_UP:
                log_info("feed connected", "driver=%s", collector->settings.feed->ops->name);
                collector->is_up = true;
                collector->is_down_told = false;
                collector->is_ack_left = true; /* those of before may be lost */
                break;
        case FEED_DOWN:
                if (collector->is_up)
                        log_warn("feed lost", "why=%s", take->detail);
                else if (!collector->is_down_told)
                        log_warn("no feed", "why=%s", take->detail);
                collector->is_down_told = !collector->is_up; /* the first try in vain, too */
                collector->is_up = false;
                break;
        case FEED_MESSAGE:
                take_or_hold(collector, take->message, time);
                break;
        }
}

void collector_acknowledge(struct collector *collector, struct fleet_stream *stream)
{
        if (!stream->is_ack_due || stream->at.contiguous == 0)
                return;
        if (collector->is_up && reply_ack(collector->settings.feed, stream) == 0)
                stream->is_ack_due = false;
        else
                collector->is_ack_left = true;
}

/* All that was taken is durable, or needs not to be. */
static void settle(struct collector *collector)
{
        if (collector->handle == collector->settled)
                return;
        collector->settled = collector->handle;
        feed_settle(collector->settings.feed, collector->handle);
}

static void count_rows(struct collector *collector)
{
        for (size_t i = 0; i < collector->count; i++) {
                if (collector->rows[i].is_new)
                        collector->counts.entries++;
                else
                        collector->counts.duplicates++;
        }
        collector->counts.commits++;
}

static int commit(struct collector *collector, const struct collector_time *time)
{
        for (size_t i = 0; i < collector->stream_count; i++)
                collector->values[i] = collector->streams[i]->at;
        const struct archive_batch batch = { .rows = collector->rows,
                                             .count = collector->count,
                                             .streams = collector->values,
                                             .stream_count = collector->stream_count,
                                             .refusals = collector->refusals,
                                             .refused = collector->refused };
        int r = archive_store(collector->settings.archive, &batch);
        if (!collector_heard_archive(collector, r, time->now_ms))
                return r;
        count_rows(collector);
        for (size_t i = 0; i < collector->stream_count; i++) {
                struct fleet_stream *stream = collector->streams[i];
                stream->at = collector->values[i];
                stream->is_ack_due = true;
                collector_acknowledge(collector, stream);
        }
        drop_batch(collector);
        settle(collector);
        return 0;
}

static bool is_commit_due(const struct collector *collector, int64_t now_ms)
{
        if (collector->is_failing) /* also with nothing in it: is the archive back? */
                return true;
        return !is_batch_empty(collector) &&
               (is_batch_full(collector) || collector->held ||
                now_ms >= collector->begun_ms + collector->settings.batch_ms);
}

void collector_turn(struct collector *collector, const struct collector_time *time)
{
        bool may_try = !collector->is_failing || time->now_ms >= collector->retry_ms;
        int r = 0;
        if (may_try && is_commit_due(collector, time->now_ms))
                r = commit(collector, time);
        if (may_try && !r && collector->held) {
                struct feed_message *message = collector->held;
                collector->held = NULL;
                take_or_hold(collector, message, time);
        }
        if (is_batch_empty(collector))
                settle(collector);
        if (time->now_ms >= collector->look_ms) {
                collector->look_ms = time->now_ms + COLLECTOR_LOOK_MS;
                collector_look(collector, time);
        }
}

int collector_flush(struct collector *collector, const struct collector_time *time)
{
        return is_batch_empty(collector) ? 0 : commit(collector, time);
}

int64_t collector_due_ms(const struct collector *collector)
{
        int64_t due_ms = collector->look_ms;
        int64_t archive_ms = INT64_MAX;
        if (collector->is_failing)
                archive_ms = collector->retry_ms;
        else if (!is_batch_empty(collector))
                archive_ms = collector->begun_ms + collector->settings.batch_ms;
        return archive_ms < due_ms ? archive_ms : due_ms;
}
