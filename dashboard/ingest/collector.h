/*
 * Collector: the gates' entries from the feed into the archive, each exactly once, and back to each
 * gate how far it has all of them.
 *
 * Rows are gathered until there are `batch_rows`, or the first has waited `batch_ms`; then they are
 * one transaction, which a storer makes while the next rows are gathered. After its COMMIT, and
 * never before, every gate in it is told `ack`, at most every COLLECTOR_ACK_MS, and the messages
 * are settled. What cannot be read is refused with a stable reason, counted and set aside in the
 * same transaction: it never holds up the feed.
 *
 * What a gate says of itself, status and health, is kept as well, the last of each kind: with the
 * next batch, or after COLLECTOR_NEWS_MS, so that ten thousand gates do not cost a commit each.
 *
 * A journal in which something is missing is given time (the broker may deliver out of order), then
 * its gate is asked to send again from there (cmd/sync), ever less often. What the gate says it no
 * longer has is recorded as lost, for people to see, and only then passed over.
 *
 * What is older than whole `retention_days` is deleted, a part at a time between batches, by the
 * centre's clock.
 *
 * While the archive fails the batch is kept and tried again, nothing is acknowledged or settled,
 * and when the next batch is full nothing more is taken from the feed. No clock, and no thread but
 * the storer's: whoever runs it brings the time.
 */
#pragma once

#include "dashboard/ingest/batch.h"
#include "dashboard/ingest/fleet.h"
#include "dashboard/ingest/storer.h"
#include "dashboard/ports/archive.h"
#include "dashboard/ports/feed.h"

enum {
        COLLECTOR_NEWS_MS = 1000,
        COLLECTOR_ACK_MS = 50,
        COLLECTOR_LOOK_MS = 500,       /* between looks for what is missing */
        COLLECTOR_TAIL_MS = 10000,     /* the last rows are missing: they may be on their way */
        COLLECTOR_ASK_FIRST_MS = 5000, /* from asking to asking again; then twice as long … */
        COLLECTOR_ASK_LONGEST_MS = 300000,
        COLLECTOR_STUCK_MS = 10000,      /* without the storer's answer */
        COLLECTOR_FORGET_MS = 60000,     /* between looks for what is too old */
        COLLECTOR_FORGET_PAUSE_MS = 250, /* while there is more of it: gates go first */
        COLLECTOR_ASKS_A_LOOK = 20       /* of all gates: a storm would only make gaps */
};

/* All borrowed. */
struct collector_settings {
        struct feed *feed;
        struct archive *archive;
        struct storer *storer; /* of this archive */
        const char *name;      /* who asks: source and actor of cmd/sync; an identifier */
        size_t batch_rows;
        int batch_ms;
        int gap_ms;         /* how long a row may be overtaken by later ones */
        int retention_days; /* what is older goes; 0: nothing does */
};

struct collector_counts {
        uint64_t entries; /* stored */
        uint64_t duplicates, refused;
        uint64_t lost;  /* rows that gates no longer have */
        uint64_t asked; /* cmd/sync */
        uint64_t commits;
        uint64_t forgotten; /* entries, stays and refusals that were older than they may be */
        size_t gates,
                open; /* gates heard; streams in which something is missing, at the last look */
};

struct collector_time {
        int64_t now_ms; /* monotonic */
        int64_t wall_us;
};

/* Heavy: on the heap. */
struct collector {
        struct collector_settings settings;
        struct fleet fleet;
        struct collector_counts counts;
        bool is_up, is_down_told;
        struct batch batches[2];
        struct batch *gathered;
        struct batch *storing; /* the other one: with the storer, or to be tried again; or NULL */
        int64_t asked_ms;      /* when the storer was asked last */
        uint64_t handle;       /* of the last message taken */
        uint64_t settled;      /* up to which message the feed has been told */
        /* A message that the archive must be asked about first, and it does not answer. */
        struct feed_message *held;
        bool is_failing;
        int failures;
        int64_t retry_ms, look_ms, forget_ms;
        struct archive_deletion forgotten;         /* since the last look that left nothing */
        struct fleet_gate *line_first, *line_last; /* those to be told; NULL: nobody */
        int64_t tell_ms;                           /* not to be told before */
};

void collector_init(struct collector *collector, const struct collector_settings *settings,
                    int64_t now_ms);
/* Waits for the storer. What is not committed is dropped: it was never acknowledged. */
void collector_deinit(struct collector *collector);

/* Another feed, and other bounds; what was taken of the feed before stays taken. */
void collector_change(struct collector *collector, const struct collector_settings *settings);

/* May the next event be taken from the feed? While not, the feed has to wait. */
bool collector_has_room(const struct collector *collector);
/* An event of the feed; its message is taken over. */
void collector_take(struct collector *collector, struct feed_event *take,
                    const struct collector_time *time);
/* Commits, asks, acknowledges what is due. After every round of events, when the time has come and
 * when the storer has answered. */
void collector_turn(struct collector *collector, const struct collector_time *time);
/* Commits what there is, once, before an end. 0 or -errno. */
int collector_flush(struct collector *collector, const struct collector_time *time);
/* Has the storer had its batch for too long? Then somebody should end the program: a database that
 * does not answer may never do. */
bool collector_is_stuck(const struct collector *collector, int64_t now_ms);
/* When collector_turn is due at the latest. */
int64_t collector_due_ms(const struct collector *collector);
