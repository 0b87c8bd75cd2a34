/*
 * Batch: what the collector stores in one transaction: rows, the streams that they belong to, what
 * was refused, what gates said; and the messages and texts that all of it lives in.
 *
 * It is gathered, and then closed: the streams and gates in it may from then on be in another one
 * that is gathered, while this one is being stored.
 */
#pragma once

#include "dashboard/ingest/fleet.h"
#include "dashboard/ports/archive.h"
#include "dashboard/ports/feed.h"

enum {
        BATCH_MAX = 1000,
        /* The message that fills it may bring more than fits. */
        BATCH_ROWS_MAX = BATCH_MAX - 1 + ENTRY_ROWS_MAX,
        BATCH_NEWS_MAX = 1000
};

/* Heavy: on the heap. Starts empty: all zero. */
struct batch {
        struct archive_row rows[BATCH_ROWS_MAX];
        struct entry entries[BATCH_ROWS_MAX]; /* what the rows' words live in */
        struct archive_stream values[BATCH_MAX];
        struct fleet_stream *streams[BATCH_MAX];
        struct archive_refusal refusals[BATCH_MAX];
        struct feed_message *refused_messages[BATCH_MAX];
        size_t count, stream_count, refused;
        /* Of each gate and kind one. */
        struct archive_news news[BATCH_NEWS_MAX];
        struct fleet_gate *news_gates[BATCH_NEWS_MAX];
        char *news_texts[BATCH_NEWS_MAX];
        char news_states[BATCH_NEWS_MAX][ENTRY_STATE_MAX];
        size_t news_count;
        int64_t begun_ms, news_ms; /* when the first came; the first of the news */
        uint64_t handle;           /* when closed: the last message that was taken before */
};

/* But for news, which may wait longer. */
static inline bool batch_is_empty(const struct batch *batch)
{
        return batch->count == 0 && batch->refused == 0;
}

/* The next of `entries`, which was read there, is a row of this stream. */
void batch_add_row(struct batch *batch, struct fleet_stream *stream, int64_t now_ms,
                   int64_t wall_us);
void batch_refuse(struct batch *batch, struct feed_message *take, const char *reason,
                  int64_t now_ms, int64_t wall_us);
/* In the place of what the gate said before; there must be room. `status` is NULL for health. Takes
 * the text over; NULL: memory was lacking, it is missed. */
void batch_put_news(struct batch *batch, struct fleet_gate *gate, const struct entry_status *status,
                    char *take, int64_t now_ms, int64_t wall_us);

/* Nothing more comes in. */
void batch_close(struct batch *batch, uint64_t handle);
/* What the archive is asked to store, borrowed; streams as they are now. */
struct archive_batch batch_ask(struct batch *batch);
/* Frees what it holds and is empty again; of a closed one the streams are let go. */
void batch_drop(struct batch *batch);
