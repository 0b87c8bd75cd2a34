#include "dashboard/ingest/collector.h"

#include "common/log.h"
#include "dashboard/ingest/collector_private.h"

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
        collector->look_ms = collector->forget_ms = now_ms + COLLECTOR_LOOK_MS;
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
        entry_deinit(collector->entries, collector->count);
        for (size_t i = 0; i < collector->refused; i++)
                feed_message_free(collector->refused_messages[i]);
        for (size_t i = 0; i < collector->stream_count; i++)
                collector->streams[i]->slot = FLEET_NO_SLOT;
        collector->count = collector->refused = collector->stream_count = 0;
        collector_drop_news(collector);
}

void collector_deinit(struct collector *collector)
{
        drop_batch(collector);
        feed_message_free(collector->held);
        collector->held = NULL;
        fleet_deinit(&collector->fleet);
}

static bool is_anything_taken(const struct collector *collector)
{
        return !collector_is_batch_empty(collector) || collector->news_count > 0;
}

static bool is_batch_full(const struct collector *collector)
{
        return collector->count >= collector->settings.batch_rows ||
               collector->refused >= collector->settings.batch_rows ||
               collector->news_count >= COLLECTOR_NEWS_MAX;
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

static void take_or_hold(struct collector *collector, struct feed_message *message,
                         const struct collector_time *time)
{
        uint64_t handle = message->handle;
        if (collector_take_message(collector, message, time))
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
                collector->tell_ms = 0;
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
                                             .refused = collector->refused,
                                             .news = collector->news,
                                             .news_count = collector->news_count };
        int r = archive_store(collector->settings.archive, &batch);
        if (!collector_heard_archive(collector, r, time->now_ms))
                return r;
        count_rows(collector);
        for (size_t i = 0; i < collector->stream_count; i++) {
                struct fleet_stream *stream = collector->streams[i];
                stream->at = collector->values[i];
                collector_acknowledge(collector, stream);
        }
        drop_batch(collector);
        settle(collector);
        return 0;
}

/* When what was taken has waited long enough. */
static int64_t batch_due_ms(const struct collector *collector)
{
        int64_t due_ms = INT64_MAX;
        if (collector->news_count > 0)
                due_ms = collector->news_ms + COLLECTOR_NEWS_MS;
        if (!collector_is_batch_empty(collector) &&
            collector->begun_ms + collector->settings.batch_ms < due_ms)
                due_ms = collector->begun_ms + collector->settings.batch_ms;
        return due_ms;
}

static bool is_commit_due(const struct collector *collector, int64_t now_ms)
{
        if (collector->is_failing) /* also with nothing in it: is the archive back? */
                return true;
        return is_anything_taken(collector) &&
               (is_batch_full(collector) || collector->held || now_ms >= batch_due_ms(collector));
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
        if (!is_anything_taken(collector))
                settle(collector);
        if (time->now_ms >= collector->look_ms) {
                collector->look_ms = time->now_ms + COLLECTOR_LOOK_MS;
                collector_look(collector, time);
        }
        collector_forget(collector, time);
        collector_tell(collector, time->now_ms);
}

int collector_flush(struct collector *collector, const struct collector_time *time)
{
        int r = is_anything_taken(collector) ? commit(collector, time) : 0;
        collector->tell_ms = 0;
        collector_tell(collector, time->now_ms);
        return r;
}

int64_t collector_due_ms(const struct collector *collector)
{
        int64_t due_ms = collector->look_ms;
        int64_t archive_ms = batch_due_ms(collector);
        if (collector_is_to_tell(collector) && collector->tell_ms < due_ms)
                due_ms = collector->tell_ms;
        if (collector->is_failing)
                archive_ms = collector->retry_ms;
        else if (collector->settings.retention_days > 0 && collector->forget_ms < due_ms)
                due_ms = collector->forget_ms;
        return archive_ms < due_ms ? archive_ms : due_ms;
}
