#include "dashboard/ingest/batch.h"

#include <assert.h>
#include <string.h>

/* The first thing in a batch begins its time. */
static void begin(struct batch *batch, int64_t now_ms)
{
        if (batch_is_empty(batch))
                batch->begun_ms = now_ms;
}

void batch_add_row(struct batch *batch, struct fleet_stream *stream, int64_t now_ms,
                   int64_t wall_us)
{
        begin(batch, now_ms);
        if (stream->slot == FLEET_NO_SLOT) {
                stream->slot = batch->stream_count++;
                batch->streams[stream->slot] = stream;
        }
        struct archive_row *row = &batch->rows[batch->count];
        *row = batch->entries[batch->count++].row;
        row->stream = stream->slot;
        row->received_us = wall_us;
}

void batch_refuse(struct batch *batch, struct feed_message *take, const char *reason,
                  int64_t now_ms, int64_t wall_us)
{
        begin(batch, now_ms);
        batch->refusals[batch->refused] = (struct archive_refusal){ .received_us = wall_us,
                                                                    .topic = take->topic,
                                                                    .reason = reason,
                                                                    .payload = take->payload,
                                                                    .len = take->len };
        batch->refused_messages[batch->refused++] = take;
}

/* The slot of this gate and kind, a new one maybe. */
static size_t news_slot(struct batch *batch, struct fleet_gate *gate, enum archive_news_kind kind,
                        int64_t now_ms)
{
        size_t slot = gate->news[kind];
        if (slot != FLEET_NO_SLOT)
                return slot;
        assert(batch->news_count < BATCH_NEWS_MAX);
        if (batch->news_count == 0)
                batch->news_ms = now_ms;
        slot = gate->news[kind] = batch->news_count++;
        batch->news[slot] = (struct archive_news){ .kind = kind, .gate = gate->name };
        batch->news_gates[slot] = gate;
        batch->news_texts[slot] = NULL;
        return slot;
}

void batch_put_news(struct batch *batch, struct fleet_gate *gate, const struct entry_status *status,
                    char *take, int64_t now_ms, int64_t wall_us)
{
        if (!take)
                return;
        size_t slot = news_slot(batch, gate, status ? ARCHIVE_STATUS : ARCHIVE_HEALTH, now_ms);
        struct archive_news *news = &batch->news[slot];
        news->received_us = wall_us;
        news->state = "";
        if (status) {
                strcpy(batch->news_states[slot], status->state);
                news->state = batch->news_states[slot];
        }
        /* As the archive takes it: a will does not put away what the gate had said. */
        if (status && news->has_journal && !status->has_journal) {
                free(take);
                return;
        }
        if (status && status->has_journal) {
                news->has_journal = true;
                memcpy(news->epoch, status->epoch, sizeof(news->epoch));
                news->head = status->head;
        }
        free(batch->news_texts[slot]);
        news->text = batch->news_texts[slot] = take;
}

void batch_close(struct batch *batch, uint64_t handle)
{
        for (size_t i = 0; i < batch->stream_count; i++) {
                batch->streams[i]->slot = FLEET_NO_SLOT;
                batch->streams[i]->is_being_stored = true;
        }
        for (size_t i = 0; i < batch->news_count; i++)
                batch->news_gates[i]->news[batch->news[i].kind] = FLEET_NO_SLOT;
        batch->handle = handle;
}

struct archive_batch batch_ask(struct batch *batch)
{
        for (size_t i = 0; i < batch->stream_count; i++)
                batch->values[i] = batch->streams[i]->at;
        return (struct archive_batch){ .rows = batch->rows,
                                       .count = batch->count,
                                       .streams = batch->values,
                                       .stream_count = batch->stream_count,
                                       .refusals = batch->refusals,
                                       .refused = batch->refused,
                                       .news = batch->news,
                                       .news_count = batch->news_count };
}

void batch_drop(struct batch *batch)
{
        entry_deinit(batch->entries, batch->count);
        for (size_t i = 0; i < batch->refused; i++)
                feed_message_free(batch->refused_messages[i]);
        for (size_t i = 0; i < batch->stream_count; i++)
                batch->streams[i]->is_being_stored = false;
        for (size_t i = 0; i < batch->news_count; i++)
                free(batch->news_texts[i]);
        batch->count = batch->refused = batch->stream_count = batch->news_count = 0;
}
