/*
 * Bench: what it costs to take up a centre's registry, the first time and over one that is there
 * already: bytes on the way, time, memory, disk, and what a person at the gate and a message from
 * the network notice meanwhile.
 * The second time everybody's name is another, so that every bucket comes as a snapshot: no later
 * registry of the size costs more. Prints; judges nothing.
 *
 *     bench_adopt [credentials [folder]]    default: 1000000, in the present folder
 *
 * Some 2 GB of files for a million, removed at the end.
 */
#include "common/base64.h"
#include "common/cbor/cbor.h"
#include "controller/ports/digest.h"
#include "controller/ports/signing.h"
#include "controller/sync/librarian.h"
#include "controller/validate/cose/sign1_write.h"

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum {
        CREDENTIALS = 1000000,
        FINDS_MAX = 4000000,
        PATH_LEN = 512,
        LINK_BYTES_PER_S = 64000 / 8,
        ANSWER_MS = 20
};

static const uint8_t key[DIGEST_KEY_LEN] = { 1 };

struct cargo {
        uint8_t *bytes;
        uint32_t len, content_bytes;
};

struct world {
        uint32_t count;
        int edition; /* of the registry, from 1 on */
        struct settings settings;
        struct board board;
        struct registry *registry;
        struct librarian librarian;
        struct mailbox recorder, desk;
        struct manifest manifest;
        struct cargo cargo[SYNC_BUCKETS];
        uint8_t *bucket_of; /* of each holder */
        atomic_bool is_over;
        int64_t *took_ns;
        size_t finds, known;
        int64_t longest_ns; /* that stile-uplink waited for an answer */
        bool is_waiting;
};

static void check(int result, const char *what)
{
        if (result >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-result));
        exit(1);
}

static int64_t now_ns(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static double since_s(int64_t from_ns)
{
        return (double)(now_ns() - from_ns) / 1e9;
}

static long peak_kb(void)
{
        struct rusage usage;
        return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : -1;
}

static double file_mb(const char *folder, const char *name)
{
        char path[PATH_LEN + 32];
        struct stat info;
        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        return stat(path, &info) == 0 ? (double)info.st_size / 1e6 : 0;
}

/* ---- the centre ---- */

static void id_of(uint32_t number, char id[FLOW_ID_MAX])
{
        (void)snprintf(id, FLOW_ID_MAX, "w-%08u", number);
}

static void lookup_of(uint32_t number, uint8_t lookup[FLOW_DIGEST_LEN])
{
        char text[32];
        int len = snprintf(text, sizeof(text), "%012u", number);
        check(digest_hmac(key, text, (size_t)len, lookup), "hmac");
}

struct row {
        uint8_t lookup[FLOW_DIGEST_LEN];
        uint32_t number;
};

static int by_lookup(const void *a, const void *b)
{
        return memcmp(a, b, FLOW_DIGEST_LEN);
}

/* Holders, numbers ascending as their ids do, then credentials. */
static void write_bucket(const struct world *world, int bucket, const struct row *row, size_t rows,
                         struct cbor_writer *writer)
{
        struct sync_record record;
        for (uint32_t i = 0; i < world->count; i++) {
                if (world->bucket_of[i] != bucket)
                        continue;
                memset(&record, 0, sizeof(record));
                record.kind = SYNC_HOLDER;
                id_of(i, record.holder.id);
                (void)snprintf(record.holder.name, FLOW_NAME_MAX, "Nguyễn Văn Số %u/%d", i,
                               world->edition);
                record.holder.levels = 1;
                strcpy(record.holder.level[0].level, "all");
                sync_record_write(&record, writer);
        }
        for (size_t i = 0; i < rows; i++) {
                memset(&record, 0, sizeof(record));
                record.kind = SYNC_CREDENTIAL;
                memcpy(record.credential.lookup, row[i].lookup, FLOW_DIGEST_LEN);
                record.credential.class = CREDENTIAL_CCCD;
                id_of(row[i].number, record.credential.holder);
                (void)snprintf(record.credential.hint, REGISTRY_HINT_MAX, "…%04u",
                               row[i].number % 10000);
                sync_record_write(&record, writer);
        }
}

static void load_cargo(struct world *world, int bucket, struct row *row, size_t rows)
{
        uint8_t *content = malloc(SYNC_BUCKET_BYTES_MAX);
        struct cbor_writer writer;
        struct manifest_bucket *said = &world->manifest.bucket[bucket];
        check(content ? 0 : -ENOMEM, "content");
        qsort(row, rows, sizeof(row[0]), by_lookup);
        cbor_writer_init(&writer, content, SYNC_BUCKET_BYTES_MAX);
        if (bucket < SYNC_HASHED)
                write_bucket(world, bucket, row, rows, &writer);
        check(writer.is_full ? -E2BIG : 0, "bucket");
        check(digest_sha256(content, writer.len, said->digest), "digest");
        said->bytes = (uint32_t)writer.len;
        said->version = writer.len > 0 ? world->manifest.version : 0;
        uLongf room = compressBound((uLong)writer.len);
        struct cargo *cargo = &world->cargo[bucket];
        free(cargo->bytes);
        cargo->bytes = malloc(room);
        check(cargo->bytes ? 0 : -ENOMEM, "cargo");
        if (compress2(cargo->bytes, &room, content, (uLong)writer.len, 6) != Z_OK)
                check(-EIO, "deflate");
        cargo->len = (uint32_t)room;
        cargo->content_bytes = (uint32_t)writer.len;
        free(content);
}

static void make_centre(struct world *world)
{
        struct row *rows = calloc(world->count, sizeof(*rows));
        size_t counts[SYNC_HASHED + 1] = { 0 }, at[SYNC_HASHED];
        world->edition++;
        world->manifest.version++;
        world->manifest.issued_s++;
        if (!world->bucket_of)
                world->bucket_of = malloc(world->count);
        check(rows && world->bucket_of ? 0 : -ENOMEM, "centre");
        for (uint32_t i = 0; i < world->count; i++) {
                char id[FLOW_ID_MAX];
                id_of(i, id);
                world->bucket_of[i] = (uint8_t)sync_bucket_of_holder(id);
                lookup_of(i, rows[i].lookup);
                rows[i].number = i;
        }
        /* Sorted as a whole they stand bucket by bucket. */
        qsort(rows, world->count, sizeof(rows[0]), by_lookup);
        for (uint32_t i = 0; i < world->count; i++)
                counts[rows[i].lookup[0] + 1]++;
        for (int i = 0; i < SYNC_HASHED; i++) {
                counts[i + 1] += counts[i];
                at[i] = counts[i];
        }
        for (int i = 0; i < SYNC_BUCKETS; i++)
                load_cargo(world, i, i < SYNC_HASHED ? rows + at[i] : rows,
                           i < SYNC_HASHED ? counts[i + 1] - counts[i] : 0);
        free(rows);
}

/* ---- the gate ---- */

static json_t *ask(struct world *world, const char *verb, const char *field, const void *bytes,
                   size_t len)
{
        struct request request = { .question = json_pack("{s:s}", "do", verb) };
        char *text = field ? base64_encode(bytes, len) : NULL;
        if (text)
                json_object_set_new(request.question, field, json_string(text));
        free(text);
        librarian_answer(&world->librarian, &request);
        json_decref(request.question);
        if (!json_object_get(request.answer, "ok"))
                check(-EPROTO, json_string_value(json_object_get(
                                       json_object_get(request.answer, "error"), "reason")));
        return request.answer;
}

static void announce(struct world *world, const struct signing_key *signer)
{
        static uint8_t payload[MANIFEST_BYTES_MAX], bytes[MANIFEST_BYTES_MAX];
        char aad[MANIFEST_AAD_MAX];
        size_t aad_len = manifest_aad(world->settings.gate.org, world->settings.gate.site, aad);
        int len = manifest_write(&world->manifest, payload, sizeof(payload));
        check(len, "manifest");
        len = sign1_write(signer, aad, aad_len, payload, (size_t)len, bytes, sizeof(bytes));
        check(len, "signature");
        json_decref(ask(world, "sync-manifest", "manifest", bytes, (size_t)len));
        printf("manifest %d bytes\n", len);
}

static size_t send_bucket(struct world *world, int bucket)
{
        const struct cargo *cargo = &world->cargo[bucket];
        uint32_t parts = (cargo->len + PART_PAYLOAD_MAX - 1) / PART_PAYLOAD_MAX;
        size_t sent = 0;
        for (uint32_t i = 0; cargo->content_bytes > 0 && i < parts; i++) {
                uint8_t bytes[PART_BYTES_MAX];
                size_t at = (size_t)i * PART_PAYLOAD_MAX, left = cargo->len - at;
                const struct part part = { .bucket = bucket,
                                           .to = world->manifest.bucket[bucket].version,
                                           .content_bytes = cargo->content_bytes,
                                           .deflated_bytes = cargo->len,
                                           .part = i,
                                           .parts = parts,
                                           .payload = cargo->bytes + at,
                                           .len = left < PART_PAYLOAD_MAX ? left
                                                                          : PART_PAYLOAD_MAX };
                int len = part_write(&part, bytes, sizeof(bytes));
                check(len, "part");
                json_decref(ask(world, "sync-part", "part", bytes, (size_t)len));
                sent += (size_t)len;
        }
        return sent;
}

/* ---- who stands at the gate ---- */

static void find_one(struct world *world, uint32_t number)
{
        const struct schedule_moment local = { .year = 2026, .month = 3, .day = 10 };
        uint8_t lookup[FLOW_DIGEST_LEN];
        struct registry_match match;
        lookup_of(number, lookup);
        const struct registry_question question = { .lookup = lookup,
                                                    .access_point = "north-in",
                                                    .local = &local };
        int64_t from_ns = now_ns();
        check(registry_find(world->registry, &question, &match), "find");
        if (world->finds < FINDS_MAX)
                world->took_ns[world->finds++] = now_ns() - from_ns;
        world->known += match.is_known;
}

static void *stand_at_the_gate(void *context)
{
        struct world *world = context;
        uint64_t seed = 1;
        while (!atomic_load(&world->is_over)) {
                struct timespec pause = { .tv_nsec = 1000000 };
                seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
                find_one(world, (uint32_t)((seed >> 33) % world->count));
                nanosleep(&pause, NULL);
        }
        return NULL;
}

static int by_value(const void *a, const void *b)
{
        int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
        return (first > second) - (first < second);
}

static void print_finds(struct world *world, const char *name)
{
        if (world->finds == 0)
                return;
        qsort(world->took_ns, world->finds, sizeof(world->took_ns[0]), by_value);
        printf("find %-7s %6zu   p50 %6.1f us   p99 %7.1f us   max %8.1f us   known %zu\n", name,
               world->finds, (double)world->took_ns[world->finds / 2] / 1e3,
               (double)world->took_ns[world->finds * 99 / 100] / 1e3,
               (double)world->took_ns[world->finds - 1] / 1e3, world->known);
        world->finds = world->known = 0;
}

static void watch_for(struct world *world, int seconds, const char *name)
{
        pthread_t person;
        struct timespec while_s = { .tv_sec = seconds };
        atomic_store(&world->is_over, false);
        if (pthread_create(&person, NULL, stand_at_the_gate, world) != 0)
                check(-EAGAIN, "thread");
        nanosleep(&while_s, NULL);
        atomic_store(&world->is_over, true);
        pthread_join(person, NULL);
        print_finds(world, name);
}

/* ---- who brings what the network says ---- */

static void question(struct world *world)
{
        struct to_librarian message = { .kind = LIBRARIAN_REQUEST,
                                        .request = calloc(1, sizeof(struct request)) };
        check(message.request ? 0 : -ENOMEM, "request");
        message.request->question = json_pack("{s:s}", "do", "sync-want");
        check(mailbox_put(&world->librarian.in, &message) ? 0 : -EAGAIN, "mailbox");
}

/* One question after the other. The last stays unanswered: the librarian is called, not run. */
static void *stand_in_for_uplink(void *context)
{
        struct world *world = context;
        while (!atomic_load(&world->is_over)) {
                struct to_desk answer;
                int64_t from_ns = now_ns();
                if (!world->is_waiting)
                        question(world);
                world->is_waiting = true;
                while (!atomic_load(&world->is_over) &&
                       !mailbox_wait(&world->desk, &answer, ANSWER_MS))
                        ;
                if (now_ns() - from_ns > world->longest_ns)
                        world->longest_ns = now_ns() - from_ns;
                if (atomic_load(&world->is_over))
                        return NULL;
                request_free(answer.request);
                world->is_waiting = false;
        }
        return NULL;
}

static void adopt(struct world *world, const char *name)
{
        pthread_t person, uplink;
        int64_t from_ns = now_ns();
        atomic_store(&world->is_over, false);
        if (pthread_create(&person, NULL, stand_at_the_gate, world) != 0)
                check(-EAGAIN, "thread");
        world->longest_ns = 0;
        if (pthread_create(&uplink, NULL, stand_in_for_uplink, world) != 0)
                check(-EAGAIN, "thread");
        librarian_adopt(&world->librarian, 1);
        double took_s = since_s(from_ns);
        atomic_store(&world->is_over, true);
        pthread_join(person, NULL);
        pthread_join(uplink, NULL);
        printf("%s adopted in %.1f s; peak memory of all so far %ld KB\n", name, took_s, peak_kb());
        printf("the longest that a message from the network waited: %.2f s\n",
               (double)world->longest_ns / 1e9);
        print_finds(world, "during");
        if (world->librarian.is_staged)
                check(-EPROTO, "not adopted");
}

/* A signer whose public half is in a file. */
static struct signing_key *make_signer(struct world *world, const char *folder)
{
        struct signing_key *signer = NULL;
        uint8_t der[256];
        char path[PATH_LEN + 32];
        check(signing_key_new(SIGNING_ED25519, &signer), "key");
        int len = signing_key_public(signer, der, sizeof(der));
        check(len, "public key");
        (void)snprintf(path, sizeof(path), "%s/centre.der", folder);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(der, 1, (size_t)len, file) != (size_t)len || fclose(file) != 0)
                check(-EIO, path);
        struct settings_manager *manager = &world->settings.manager[world->settings.managers++];
        strcpy(manager->name, "centre");
        strcpy(manager->roles, "registry");
        (void)snprintf(manager->key_file, sizeof(manager->key_file), "%.100s", path);
        return signer;
}

static void open_gate(struct world *world, const char *folder)
{
        char path[PATH_LEN + 32], aside[256];
        strcpy(world->settings.gate.org, "acme");
        strcpy(world->settings.gate.site, "hq");
        (void)snprintf(world->settings.store.folder, SETTINGS_PATH_MAX, "%.100s", folder);
        (void)snprintf(path, sizeof(path), "%s/registry.db", folder);
        check(registry_open(path, &world->registry, aside), "registry");
        check(mailbox_init(&world->recorder, sizeof(struct to_recorder), 64), "mailbox");
        check(mailbox_init(&world->desk, sizeof(struct to_desk), 64), "mailbox");
        check(librarian_init(&world->librarian, &world->settings, &world->board), "librarian");
        world->librarian.recorder = &world->recorder;
        world->librarian.desk = &world->desk;
}

/* The centre issues another edition; it comes and is adopted. */
static void bring(struct world *world, const char *folder, const struct signing_key *signer,
                  const char *name)
{
        make_centre(world);
        announce(world, signer);
        uint64_t content = 0;
        size_t sent = 0;
        int64_t from_ns = now_ns();
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                content += world->cargo[i].content_bytes;
                sent += send_bucket(world, i);
        }
        printf("%s: %u credentials: content %.1f MB, parts %.1f MB (%.1f h at 64 kbit/s)\n", name,
               world->count, (double)content / 1e6, (double)sent / 1e6,
               (double)sent / LINK_BYTES_PER_S / 3600);
        printf("parts kept in %.1f s, each durable; sync.db %.1f MB; peak memory before %ld KB\n",
               since_s(from_ns), file_mb(folder, "sync.db"), peak_kb());
        adopt(world, name);
        printf("registry.db %.1f MB, log %.1f MB, sync.db %.1f MB\n",
               file_mb(folder, "registry.db"), file_mb(folder, "registry.db-wal"),
               file_mb(folder, "sync.db"));
}

static void measure(const char *folder, uint32_t count)
{
        static struct world world;
        world.count = count;
        world.manifest.version = 1700000000;
        world.manifest.issued_s = 1700000000;
        world.took_ns = malloc(FINDS_MAX * sizeof(world.took_ns[0]));
        check(world.took_ns ? 0 : -ENOMEM, "times");
        struct signing_key *signer = make_signer(&world, folder);
        open_gate(&world, folder);
        bring(&world, folder, signer, "first");
        watch_for(&world, 5, "after");
        bring(&world, folder, signer, "over it");
        librarian_deinit(&world.librarian);
        (void)registry_close(world.registry);
        signing_key_free(signer);
}

int main(int argc, char **argv)
{
        char folder[PATH_LEN], command[PATH_LEN + 16];
        static const char *const names[] = { "centre.der", "registry.db", "sync.db" };
        long count = argc > 1 ? strtol(argv[1], NULL, 10) : CREDENTIALS;
        if (count < 1 || count > INT32_MAX / 2) {
                fputs("usage: bench_adopt [credentials [folder]]\n", stderr);
                return 2;
        }
        (void)snprintf(folder, sizeof(folder), "%s/adopt-XXXXXX", argc > 2 ? argv[2] : ".");
        if (!mkdtemp(folder)) {
                perror(folder);
                return 1;
        }
        measure(folder, (uint32_t)count);
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                (void)snprintf(command, sizeof(command), "%s/%s", folder, names[i]);
                (void)unlink(command);
        }
        return rmdir(folder) ? 1 : 0;
}
