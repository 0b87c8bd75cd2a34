/* Collector: what is missing in the gates' journals, and what is done about it. */
#include "common/log.h"
#include "dashboard/ingest/collector_private.h"
#include "dashboard/ingest/reply.h"

#include <string.h>

/* Is this the journal that the gate wrote last? Not known: it may be. */
static bool is_current(const struct fleet_stream *stream)
{
        const struct fleet_gate *gate = stream->gate;
        return !gate->has_status || memcmp(gate->status.epoch, stream->epoch, UUID_LEN) == 0;
}

/* The last row that is known to exist. */
static uint64_t known_head(const struct fleet_stream *stream)
{
        const struct fleet_gate *gate = stream->gate;
        uint64_t head = stream->at.highest;
        if (gate->has_status && is_current(stream) && gate->status.head > head)
                head = gate->status.head;
        return head;
}

/* Up to where the gate has nothing left to send, and the reason; 0: nowhere. */
static uint64_t lost_until(const struct fleet_stream *stream, const char **reason)
{
        const struct entry_status *status = &stream->gate->status;
        *reason = "journal_replaced";
        if (!is_current(stream))
                return stream->at.highest;
        *reason = "not_held";
        if (!stream->gate->has_status || !status->has_oldest)
                return 0;
        return status->oldest > 0 ? status->oldest - 1 : status->head;
}

static void lose(struct collector *collector, struct fleet_stream *stream, uint64_t until,
                 const char *reason, const struct collector_time *time)
{
        char epoch[UUID_TEXT_MAX];
        uint64_t lost = 0;
        int r = archive_lose(collector_archive(collector, time), &stream->at, until, reason,
                             time->wall_us, &lost);
        if (!collector_heard_archive(collector, r, time->now_ms))
                return;
        uuid_format(stream->epoch, epoch);
        if (lost > 0)
                log_error("rows are lost", "gate=%s epoch=%s until=%llu rows=%llu reason=%s",
                          stream->gate->name, epoch, (unsigned long long)until,
                          (unsigned long long)lost, reason);
        collector->counts.lost += lost;
        collector_acknowledge(collector, stream);
}

/* Another collector of the same archive may have what this one lacks. False: it had, or the archive
 * does not answer. */
static bool is_still_missing(struct collector *collector, struct fleet_stream *stream,
                             const struct collector_time *time)
{
        struct archive *archive = collector_archive(collector, time);
        uint64_t before = stream->at.contiguous;
        const struct archive_batch batch = { .streams = &stream->at, .stream_count = 1 };
        int r = archive_store(archive, &batch);
        return collector_heard_archive(collector, r, time->now_ms) &&
               stream->at.contiguous == before;
}

static bool ask(struct collector *collector, struct fleet_stream *stream,
                const struct collector_time *time)
{
        int64_t pause_ms = COLLECTOR_ASK_LONGEST_MS;
        if (!is_still_missing(collector, stream, time))
                return false;
        if (reply_sync(collector->settings.feed, stream, collector->settings.name, time->wall_us))
                return false;
        if (stream->asks < 6)
                pause_ms = INT64_C(1) * COLLECTOR_ASK_FIRST_MS << stream->asks;
        stream->asks++;
        stream->ask_ms =
                time->now_ms +
                (pause_ms < COLLECTOR_ASK_LONGEST_MS ? pause_ms : COLLECTOR_ASK_LONGEST_MS);
        collector->counts.asked++;
        return true;
}

/* Rows that arrive in order are progress; a journal that has all is, too. */
static bool note_progress(struct fleet_stream *stream, int64_t now_ms)
{
        bool is_whole = known_head(stream) <= stream->at.contiguous;
        if (is_whole || stream->seen != stream->at.contiguous) {
                stream->since_ms = now_ms;
                stream->asks = 0;
        }
        stream->seen = stream->at.contiguous;
        return is_whole;
}

/* How many asks are left of `asks`. */
static int look_at(struct collector *collector, struct fleet_stream *stream, int asks,
                   const struct collector_time *time)
{
        const char *reason;
        bool is_gap = stream->at.highest > stream->at.contiguous;
        if (note_progress(stream, time->now_ms) ||
            time->now_ms - stream->since_ms < collector->settings.gap_ms)
                return asks;
        collector->counts.open++;
        uint64_t until = lost_until(stream, &reason);
        if (until > stream->at.contiguous) {
                lose(collector, stream, until, reason, time);
                return asks;
        }
        const struct fleet_gate *gate = stream->gate;
        bool is_there = gate->is_online || !gate->has_status;
        bool is_patient = !is_gap && time->now_ms - stream->since_ms < COLLECTOR_TAIL_MS;
        if (asks > 0 && is_there && !is_patient && is_current(stream) &&
            time->now_ms >= stream->ask_ms && ask(collector, stream, time))
                asks--;
        return asks;
}

void collector_look(struct collector *collector, const struct collector_time *time)
{
        int asks = COLLECTOR_ASKS_A_LOOK;
        if (!collector->is_up || collector->is_failing)
                return;
        collector->counts.open = 0;
        collector->counts.gates = collector->fleet.count;
        for (size_t i = 0; i < collector->fleet.capacity && !collector->is_failing; i++) {
                const struct fleet_gate *gate = fleet_at(&collector->fleet, i);
                struct fleet_stream *stream = gate ? gate->streams : NULL;
                for (; stream && !collector->is_failing; stream = stream->next)
                        asks = look_at(collector, stream, asks, time);
        }
}
