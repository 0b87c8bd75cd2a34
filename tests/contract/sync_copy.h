/*
 * Sync copy: what a gate holds of a registry, kept the plainest way: per bucket, records in order.
 * Takes content and changes as docs/registry-sync.md says.
 */
#pragma once

#include "tests/contract/store_registry.h"

#include "controller/ports/digest.h"
#include "controller/sync/manifest.h"
#include "controller/sync/record.h"

#include <string.h>

struct sync_copy_record {
        struct sync_key key;
        uint8_t *bytes;
        size_t len;
};

struct sync_copy {
        struct {
                uint64_t version;
                size_t count;
                struct sync_copy_record *record;
        } bucket[SYNC_BUCKETS];
};

static inline void sync_copy_clear(struct sync_copy *copy, int bucket)
{
        for (size_t i = 0; i < copy->bucket[bucket].count; i++)
                free(copy->bucket[bucket].record[i].bytes);
        free(copy->bucket[bucket].record);
        copy->bucket[bucket].record = NULL;
        copy->bucket[bucket].count = 0;
}

static inline void sync_copy_deinit(struct sync_copy *copy)
{
        for (int i = 0; i < SYNC_BUCKETS; i++)
                sync_copy_clear(copy, i);
}

/* One record in its place: new, instead of the one with its key, or gone. */
static inline void sync_copy_take(struct sync_copy *copy, int bucket, bool is_removal,
                                  const struct sync_key *key, const uint8_t *bytes, size_t len)
{
        size_t count = copy->bucket[bucket].count, at = 0;
        struct sync_copy_record *record = copy->bucket[bucket].record;
        while (at < count && sync_key_compare(&record[at].key, key) < 0)
                at++;
        bool is_there = at < count && sync_key_compare(&record[at].key, key) == 0;
        if (is_there) {
                free(record[at].bytes);
                memmove(&record[at], &record[at + 1], (count - at - 1) * sizeof(record[0]));
                count--;
        }
        if (!is_removal) {
                record = realloc(record, (count + 1) * sizeof(record[0]));
                assert_non_null(record);
                memmove(&record[at + 1], &record[at], (count - at) * sizeof(record[0]));
                record[at] = (struct sync_copy_record){ .key = *key, .len = len };
                record[at].bytes = malloc(len);
                assert_non_null(record[at].bytes);
                memcpy(record[at].bytes, bytes, len);
                count++;
        }
        copy->bucket[bucket].record = record;
        copy->bucket[bucket].count = count;
}

/* Content (from 0) or changes, whose records must be in order, readable, and at home. */
static inline void sync_copy_apply(struct sync_copy *copy, int bucket, uint64_t from, uint64_t to,
                                   const uint8_t *content, size_t len)
{
        static struct sync_record record;
        struct cbor_reader reader;
        struct sync_key key, last = { .len = 0 };
        if (from == 0)
                sync_copy_clear(copy, bucket);
        cbor_reader_init(&reader, content, len);
        while (!cbor_at_end(&reader)) {
                size_t at = reader.at;
                assert_int_equal(sync_record_read(&reader, &record), 0);
                assert_true(sync_record_belongs(&record, bucket));
                assert_true(from != 0 || !record.is_removal);
                sync_record_key(&record, &key);
                assert_true(sync_key_compare(&last, &key) < 0);
                sync_copy_take(copy, bucket, record.is_removal, &key, content + at, reader.at - at);
                last = key;
        }
        copy->bucket[bucket].version = to;
}

/* Is what is held of the bucket what the manifest says? */
static inline bool sync_copy_is(const struct sync_copy *copy, int bucket,
                                const struct manifest_bucket *entry)
{
        uint8_t digest[FLOW_DIGEST_LEN];
        size_t len = 0;
        uint8_t *content = malloc(entry->bytes + 1);
        assert_non_null(content);
        for (size_t i = 0; i < copy->bucket[bucket].count; i++) {
                const struct sync_copy_record *record = &copy->bucket[bucket].record[i];
                if (len + record->len <= entry->bytes)
                        memcpy(content + len, record->bytes, record->len);
                len += record->len;
        }
        bool is_same = len == entry->bytes;
        if (is_same) {
                assert_int_equal(digest_sha256(content, len, digest), 0);
                is_same = memcmp(digest, entry->digest, FLOW_DIGEST_LEN) == 0;
        }
        free(content);
        return is_same;
}
