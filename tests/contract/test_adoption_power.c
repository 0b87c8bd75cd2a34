/* Adoption cut off: by a power cut at any moment, by kill -9, and looked at while it happens. There
 * is the old registry or the new one, whole. */
#include "tests/contract/librarian_scene.h"
#include "tests/contract/store_power.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

enum {
        VERSIONS = 4,
        CUTS = 200,
        KILLS = 40,
        PEOPLE = 150
};

static const uint64_t version_of[] = { 0, SCENE_V1, SCENE_V2, SCENE_V3, SCENE_V3 + 100 };

/* What the centre says at each version: people come and go, ... */
static void change_people(struct scene *scene, int version)
{
        char id[FLOW_ID_MAX];
        for (int i = 0; i < PEOPLE; i++) {
                uint32_t number = (uint32_t)(version * PEOPLE + i);
                scene_worker(scene, number);
                if (version < 2 || i % 3 != 0)
                        continue;
                number -= PEOPLE;
                (void)snprintf(id, sizeof(id), "w-%06u", number);
                struct registry_credential code = store_credential(number, id);
                struct sync_record gone[] = { centre_removal(centre_holder(id, "all")),
                                              centre_removal(centre_credential(code.lookup, id)) };
                centre_set(&scene->centre, &gone[0]);
                centre_set(&scene->centre, &gone[1]);
        }
}

/* ... and the blocked list changes. */
static void change_blocked(struct scene *scene, int version)
{
        char id[FLOW_ID_MAX];
        (void)snprintf(id, sizeof(id), "w-%06d", version * PEOPLE);
        struct sync_record block = centre_block(id, version % 2 == 0);
        centre_set(&scene->centre, &block);
}

static void change(struct scene *scene, int version)
{
        change_people(scene, version);
        change_blocked(scene, version);
}

/* Somebody is blocked while the people of this version are being adopted. */
static void bring_interrupted(struct scene *scene, int version)
{
        change_people(scene, version);
        scene_fill(scene, version_of[version] - 1);
        change_blocked(scene, version);
        centre_issue(&scene->centre, version_of[version], (int64_t)version_of[version]);
        scene_post_manifest(scene);
        librarian_adopt(&scene->librarian, 1);
        assert_string_equal(scene_posted(scene), "");
        assert_int_equal(scene->librarian.gave_way, 1);
        scene_deliver(scene);
        centre_remember(&scene->centre);
}

static int find_version(uint64_t version)
{
        for (int i = 0; i <= VERSIONS; i++)
                if (version_of[i] == version)
                        return i;
        fail_msg("no such version: %llu", (unsigned long long)version);
        return -1;
}

static bool is_of(const struct manifest_bucket *bucket, const struct manifest *manifest, int number)
{
        return bucket->bytes == manifest->bucket[number].bytes &&
               memcmp(bucket->digest, manifest->bucket[number].digest, FLOW_DIGEST_LEN) == 0;
}

/* The version that is there, having looked at every row. */
static int assert_whole(const char *path, const struct manifest manifests[VERSIONS + 1])
{
        struct adoption *adoption = NULL;
        struct manifest state;
        assert_int_equal(adoption_open(path, &adoption), 0);
        assert_int_equal(adoption_state(adoption, &state), 0);
        int version = find_version(state.version);
        int next = version < VERSIONS ? version + 1 : version;
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                struct manifest_bucket made;
                assert_int_equal(adoption_digest(adoption, i, &made), 0);
                assert_true(is_of(&made, &state, i));
                /* Who is blocked may be known earlier. */
                assert_true(is_of(&made, &manifests[version], i) ||
                            (i == SYNC_BLOCKED && is_of(&made, &manifests[next], i)));
        }
        adoption_close(adoption);
        return version;
}

static void a_power_cut_at_any_moment_leaves_one_whole_registry(void **state)
{
        static struct store_vfs vfs;
        static struct store_disk disk;
        static struct manifest manifests[VERSIONS + 1];
        void *made = NULL;
        (void)state;
        store_vfs_install(&vfs);
        vfs.only = "registry.db";
        vfs.is_recording = true;
        assert_int_equal(scene_make(&made), 0);
        struct scene *scene = made;
        manifests[0] = scene->librarian.adopted;
        store_vfs_note(&vfs, STORE_OP_MARK, STORE_FILE_DATABASE, 0, NULL, 0);
        for (int i = 1; i <= VERSIONS; i++) {
                if (i % 2 == 0) {
                        bring_interrupted(scene, i);
                } else {
                        change(scene, i);
                        scene_bring(scene, version_of[i]);
                }
                manifests[i] = scene->centre.manifest;
                store_vfs_note(&vfs, STORE_OP_MARK, STORE_FILE_DATABASE, i, NULL, 0);
        }
        vfs.is_recording = false;
        sqlite3_vfs_unregister(&vfs.vfs);
        scene_close_librarian(scene);
        scene->registry = registry_close(scene->registry);

        unsigned seed = 5;
        int seen[VERSIONS + 1] = { 0 };
        for (int i = 0; i < CUTS; i++) {
                char aside[256], shm[STORE_PATH_MAX + 64];
                int64_t promised = store_cut(&vfs, &seed, &disk);
                (void)snprintf(shm, sizeof(shm), "%s-shm", scene->registry_path);
                (void)unlink(shm);
                store_lay_down(scene->registry_path, &disk);
                if (promised < 0)
                        continue; /* it was only being made */
                assert_int_equal(registry_open(scene->registry_path, &scene->registry, aside), 0);
                assert_string_equal(aside, "");
                int version = assert_whole(scene->registry_path, manifests);
                assert_in_range(version, promised, promised + 1);
                seen[version]++;
                scene->registry = registry_close(scene->registry);
        }
        for (int i = 1; i <= VERSIONS; i++)
                assert_true(seen[i] > 0);
        store_vfs_remove(&vfs);
        assert_int_equal(scene_remove(&made), 0);
}

/* ---- kill -9 ---- */

static void run_child(struct scene *scene)
{
        char aside[256];
        if (registry_open(scene->registry_path, &scene->registry, aside) != 0)
                _exit(1);
        scene_open_librarian(scene);
        scene_announce(scene);
        scene_deliver(scene);
        _exit(0);
}

static void kill_9_at_any_moment_leaves_one_whole_registry_and_the_next_start_goes_on(void **state)
{
        struct scene *scene = *state;
        static struct manifest manifests[VERSIONS + 1];
        int version = 1, before = 0, killed = 0;
        unsigned seed = 3;
        manifests[0] = scene->librarian.adopted;
        change(scene, version);
        centre_issue(&scene->centre, version_of[version], (int64_t)version_of[version]);
        manifests[version] = scene->centre.manifest;
        scene_close_librarian(scene);
        scene->registry = registry_close(scene->registry);
        for (int i = 0; i < KILLS || before == 0; i++) {
                char aside[256];
                int status = 0;
                pid_t child = fork();
                if (child == 0)
                        run_child(scene);
                /* Longer each time, so that it ends on a slow machine, too. */
                int limit_ms = 20 + 10 * i < 900 ? 20 + 10 * i : 900;
                const struct timespec moment = { .tv_nsec = (rand_r(&seed) % limit_ms) * 1000000L };
                nanosleep(&moment, NULL);
                (void)kill(child, SIGKILL);
                assert_int_equal(waitpid(child, &status, 0), child);
                killed += WIFSIGNALED(status);
                assert_int_equal(registry_open(scene->registry_path, &scene->registry, aside), 0);
                assert_string_equal(aside, "");
                int there = assert_whole(scene->registry_path, manifests);
                assert_in_range(there, before, version);
                before = there;
                scene->registry = registry_close(scene->registry);
                if (there < version || version == VERSIONS)
                        continue;
                centre_remember(&scene->centre);
                change(scene, ++version);
                centre_issue(&scene->centre, version_of[version], (int64_t)version_of[version]);
                manifests[version] = scene->centre.manifest;
        }
        assert_true(killed > 5);
}

/* ---- somebody looks ---- */

struct looker {
        struct registry *registry;
        atomic_bool is_over;
        uint64_t looks, mixed;
        bool has_seen_new;
};

/* Number n is of the old registry, PEOPLE + n of the new one. Once anything new is seen, nothing
 * old is there any more and everything new is. */
static void *look(void *context)
{
        struct looker *looker = context;
        uint32_t n = 0;
        while (!atomic_load(&looker->is_over)) {
                n = (n + 7) % PEOPLE;
                bool is_old_there = store_find(looker->registry, n, "north-in").is_known;
                bool is_new_there = store_find(looker->registry, PEOPLE + n, "north-in").is_known;
                looker->mixed += looker->has_seen_new && (is_old_there || !is_new_there);
                /* The old one was looked for first: it may have been the old registry still. */
                looker->mixed += !is_old_there && !is_new_there;
                looker->has_seen_new = looker->has_seen_new || is_new_there;
                looker->looks++;
        }
        return NULL;
}

static void who_looks_meanwhile_sees_all_of_the_old_or_all_of_the_new(void **state)
{
        struct scene *scene = *state;
        struct looker looker = { .registry = scene->registry };
        pthread_t thread;
        for (uint32_t i = 0; i < PEOPLE; i++)
                scene_worker(scene, i);
        scene_bring(scene, SCENE_V1);
        for (int i = 0; i < SYNC_HASHED; i++)
                scene->centre.now[i].count = 0;
        for (uint32_t i = 0; i < PEOPLE; i++)
                scene_worker(scene, PEOPLE + i);
        assert_int_equal(pthread_create(&thread, NULL, look, &looker), 0);
        scene_bring(scene, SCENE_V2);
        atomic_store(&looker.is_over, true);
        pthread_join(thread, NULL);
        assert_true(looker.looks > 0);
        assert_int_equal(looker.mixed, 0);
        assert_false(store_find(scene->registry, 3, "north-in").is_known);
        assert_true(store_find(scene->registry, PEOPLE + 3, "north-in").is_known);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_power_cut_at_any_moment_leaves_one_whole_registry),
                IN_SCENE(kill_9_at_any_moment_leaves_one_whole_registry_and_the_next_start_goes_on),
                IN_SCENE(who_looks_meanwhile_sees_all_of_the_old_or_all_of_the_new),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
