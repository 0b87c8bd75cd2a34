/*
 * Published port: what a site's gates were last told of its registry, record by record, in a
 * database of its own. Implemented in drivers/store.
 *
 * A record that is no more stays as a tombstone, so that what changed since a version can be told;
 * of versions the last PUBLISHED_VERSIONS_KEPT are remembered, and tombstones as long as they.
 * Belongs to one thread. What is read between begin and commit is as it was before, but for
 * published_bucket.
 */
#pragma once

#include "controller/sync/manifest.h"
#include "controller/sync/record.h"
#include <sys/types.h>

enum {
        PUBLISHED_VERSIONS_KEPT = 256
};

struct published;

struct published_row {
        struct sync_key key;
        int bucket;
        uint64_t version; /* in which it last changed */
        bool is_removed;
        const uint8_t *bytes; /* the record; of a tombstone, its removal. Borrowed */
        size_t len;
};

/* Opens or makes it. A damaged file is set aside (*set_aside, 256 bytes, its new path, else ""):
 * gates then take snapshots. 0 or -errno after a log line. */
MUST_USE int published_open(const char *path, struct published **published, char set_aside[256]);
struct published *published_close(struct published *published);

/* The last manifest; version 0: nothing was published yet. 0 or -errno. */
MUST_USE int published_manifest(struct published *published, struct manifest *manifest);
/* 1: what changed since this version can be told; 0: no; -errno. */
MUST_USE int published_remembers(struct published *published, uint64_t version);

/* One transaction: a publication is kept whole or not at all. 0 or -errno. */
MUST_USE int published_begin(struct published *published);
MUST_USE int published_put(struct published *published, const struct published_row *row);
/* Replaces the manifest, remembers its version, forgets what is too old. */
MUST_USE int published_put_manifest(struct published *published, const struct manifest *manifest);
MUST_USE int published_commit(struct published *published);
void published_rollback(struct published *published);

/* All rows but tombstones, in order. 0 or -errno. */
MUST_USE int published_rewind(struct published *published);
/* 1 and the next row, its bytes good until the next call; 0: that was all; -errno. */
MUST_USE int published_next(struct published *published, struct published_row *row);

/* A bucket's records on end, in order: its content (`from` 0), or what changed after version
 * `from`, with removals. Sees what was put since begin. Bytes in *content, the caller's, heap (of
 * none NULL); or -EFBIG: above SYNC_BUCKET_BYTES_MAX; -errno. */
MUST_USE ssize_t published_bucket(struct published *published, int bucket, uint64_t from,
                                  uint8_t **content);

/* Gates that were seen: whom to tell. Remembering one twice is no harm. 0 or -errno. */
MUST_USE int published_put_gate(struct published *published, const char *gate);
/* In order, `after` exclusive ("" begins). Their number or -errno. */
MUST_USE int published_gates(struct published *published, const char *after,
                             char gates[][FLOW_ID_MAX], size_t limit);
