/*
 * Centre maker: a registry as a centre would send it: rows in buckets, contents, deltas, parts and
 * the signed manifest. Slow and plain, so that it can be believed.
 */
#pragma once

#include "tests/contract/manager_maker.h"

#include "controller/ports/digest.h"
#include "controller/sync/manifest.h"
#include "controller/sync/part.h"
#include "controller/sync/record.h"

#include <stdlib.h>
#include <zlib.h>

struct centre_row {
        struct sync_key key;
        struct sync_record record;
};

struct centre_list {
        struct centre_row *row;
        size_t count, room;
};

struct centre {
        struct centre_list now[SYNC_BUCKETS];
        struct centre_list before[SYNC_BUCKETS]; /* as of the manifest before this one */
        struct manifest manifest, manifest_before;
        struct signing_key *key;
        char aad[MANIFEST_AAD_MAX];
};

/* A bucket on its way: all its parts as one stream. */
struct centre_cargo {
        uint8_t *bytes;
        uint32_t len, content_bytes;
        int bucket;
        uint64_t from, to;
};

static inline int centre_bucket_of(const struct sync_record *record)
{
        for (int i = 0; i < SYNC_BUCKETS; i++)
                if (sync_record_belongs(record, i))
                        return i;
        fail();
        return -1;
}

static inline void centre_list_set(struct centre_list *list, const struct sync_record *record)
{
        struct centre_row row = { .record = *record };
        size_t at = 0;
        sync_record_key(record, &row.key);
        while (at < list->count && sync_key_compare(&list->row[at].key, &row.key) < 0)
                at++;
        bool is_there = at < list->count && sync_key_compare(&list->row[at].key, &row.key) == 0;
        if (record->is_removal) {
                assert_true(is_there);
                memmove(&list->row[at], &list->row[at + 1],
                        (--list->count - at) * sizeof(list->row[0]));
                return;
        }
        if (!is_there && list->count == list->room) {
                list->room = list->room ? 2 * list->room : 16;
                list->row = realloc(list->row, list->room * sizeof(list->row[0]));
                assert_non_null(list->row);
        }
        if (!is_there)
                memmove(&list->row[at + 1], &list->row[at],
                        (list->count++ - at) * sizeof(list->row[0]));
        list->row[at] = row;
}

/* Puts a row, or removes it. */
static inline void centre_set(struct centre *centre, const struct sync_record *record)
{
        centre_list_set(&centre->now[centre_bucket_of(record)], record);
}

static inline void centre_append(uint8_t **bytes, size_t *len, const struct sync_record *record)
{
        uint8_t text[SYNC_RECORD_BYTES_MAX];
        struct cbor_writer writer;
        cbor_writer_init(&writer, text, sizeof(text));
        sync_record_write(record, &writer);
        assert_false(writer.is_full);
        *bytes = realloc(*bytes, *len + writer.len);
        assert_non_null(*bytes);
        memcpy(*bytes + *len, text, writer.len);
        *len += writer.len;
}

static inline uint8_t *centre_content(const struct centre_list *list, size_t *len)
{
        uint8_t *bytes = malloc(1);
        *len = 0;
        for (size_t i = 0; i < list->count; i++)
                centre_append(&bytes, len, &list->row[i].record);
        return bytes;
}

/* What changed from one list to the other. */
static inline uint8_t *centre_changes(const struct centre_list *from, const struct centre_list *to,
                                      size_t *len)
{
        uint8_t *bytes = malloc(1);
        size_t a = 0, b = 0;
        *len = 0;
        while (a < from->count || b < to->count) {
                int order = a == from->count ? 1
                            : b == to->count ? -1
                                             : sync_key_compare(&from->row[a].key, &to->row[b].key);
                if (order < 0) {
                        struct sync_record gone = from->row[a++].record;
                        gone.is_removal = true;
                        centre_append(&bytes, len, &gone);
                        continue;
                }
                if (order > 0 || memcmp(&from->row[a].record, &to->row[b].record,
                                        sizeof(struct sync_record)) != 0)
                        centre_append(&bytes, len, &to->row[b].record);
                a += order == 0;
                b++;
        }
        return bytes;
}

static inline void centre_copy(struct centre_list *to, const struct centre_list *from)
{
        free(to->row);
        *to = (struct centre_list){ .count = from->count, .room = from->count };
        to->row = malloc((from->count + 1) * sizeof(from->row[0]));
        assert_non_null(to->row);
        if (from->count > 0)
                memcpy(to->row, from->row, from->count * sizeof(from->row[0]));
}

static inline void centre_init(struct centre *centre, struct signing_key *key, const char *org,
                               const char *site)
{
        memset(centre, 0, sizeof(*centre));
        centre->key = key;
        manifest_aad(org, site, centre->aad);
        for (int i = 0; i < SYNC_BUCKETS; i++)
                assert_int_equal(digest_sha256("", 0, centre->manifest.bucket[i].digest), 0);
}

/* What is there now is `version`. */
static inline void centre_issue(struct centre *centre, uint64_t version, int64_t issued_s)
{
        centre->manifest_before = centre->manifest;
        centre->manifest.version = version;
        centre->manifest.issued_s = issued_s;
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                struct manifest_bucket *bucket = &centre->manifest.bucket[i];
                uint8_t digest[FLOW_DIGEST_LEN];
                size_t len = 0;
                uint8_t *content = centre_content(&centre->now[i], &len);
                assert_int_equal(digest_sha256(content, len, digest), 0);
                free(content);
                if (memcmp(digest, bucket->digest, sizeof(digest)) != 0)
                        bucket->version = version;
                bucket->bytes = (uint32_t)len;
                memcpy(bucket->digest, digest, sizeof(digest));
        }
}

/* The next issue's deltas begin here. */
static inline void centre_remember(struct centre *centre)
{
        for (int i = 0; i < SYNC_BUCKETS; i++)
                centre_copy(&centre->before[i], &centre->now[i]);
}

static inline void centre_deinit(struct centre *centre)
{
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                free(centre->now[i].row);
                free(centre->before[i].row);
        }
}

static inline size_t centre_sign(const struct signing_key *key, const char *aad,
                                 const struct manifest *manifest, uint8_t *out)
{
        static uint8_t payload[MANIFEST_BYTES_MAX];
        int len = manifest_write(manifest, payload, sizeof(payload));
        assert_true(len > 0);
        len = sign1_write(key, aad, strlen(aad), payload, (size_t)len, out, MANIFEST_BYTES_MAX);
        assert_true(len > 0);
        return (size_t)len;
}

static inline struct centre_cargo centre_deflate(const uint8_t *content, size_t len, int bucket,
                                                 uint64_t from, uint64_t to)
{
        uLongf room = compressBound((uLong)len);
        struct centre_cargo cargo = { .bytes = malloc(room),
                                      .content_bytes = (uint32_t)len,
                                      .bucket = bucket,
                                      .from = from,
                                      .to = to };
        assert_non_null(cargo.bytes);
        assert_int_equal(compress2(cargo.bytes, &room, content, (uLong)len, 6), Z_OK);
        cargo.len = (uint32_t)room;
        return cargo;
}

/* A bucket as the gate asked for it: what changed since `from` if that is what we remember, else
 * whole. The bytes are the caller's. */
static inline struct centre_cargo centre_load(const struct centre *centre, int bucket,
                                              uint64_t from)
{
        size_t len = 0;
        bool is_delta = from != 0 && centre->manifest_before.bucket[bucket].version == from;
        uint8_t *content =
                is_delta ? centre_changes(&centre->before[bucket], &centre->now[bucket], &len)
                         : centre_content(&centre->now[bucket], &len);
        struct centre_cargo cargo = centre_deflate(content, len, bucket, is_delta ? from : 0,
                                                   centre->manifest.bucket[bucket].version);
        free(content);
        return cargo;
}

static inline uint32_t centre_parts(const struct centre_cargo *cargo)
{
        return (cargo->len + PART_PAYLOAD_MAX - 1) / PART_PAYLOAD_MAX;
}

/* Bytes of one part. */
static inline size_t centre_part(const struct centre_cargo *cargo, uint32_t number,
                                 uint8_t out[PART_BYTES_MAX])
{
        size_t at = (size_t)number * PART_PAYLOAD_MAX, left = cargo->len - at;
        const struct part part = { .bucket = cargo->bucket,
                                   .from = cargo->from,
                                   .to = cargo->to,
                                   .content_bytes = cargo->content_bytes,
                                   .deflated_bytes = cargo->len,
                                   .part = number,
                                   .parts = centre_parts(cargo),
                                   .payload = cargo->bytes + at,
                                   .len = left < PART_PAYLOAD_MAX ? left : PART_PAYLOAD_MAX };
        int len = part_write(&part, out, PART_BYTES_MAX);
        assert_true(len > 0);
        return (size_t)len;
}

/* ---- rows as a site has them ---- */

static inline struct sync_record centre_holder(const char *id, const char *level)
{
        struct sync_record record = { .kind = SYNC_HOLDER };
        record.holder.levels = 1;
        (void)snprintf(record.holder.id, FLOW_ID_MAX, "%s", id);
        (void)snprintf(record.holder.name, FLOW_NAME_MAX, "Nguyễn Thị Ánh Tuyết");
        (void)snprintf(record.holder.level[0].level, FLOW_ID_MAX, "%s", level);
        return record;
}

static inline struct sync_record centre_credential(const uint8_t lookup[FLOW_DIGEST_LEN],
                                                   const char *holder)
{
        struct sync_record record = { .kind = SYNC_CREDENTIAL };
        record.credential.class = CREDENTIAL_CODE;
        memcpy(record.credential.lookup, lookup, FLOW_DIGEST_LEN);
        (void)snprintf(record.credential.holder, FLOW_ID_MAX, "%s", holder);
        return record;
}

static inline struct sync_record centre_block(const char *holder, bool is_silent)
{
        struct sync_record record = { .kind = SYNC_BLOCK, .is_silent = is_silent };
        (void)snprintf(record.id, FLOW_ID_MAX, "%s", holder);
        return record;
}

static inline struct sync_record centre_removal(struct sync_record record)
{
        record.is_removal = true;
        return record;
}
