#include "tests/fake/archive_fake.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool has_row(const struct archive_fake *fake, int64_t stream, uint64_t seq)
{
        for (size_t i = fake->rows; i-- > 0;)
                if (fake->row[i].stream == stream && fake->row[i].seq == seq)
                        return true;
        return false;
}

static int open_stream(struct archive *archive, const char *gate,
                       const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream)
{
        struct archive_fake *fake = (struct archive_fake *)archive;
        size_t others = 0;
        for (size_t i = 0; i < fake->streams; i++) {
                struct archive_fake_stream *known = &fake->stream[i];
                if (strcmp(known->gate, gate) != 0)
                        continue;
                others++;
                *stream = known->at;
                if (memcmp(known->epoch, epoch, ARCHIVE_UUID_LEN) == 0)
                        return 0;
        }
        if (fake->error)
                return fake->error;
        if (others >= ARCHIVE_STREAMS_OF_GATE_MAX)
                return -EDQUOT;
        assert(fake->streams < ARCHIVE_FAKE_STREAMS);
        struct archive_fake_stream *made = &fake->stream[fake->streams++];
        made->at = (struct archive_stream){ .id = (int64_t)fake->streams };
        snprintf(made->gate, sizeof(made->gate), "%s", gate);
        memcpy(made->epoch, epoch, ARCHIVE_UUID_LEN);
        *stream = made->at;
        return 0;
}

static void advance(struct archive_fake *fake, struct archive_stream *stream)
{
        while (has_row(fake, stream->id, stream->contiguous + 1))
                stream->contiguous++;
}

static void hear(struct archive_fake *fake, const struct archive_news *news)
{
        size_t i = 0;
        while (i < fake->news_count &&
               (fake->news[i].kind != news->kind || strcmp(fake->news[i].gate, news->gate) != 0))
                i++;
        assert(i < ARCHIVE_FAKE_NEWS);
        struct archive_fake_news *said = &fake->news[i];
        bool is_first = i == fake->news_count;
        fake->news_count += is_first;
        fake->heard++;
        if (!is_first && said->received_us > news->received_us)
                return;
        said->kind = news->kind;
        said->received_us = news->received_us;
        snprintf(said->gate, sizeof(said->gate), "%s", news->gate);
        snprintf(said->state, sizeof(said->state), "%s", news->state);
        if (is_first || news->kind == ARCHIVE_HEALTH || news->has_journal)
                snprintf(said->text, sizeof(said->text), "%s", news->text);
}

static int store(struct archive *archive, const struct archive_batch *batch)
{
        struct archive_fake *fake = (struct archive_fake *)archive;
        if (fake->error)
                return fake->error;
        for (size_t i = 0; i < batch->count; i++) {
                struct archive_row *row = &batch->rows[i];
                struct archive_stream *at = &fake->stream[batch->streams[row->stream].id - 1].at;
                row->is_new = !has_row(fake, at->id, row->seq);
                if (!row->is_new)
                        continue;
                assert(fake->rows < ARCHIVE_FAKE_ROWS);
                struct archive_fake_row *added = &fake->row[fake->rows++];
                *added = (struct archive_fake_row){ .stream = at->id,
                                                    .seq = row->seq,
                                                    .day = row->at_us / INT64_C(86400000000) };
                snprintf(added->event, sizeof(added->event), "%s", row->event);
                if (row->seq > at->highest)
                        at->highest = row->seq;
        }
        for (size_t i = 0; i < batch->stream_count; i++) {
                struct archive_stream *at = &fake->stream[batch->streams[i].id - 1].at;
                advance(fake, at);
                batch->streams[i] = *at;
        }
        for (size_t i = 0; i < batch->refused; i++)
                snprintf(fake->refusal[fake->refusals++ % ARCHIVE_FAKE_REFUSALS], ARCHIVE_WORD_MAX,
                         "%s", batch->refusals[i].reason);
        for (size_t i = 0; i < batch->news_count; i++)
                hear(fake, &batch->news[i]);
        if (batch->count > fake->largest)
                fake->largest = batch->count;
        fake->commits += batch->count + batch->refused + batch->news_count > 0;
        return 0;
}

/* The row after the gap; 0: there is none. */
static uint64_t row_after(const struct archive_fake *fake, const struct archive_stream *stream)
{
        uint64_t next = 0;
        for (size_t i = 0; i < fake->rows; i++)
                if (fake->row[i].stream == stream->id && fake->row[i].seq > stream->contiguous &&
                    (next == 0 || fake->row[i].seq < next))
                        next = fake->row[i].seq;
        return next;
}

static int lose(struct archive *archive, struct archive_stream *stream, uint64_t until,
                const char *reason, int64_t now_us, uint64_t *lost)
{
        struct archive_fake *fake = (struct archive_fake *)archive;
        (void)reason;
        (void)now_us;
        if (fake->error)
                return fake->error;
        struct archive_stream *at = &fake->stream[stream->id - 1].at;
        *lost = 0;
        for (int i = 0; i < ARCHIVE_LOSSES_MAX && at->contiguous < until; i++) {
                uint64_t next = row_after(fake, at);
                uint64_t last = next > 0 && next - 1 < until ? next - 1 : until;
                *lost += last - at->contiguous;
                at->contiguous = last;
                fake->losses++;
                advance(fake, at);
        }
        *stream = *at;
        return 0;
}

/* What is gone is known: has_row does not look at what a row holds. */
static int forget(struct archive *archive, int64_t before_day, int64_t now_us,
                  struct archive_deletion *deletion)
{
        struct archive_fake *fake = (struct archive_fake *)archive;
        (void)now_us;
        if (fake->error)
                return fake->error;
        fake->forgotten_before = before_day;
        fake->sweeps++;
        for (size_t i = 0; i < fake->rows; i++) {
                struct archive_fake_row *row = &fake->row[i];
                if (row->is_gone || row->day >= before_day)
                        continue;
                row->is_gone = true;
                deletion->entries++;
                if (deletion->entries == ARCHIVE_FAKE_FORGETS) {
                        deletion->has_more = true;
                        return 0;
                }
        }
        return 0;
}

/* It keeps nobody. */
static int erase(struct archive *archive, const uint8_t subject[16],
                 struct archive_deletion *erased)
{
        (void)subject;
        (void)erased;
        return ((struct archive_fake *)archive)->error;
}

static void close_archive(struct archive *archive)
{
        free(archive);
}

static const struct archive_ops ops = { .name = "fake",
                                        .open_stream = open_stream,
                                        .store = store,
                                        .lose = lose,
                                        .forget = forget,
                                        .erase = erase,
                                        .close = close_archive };

struct archive_fake *archive_fake_new(void)
{
        struct archive_fake *fake = calloc(1, sizeof(*fake));
        if (fake)
                fake->archive.ops = &ops;
        return fake;
}
