/*
 * Sync: how a site's registry reaches its gates (docs/registry-sync.md).
 *
 * The registry is cut into buckets. A bucket's content is a sequence of CBOR records in one order
 * (record.h); its digest is SHA-256 of that content, so both ends can tell whether they hold the
 * same. A manifest (manifest.h), signed with a manager's key, names version and digest of every
 * bucket. A bucket travels in parts (part.h), whole or as what changed since a version. The gate
 * asks for what it lacks, keeps parts on disk, and adopts a manifest in one transaction.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        SYNC_HASHED = 256,  /* buckets 0 to 255, named "00" to "ff": holders and credentials */
        SYNC_BLOCKED = 256, /* "blocked": who must not pass; travels and counts first */
        SYNC_BASE = 257,    /* "base": schedules, levels, areas, special days */
        SYNC_BUCKETS = 258,
        SYNC_BUCKET_NAME_MAX = 8,
        SYNC_BUCKET_BYTES_MAX = 16 * 1024 * 1024 /* content of one bucket */
};

/* Bucket of a credential: the first byte of its lookup. Of a holder and what hangs on it: the first
 * byte of SHA-256 of the id. */
int sync_bucket_of_lookup(const uint8_t lookup[FLOW_DIGEST_LEN]);
/* Or -EIO. */
MUST_USE int sync_bucket_of_holder(const char *id);

void sync_bucket_name(int bucket, char name[SYNC_BUCKET_NAME_MAX]);
/* -1: there is no such bucket. */
MUST_USE int sync_bucket_find(const char *name);
