/*
 * Staging port: the registry under way: its signed manifest and the parts that have come, each
 * durable when the call returns, so that a power cut loses at most the one that was coming.
 * Implemented once per build (drivers/store), in a file of its own which is nothing but a cache: a
 * damaged one is thrown away. Belongs to the librarian thread.
 */
#pragma once

#include "controller/sync/manifest.h"
#include "controller/sync/part.h"

struct staging;

/* 0 or -errno. */
MUST_USE int staging_open(const char *path, struct staging **staging);
/* Accepts NULL; returns NULL. */
struct staging *staging_close(struct staging *staging);

/* The signed manifest as it came: its bytes; 0: there is none; -errno. */
MUST_USE int staging_manifest(struct staging *staging, uint8_t bytes[MANIFEST_BYTES_MAX]);
/* Replaces it; the parts stay. 0 or -errno. */
MUST_USE int staging_put_manifest(struct staging *staging, const uint8_t *bytes, size_t len);

/* 0 (also when it was there) or -errno. */
MUST_USE int staging_put_part(struct staging *staging, const struct part *part);
/* The payload of one part: its bytes, -ENOENT, -errno. */
MUST_USE int staging_part(struct staging *staging, int bucket, uint32_t number,
                          uint8_t payload[PART_PAYLOAD_MAX]);
/* Calls `each` with every part, without its payload. 0 or -errno. */
typedef void staging_each(void *context, const struct part *part);
MUST_USE int staging_list(struct staging *staging, staging_each *each, void *context);
/* Drops the parts of a bucket. 0 or -errno. */
MUST_USE int staging_drop(struct staging *staging, int bucket);
/* Drops everything, and gives the room back. 0 or -errno. */
MUST_USE int staging_clear(struct staging *staging);

/* What is free where it is, or -errno. */
MUST_USE int64_t staging_free_bytes(const struct staging *staging);
