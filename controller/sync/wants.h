/*
 * Wants: which parts of which buckets a gate still lacks, and what to ask for now. Pure: no clock,
 * no disk, no network.
 *
 * What is asked for is a batch of at most WANTS_WINDOW_MAX parts. The next batch is asked for when
 * all of the last one has come; how long that took decides how large it is, so that a command that
 * comes meanwhile waits behind little on a slow link. When nothing comes for a while the rest is
 * asked for again, less of it and after a longer while each time.
 */
#pragma once

#include "controller/sync/manifest.h"
#include "controller/sync/part.h"

enum {
        WANTS_WINDOW_MAX = 8,
        WANTS_FAST_MS = 1000, /* a batch that came sooner: ask for more */
        WANTS_SLOW_MS = 3000, /* later: for less */
        WANTS_PATIENCE_MS = 15000,
        WANTS_PATIENCE_MAX_MS = 300000
};

struct wants_bucket {
        bool is_wanted; /* what we hold differs from the manifest */
        bool is_whole;  /* only a snapshot will do: what changed did not fit */
        uint64_t held;  /* version that we hold; 0: none */
        uint64_t to;    /* version that is wanted */
        uint32_t held_bytes, bytes;
        struct part like; /* of the parts that have come; parts 0: none has */
        uint32_t have;
        uint8_t got[(PARTS_MAX + 7) / 8];
};

struct wants {
        struct wants_bucket bucket[SYNC_BUCKETS];
        struct {
                int bucket;
                uint32_t part;
        } asked[WANTS_WINDOW_MAX];
        size_t asking; /* how many are asked for and have not come */
        int window;
        int64_t asked_ms, progress_ms, patience_ms;
};

struct want {
        int bucket;
        uint64_t from;
        uint32_t part, count;
};

void wants_init(struct wants *wants);
/*
 * What is held, and what is to be. Parts that have come stay where their bucket still wants them;
 * `dropped` (SYNC_BUCKETS of them) says of which buckets they went.
 */
void wants_set(struct wants *wants, const struct manifest *held, const struct manifest *wanted,
               bool dropped[SYNC_BUCKETS]);
/* Nothing that was asked for counts any more: the connection is a new one. */
void wants_forget_asked(struct wants *wants);

enum wants_answer {
        WANTS_NEW,     /* to be kept */
        WANTS_INSTEAD, /* to be kept, and what was there of its bucket dropped */
        WANTS_HAD,
        WANTS_UNWANTED
};
/* What a part is to us. Changes nothing. */
enum wants_answer wants_look(const struct wants *wants, const struct part *part);
/* It is kept now. */
void wants_take(struct wants *wants, const struct part *part, enum wants_answer answer,
                int64_t now_ms);
/* Its parts did not come to what the manifest says: they are dropped, and it is wanted as a
 * snapshot. */
void wants_spoil(struct wants *wants, int bucket);

bool wants_is_complete(const struct wants *wants, int bucket);
/* Buckets that are wanted, and about how many bytes are to come for them. */
struct wants_pending {
        uint64_t buckets, incomplete, bytes;
};
struct wants_pending wants_pending(const struct wants *wants);

/* What is to be asked for now: their number. To be called often. */
size_t wants_ask(struct wants *wants, int64_t now_ms, struct want ask[WANTS_WINDOW_MAX]);
