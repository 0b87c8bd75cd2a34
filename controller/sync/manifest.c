#include "controller/sync/manifest.h"

#include "common/cbor/cbor_strict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        FORM = 1,
        FIELDS = 4,
        BUCKET_FIELDS = 3
};

size_t manifest_aad(const char *org, const char *site, char aad[MANIFEST_AAD_MAX])
{
        return (size_t)snprintf(aad, MANIFEST_AAD_MAX, "stile/v1/%.32s/%.32s/registry", org, site);
}

int manifest_write(const struct manifest *manifest, uint8_t *out, size_t size)
{
        struct cbor_writer writer;
        cbor_writer_init(&writer, out, size);
        cbor_put_array(&writer, FIELDS);
        cbor_put_int(&writer, FORM);
        cbor_put_int(&writer, (int64_t)manifest->version);
        cbor_put_int(&writer, manifest->issued_s);
        cbor_put_array(&writer, SYNC_BUCKETS);
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                const struct manifest_bucket *bucket = &manifest->bucket[i];
                cbor_put_array(&writer, BUCKET_FIELDS);
                cbor_put_int(&writer, (int64_t)bucket->version);
                cbor_put_int(&writer, bucket->bytes);
                cbor_put_bytes(&writer, bucket->digest, FLOW_DIGEST_LEN);
        }
        return writer.is_full ? -E2BIG : (int)writer.len;
}

static void read_bucket(struct cbor_strict *strict, int64_t version, struct manifest_bucket *bucket)
{
        size_t len = 0;
        cbor_strict_array(strict, BUCKET_FIELDS, BUCKET_FIELDS);
        bucket->version = (uint64_t)cbor_strict_int(strict, 0, version);
        bucket->bytes = (uint32_t)cbor_strict_int(strict, 0, SYNC_BUCKET_BYTES_MAX);
        const uint8_t *digest = cbor_strict_bytes(strict, FLOW_DIGEST_LEN, FLOW_DIGEST_LEN, &len);
        if (digest)
                memcpy(bucket->digest, digest, FLOW_DIGEST_LEN);
}

int manifest_read(const void *payload, size_t len, struct manifest *manifest)
{
        struct cbor_strict strict;
        *manifest = (struct manifest){ .version = 0 };
        cbor_strict_init(&strict, payload, len);
        cbor_strict_array(&strict, FIELDS, FIELDS);
        cbor_strict_int(&strict, FORM, FORM);
        int64_t version = cbor_strict_int(&strict, 1, INT64_MAX);
        manifest->version = (uint64_t)version;
        manifest->issued_s = cbor_strict_int(&strict, 0, INT64_MAX / 1000000);
        cbor_strict_array(&strict, SYNC_BUCKETS, SYNC_BUCKETS);
        for (int i = 0; i < SYNC_BUCKETS && !strict.is_bad; i++)
                read_bucket(&strict, version, &manifest->bucket[i]);
        return strict.is_bad || !cbor_at_end(&strict.reader) ? -EBADMSG : 0;
}
