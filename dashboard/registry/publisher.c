#include "dashboard/registry/publisher.h"

#include "common/log.h"
#include "controller/validate/cose/sign1_write.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        REST = 3, /* after a look: so many times as long as it took */
        PAGE = 256
};

static bool is_name(const char *name)
{
        size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
        return len > 0 && len < FLOW_ID_MAX && name[len] == '\0';
}

/* Where it is, or should be. */
static size_t place_of(const struct publisher *publisher, const char *name)
{
        size_t low = 0, high = publisher->gates;
        while (low < high) {
                size_t middle = low + (high - low) / 2;
                if (strcmp(publisher->gate[middle]->name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static struct publisher_gate *insert(struct publisher *publisher, size_t at, const char *name)
{
        struct publisher_gate *gate =
                publisher->gates < PUBLISHER_GATES_MAX ? calloc(1, sizeof(*gate)) : NULL;
        if (!gate)
                return NULL;
        strcpy(gate->name, name);
        for (size_t i = publisher->gates++; i > at; i--)
                publisher->gate[i] = publisher->gate[i - 1];
        publisher->gate[at] = gate;
        return gate;
}

/* The gate of this name, made when it is new. NULL: not a name, or there are too many. */
static struct publisher_gate *find_gate(struct publisher *publisher, const char *name)
{
        if (!is_name(name))
                return NULL;
        size_t at = place_of(publisher, name);
        if (at < publisher->gates && strcmp(publisher->gate[at]->name, name) == 0)
                return publisher->gate[at];
        struct publisher_gate *gate = insert(publisher, at, name);
        if (!gate) {
                log_warn("gate not remembered: there are too many", "gate=%s", name);
                return NULL;
        }
        int r = published_put_gate(publisher->settings.published, name);
        if (r)
                log_warn("gate not remembered", "gate=%s errno=%d", name, -r);
        return gate;
}

static int load_gates(struct publisher *publisher)
{
        char page[PAGE][FLOW_ID_MAX], after[FLOW_ID_MAX] = "";
        int count = 0;
        do {
                count = published_gates(publisher->settings.published, after, page, PAGE);
                for (int i = 0; i < count; i++) {
                        if (is_name(page[i]) && !insert(publisher, publisher->gates, page[i]))
                                return -ENOMEM;
                        memcpy(after, page[i], FLOW_ID_MAX);
                }
        } while (count == PAGE);
        return count < 0 ? count : 0;
}

static void tell_everybody(struct publisher *publisher)
{
        for (size_t i = 0; i < publisher->gates; i++)
                publisher->gate[i]->is_manifest_due = true;
}

static int sign_manifest(struct publisher *publisher)
{
        const struct publisher_settings *settings = &publisher->settings;
        char aad[MANIFEST_AAD_MAX];
        uint8_t payload[MANIFEST_BYTES_MAX];
        size_t aad_len = manifest_aad(settings->org, settings->site, aad);
        int len = manifest_write(&publisher->manifest, payload, sizeof(payload));
        if (len > 0)
                len = sign1_write(settings->key, aad, aad_len, payload, (size_t)len,
                                  publisher->signed_manifest, sizeof(publisher->signed_manifest));
        if (len < 0)
                return len;
        publisher->signed_len = (size_t)len;
        tell_everybody(publisher);
        return 0;
}

int publisher_init(struct publisher *publisher, const struct publisher_settings *settings)
{
        *publisher = (struct publisher){ .settings = *settings };
        streams_init(&publisher->streams, settings->cache_bytes);
        publisher->gate = calloc(PUBLISHER_GATES_MAX, sizeof(void *));
        int r = publisher->gate ? load_gates(publisher) : -ENOMEM;
        if (!r)
                r = published_manifest(settings->published, &publisher->manifest);
        if (!r && publisher->manifest.version != 0)
                r = sign_manifest(publisher);
        return r;
}

void publisher_deinit(struct publisher *publisher)
{
        for (size_t i = 0; i < publisher->gates; i++)
                free(publisher->gate[i]);
        free(publisher->gate);
        publisher->gate = NULL;
        publisher->gates = 0;
        streams_deinit(&publisher->streams);
}

void publisher_hear_birth(struct publisher *publisher, const char *gate)
{
        struct publisher_gate *found = find_gate(publisher, gate);
        if (found)
                found->is_manifest_due = true;
}

void publisher_hear_gate(struct publisher *publisher, const char *gate)
{
        struct publisher_gate *found = find_gate(publisher, gate);
        if (found && (!found->is_told || publisher->now_ms - found->told_ms >= PUBLISHER_AGAIN_MS))
                found->is_manifest_due = true;
}

void publisher_hear_want(struct publisher *publisher, const char *gate,
                         const struct want_message *want)
{
        struct publisher_gate *found = find_gate(publisher, gate);
        if (!found)
                return;
        found->want = *want;
        found->next = 0;
        if (want->manifest != publisher->manifest.version)
                found->is_manifest_due = true;
}

void publisher_hear_broker(struct publisher *publisher)
{
        tell_everybody(publisher);
}

static int publish(struct publisher *publisher, int64_t now_s)
{
        struct publisher_settings *settings = &publisher->settings;
        struct publication_report report;
        uint64_t last = publisher->manifest.version;
        int r = publication_update(settings->registry, settings->published, now_s,
                                   &publisher->manifest, &report);
        if (r || publisher->manifest.version == last)
                return r;
        log_info("registry published",
                 "version=%" PRIu64 " records=%" PRIu64 " changed=%" PRIu64 " removed=%" PRIu64
                 " buckets=%d",
                 publisher->manifest.version, report.records, report.changed, report.removed,
                 report.buckets);
        return sign_manifest(publisher);
}

static int renew(struct publisher *publisher, int64_t now_s)
{
        if (publisher->manifest.version == 0 ||
            now_s - publisher->manifest.issued_s < publisher->settings.renew_s)
                return 0;
        int r = publication_renew(publisher->settings.published, now_s, &publisher->manifest);
        return r ? r : sign_manifest(publisher);
}

static int look(struct publisher *publisher, int64_t now_s)
{
        int64_t mark = 0;
        int r = registry_scan_mark(publisher->settings.registry, &mark);
        if (r)
                return r;
        if (!publisher->has_mark || mark != publisher->mark) {
                publisher->looks++;
                r = publish(publisher, now_s);
                if (r)
                        return r;
                publisher->has_mark = true;
                publisher->mark = mark;
        }
        return renew(publisher, now_s);
}

void publisher_look(struct publisher *publisher, int64_t now_s, int64_t now_ms)
{
        publisher->now_ms = now_ms;
        if (now_ms < publisher->look_ms)
                return;
        int64_t began_ms = monotonic_ms();
        int r = look(publisher, now_s);
        int64_t rest_ms = REST * (monotonic_ms() - began_ms);
        int64_t pause_ms = publisher->settings.look_ms;
        publisher->look_ms = now_ms + (rest_ms > pause_ms ? rest_ms : pause_ms);
        if (r == -ENODATA && !publisher->is_failing)
                log_error("registry not published: all its holders are gone", "errno=%d", -r);
        else if (r && !publisher->is_failing)
                log_error("registry not published", "errno=%d", -r);
        else if (!r && publisher->is_failing)
                log_info("registry published again", "version=%" PRIu64,
                         publisher->manifest.version);
        publisher->is_failing = r != 0;
}

static int send_manifest(struct publisher *publisher, struct publisher_gate *gate)
{
        const struct publisher_message message = { .gate = gate->name,
                                                   .leaf = "registry/manifest",
                                                   .content_type = "application/cose",
                                                   .payload = publisher->signed_manifest,
                                                   .len = publisher->signed_len,
                                                   .is_retained = true };
        int r = publisher->settings.send(publisher->settings.context, &message);
        if (r != -EAGAIN)
                gate->is_manifest_due = false;
        if (r == 0) {
                gate->is_told = true;
                gate->told_ms = publisher->now_ms;
        }
        return r;
}

/* What changed since `from`, when that can be told and is less; else the whole content, *from = 0.
 * Heap, or -errno. */
static ssize_t load_content(struct publisher *publisher, int bucket, uint64_t *from,
                            uint8_t **content)
{
        struct published *published = publisher->settings.published;
        if (*from != 0) {
                ssize_t len = published_bucket(published, bucket, *from, content);
                if (len < 0 || len < (ssize_t)publisher->manifest.bucket[bucket].bytes)
                        return len;
                free(*content);
                *content = NULL;
        }
        *from = 0;
        return published_bucket(published, bucket, 0, content);
}

/* The stream that brings a bucket from version `from` to the manifest's. NULL: not now. */
static const struct stream *stream_of(struct publisher *publisher, int bucket, uint64_t from)
{
        uint64_t to = publisher->manifest.bucket[bucket].version;
        if (from != 0 && published_remembers(publisher->settings.published, from) != 1)
                from = 0;
        const struct stream *stream = streams_find(&publisher->streams, bucket, from, to);
        if (stream)
                return stream;
        CLEANUP(free_ptr)
        uint8_t *content = NULL;
        uint64_t asked = from;
        ssize_t len = load_content(publisher, bucket, &from, &content);
        if (len < 0) {
                log_warn("bucket not read", "bucket=%d errno=%d", bucket, (int)-len);
                return NULL;
        }
        stream = asked != from ? streams_find(&publisher->streams, bucket, 0, to) : NULL;
        return stream ? stream
                      : streams_add(&publisher->streams, bucket, from, to, content, (size_t)len);
}

static int send_part(struct publisher *publisher, const struct publisher_gate *gate,
                     const struct part *part)
{
        uint8_t bytes[PART_BYTES_MAX];
        char leaf[PUBLISHER_LEAF_MAX] = "registry/";
        sync_bucket_name(part->bucket, leaf + strlen(leaf));
        int len = part_write(part, bytes, sizeof(bytes));
        if (len < 0)
                return len;
        const struct publisher_message message = { .gate = gate->name,
                                                   .leaf = leaf,
                                                   .content_type = "application/cbor",
                                                   .payload = bytes,
                                                   .len = (size_t)len };
        int r = publisher->settings.send(publisher->settings.context, &message);
        if (r == 0) {
                publisher->parts_sent++;
                publisher->bytes_sent += (uint64_t)len;
        }
        return r;
}

/* The next part of what a gate asked for. 0: sent, or there was nothing to send; -errno of send. */
static int send_next_part(struct publisher *publisher, struct publisher_gate *gate)
{
        struct want_bucket *asked = &gate->want.bucket[gate->next];
        struct part part;
        int r = 0;
        bool is_behind = asked->from < publisher->manifest.bucket[asked->bucket].version;
        const struct stream *stream =
                is_behind ? stream_of(publisher, asked->bucket, asked->from) : NULL;
        bool has_part = stream && stream_part(stream, asked->part, &part);
        if (has_part)
                r = send_part(publisher, gate, &part);
        if (r == -EAGAIN)
                return r;
        asked->part++;
        asked->count--;
        if (asked->count == 0 || !has_part)
                gate->next++;
        return r;
}

static bool has_something(const struct publisher *publisher, const struct publisher_gate *gate)
{
        return publisher->signed_len > 0 &&
               (gate->is_manifest_due || gate->next < gate->want.buckets);
}

bool publisher_send_some(struct publisher *publisher, int messages)
{
        size_t idle = 0;
        while (messages > 0 && idle < publisher->gates) {
                publisher->turn = publisher->turn < publisher->gates ? publisher->turn : 0;
                struct publisher_gate *gate = publisher->gate[publisher->turn];
                if (!has_something(publisher, gate)) {
                        publisher->turn++;
                        idle++;
                        continue;
                }
                int r = gate->is_manifest_due ? send_manifest(publisher, gate)
                                              : send_next_part(publisher, gate);
                if (r == -EAGAIN)
                        return false;
                publisher->turn++;
                idle = 0;
                messages--;
        }
        return idle < publisher->gates;
}
