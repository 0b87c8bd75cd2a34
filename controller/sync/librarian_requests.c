/* Librarian: what stile-uplink hands over, and what it is told to ask for. */
#include "controller/sync/librarian.h"

#include "common/log.h"
#include "controller/local/fields.h"

#include <errno.h>
#include <string.h>

enum {
        BYTES_MAX = 20480, /* of a manifest or a part */
        GIVE_WAY_MAX = 3,  /* in a row: whoever blocks somebody every minute gets a registry, too */
        COMPLAIN_EVERY = 1000
};
_Static_assert((int)BYTES_MAX >= (int)MANIFEST_BYTES_MAX, "a manifest has room");
_Static_assert((int)BYTES_MAX >= (int)PART_BYTES_MAX, "a part has room");

const char *librarian_read_manifest(struct librarian *librarian, const uint8_t *bytes, size_t len,
                                    struct manifest *manifest)
{
        char aad[MANIFEST_AAD_MAX];
        const struct manager *who = NULL;
        const uint8_t *payload = NULL;
        size_t payload_len = 0;
        size_t aad_len =
                manifest_aad(librarian->settings->gate.org, librarian->settings->gate.site, aad);
        switch (managers_open(&librarian->managers, bytes, len, MANAGER_REGISTRY, aad, aad_len,
                              &who, &payload, &payload_len)) {
        case MANAGERS_GOOD:
                break;
        case MANAGERS_DAMAGED:
                return "bad_request";
        case MANAGERS_UNKNOWN:
        case MANAGERS_FORGED:
        case MANAGERS_FORBIDDEN:
                return "unauthorised";
        }
        return manifest_read(payload, payload_len, manifest) == 0 ? NULL : "bad_request";
}

/* The same registry, whenever it was issued. */
static bool is_same(const struct manifest *a, const struct manifest *b)
{
        if (a->version != b->version)
                return false;
        for (int i = 0; i < SYNC_BUCKETS; i++)
                if (a->bucket[i].version != b->bucket[i].version ||
                    a->bucket[i].bytes != b->bucket[i].bytes ||
                    memcmp(a->bucket[i].digest, b->bucket[i].digest, FLOW_DIGEST_LEN) != 0)
                        return false;
        return true;
}

static int stage(struct librarian *librarian, const struct manifest *manifest, const uint8_t *bytes,
                 size_t len)
{
        int error = staging_put_manifest(librarian->staging, bytes, len);
        if (error)
                return error;
        if (!librarian->is_staged || librarian->staged.version != manifest->version)
                log_info("a new registry is announced", "version=%llu",
                         (unsigned long long)manifest->version);
        librarian->staged = *manifest;
        librarian->is_staged = true;
        librarian->retry_ms = 0;
        return librarian_compare(librarian);
}

/* One version is one registry, and none is older than the last: whoever keeps an old manifest
 * cannot bring it back. NULL, a refusal, or *error. */
static const char *take_manifest(struct librarian *librarian, const struct manifest *manifest,
                                 const uint8_t *bytes, size_t len, int *error)
{
        const struct manifest *newest =
                librarian->is_staged ? &librarian->staged : &librarian->adopted;
        if (manifest->version < newest->version)
                return "stale";
        if (manifest->version > newest->version) {
                *error = stage(librarian, manifest, bytes, len);
                return NULL;
        }
        if (!is_same(manifest, newest))
                return "stale";
        if (manifest->issued_s > newest->issued_s)
                *error = librarian->is_staged ? stage(librarian, manifest, bytes, len)
                                              : librarian_refresh(librarian, manifest->issued_s);
        wants_forget_asked(&librarian->wants); /* it comes again with each connection */
        return NULL;
}

static json_t *wants_json(const struct want *ask, size_t count)
{
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
                char name[SYNC_BUCKET_NAME_MAX];
                sync_bucket_name(ask[i].bucket, name);
                json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I}", "bucket", name,
                                                      "from", (json_int_t)ask[i].from, "part",
                                                      (json_int_t)ask[i].part, "count",
                                                      (json_int_t)ask[i].count));
        }
        return list;
}

static json_t *say_wants(struct librarian *librarian)
{
        struct want ask[WANTS_WINDOW_MAX];
        const struct manifest *newest =
                librarian->is_staged ? &librarian->staged : &librarian->adopted;
        size_t count =
                librarian->is_disk_short ? 0 : wants_ask(&librarian->wants, monotonic_ms(), ask);
        return fields_ok(json_pack("{s:I, s:o}", "version", (json_int_t)newest->version, "wants",
                                   wants_json(ask, count)));
}

static json_t *refuse(struct librarian *librarian, const char *reason, const char *message)
{
        /* Logged when it begins to happen, not as often as somebody can send it. */
        if (atomic_fetch_add(&librarian->board->registry_refused, 1) % COMPLAIN_EVERY == 0)
                log_warn("registry from the network refused", "reason=%s what=\"%s\"", reason,
                         message);
        return fields_error(reason, message);
}

/* While a registry is being adopted only another blocked list may take its place: whom it names
 * must not pass for as long as a million others take. */
static bool is_to_wait(const struct librarian *librarian, const struct manifest *manifest)
{
        const struct manifest_bucket *is = &librarian->staged.bucket[SYNC_BLOCKED],
                                     *shall = &manifest->bucket[SYNC_BLOCKED];
        if (!librarian->is_adopting_all || manifest->version <= librarian->staged.version)
                return false;
        bool is_blocked_same = is->bytes == shall->bytes &&
                               memcmp(is->digest, shall->digest, FLOW_DIGEST_LEN) == 0;
        return is_blocked_same || librarian->gave_way >= GIVE_WAY_MAX;
}

/* stile-uplink brings a manifest again; parts are asked for again. */
static json_t *later(void)
{
        return fields_error("unavailable", "a registry is being adopted");
}

static json_t *failed(int error)
{
        return fields_error("storage", strerror(-error));
}

static json_t *on_manifest(struct librarian *librarian, const uint8_t *bytes, size_t len)
{
        struct manifest manifest;
        int error = 0;
        const char *refusal = len > MANIFEST_BYTES_MAX
                                      ? "bad_request"
                                      : librarian_read_manifest(librarian, bytes, len, &manifest);
        if (!refusal && is_to_wait(librarian, &manifest))
                return later();
        if (!refusal)
                refusal = take_manifest(librarian, &manifest, bytes, len, &error);
        if (refusal)
                return refuse(librarian, refusal, "manifest");
        return error ? failed(error) : say_wants(librarian);
}

static json_t *on_part(struct librarian *librarian, const uint8_t *bytes, size_t len)
{
        struct part part;
        if (part_read(bytes, len, &part) != 0)
                return refuse(librarian, "bad_request", "part");
        if (librarian->is_adopting_all)
                return later();
        enum wants_answer answer = wants_look(&librarian->wants, &part);
        bool is_kept = answer == WANTS_NEW || answer == WANTS_INSTEAD;
        int error = 0;
        if (answer == WANTS_INSTEAD)
                error = staging_drop(librarian->staging, part.bucket);
        if (!error && is_kept)
                error = staging_put_part(librarian->staging, &part);
        if (error)
                return failed(error);
        wants_take(&librarian->wants, &part, answer, monotonic_ms());
        librarian_show(librarian);
        return say_wants(librarian);
}

void librarian_answer(struct librarian *librarian, struct request *request)
{
        uint8_t bytes[BYTES_MAX];
        struct fields fields = fields_of(request->question);
        const char *name = json_string_value(json_object_get(request->question, "do"));
        bool is_manifest = strcmp(name, "sync-manifest") == 0;
        bool is_part = strcmp(name, "sync-part") == 0;
        size_t len = 0;
        if (is_manifest || is_part)
                len = fields_base64(&fields, is_manifest ? "manifest" : "part", bytes,
                                    sizeof(bytes));
        if (fields.why[0] != '\0')
                request->answer = fields_error("bad_request", fields.why);
        else if (!librarian->staging)
                request->answer = fields_error("storage", "the registry's store is not open");
        else if (is_manifest)
                request->answer = on_manifest(librarian, bytes, len);
        else if (is_part)
                request->answer = on_part(librarian, bytes, len);
        else
                request->answer = say_wants(librarian);
}
