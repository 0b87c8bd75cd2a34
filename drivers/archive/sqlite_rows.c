/* The archive on SQLite: a batch's rows, refusals and what follows from them, in one transaction.
 */
#include "drivers/archive/sqlite_private.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

enum {
        REFUSALS_KEPT = 10000,
        REFUSAL_PAYLOAD_MAX = 4096, /* the beginning says what it was */
        REFUSAL_TOPIC_MAX = 256
};

static bool is_nobody(const uint8_t subject[16])
{
        static const uint8_t nobody[16];
        return memcmp(subject, nobody, sizeof(nobody)) == 0;
}

/* 1, 0 or -errno. */
static int is_lost(struct archive_sqlite *self, const struct archive_row *row,
                   const struct archive_sqlite_stream *stream)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *lost = self->statement[SQL_IS_LOST];
        sqlite_bind_int(lost, 1, stream->at.id);
        sqlite_bind_int(lost, 2, (int64_t)row->seq);
        return sqlite_step(lost);
}

static int insert(struct archive_sqlite *self, struct archive_row *row,
                  const struct archive_sqlite_stream *stream)
{
        sqlite3_stmt *add = self->statement[SQL_ADD_ROW];
        sqlite_bind_int(add, 1, stream->at.id);
        sqlite_bind_int(add, 2, (int64_t)row->seq);
        sqlite_bind_blob(add, 3, row->id, sizeof(row->id));
        sqlite_bind_int(add, 4, row->at_us);
        sqlite_bind_int(add, 5, row->received_us);
        sqlite_bind_text(add, 6, row->event);
        sqlite_bind_optional(add, 7, row->reason);
        sqlite_bind_optional(add, 8, row->direction);
        sqlite_bind_optional(add, 9, row->credential_class);
        sqlite_bind_optional(add, 10, row->clock);
        sqlite_bind_optional(add, 11, row->access_point);
        if (!is_nobody(row->subject))
                sqlite_bind_blob(add, 12, row->subject, sizeof(row->subject));
        if (row->grant_seq > 0)
                sqlite_bind_int(add, 13, (int64_t)row->grant_seq);
        sqlite_bind_int(add, 14, row->flags);
        sqlite_bind_optional(add, 15, row->more);
        int r = sqlite_run(add);
        row->is_new = !r && sqlite3_changes(self->db) > 0;
        return r;
}

/* What is below the stream's `contiguous` is there, was deleted, or is lost. */
static int add_row(struct archive_sqlite *self, struct archive_row *row,
                   struct archive_sqlite_stream *stream)
{
        int r = row->seq > stream->before ? 1 : is_lost(self, row, stream);
        row->is_new = false;
        if (r > 0)
                r = insert(self, row, stream);
        if (r < 0)
                return r;
        if (row->is_new && row->seq == stream->at.contiguous + 1)
                stream->at.contiguous = row->seq;
        if (row->seq > stream->at.highest) {
                stream->at.highest = row->seq;
                stream->has_newest = true;
                stream->newest_us = row->at_us;
        }
        return 0;
}

static int add_refusals(struct archive_sqlite *self, const struct archive_batch *batch)
{
        sqlite3_stmt *add = self->statement[SQL_ADD_REFUSAL],
                     *trim = self->statement[SQL_TRIM_REFUSALS];
        int r = 0;
        for (size_t i = 0; i < batch->refused && !r; i++) {
                const struct archive_refusal *refusal = &batch->refusals[i];
                char topic[REFUSAL_TOPIC_MAX];
                size_t len =
                        refusal->len < REFUSAL_PAYLOAD_MAX ? refusal->len : REFUSAL_PAYLOAD_MAX;
                strncpy(topic, refusal->topic, sizeof(topic) - 1);
                topic[sizeof(topic) - 1] = '\0';
                sqlite_bind_int(add, 1, refusal->received_us);
                sqlite_bind_text(add, 2, topic);
                sqlite_bind_text(add, 3, refusal->reason);
                sqlite_bind_int(add, 4, (int64_t)refusal->len);
                sqlite_bind_blob(add, 5, refusal->payload, len);
                r = sqlite_run(add);
        }
        if (r || batch->refused == 0)
                return r;
        sqlite_bind_int(trim, 1, REFUSALS_KEPT);
        return sqlite_run(trim);
}

/* Where rows waited for one that came now, and what follows from it. */
static int move_streams(struct archive_sqlite *self, const struct archive_batch *batch,
                        struct archive_sqlite_stream *streams)
{
        int r = 0;
        uint64_t next;
        for (size_t i = 0; i < batch->stream_count && !r; i++) {
                struct archive_stream *at = &streams[i].at;
                if (at->highest > at->contiguous)
                        r = archive_sqlite_advance(self, at, &next);
                if (!r && batch->count > 0)
                        r = archive_sqlite_write_stream(self, &streams[i]);
        }
        return r;
}

static int add_summary(struct archive_sqlite *self, const struct archive_batch *batch,
                       const struct archive_sqlite_stream *streams)
{
        struct summary summary = { 0 };
        struct summary_place *places = calloc(batch->stream_count + 1, sizeof(*places));
        int r = places ? 0 : -ENOMEM;
        for (size_t i = 0; i < batch->stream_count && !r; i++)
                places[i] = streams[i].place;
        if (!r)
                r = summary_make(&summary, batch, places);
        if (!r)
                r = archive_sqlite_put_summary(self, &summary);
        summary_deinit(&summary);
        free(places);
        return r;
}

static int store_all(struct archive_sqlite *self, const struct archive_batch *batch,
                     struct archive_sqlite_stream *streams)
{
        int r = 0;
        for (size_t i = 0; i < batch->stream_count && !r; i++)
                r = archive_sqlite_read_stream(self, &streams[i]);
        for (size_t i = 0; i < batch->count && !r; i++)
                r = add_row(self, &batch->rows[i], &streams[batch->rows[i].stream]);
        if (!r)
                r = move_streams(self, batch, streams);
        if (!r && batch->count > 0)
                r = add_summary(self, batch, streams);
        for (size_t i = 0; i < batch->news_count && !r; i++)
                r = archive_sqlite_put_news(self, &batch->news[i]);
        return r ? r : add_refusals(self, batch);
}

int archive_sqlite_store(struct archive *archive, const struct archive_batch *batch)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        size_t count = batch->stream_count;
        /* A batch that fails is as it was. */
        struct archive_sqlite_stream *streams = calloc(count + 1, sizeof(*streams));
        if (!streams)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                streams[i].at = batch->streams[i];
        int r = archive_sqlite_begin(self, ARCHIVE_SQLITE_DURABLE);
        if (!r)
                r = archive_sqlite_end(self, store_all(self, batch, streams));
        for (size_t i = 0; i < count && !r; i++)
                batch->streams[i] = streams[i].at;
        free(streams);
        return r;
}
