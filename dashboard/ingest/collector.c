#include "dashboard/ingest/collector.h"

#include "common/log.h"
#include "dashboard/ingest/collector_private.h"

#include <assert.h>
#include <string.h>

enum {
        RETRY_FIRST_MS = 100,
        RETRY_LONGEST_MS = 5000
};

void collector_init(struct collector *collector, const struct collector_settings *settings,
                    int64_t now_ms)
{
        assert(settings->batch_rows > 0 && settings->batch_rows <= BATCH_MAX);
        memset(collector, 0, sizeof(*collector));
        collector->settings = *settings;
        collector->gathered = &collector->batches[0];
        collector->look_ms = collector->forget_ms = now_ms + COLLECTOR_LOOK_MS;
}

void collector_change(struct collector *collector, const struct collector_settings *settings)
{
        collector->settings = *settings;
        /* Handles count anew; what was not settled comes again and is known. */
        collector->handle = collector->settled = 0;
        if (collector->storing)
                collector->storing->handle = 0;
        if (collector->held)
                collector->held->handle = 0;
        collector->is_up = false;
}

void collector_deinit(struct collector *collector)
{
        (void)storer_wait(collector->settings.storer);
        for (size_t i = 0; i < ARRAY_LEN(collector->batches); i++)
                batch_drop(&collector->batches[i]);
        feed_message_free(collector->held);
        collector->held = NULL;
        fleet_deinit(&collector->fleet);
}

static bool is_anything_taken(const struct collector *collector)
{
        return collector->storing || !batch_is_empty(collector->gathered) ||
               collector->gathered->news_count > 0;
}

static bool is_batch_full(const struct collector *collector)
{
        const struct batch *batch = collector->gathered;
        return batch->count >= collector->settings.batch_rows ||
               batch->refused >= collector->settings.batch_rows ||
               batch->news_count >= BATCH_NEWS_MAX;
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

/* All up to this message is durable, or needs not to be. */
static void settle(struct collector *collector, uint64_t handle)
{
        if (handle <= collector->settled)
                return;
        collector->settled = handle;
        feed_settle(collector->settings.feed, handle);
}

static void count_rows(struct collector *collector, const struct batch *batch)
{
        for (size_t i = 0; i < batch->count; i++) {
                if (batch->rows[i].is_new)
                        collector->counts.entries++;
                else
                        collector->counts.duplicates++;
        }
        collector->counts.commits++;
}

static void begin_store(struct collector *collector, int64_t now_ms)
{
        if (!collector->storing) {
                collector->storing = collector->gathered;
                batch_close(collector->storing, collector->handle);
                bool is_first = collector->gathered == &collector->batches[0];
                collector->gathered = &collector->batches[is_first ? 1 : 0];
        }
        collector->asked_ms = now_ms;
        const struct archive_batch asked = batch_ask(collector->storing);
        storer_begin(collector->settings.storer, &asked);
}

/* The storer's answer: the batch is done with, or will be tried again. */
static void end_store(struct collector *collector, int error, const struct collector_time *time)
{
        struct batch *batch = collector->storing;
        if (!collector_heard_archive(collector, error, time->now_ms))
                return;
        count_rows(collector, batch);
        for (size_t i = 0; i < batch->stream_count; i++) {
                batch->streams[i]->at = batch->values[i];
                collector_acknowledge(collector, batch->streams[i]);
        }
        collector->storing = NULL;
        settle(collector, batch->handle);
        batch_drop(batch);
}

/* 0, also when nothing is being stored; or -errno. */
static int wait_for_storer(struct collector *collector, const struct collector_time *time)
{
        if (!storer_is_busy(collector->settings.storer))
                return 0;
        int error = storer_wait(collector->settings.storer);
        end_store(collector, error, time);
        return error;
}

struct archive *collector_archive(struct collector *collector, const struct collector_time *time)
{
        (void)wait_for_storer(collector, time);
        return collector->settings.archive;
}

/* When what was taken has waited long enough. */
static int64_t batch_due_ms(const struct collector *collector)
{
        const struct batch *batch = collector->gathered;
        int64_t due_ms = INT64_MAX;
        if (batch->news_count > 0)
                due_ms = batch->news_ms + COLLECTOR_NEWS_MS;
        if (!batch_is_empty(batch) && batch->begun_ms + collector->settings.batch_ms < due_ms)
                due_ms = batch->begun_ms + collector->settings.batch_ms;
        return due_ms;
}

static bool is_commit_due(const struct collector *collector, int64_t now_ms)
{
        if (storer_is_busy(collector->settings.storer))
                return false;
        /* Also with nothing in it: is the archive back? */
        if (collector->is_failing || collector->storing)
                return now_ms >= collector->retry_ms;
        return is_anything_taken(collector) &&
               (is_batch_full(collector) || collector->held || now_ms >= batch_due_ms(collector));
}

static void turn_storer(struct collector *collector, const struct collector_time *time)
{
        int error;
        if (storer_take(collector->settings.storer, &error))
                end_store(collector, error, time);
        if (is_commit_due(collector, time->now_ms))
                begin_store(collector, time->now_ms);
        if (collector->held && !collector->storing && !collector->is_failing) {
                struct feed_message *message = collector->held;
                collector->held = NULL;
                take_or_hold(collector, message, time);
        }
        if (!is_anything_taken(collector))
                settle(collector, collector->handle);
}

void collector_turn(struct collector *collector, const struct collector_time *time)
{
        turn_storer(collector, time);
        if (time->now_ms >= collector->look_ms) {
                collector->look_ms = time->now_ms + COLLECTOR_LOOK_MS;
                collector_look(collector, time);
        }
        collector_forget(collector, time);
        collector_tell(collector, time->now_ms);
}

int collector_flush(struct collector *collector, const struct collector_time *time)
{
        int r = wait_for_storer(collector, time);
        while (!r && is_anything_taken(collector)) {
                begin_store(collector, time->now_ms);
                r = wait_for_storer(collector, time);
        }
        collector->tell_ms = 0;
        collector_tell(collector, time->now_ms);
        return r;
}

bool collector_is_stuck(const struct collector *collector, int64_t now_ms)
{
        return storer_is_busy(collector->settings.storer) &&
               now_ms - collector->asked_ms >= COLLECTOR_STUCK_MS;
}

int64_t collector_due_ms(const struct collector *collector)
{
        int64_t due_ms = collector->look_ms;
        int64_t archive_ms = batch_due_ms(collector);
        if (collector_is_to_tell(collector) && collector->tell_ms < due_ms)
                due_ms = collector->tell_ms;
        if (storer_is_busy(collector->settings.storer))
                archive_ms = INT64_MAX;
        else if (collector->is_failing || collector->storing)
                archive_ms = collector->retry_ms;
        if (!collector->is_failing && collector->settings.retention_days > 0 &&
            collector->forget_ms < due_ms)
                due_ms = collector->forget_ms;
        return archive_ms < due_ms ? archive_ms : due_ms;
}
