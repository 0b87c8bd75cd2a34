/*
 * Archive port: the centre's store of entries, each exactly once by (gate, epoch, seq). Drivers:
 * SQLite and PostgreSQL (drivers/archive). Beside the entries it keeps what follows from them:
 * stays and figures of hours (history.h reads them), in the same transaction; and what each gate
 * said of itself last.
 *
 * A stream is one journal: a gate in one epoch. Its `contiguous` is the sequence up to which every
 * row is either stored or recorded as lost: that and nothing else may be acknowledged to the gate.
 * It is the archive's, not the caller's, because several collectors may share an archive.
 *
 * One thread at a time, any; may block. A call that writes is one transaction and returns only when
 * it is durable; on failure nothing of it was written. Errors are -errno; after one the same call
 * may be made again, for ever.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include <stdbool.h>
#include <stddef.h>

enum {
        ARCHIVE_GATE_MAX = 3 * FLOW_ID_MAX, /* "org/site/gate" */
        ARCHIVE_UUID_LEN = 16,
        ARCHIVE_WORD_MAX = 33, /* names of events, reasons, classes … and their NUL */
        ARCHIVE_STREAMS_OF_GATE_MAX = 64,
        ARCHIVE_LOSSES_MAX = 256, /* ranges that one call records */
        ARCHIVE_HEALTH_HOURS = 31 * 24,
        ARCHIVE_FORGET_MAX = 2000 /* of a kind that one call deletes, but for days in one piece */
};

enum archive_flag {
        ARCHIVE_LATE = 1,
        ARCHIVE_NO_SENSOR = 2,
        ARCHIVE_PASSBACK_SOFT = 4,
        ARCHIVE_INCONSISTENT = 8,
        ARCHIVE_UNDECLARED = 16,
        ARCHIVE_OFFLINE = 32,
        ARCHIVE_HISTORICAL = 64
};

/* One journal of one gate. */
struct archive_stream {
        int64_t id;
        uint64_t contiguous; /* everything up to here is stored or recorded as lost */
        uint64_t highest;    /* of the rows stored; >= contiguous unless rows were lost */
};

/* One row, its strings borrowed for the call; "" is stored as nothing. */
struct archive_row {
        size_t stream; /* index into the batch's streams */
        uint64_t seq;
        int64_t at_us, received_us;
        uint8_t id[ARCHIVE_UUID_LEN]; /* of the event */
        const char *event, *reason, *direction, *credential_class, *clock;
        const char *access_point;
        uint8_t subject[16]; /* all zero: nobody */
        uint64_t grant_seq;  /* 0: none */
        uint32_t flags;      /* enum archive_flag */
        const char *more;    /* what a newer gate says besides: a JSON object; "": nothing */
        bool is_new;         /* set by archive_store: it was not there before */
};

/* What could not be read: kept for people, bounded, the oldest make room. */
struct archive_refusal {
        int64_t received_us;
        const char *topic;
        const char *reason; /* a stable word */
        const unsigned char *payload;
        size_t len;
};

enum archive_news_kind {
        ARCHIVE_STATUS,
        ARCHIVE_HEALTH,
        ARCHIVE_NEWS_KINDS
};

/* What a gate says of itself. The last of each kind is kept, by the time at which it came; of its
 * health also the last of each hour in which it came, for ARCHIVE_HEALTH_HOURS of its hours back
 * from the newest. */
struct archive_news {
        enum archive_news_kind kind;
        const char *gate;
        int64_t received_us;
        const char *text; /* its data: a JSON object */
        /* Of a status. One that does not name its journal, as a will, changes the state only: what
         * else the gate said last is still the last that is known. */
        const char *state;
        bool has_journal;
        uint8_t epoch[ARCHIVE_UUID_LEN];
        uint64_t head;
};

/* One transaction. */
struct archive_batch {
        struct archive_row *rows;
        size_t count;
        struct archive_stream *streams; /* read anew by archive_store, with or without rows */
        size_t stream_count;
        const struct archive_refusal *refusals;
        size_t refused;
        const struct archive_news *news; /* of any gate; of each gate and kind one */
        size_t news_count;
};

/* What a call deleted. */
struct archive_deletion {
        uint64_t entries, stays, refusals;
        bool has_more;
};

struct archive;

struct archive_ops {
        const char *name;
        /* Finds or makes. 0; -EDQUOT: the gate has ARCHIVE_STREAMS_OF_GATE_MAX others; -errno. */
        int (*open_stream)(struct archive *archive, const char *gate,
                           const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream);
        /* Stores each row unless it is there (INSERT … ON CONFLICT DO NOTHING), moves `contiguous`
         * and `highest` of their streams, adds the new rows to stays and figures, keeps the
         * refusals and the news. Rows in any order, twice in one batch, too. 0; -errno: the batch
         * is as it was. */
        int (*store)(struct archive *archive, const struct archive_batch *batch);
        /* What is missing up to `until` will never come: records each missing range for ever, and
         * moves `contiguous` on. At most ARCHIVE_LOSSES_MAX ranges a call; `stream` says how far it
         * came, `*lost` how many rows it recorded. 0 or -errno. */
        int (*lose)(struct archive *archive, struct archive_stream *stream, uint64_t until,
                    const char *reason, int64_t now_us, uint64_t *lost);
        /*
         * Deletes what is of a day before `before_day` (days since 1970, UTC): entries by the day
         * on which they happened (of a clock that is far off: on which they came), stays by that
         * on which they ended, refusals by that on which they came; and notes in the same
         * transaction how many of each day. Stays that last, figures of hours and losses stay, and
         * so does, on SQLite, a row above a gap, until the gap is closed. A row that comes again
         * after it was deleted is not new. A part of what there is: while `has_more`, call again.
         * 0 or -errno; *deletion holds what was committed either way.
         */
        int (*forget)(struct archive *archive, int64_t before_day, int64_t now_us,
                      struct archive_deletion *deletion);
        /*
         * Takes a person out: their entries stay as somebody's, without what tells whose; their
         * stays, lasting ones too, and unreadable messages that name them are deleted. *erased
         * says how many of each. In several transactions; a row that comes later names them again.
         * 0 or -errno; again, for the rest.
         */
        int (*erase)(struct archive *archive, const uint8_t subject[16],
                     struct archive_deletion *erased);
        void (*close)(struct archive *archive);
};

struct archive {
        const struct archive_ops *ops;
};

MUST_USE static inline int archive_open_stream(struct archive *archive, const char *gate,
                                               const uint8_t epoch[ARCHIVE_UUID_LEN],
                                               struct archive_stream *stream)
{
        return archive->ops->open_stream(archive, gate, epoch, stream);
}

MUST_USE static inline int archive_store(struct archive *archive, const struct archive_batch *batch)
{
        return archive->ops->store(archive, batch);
}

MUST_USE static inline int archive_lose(struct archive *archive, struct archive_stream *stream,
                                        uint64_t until, const char *reason, int64_t now_us,
                                        uint64_t *lost)
{
        return archive->ops->lose(archive, stream, until, reason, now_us, lost);
}

MUST_USE static inline int archive_forget(struct archive *archive, int64_t before_day,
                                          int64_t now_us, struct archive_deletion *deletion)
{
        *deletion = (struct archive_deletion){ 0 };
        return archive->ops->forget(archive, before_day, now_us, deletion);
}

MUST_USE static inline int archive_erase(struct archive *archive, const uint8_t subject[16],
                                         struct archive_deletion *erased)
{
        *erased = (struct archive_deletion){ 0 };
        return archive->ops->erase(archive, subject, erased);
}

/* Accepts NULL; returns NULL. */
static inline struct archive *archive_close(struct archive *archive)
{
        if (archive)
                archive->ops->close(archive);
        return NULL;
}
