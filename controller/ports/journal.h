/*
 * Journal port: the gate's log and outbox in one table. Implemented once per build (drivers/store).
 *
 * Belongs to the recorder thread. Rows have a sequence without gaps from 1 within an epoch (a
 * UUIDv7 made when the database is made); the acknowledged sequence is a watermark. A call that
 * writes returns only after the commit is durable (WAL, synchronous=FULL): granted means recorded.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

struct journal;

enum {
        JOURNAL_EPOCH_MAX = 37 /* UUID text and its NUL */
};

struct journal_info {
        char epoch[JOURNAL_EPOCH_MAX];
        uint64_t head;       /* last sequence written; 0: none yet */
        uint64_t acked;      /* everything up to here is the collector's, or was dropped */
        uint64_t oldest;     /* first sequence still held; 0: none */
        int64_t last_at_us;  /* wall time of the last row ever; 0: none */
        bool was_set_aside;  /* open found it damaged: moved away, and this one is new */
        char set_aside[256]; /* where the damaged file is now */
};

/*
 * Opens or makes `path` (its folder must exist), migrates an older schema, refuses a newer one
 * (-EPROTONOSUPPORT). A damaged file is renamed to `path.damaged-<UTC time>` (with its -wal), never
 * deleted, and a new one is begun: was_set_aside says so. 0 or -errno.
 */
MUST_USE int journal_open(const char *path, struct journal **journal);
/* Writes the watermark, closes. Accepts NULL; returns NULL. */
struct journal *journal_close(struct journal *journal);

/* Copies what is known; cheap, no I/O. */
void journal_info(const struct journal *journal, struct journal_info *info);

/*
 * Appends `count` rows in one transaction and gives each its `seq`. On AccessTaken with a holder
 * the holder's presence in the row's area moves in the same transaction, and a taken entry with a
 * `use` is counted. Also writes the watermark with every 100th
 * row. 0 or -errno (-ENOSPC full, -EIO, -EBUSY); on failure nothing was written and no sequence is
 * used.
 */
MUST_USE int journal_append(struct journal *journal, struct passage *rows, size_t count);

/* Sets PASSAGE_LATE in a row already written. 0, -ENOENT or -errno. */
MUST_USE int journal_mark_late(struct journal *journal, uint64_t seq);

/* Where anti-passback believes a holder to be, of one area ("": of the access points of none). */
struct journal_presence {
        enum direction last; /* DIRECTION_NONE: never seen, or forgiven */
        int64_t since_us;
        char access_point[FLOW_ID_MAX];
};

/* 0 (last == DIRECTION_NONE when never seen) or -errno. */
MUST_USE int journal_presence(struct journal *journal, const char *holder, const char *area,
                              struct journal_presence *presence);
/* Anti-passback forgiveness: forgets where the holder is (NULL: everybody), in every area. 0 or
 * -errno. */
MUST_USE int journal_forgive(struct journal *journal, const char *holder);
/* How many holders are believed inside an area; NULL: inside any, each counted once. No I/O. 0. */
MUST_USE int journal_inside(struct journal *journal, const char *area, uint64_t *count);
/* How often what the key stands for was taken in, ever and on that day. 0 or -errno. */
MUST_USE int journal_uses(struct journal *journal, const uint8_t key[FLOW_USE_LEN], int32_t day,
                          uint64_t *total, uint64_t *on_day);

/* Which rows to read: all fields are limits, 0 means no limit; ascending by seq. */
struct journal_query {
        uint64_t after_seq;         /* only rows with seq > this */
        int64_t since_us, until_us; /* at_us in [since, until) */
        size_t limit;
};

/* Fills up to `limit` (> 0) rows. Number of rows >= 0, or -errno. */
MUST_USE int journal_read(struct journal *journal, const struct journal_query *query,
                          struct passage *rows);

/*
 * Moves the watermark in memory; never back, never past head (-ERANGE); -ESTALE when `epoch` is
 * not ours. It reaches the disk with a later append or close: a stale watermark only
 * causes resends.
 */
MUST_USE int journal_acknowledge(struct journal *journal, const char *epoch, uint64_t seq);

/* Deletes at most `limit` acknowledged rows older than `before_us`, and forgets where people were
 * last when that is as old as the newest of them. Number of rows deleted or -errno. */
MUST_USE int journal_trim(struct journal *journal, int64_t before_us, size_t limit);

/*
 * Room for new rows. The pages of deleted rows are used again and never given back: what counts is
 * how many are in use, not how long the file has been.
 */
MUST_USE int journal_bytes(struct journal *journal, int64_t *bytes);
/* Deletes at most `limit` of the oldest acknowledged rows whatever their age; forgets only where
 * people were last before `kept_us` (0: nothing). Number of rows deleted or -errno. */
MUST_USE int journal_make_room(struct journal *journal, int64_t kept_us, size_t limit);
/*
 * The same of the oldest rows, acknowledged or not, and never silently: `note` is appended in the
 * same transaction, its detail says which sequences are gone. The watermark moves past them: nobody
 * will be sent them any more. Number of rows deleted (0: there was none, and no note) or -errno.
 */
MUST_USE int journal_drop(struct journal *journal, int64_t kept_us, size_t limit,
                          struct passage *note);
