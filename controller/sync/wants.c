#include "controller/sync/wants.h"

#include <string.h>

enum {
        DEFLATES_TO = 4,   /* about a quarter of it: a guess until the first part says */
        SLACK_BYTES = 4096 /* what deflate may add, and a delta's removals */
};

void wants_init(struct wants *wants)
{
        *wants = (struct wants){ .window = 1, .patience_ms = WANTS_PATIENCE_MS };
}

static void forget_parts(struct wants_bucket *bucket)
{
        bucket->like = (struct part){ .parts = 0 };
        bucket->have = 0;
        memset(bucket->got, 0, sizeof(bucket->got));
}

/* Of the version that is wanted, and good for what is held. */
static bool is_of_use(const struct wants_bucket *bucket, const struct part *part)
{
        bool is_base_right = part->from == 0 || (!bucket->is_whole && part->from == bucket->held);
        uint64_t most = part->from == 0
                                ? bucket->bytes
                                : (uint64_t)bucket->held_bytes + bucket->bytes + SLACK_BYTES;
        bool is_size_right =
                part->from == 0 ? part->content_bytes == most : part->content_bytes <= most;
        return bucket->is_wanted && part->to == bucket->to && is_base_right && is_size_right &&
               part->deflated_bytes <= most + most / 512 + SLACK_BYTES;
}

void wants_set(struct wants *wants, const struct manifest *held, const struct manifest *wanted,
               bool dropped[SYNC_BUCKETS])
{
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                struct wants_bucket *bucket = &wants->bucket[i];
                const struct manifest_bucket *is = &held->bucket[i], *shall = &wanted->bucket[i];
                bucket->is_wanted = is->bytes != shall->bytes ||
                                    memcmp(is->digest, shall->digest, FLOW_DIGEST_LEN) != 0;
                if (bucket->to != shall->version || bucket->held != is->version)
                        bucket->is_whole = false;
                bucket->held = is->version;
                bucket->held_bytes = is->bytes;
                bucket->to = shall->version;
                bucket->bytes = shall->bytes;
                dropped[i] = bucket->like.parts != 0 && !is_of_use(bucket, &bucket->like);
                if (dropped[i])
                        forget_parts(bucket);
        }
        wants_forget_asked(wants);
}

void wants_forget_asked(struct wants *wants)
{
        wants->asking = 0;
}

static bool has(const struct wants_bucket *bucket, uint32_t part)
{
        return (bucket->got[part / 8] >> (part % 8) & 1) != 0;
}

static bool is_alike(const struct part *a, const struct part *b)
{
        return a->from == b->from && a->to == b->to && a->content_bytes == b->content_bytes &&
               a->deflated_bytes == b->deflated_bytes && a->parts == b->parts;
}

enum wants_answer wants_look(const struct wants *wants, const struct part *part)
{
        const struct wants_bucket *bucket = &wants->bucket[part->bucket];
        if (!is_of_use(bucket, part) || wants_is_complete(wants, part->bucket))
                return WANTS_UNWANTED;
        if (bucket->like.parts != 0 && !is_alike(&bucket->like, part))
                return WANTS_INSTEAD;
        return has(bucket, part->part) ? WANTS_HAD : WANTS_NEW;
}

/* What is not to come any more: this one, and those past the last one of its bucket. */
static void strike(struct wants *wants, const struct part *part)
{
        size_t kept = 0;
        for (size_t i = 0; i < wants->asking; i++) {
                bool is_over =
                        wants->asked[i].bucket == part->bucket &&
                        (wants->asked[i].part == part->part || wants->asked[i].part >= part->parts);
                if (!is_over)
                        wants->asked[kept++] = wants->asked[i];
        }
        wants->asking = kept;
}

void wants_take(struct wants *wants, const struct part *part, enum wants_answer answer,
                int64_t now_ms)
{
        struct wants_bucket *bucket = &wants->bucket[part->bucket];
        if (answer == WANTS_UNWANTED)
                return;
        if (answer == WANTS_INSTEAD)
                forget_parts(bucket);
        bucket->like = *part;
        bucket->like.payload = NULL;
        bucket->have += !has(bucket, part->part);
        bucket->got[part->part / 8] |= (uint8_t)(1u << (part->part % 8));
        bool was_asking = wants->asking > 0;
        strike(wants, part);
        wants->progress_ms = now_ms;
        wants->patience_ms = WANTS_PATIENCE_MS;
        if (!was_asking || wants->asking > 0)
                return;
        int64_t took_ms = now_ms - wants->asked_ms;
        if (took_ms < WANTS_FAST_MS && wants->window < WANTS_WINDOW_MAX)
                wants->window *= 2;
        else if (took_ms > WANTS_SLOW_MS && wants->window > 1)
                wants->window /= 2;
}

void wants_spoil(struct wants *wants, int bucket)
{
        forget_parts(&wants->bucket[bucket]);
        wants->bucket[bucket].is_whole = true;
}

/* An empty bucket is here already. */
bool wants_is_complete(const struct wants *wants, int number)
{
        const struct wants_bucket *bucket = &wants->bucket[number];
        return bucket->is_wanted && (bucket->bytes == 0 || (bucket->like.parts != 0 &&
                                                            bucket->have == bucket->like.parts));
}

/* How many parts there are, or seem to be. */
static uint32_t count_parts(const struct wants_bucket *bucket)
{
        if (bucket->like.parts != 0)
                return bucket->like.parts;
        bool is_delta = bucket->held != 0 && !bucket->is_whole;
        return is_delta ? 1 : 1 + bucket->bytes / (DEFLATES_TO * PART_PAYLOAD_MAX);
}

struct wants_pending wants_pending(const struct wants *wants)
{
        struct wants_pending pending = { .buckets = 0 };
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                const struct wants_bucket *bucket = &wants->bucket[i];
                if (!bucket->is_wanted)
                        continue;
                pending.buckets++;
                if (wants_is_complete(wants, i))
                        continue;
                pending.incomplete++;
                pending.bytes += (uint64_t)(count_parts(bucket) - bucket->have) * PART_PAYLOAD_MAX;
        }
        return pending;
}

/* A run of parts that are lacking, from `first` on; one that begins the run in count. */
static size_t ask_of(struct wants *wants, int number, struct want *ask, size_t room)
{
        const struct wants_bucket *bucket = &wants->bucket[number];
        uint32_t parts = count_parts(bucket), first = 0;
        while (first < parts && has(bucket, first))
                first++;
        bool is_delta = bucket->like.parts != 0 ? bucket->like.from != 0 : !bucket->is_whole;
        *ask = (struct want){ .bucket = number,
                              .from = is_delta ? bucket->held : 0,
                              .part = first };
        while (ask->count < room && first + ask->count < parts &&
               !has(bucket, first + ask->count)) {
                wants->asked[wants->asking].bucket = number;
                wants->asked[wants->asking++].part = first + ask->count++;
        }
        return ask->count;
}

size_t wants_ask(struct wants *wants, int64_t now_ms, struct want ask[WANTS_WINDOW_MAX])
{
        size_t count = 0;
        if (wants->asking > 0) {
                if (now_ms - wants->progress_ms < wants->patience_ms)
                        return 0;
                wants->window = wants->window > 1 ? wants->window / 2 : 1;
                wants->patience_ms = wants->patience_ms < WANTS_PATIENCE_MAX_MS / 2
                                             ? wants->patience_ms * 2
                                             : WANTS_PATIENCE_MAX_MS;
                wants->asking = 0;
        }
        /* Who must not pass first, then what levels mean, then who may. */
        for (int i = 0; i < SYNC_BUCKETS && wants->asking < (size_t)wants->window; i++) {
                int number = i == 0 ? SYNC_BLOCKED : i == 1 ? SYNC_BASE : i - 2;
                if (!wants->bucket[number].is_wanted || wants_is_complete(wants, number))
                        continue;
                count += ask_of(wants, number, &ask[count], (size_t)wants->window - wants->asking) >
                         0;
        }
        if (count > 0)
                wants->asked_ms = wants->progress_ms = now_ms;
        return count;
}
