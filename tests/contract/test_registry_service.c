/* A site's registry at the centre, whole: people come in over the socket, gates are told. */
#include "tests/contract/store_registry.h"

#include "controller/local/client.h"
#include "controller/sync/part.h"
#include "controller/validate/cose/inflate.h"
#include "controller/validate/cose/sign1.h"
#include "dashboard/registry/service.h"

#include <errno.h>
#include <pthread.h>

/* What the service sent last, and a way to wait for more. */
struct listener {
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        struct manifest manifest;
        uint64_t manifests, parts;
        size_t content_len;
        uint8_t content[4096]; /* of the last bucket, when it came in one part */
};

struct world {
        struct listener listener;
        struct registry_settings settings;
        struct registry_service *service;
        struct store_folder folder;
};

static void take_manifest(struct listener *listener, const struct publisher_message *message)
{
        struct cbor_reader reader;
        struct sign1 sign1;
        cbor_reader_init(&reader, message->payload, message->len);
        assert_int_equal(sign1_read(&reader, &sign1), 0);
        assert_int_equal(manifest_read(sign1.payload, sign1.payload_len, &listener->manifest), 0);
        listener->manifests++;
}

static void take_part(struct listener *listener, const struct publisher_message *message)
{
        struct part part;
        assert_int_equal(part_read(message->payload, message->len, &part), 0);
        assert_int_equal(part.parts, 1);
        ssize_t len =
                inflate_zlib(part.payload, part.len, listener->content, sizeof(listener->content));
        assert_int_equal(len, part.content_bytes);
        listener->content_len = (size_t)len;
        listener->parts++;
}

/* In the service's thread. */
static int take(void *context, const struct publisher_message *message)
{
        struct listener *listener = context;
        pthread_mutex_lock(&listener->mutex);
        if (message->is_retained)
                take_manifest(listener, message);
        else
                take_part(listener, message);
        pthread_cond_broadcast(&listener->changed);
        pthread_mutex_unlock(&listener->mutex);
        return 0;
}

static void write_key(const char *path, const char *passphrase)
{
        struct signing_key *key = NULL;
        assert_int_equal(signing_key_new(SIGNING_ED25519, &key), 0);
        assert_int_equal(signing_key_save(key, path, passphrase), 0);
        signing_key_free(key);
}

static struct world *world_new(void **state)
{
        const struct store_folder *folder = *state;
        struct world *world = calloc(1, sizeof(*world));
        assert_non_null(world);
        world->folder = *folder;
        pthread_mutex_init(&world->listener.mutex, NULL);
        pthread_cond_init(&world->listener.changed, NULL);
        struct registry_settings *settings = &world->settings;
        *settings = (struct registry_settings){
                .org = "acme", .site = "hq", .renew_s = 3600, .retention_days = 21
        };
        (void)snprintf(settings->folder, sizeof(settings->folder), "%.90s", folder->folder);
        (void)snprintf(settings->socket, sizeof(settings->socket), "/tmp/stile-office-%ld",
                       (long)getpid());
        (void)snprintf(settings->site_key_file, sizeof(settings->site_key_file), "%.90s/site.key",
                       folder->folder);
        (void)snprintf(settings->key_file, sizeof(settings->key_file), "%.90s/manager.pem",
                       folder->folder);
        write_key(settings->key_file, NULL);
        return world;
}

static void world_open(struct world *world)
{
        assert_int_equal(
                registry_service_open(&world->settings, take, &world->listener, &world->service),
                0);
}

static void world_free(struct world *world)
{
        registry_service_close(world->service);
        pthread_mutex_destroy(&world->listener.mutex);
        pthread_cond_destroy(&world->listener.changed);
        free(world);
}

/* The manifest that follows the one of this version. */
static struct manifest wait_manifest(struct world *world, uint64_t after)
{
        struct listener *listener = &world->listener;
        pthread_mutex_lock(&listener->mutex);
        while (listener->manifest.version <= after)
                pthread_cond_wait(&listener->changed, &listener->mutex);
        struct manifest manifest = listener->manifest;
        pthread_mutex_unlock(&listener->mutex);
        return manifest;
}

static void wait_parts(struct world *world, uint64_t parts)
{
        struct listener *listener = &world->listener;
        pthread_mutex_lock(&listener->mutex);
        while (listener->parts < parts)
                pthread_cond_wait(&listener->changed, &listener->mutex);
        pthread_mutex_unlock(&listener->mutex);
}

static void call(struct client *client, const char *verb, json_t *fields, const char *reason)
{
        json_t *answer = NULL;
        assert_int_equal(client_call(client, verb, fields, &answer), 0);
        const char *got =
                json_string_value(json_object_get(json_object_get(answer, "error"), "reason"));
        if (reason)
                assert_string_equal(got, reason);
        else
                assert_non_null(json_object_get(answer, "ok"));
        json_decref(answer);
}

static json_t *holder(const char *id, bool is_blocked)
{
        return json_pack("{s:{s:s, s:s, s:b}}", "holder", "id", id, "name", "Nguyễn Văn An",
                         "blocked", is_blocked);
}

static void whoever_is_blocked_at_the_socket_is_on_the_list_that_gates_get(void **state)
{
        static struct sync_record record;
        static const char want[] = "{\"data\":{\"manifest\":0,\"buckets\":[{\"bucket\":\"blocked\","
                                   "\"from\":0,\"part\":0,\"count\":1}]}}";
        struct world *world = world_new(state);
        struct client client;
        struct cbor_reader reader;
        world_open(world);
        registry_service_hear_gate(world->service, "gate-1");
        struct manifest first = wait_manifest(world, 0);
        assert_int_equal(first.bucket[SYNC_BLOCKED].bytes, 0);
        assert_int_equal(client_open(&client, world->settings.socket), 0);
        call(&client, "hello", NULL, NULL);
        call(&client, "holder-put", holder("an", true), NULL);
        call(&client, "credential-add", json_pack("{s:s, s:s}", "holder", "an", "code", "12345678"),
             NULL);
        struct manifest second = wait_manifest(world, first.version);
        while (second.bucket[SYNC_BLOCKED].bytes == 0)
                second = wait_manifest(world, second.version);
        registry_service_hear_want(world->service, "gate-1", (const unsigned char *)want,
                                   strlen(want));
        wait_parts(world, 1);
        cbor_reader_init(&reader, world->listener.content, world->listener.content_len);
        assert_int_equal(sync_record_read(&reader, &record), 0);
        assert_true(cbor_at_end(&reader));
        assert_int_equal(record.kind, SYNC_BLOCK);
        assert_string_equal(record.id, "an");
        client_close(&client);
        world_free(world);
}

static void an_import_that_breaks_off_leaves_nothing(void **state)
{
        struct world *world = world_new(state);
        struct client first, second;
        world_open(world);
        assert_int_equal(client_open(&first, world->settings.socket), 0);
        assert_int_equal(client_open(&second, world->settings.socket), 0);
        call(&first, "import-begin", NULL, NULL);
        call(&first, "holder-put", holder("an", false), NULL);
        call(&second, "holder-put", holder("binh", false), "busy");
        client_close(&first);
        /* The end of the other connection is seen before a new one is served. */
        assert_int_equal(client_open(&first, world->settings.socket), 0);
        json_t *answer = NULL;
        assert_int_equal(client_call(&first, "holders", NULL, &answer), 0);
        assert_int_equal(json_array_size(json_object_get(json_object_get(answer, "ok"), "holders")),
                         0);
        json_decref(answer);
        call(&first, "holder-put", holder("binh", false), NULL);
        client_close(&first);
        client_close(&second);
        world_free(world);
}

static void verbs_of_a_gate_are_not_for_the_centre(void **state)
{
        static const char *const verbs[] = { "events", "follow", "ack",     "command",
                                             "status", "lines",  "explain", "forgive" };
        struct world *world = world_new(state);
        struct client client;
        world_open(world);
        assert_int_equal(client_open(&client, world->settings.socket), 0);
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
                call(&client, verbs[i], NULL, "bad_request");
        client_close(&client);
        world_free(world);
}

static void what_was_published_is_still_told_after_a_restart(void **state)
{
        struct world *world = world_new(state);
        world_open(world);
        registry_service_hear_gate(world->service, "gate-1");
        struct manifest before = wait_manifest(world, 0);
        world->service = registry_service_close(world->service);
        world->listener.manifest.version = 0;
        world_open(world);
        assert_int_equal(wait_manifest(world, 0).version, before.version);
        world_free(world);
}

static void a_registry_in_the_place_of_a_damaged_one_is_not_published(void **state)
{
        struct world *world = world_new(state);
        struct client client;
        char path[STORE_PATH_MAX + 16];
        world_open(world);
        registry_service_hear_gate(world->service, "gate-1");
        wait_manifest(world, 0);
        world->service = registry_service_close(world->service);
        (void)snprintf(path, sizeof(path), "%s/registry.db", world->folder.folder);
        FILE *file = fopen(path, "r+e");
        assert_non_null(file);
        fputs("no database at all, whatever", file);
        fclose(file);
        uint64_t manifests = world->listener.manifests;
        world_open(world);
        /* The office is there, to import people again. */
        assert_int_equal(client_open(&client, world->settings.socket), 0);
        call(&client, "holder-put", holder("an", false), NULL);
        client_close(&client);
        world->service = registry_service_close(world->service);
        assert_int_equal(world->listener.manifests, manifests);
        world->listener.manifest.version = 0;
        world_open(world);
        wait_manifest(world, 0);
        world_free(world);
}

static void a_key_is_opened_with_the_passphrase_in_its_file(void **state)
{
        struct world *world = world_new(state);
        struct registry_settings *settings = &world->settings;
        (void)snprintf(settings->key_file, sizeof(settings->key_file), "%.90s/locked.pem",
                       world->folder.folder);
        (void)snprintf(settings->passphrase_file, sizeof(settings->passphrase_file), "%.90s/pass",
                       world->folder.folder);
        write_key(settings->key_file, "sesame");
        FILE *file = fopen(settings->passphrase_file, "we");
        assert_non_null(file);
        fputs("sesame\n", file);
        fclose(file);
        assert_int_equal(chmod(settings->passphrase_file, 0644), 0);
        assert_int_equal(registry_service_open(settings, take, &world->listener, &world->service),
                         -EACCES);
        assert_int_equal(chmod(settings->passphrase_file, 0600), 0);
        world_open(world);
        world->service = registry_service_close(world->service);
        settings->passphrase_file[0] = '\0';
        assert_int_equal(registry_service_open(settings, take, &world->listener, &world->service),
                         -EKEYREJECTED);
        world_free(world);
}

/* A folder that is misspelt, or not mounted, knows of nobody and of nothing that was published: to
 * make it would be to take everybody from the gates. */
static void a_folder_that_is_not_there_is_not_made(void **state)
{
        struct world *world = world_new(state);
        struct registry_settings *settings = &world->settings;
        (void)snprintf(settings->folder, sizeof(settings->folder), "%.90s/typo",
                       world->folder.folder);
        assert_int_equal(registry_service_open(settings, take, &world->listener, &world->service),
                         -ENOENT);
        assert_int_equal(access(settings->folder, F_OK), -1);
        world_free(world);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(whoever_is_blocked_at_the_socket_is_on_the_list_that_gates_get),
                IN_FOLDER(an_import_that_breaks_off_leaves_nothing),
                IN_FOLDER(verbs_of_a_gate_are_not_for_the_centre),
                IN_FOLDER(what_was_published_is_still_told_after_a_restart),
                IN_FOLDER(a_registry_in_the_place_of_a_damaged_one_is_not_published),
                IN_FOLDER(a_key_is_opened_with_the_passphrase_in_its_file),
                IN_FOLDER(a_folder_that_is_not_there_is_not_made),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
