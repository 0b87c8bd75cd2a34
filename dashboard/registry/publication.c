#include "dashboard/registry/publication.h"

#include "common/log.h"
#include "controller/ports/digest.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Heavy: on the heap. */
struct merge {
        struct registry_scan *scan;
        struct published *published;
        uint64_t version;
        bool is_changed[SYNC_BUCKETS];
        bool has_holders;
        size_t had_holders;
        struct publication_report report;
        /* The next of the registry. */
        bool has_record;
        struct sync_record record, check;
        struct sync_key key;
        int bucket;
        uint8_t bytes[SYNC_RECORD_BYTES_MAX];
        size_t len;
        bool is_whole; /* it fitted */
        /* The next of what is published. */
        bool has_row;
        struct published_row row;
};

/* Where a record is at home. -1: nowhere. */
static int bucket_of(const struct sync_record *record)
{
        switch (record->kind) {
        case SYNC_SCHEDULE:
        case SYNC_LEVEL:
        case SYNC_AREA:
        case SYNC_SPECIAL_DAY:
                return SYNC_BASE;
        case SYNC_HOLDER:
                return sync_bucket_of_holder(record->holder.id);
        case SYNC_DECLARATION:
                return sync_bucket_of_holder(record->id);
        case SYNC_CREDENTIAL:
                return sync_bucket_of_lookup(record->credential.lookup);
        case SYNC_BLOCK:
        case SYNC_REVOCATION:
                return SYNC_BLOCKED;
        }
        return -1;
}

/* 0 or -errno. */
static int next_record(struct merge *merge)
{
        struct cbor_writer writer;
        int r = registry_scan_next(merge->scan, &merge->record);
        merge->has_record = r > 0;
        if (r <= 0)
                return r;
        cbor_writer_init(&writer, merge->bytes, sizeof(merge->bytes));
        sync_record_write(&merge->record, &writer);
        merge->len = writer.len;
        merge->is_whole = !writer.is_full;
        sync_record_key(&merge->record, &merge->key);
        merge->bucket = bucket_of(&merge->record);
        merge->report.records++;
        merge->has_holders = merge->has_holders || merge->record.kind == SYNC_HOLDER;
        return merge->bucket < 0 ? -EIO : 0;
}

static int next_row(struct merge *merge)
{
        int r = published_next(merge->published, &merge->row);
        merge->has_row = r > 0;
        merge->had_holders += r > 0 && merge->row.key.kind == SYNC_HOLDER;
        return r < 0 ? r : 0;
}

/* A removal is written out of the record that is no more. */
static int put_tombstone(struct merge *merge)
{
        uint8_t bytes[2 * SYNC_KEY_MAX];
        struct cbor_reader reader;
        struct cbor_writer writer;
        struct published_row row = merge->row;
        cbor_reader_init(&reader, row.bytes, row.len);
        if (sync_record_read(&reader, &merge->check) != 0 || row.bucket < 0 ||
            row.bucket >= SYNC_BUCKETS)
                return -EUCLEAN;
        merge->check.is_removal = true;
        cbor_writer_init(&writer, bytes, sizeof(bytes));
        sync_record_write(&merge->check, &writer);
        row.version = merge->version;
        row.is_removed = true;
        row.bytes = bytes;
        row.len = writer.len;
        merge->is_changed[row.bucket] = true;
        merge->report.removed++;
        return published_put(merge->published, &row);
}

/* As a gate would: what it would refuse would cost the whole bucket. */
static bool is_readable(struct merge *merge)
{
        struct cbor_reader reader;
        cbor_reader_init(&reader, merge->bytes, merge->len);
        return merge->is_whole && sync_record_read(&reader, &merge->check) == 0 &&
               cbor_at_end(&reader);
}

static int put_record(struct merge *merge)
{
        const struct published_row row = { .key = merge->key,
                                           .bucket = merge->bucket,
                                           .version = merge->version,
                                           .bytes = merge->bytes,
                                           .len = merge->len };
        merge->is_changed[merge->bucket] = true;
        merge->report.changed++;
        return published_put(merge->published, &row);
}

/* A new record, or what became of one. */
static int take_record(struct merge *merge, bool is_known)
{
        if (is_known && merge->len == merge->row.len &&
            memcmp(merge->bytes, merge->row.bytes, merge->len) == 0)
                return 0;
        if (is_readable(merge))
                return put_record(merge);
        merge->report.left_out++;
        return is_known ? put_tombstone(merge) : 0;
}

static int step(struct merge *merge)
{
        int order = !merge->has_row      ? -1
                    : !merge->has_record ? 1
                                         : sync_key_compare(&merge->key, &merge->row.key);
        int r = order > 0 ? put_tombstone(merge) : take_record(merge, order == 0);
        if (!r && order >= 0)
                r = next_row(merge);
        if (!r && order <= 0)
                r = next_record(merge);
        return r;
}

static int merge_all(struct merge *merge)
{
        int r = published_rewind(merge->published);
        if (!r)
                r = next_row(merge);
        if (!r)
                r = next_record(merge);
        while (!r && (merge->has_record || merge->has_row))
                r = step(merge);
        return r;
}

/* Version, length and digest of one bucket as it is now. */
static int describe(struct merge *merge, int bucket, struct manifest *manifest)
{
        struct manifest_bucket *entry = &manifest->bucket[bucket];
        CLEANUP(free_ptr)
        uint8_t *content = NULL;
        ssize_t len = published_bucket(merge->published, bucket, 0, &content);
        if (len == -EFBIG)
                log_error("registry not published: a bucket is too large", "bucket=%d", bucket);
        if (len < 0)
                return (int)len;
        entry->version = merge->version;
        entry->bytes = (uint32_t)len;
        return digest_sha256(content, (size_t)len, entry->digest);
}

static int describe_changed(struct merge *merge, struct manifest *manifest)
{
        int r = 0;
        for (int i = 0; !r && i < SYNC_BUCKETS; i++) {
                if (!merge->is_changed[i] && manifest->bucket[i].version != 0)
                        continue;
                merge->report.buckets++;
                r = describe(merge, i, manifest);
        }
        return r;
}

static int update(struct merge *merge, int64_t now_s, struct manifest *manifest)
{
        struct manifest next = *manifest;
        int r = merge_all(merge);
        /* Who was the last one may go: somebody took them out, perhaps because they asked. */
        if (!r && merge->had_holders > 1 && !merge->has_holders)
                r = -ENODATA;
        if (!r)
                r = describe_changed(merge, &next);
        if (r || merge->report.buckets == 0) {
                published_rollback(merge->published);
                return r;
        }
        next.version = merge->version;
        next.issued_s = now_s;
        r = published_put_manifest(merge->published, &next);
        if (r)
                published_rollback(merge->published);
        else
                r = published_commit(merge->published);
        if (!r)
                *manifest = next;
        return r;
}

int publication_update(struct registry *registry, struct published *published, int64_t now_s,
                       struct manifest *manifest, struct publication_report *report)
{
        int r = published_manifest(published, manifest);
        struct merge *merge = r ? NULL : calloc(1, sizeof(*merge));
        if (!merge)
                return r ? r : -ENOMEM;
        merge->published = published;
        merge->version = manifest->version + 1;
        if (now_s > 0 && (uint64_t)now_s > merge->version)
                merge->version = (uint64_t)now_s;
        r = registry_scan_open(registry, &merge->scan);
        if (!r)
                r = published_begin(published);
        if (!r)
                r = update(merge, now_s, manifest);
        registry_scan_close(merge->scan);
        if (merge->report.left_out > 0)
                log_warn("registry rows not published", "rows=%" PRIu64, merge->report.left_out);
        if (report)
                *report = merge->report;
        free(merge);
        return r;
}

int publication_renew(struct published *published, int64_t now_s, struct manifest *manifest)
{
        int r = published_manifest(published, manifest);
        if (r || manifest->version == 0)
                return r;
        manifest->issued_s = now_s > manifest->issued_s ? now_s : manifest->issued_s;
        r = published_begin(published);
        if (!r)
                r = published_put_manifest(published, manifest);
        if (r)
                published_rollback(published);
        return r ? r : published_commit(published);
}
