/* Librarian scene: a gate's registry, its librarian, and a centre that answers what they ask for.
 */
#pragma once

#include "tests/contract/centre_maker.h"
#include "tests/contract/store_registry.h"

#include "controller/sync/librarian.h"

#include <jansson.h>

enum {
        SCENE_V1 = 1700000000,
        SCENE_V2 = SCENE_V1 + 100,
        SCENE_V3 = SCENE_V1 + 200,
        SCENE_ROUNDS_MAX = 10000
};

struct scene {
        struct store_folder *folder;
        char registry_path[STORE_PATH_MAX + 32], sync_path[STORE_PATH_MAX + 32];
        char key_path[SETTINGS_PATH_MAX];
        struct settings settings;
        struct board board;
        struct registry *registry; /* the recorder's */
        struct librarian librarian;
        struct mailbox recorder, desk;
        struct signing_key *key, *stranger;
        struct centre centre;
        json_t *pending; /* wants that answers held and that are not served yet */
        size_t parts_sent;
        bool is_librarian_open;
};

static inline void scene_open_librarian(struct scene *scene)
{
        assert_int_equal(librarian_init(&scene->librarian, &scene->settings, &scene->board), 0);
        scene->librarian.recorder = &scene->recorder;
        scene->librarian.desk = &scene->desk;
        json_array_clear(scene->pending);
        scene->is_librarian_open = true;
}

static inline void scene_close_librarian(struct scene *scene)
{
        if (scene->is_librarian_open)
                librarian_deinit(&scene->librarian);
        scene->is_librarian_open = false;
}

static inline int scene_make(void **state)
{
        void *folder = NULL;
        struct scene *scene = calloc(1, sizeof(*scene));
        char aside[256];
        if (!scene || store_folder_make(&folder) != 0)
                return -1;
        scene->folder = folder;
        const char *where = scene->folder->folder;
        (void)snprintf(scene->registry_path, sizeof(scene->registry_path), "%s/registry.db", where);
        (void)snprintf(scene->sync_path, sizeof(scene->sync_path), "%s/sync.db", where);
        (void)snprintf(scene->key_path, sizeof(scene->key_path), "%.90s/centre.pem", where);
        (void)snprintf(scene->settings.store.folder, SETTINGS_PATH_MAX, "%.100s", where);
        strcpy(scene->settings.gate.org, "acme");
        strcpy(scene->settings.gate.site, "hq");
        scene->pending = json_array();
        scene->key = manager_key(SIGNING_ED25519);
        scene->stranger = manager_key(SIGNING_ED25519);
        manager_write_key(scene->key, scene->key_path);
        manager_name(&scene->settings, "centre", scene->key_path, "registry");
        assert_int_equal(registry_open(scene->registry_path, &scene->registry, aside), 0);
        assert_int_equal(mailbox_init(&scene->recorder, sizeof(struct to_recorder), 4096), 0);
        assert_int_equal(mailbox_init(&scene->desk, sizeof(struct to_desk), 64), 0);
        centre_init(&scene->centre, scene->key, "acme", "hq");
        scene_open_librarian(scene);
        *state = scene;
        return 0;
}

static inline int scene_remove(void **state)
{
        struct scene *scene = *state;
        void *folder = scene->folder;
        scene_close_librarian(scene);
        registry_close(scene->registry);
        mailbox_deinit(&scene->recorder);
        mailbox_deinit(&scene->desk);
        signing_key_free(scene->key);
        signing_key_free(scene->stranger);
        centre_deinit(&scene->centre);
        json_decref(scene->pending);
        free(scene);
        return store_folder_remove(&folder);
}

static inline json_t *scene_question(const char *verb, const char *key, const void *bytes,
                                     size_t len)
{
        json_t *question = json_pack("{s:i, s:s}", "id", 1, "do", verb);
        char *text = key ? base64_encode(bytes, len) : NULL;
        if (text)
                json_object_set_new(question, key, json_string(text));
        free(text);
        return question;
}

static inline void scene_heed(struct scene *scene, const json_t *answer)
{
        assert_non_null(answer);
        json_array_extend(scene->pending, json_object_get(json_object_get(answer, "ok"), "wants"));
}

/* One request; the answer is the caller's. */
static inline json_t *scene_ask(struct scene *scene, const char *verb, const char *key,
                                const void *bytes, size_t len)
{
        struct request request = { .question = scene_question(verb, key, bytes, len) };
        librarian_answer(&scene->librarian, &request);
        json_decref(request.question);
        scene_heed(scene, request.answer);
        return request.answer;
}

/* One request that lies there until the librarian looks. */
static inline void scene_post(struct scene *scene, const char *verb, const char *key,
                              const void *bytes, size_t len)
{
        struct to_librarian message = { .kind = LIBRARIAN_REQUEST,
                                        .request = calloc(1, sizeof(struct request)) };
        assert_non_null(message.request);
        message.request->question = scene_question(verb, key, bytes, len);
        assert_true(mailbox_put(&scene->librarian.in, &message));
}

static inline const char *scene_reason(const json_t *answer)
{
        const char *reason =
                json_string_value(json_object_get(json_object_get(answer, "error"), "reason"));
        return reason ? reason : "";
}

/* Why what was posted was refused, or "". Static until the next. */
static inline const char *scene_posted(struct scene *scene)
{
        static char reason[64];
        struct to_desk message;
        assert_true(mailbox_take(&scene->desk, &message));
        assert_int_equal(message.kind, DESK_ANSWER);
        scene_heed(scene, message.request->answer);
        (void)snprintf(reason, sizeof(reason), "%s", scene_reason(message.request->answer));
        request_free(message.request);
        return reason;
}

static inline void scene_post_manifest(struct scene *scene)
{
        static uint8_t bytes[MANIFEST_BYTES_MAX];
        size_t len = centre_sign(scene->key, scene->centre.aad, &scene->centre.manifest, bytes);
        scene_post(scene, "sync-manifest", "manifest", bytes, len);
}

/* Hands over the manifest; its refusal or "". Static until the next. */
static inline const char *scene_send_manifest(struct scene *scene, const struct signing_key *key,
                                              const struct manifest *manifest, const char *aad)
{
        static char reason[64];
        static uint8_t bytes[MANIFEST_BYTES_MAX];
        size_t len = centre_sign(key, aad, manifest, bytes);
        json_t *answer = scene_ask(scene, "sync-manifest", "manifest", bytes, len);
        (void)snprintf(reason, sizeof(reason), "%s", scene_reason(answer));
        json_decref(answer);
        return reason;
}

static inline void scene_announce(struct scene *scene)
{
        json_array_clear(scene->pending);
        assert_string_equal(
                scene_send_manifest(scene, scene->key, &scene->centre.manifest, scene->centre.aad),
                "");
}

static inline json_t *scene_send_part(struct scene *scene, const struct centre_cargo *cargo,
                                      uint32_t number)
{
        uint8_t bytes[PART_BYTES_MAX];
        size_t len = centre_part(cargo, number, bytes);
        scene->parts_sent++;
        return scene_ask(scene, "sync-part", "part", bytes, len);
}

/* Serves the oldest want, at most `limit` parts of it. Parts sent; 0: nothing is wanted. */
static inline size_t scene_serve(struct scene *scene, size_t limit)
{
        size_t sent = 0;
        json_t *want = json_incref(json_array_get(scene->pending, 0));
        if (!want)
                return 0;
        json_array_remove(scene->pending, 0);
        int bucket = sync_bucket_find(json_string_value(json_object_get(want, "bucket")));
        uint64_t from = (uint64_t)json_integer_value(json_object_get(want, "from"));
        json_int_t part = json_integer_value(json_object_get(want, "part"));
        json_int_t count = json_integer_value(json_object_get(want, "count"));
        assert_true(bucket >= 0 && count > 0 && count <= WANTS_WINDOW_MAX);
        struct centre_cargo cargo = centre_load(&scene->centre, bucket, from);
        for (; count > 0 && part < centre_parts(&cargo) && sent < limit; count--, sent++)
                json_decref(scene_send_part(scene, &cargo, (uint32_t)part++));
        free(cargo.bytes);
        json_decref(want);
        return sent;
}

/* What an uplink does when it is new: nothing that was asked for comes any more. */
static inline void scene_ask_anew(struct scene *scene)
{
        json_array_clear(scene->pending);
        wants_forget_asked(&scene->librarian.wants);
        json_decref(scene_ask(scene, "sync-want", NULL, NULL, 0));
}

/* The first want that waits to be served. */
static inline const char *scene_wanted(const struct scene *scene)
{
        return json_string_value(json_object_get(json_array_get(scene->pending, 0), "bucket"));
}

/* As the recorder does. */
static inline void scene_take_note(struct scene *scene)
{
        struct to_recorder message;
        while (mailbox_take(&scene->recorder, &message)) {
                if (message.kind != RECORDER_ADOPTED)
                        continue;
                registry_recount(scene->registry, &message.counts);
                atomic_store(&scene->board.is_adopting, false);
        }
}

/* Serves until the registry is adopted. */
static inline void scene_deliver(struct scene *scene)
{
        for (int round = 0; round < SCENE_ROUNDS_MAX; round++) {
                size_t sent = scene_serve(scene, SIZE_MAX);
                librarian_adopt(&scene->librarian, 1);
                scene_take_note(scene);
                if (!scene->librarian.is_staged)
                        return;
                if (sent == 0)
                        scene_ask_anew(scene);
        }
        fail_msg("never done");
}

/* Issues what the centre has and brings all of it, but it is not adopted yet. */
static inline void scene_fill(struct scene *scene, uint64_t version)
{
        centre_issue(&scene->centre, version, (int64_t)version);
        scene_announce(scene);
        while (wants_pending(&scene->librarian.wants).incomplete > 0)
                if (scene_serve(scene, SIZE_MAX) == 0)
                        scene_ask_anew(scene);
}

/* Issues what the centre has and brings it to the gate. */
static inline void scene_bring(struct scene *scene, uint64_t version)
{
        centre_issue(&scene->centre, version, (int64_t)version);
        scene_announce(scene);
        scene_deliver(scene);
        centre_remember(&scene->centre);
        assert_int_equal(atomic_load(&scene->board.registry_version), version);
}

/* A worker with one code, whose number also makes their id. */
static inline void scene_worker(struct scene *scene, uint32_t number)
{
        char id[FLOW_ID_MAX];
        (void)snprintf(id, sizeof(id), "w-%06u", number);
        struct sync_record holder = centre_holder(id, "all");
        struct registry_credential code = store_credential(number, id);
        struct sync_record credential = centre_credential(code.lookup, id);
        centre_set(&scene->centre, &holder);
        centre_set(&scene->centre, &credential);
}

#define IN_SCENE(test) cmocka_unit_test_setup_teardown(test, scene_make, scene_remove)
