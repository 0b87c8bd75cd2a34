/*
 * Fuzz: what brings a registry to a gate, and what a gate asks for: records, manifests, parts,
 * wants. What is read is within its bounds, and written again it is the same bytes.
 */
#include "controller/sync/manifest.h"
#include "controller/sync/part.h"
#include "controller/sync/record.h"
#include "dashboard/registry/want.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const uint8_t *bytes, size_t len, const struct sync_record *record)
{
        static uint8_t again[SYNC_RECORD_BYTES_MAX];
        struct cbor_writer writer;
        struct sync_key key;
        int homes = 0;
        cbor_writer_init(&writer, again, sizeof(again));
        sync_record_write(record, &writer);
        assert(!writer.is_full && writer.len == len && memcmp(again, bytes, len) == 0);
        sync_record_key(record, &key);
        assert(key.len > 0 && key.len <= SYNC_KEY_MAX);
        assert(sync_key_compare(&key, &key) == 0);
        for (int bucket = 0; bucket < SYNC_BUCKETS; bucket++)
                homes += sync_record_belongs(record, bucket);
        assert(homes == 1);
}

/* A sequence of them, as in a bucket. */
static void try_records(const uint8_t *data, size_t size)
{
        static struct sync_record record;
        struct cbor_reader reader;
        cbor_reader_init(&reader, data, size);
        while (!cbor_at_end(&reader)) {
                size_t at = reader.at;
                if (sync_record_read(&reader, &record) != 0)
                        return;
                assert(reader.at > at && reader.at <= size);
                check_record(data + at, reader.at - at, &record);
        }
}

static void read_manifest(const uint8_t *data, size_t size)
{
        static struct manifest manifest;
        static uint8_t again[MANIFEST_BYTES_MAX];
        if (manifest_read(data, size, &manifest) != 0)
                return;
        for (int i = 0; i < SYNC_BUCKETS; i++)
                assert(manifest.bucket[i].version <= manifest.version);
        int len = manifest_write(&manifest, again, sizeof(again));
        assert(len > 0 && (size_t)len == size && memcmp(again, data, size) == 0);
}

/* A whole one is longer than what the fuzzer makes: the bytes are changes to one that is good,
 * three for each, its place and what is put there. */
static void try_manifest(const uint8_t *data, size_t size)
{
        static struct manifest manifest;
        static uint8_t bytes[MANIFEST_BYTES_MAX];
        read_manifest(data, size);
        manifest.version = manifest.bucket[3].version = 1795650000;
        manifest.bucket[3].bytes = 1000;
        int len = manifest_write(&manifest, bytes, sizeof(bytes));
        assert(len > 0);
        for (size_t i = 0; i + 2 < size; i += 3)
                bytes[(data[i] << 8 | data[i + 1]) % len] = data[i + 2];
        read_manifest(bytes, (size_t)len);
}

static void try_part(const uint8_t *data, size_t size)
{
        static uint8_t again[PART_BYTES_MAX];
        struct part part;
        if (part_read(data, size, &part) != 0)
                return;
        assert(part.payload >= data && part.payload + part.len <= data + size);
        assert(part.part < part.parts && part.from < part.to);
        int len = part_write(&part, again, sizeof(again));
        assert(len > 0 && (size_t)len == size && memcmp(again, data, size) == 0);
}

static void try_want(const uint8_t *data, size_t size)
{
        struct want_message want;
        uint32_t parts = 0;
        if (!want_read(data, size, &want))
                return;
        assert(want.buckets <= WANT_BUCKETS_MAX);
        for (size_t i = 0; i < want.buckets; i++) {
                assert(want.bucket[i].bucket >= 0 && want.bucket[i].bucket < SYNC_BUCKETS);
                parts += want.bucket[i].count;
        }
        assert(parts <= WANT_PARTS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        try_records(data, size);
        try_manifest(data, size);
        try_part(data, size);
        try_want(data, size);
        return 0;
}
