/*
 * Bench: what it costs to publish a large registry to gates: time to find out what changed, bytes
 * on the wire, time of those bytes over 64 kbit/s, memory. Prints; judges nothing.
 *
 *     bench_sync [credentials [folder]]    default: 1000000, in the present folder
 *
 * One holder for each credential. Two files are made there, some 700 MB for a million, and removed
 * at the end.
 */
#include "controller/ports/digest.h"
#include "controller/ports/signing.h"
#include "dashboard/registry/publisher.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
        CREDENTIALS = 1000000,
        PATH_LEN = 512,
        LINK_BITS = 64000,
        /* Of one message on the wire, besides its payload: MQTT's head, topic, content type, IP and
         * TCP heads of its packets, TLS records. */
        MESSAGE_ROUND = 160,
        PACKET_ROUND = 40,
        PACKET = 1460
};

static const uint8_t key[DIGEST_KEY_LEN] = { 1 };

static void check(int result, const char *what)
{
        if (result >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-result));
        exit(1);
}

static double now_s(void)
{
        return (double)monotonic_us() / 1e6;
}

static void make_lookup(uint32_t number, uint8_t lookup[FLOW_DIGEST_LEN])
{
        char text[32];
        int len = snprintf(text, sizeof(text), "%012u", number);
        check(digest_hmac(key, text, (size_t)len, lookup), "hmac");
}

/* People as a province has them: ids in a row, names of a few syllables, a third with an end. */
static void put_person(struct registry *registry, uint32_t i, const char *suffix)
{
        static const char *const family[] = {
                "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng"
        };
        static const char *const middle[] = { "Văn", "Thị", "Hữu", "Ngọc", "Minh", "Thanh" };
        static const char *const given[] = { "An",  "Bình",  "Cường", "Dũng", "Hà", "Lan",
                                             "Mai", "Tuyết", "Phúc",  "Quân", "Ánh" };
        struct registry_holder holder = { .levels = 1 };
        uint32_t mixed = i * 2654435761U;
        (void)snprintf(holder.id, sizeof(holder.id), "w-%08u", i);
        (void)snprintf(holder.name, sizeof(holder.name), "%s %s %s%s",
                       family[mixed % ARRAY_LEN(family)], middle[(mixed >> 8) % ARRAY_LEN(middle)],
                       given[(mixed >> 16) % ARRAY_LEN(given)], suffix);
        (void)snprintf(holder.level[0].level, FLOW_ID_MAX, i % 2 ? "timed" : "all");
        if (i % 3 == 0)
                holder.validity.until_us =
                        INT64_C(1798736400000000) + (int64_t)(i % 365) * INT64_C(86400000000);
        check(registry_put_holder(registry, &holder), "holder");
}

static void put_card(struct registry *registry, uint32_t i)
{
        struct registry_credential credential = { .class = CREDENTIAL_CCCD };
        make_lookup(i, credential.lookup);
        (void)snprintf(credential.holder, sizeof(credential.holder), "w-%08u", i);
        (void)snprintf(credential.hint, sizeof(credential.hint), "%04u", i * 2654435761U % 10000);
        check(registry_put_credential(registry, &credential), "credential");
}

static void enrol(struct registry *registry, uint32_t count)
{
        static struct registry_level timed = { .id = "timed", .points = 1, .point = { "north" } };
        check(registry_begin(registry), "begin");
        check(registry_put_level(registry, &timed), "level");
        for (uint32_t i = 0; i < count; i++) {
                put_person(registry, i, "");
                put_card(registry, i);
        }
        check(registry_commit(registry), "commit");
}

/* `count` people are renamed. */
static void change(struct registry *registry, uint32_t credentials, uint32_t count,
                   const char *suffix)
{
        check(registry_begin(registry), "begin");
        for (uint32_t i = 0; i < count; i++)
                put_person(registry, (uint32_t)((uint64_t)i * credentials / count), suffix);
        check(registry_commit(registry), "commit");
}

/* What reading the registry costs alone: the floor. */
static double scan_only(struct registry *registry, uint64_t *records)
{
        static struct sync_record record;
        struct registry_scan *scan = NULL;
        double began = now_s();
        int r = 0;
        check(registry_scan_open(registry, &scan), "scan");
        while ((r = registry_scan_next(scan, &record)) > 0)
                (*records)++;
        check(r, "scan");
        registry_scan_close(scan);
        return now_s() - began;
}

struct wire {
        uint64_t messages, payload, bytes;
};

static int count_message(void *context, const struct publisher_message *message)
{
        struct wire *wire = context;
        wire->messages++;
        wire->payload += message->len;
        wire->bytes += message->len + MESSAGE_ROUND + (message->len / PACKET + 1) * PACKET_ROUND;
        return 0;
}

static void ask(struct publisher *publisher, int bucket, uint64_t from, uint32_t part)
{
        char json[256], name[SYNC_BUCKET_NAME_MAX];
        sync_bucket_name(bucket, name);
        int len = snprintf(json, sizeof(json),
                           "{\"data\":{\"manifest\":%llu,\"buckets\":[{\"bucket\":\"%s\","
                           "\"from\":%llu,\"part\":%u,\"count\":4}]}}",
                           (unsigned long long)publisher->manifest.version, name,
                           (unsigned long long)from, part);
        struct want_message want;
        check(want_read((const unsigned char *)json, (size_t)len, &want) ? 0 : -1, "want");
        publisher_hear_want(publisher, "gate-1", &want);
        while (publisher_send_some(publisher, 16))
                continue;
}

/* Everything that a gate which holds version `from` needs. */
static void fetch(struct publisher *publisher, uint64_t from, struct wire *wire)
{
        publisher->settings.context = wire;
        publisher_hear_gate(publisher, "gate-1");
        for (int bucket = 0; bucket < SYNC_BUCKETS; bucket++) {
                uint64_t before = 0;
                uint32_t part = 0;
                if (publisher->manifest.bucket[bucket].version <= from)
                        continue;
                do {
                        before = publisher->parts_sent;
                        ask(publisher, bucket, from, part);
                        part += 4;
                } while (publisher->parts_sent == before + 4);
        }
        while (publisher_send_some(publisher, 16))
                continue;
}

static long resident_kib(void)
{
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
}

static double size_mib(const char *path)
{
        struct stat info;
        return stat(path, &info) == 0 ? (double)info.st_size / 1048576 : 0;
}

static void print_wire(const char *what, const struct wire *wire, double seconds)
{
        double link_s = (double)wire->bytes * 8 / LINK_BITS;
        printf("%-24s %7llu messages %11llu payload bytes %11llu on the wire; made in %.2f s; "
               "64 kbit/s: %.1f s = %.2f h\n",
               what, (unsigned long long)wire->messages, (unsigned long long)wire->payload,
               (unsigned long long)wire->bytes, seconds, link_s, link_s / 3600);
}

static double look(struct publisher *publisher, int64_t at_s)
{
        double began = now_s();
        publisher->look_ms = 0;
        publisher_look(publisher, at_s, monotonic_ms());
        return now_s() - began;
}

static void measure_change(struct publisher *publisher, uint32_t credentials, uint32_t count,
                           int64_t at_s, double floor_s)
{
        struct wire wire = { .messages = 0 };
        char what[64];
        uint64_t from = publisher->manifest.version;
        (void)snprintf(what, sizeof(what), "%u changed", count);
        change(publisher->settings.registry, credentials, count, what);
        double look_s = look(publisher, at_s);
        double began = now_s();
        fetch(publisher, from, &wire);
        printf("look, %-18u %6.2f s (%.2f of reading alone)\n", count, look_s, look_s / floor_s);
        print_wire(what, &wire, now_s() - began);
}

static uint64_t content_bytes(const struct manifest *manifest)
{
        uint64_t sum = 0;
        for (int i = 0; i < SYNC_BUCKETS; i++)
                sum += manifest->bucket[i].bytes;
        return sum;
}

static void measure(struct registry *registry, const char *published_path, uint32_t credentials)
{
        struct published *published = NULL;
        struct signing_key *signer = NULL;
        struct wire wire = { .messages = 0 };
        char set_aside[256];
        uint64_t records = 0;
        check(signing_key_new(SIGNING_ED25519, &signer), "key");
        check(published_open(published_path, &published, set_aside), "published");
        const struct publisher_settings settings = { .org = "acme",
                                                     .site = "hq",
                                                     .registry = registry,
                                                     .published = published,
                                                     .key = signer,
                                                     .cache_bytes = 64 << 20,
                                                     .look_ms = 2000,
                                                     .renew_s = 3600,
                                                     .send = count_message,
                                                     .context = &wire };
        struct publisher *publisher = malloc(sizeof(*publisher));
        check(publisher ? publisher_init(publisher, &settings) : -1, "publisher");
        long before_kib = resident_kib();
        double floor_s = scan_only(registry, &records);
        printf("records                  %llu\n", (unsigned long long)records);
        printf("reading alone            %6.2f s\n", floor_s);
        double build_s = look(publisher, 1795650000);
        printf("published from scratch   %6.2f s (%.2f of reading alone)\n", build_s,
               build_s / floor_s);
        printf("content                  %llu bytes; published database %.0f MiB\n",
               (unsigned long long)content_bytes(&publisher->manifest), size_mib(published_path));
        double began = now_s();
        fetch(publisher, 0, &wire);
        print_wire("everything", &wire, now_s() - began);
        wire = (struct wire){ .messages = 0 };
        began = now_s();
        fetch(publisher, 0, &wire);
        print_wire("again, another gate", &wire, now_s() - began);
        change(registry, credentials, 1, "");
        double idle_s = look(publisher, 1795650001);
        printf("look, nothing changed    %6.2f s (%.2f of reading alone)\n", idle_s,
               idle_s / floor_s);
        measure_change(publisher, credentials, 1, 1795650010, floor_s);
        measure_change(publisher, credentials, 1000, 1795650020, floor_s);
        printf("memory                   %ld KiB at most, %ld before\n", resident_kib(),
               before_kib);
        publisher_deinit(publisher);
        free(publisher);
        published_close(published);
        signing_key_free(signer);
}

int main(int argc, char **argv)
{
        uint32_t credentials = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : CREDENTIALS;
        const char *folder = argc > 2 ? argv[2] : ".";
        char registry_path[PATH_LEN], published_path[PATH_LEN], other[PATH_LEN + 8], set_aside[256];
        struct registry *registry = NULL;
        (void)snprintf(registry_path, sizeof(registry_path), "%s/bench-sync.db", folder);
        (void)snprintf(published_path, sizeof(published_path), "%s/bench-sync-published.db",
                       folder);
        (void)unlink(registry_path);
        (void)unlink(published_path);
        check(registry_open(registry_path, &registry, set_aside), "registry");
        printf("sync: %u credentials, a holder each\n", credentials);
        enrol(registry, credentials);
        printf("registry                 %.0f MiB\n", size_mib(registry_path));
        measure(registry, published_path, credentials);
        registry_close(registry);
        const char *const paths[] = { registry_path, published_path };
        for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
                (void)unlink(paths[i]);
                (void)snprintf(other, sizeof(other), "%s-wal", paths[i]);
                (void)unlink(other);
                (void)snprintf(other, sizeof(other), "%s-shm", paths[i]);
                (void)unlink(other);
        }
        return 0;
}
