/*
 * Manifest: which registry a gate is to have. Leaf `registry/manifest`, retained, content type
 * application/cose.
 *
 *     COSE_Sign1 (RFC 9052), tag 18, external_aad "stile/v1/{org}/{site}/registry"
 *     protected    {1: alg, 4: kid of the manager's key}
 *     unprotected  {}
 *     payload      [1, version, issued, [[version, bytes, digest] × 258]]
 *
 * `version` only grows: max(the last + 1, Unix time in s). `issued`: Unix time in s; a manifest
 * is issued anew, with the same version, to say that it is still the one. A bucket's `version` is
 * that of the manifest in which it last changed, `bytes` the length of its content, `digest`
 * SHA-256 of the content. An empty bucket: bytes 0, and the digest of nothing. Pure but for ports.
 */
#pragma once

#include "controller/ports/signature.h"
#include "controller/sync/sync.h"

enum {
        MANIFEST_BYTES_MAX = 16384,
        MANIFEST_AAD_MAX = 96
};

struct manifest_bucket {
        uint64_t version;
        uint32_t bytes;
        uint8_t digest[FLOW_DIGEST_LEN];
};

struct manifest {
        uint64_t version;
        int64_t issued_s;
        struct manifest_bucket bucket[SYNC_BUCKETS];
};

/* The external_aad of a site. Bytes. */
size_t manifest_aad(const char *org, const char *site, char aad[MANIFEST_AAD_MAX]);
/* The payload. Bytes written or -E2BIG. */
MUST_USE int manifest_write(const struct manifest *manifest, uint8_t *out, size_t size);
/* A payload whose signature was checked. 0; -EBADMSG: not in the one form, a bucket's version above
 * the manifest's, or content above SYNC_BUCKET_BYTES_MAX. */
MUST_USE int manifest_read(const void *payload, size_t len, struct manifest *manifest);
