/* What is published of a registry: whatever changes, changes and content come to the same. */
#include "tests/contract/registry_changes.h"
#include "tests/contract/sync_copy.h"

#include "dashboard/registry/publication.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum {
        CHANGES = 1000,
        CRASHES = 24
};

struct centre {
        struct store_folder folder;
        char published_path[STORE_PATH_MAX + 32];
        struct registry *registry;
        struct published *published;
        struct manifest manifest;
        int64_t now_s;
};

static struct published *open_published(const struct centre *centre)
{
        struct published *published = NULL;
        char set_aside[256] = "?";
        assert_int_equal(published_open(centre->published_path, &published, set_aside), 0);
        assert_string_equal(set_aside, "");
        return published;
}

static void centre_init(struct centre *centre, const struct store_folder *folder)
{
        *centre = (struct centre){ .folder = *folder, .now_s = 1795650000 };
        (void)snprintf(centre->published_path, sizeof(centre->published_path), "%s/published.db",
                       folder->folder);
        centre->registry = store_open_registry(folder);
        centre->published = open_published(centre);
}

static void centre_deinit(struct centre *centre)
{
        registry_close(centre->registry);
        published_close(centre->published);
}

static struct publication_report publish(struct centre *centre)
{
        struct publication_report report;
        assert_int_equal(publication_update(centre->registry, centre->published, centre->now_s,
                                            &centre->manifest, &report),
                         0);
        return report;
}

/* Brings one bucket of a copy up to the manifest. */
static void catch_up(struct centre *centre, struct sync_copy *copy, int bucket, uint64_t from)
{
        uint8_t *content = NULL;
        if (from != 0 && published_remembers(centre->published, from) != 1)
                from = 0;
        ssize_t len = published_bucket(centre->published, bucket, from, &content);
        assert_true(len >= 0);
        sync_copy_apply(copy, bucket, from, centre->manifest.version, content, (size_t)len);
        free(content);
        assert_true(sync_copy_is(copy, bucket, &centre->manifest.bucket[bucket]));
}

/* By changes since what it holds; every bucket must be right, those that did not change too. */
static void follow(struct centre *centre, struct sync_copy *copy)
{
        for (int i = 0; i < SYNC_BUCKETS; i++) {
                uint64_t has = copy->bucket[i].version;
                if (has < centre->manifest.bucket[i].version)
                        catch_up(centre, copy, i, has);
                assert_true(sync_copy_is(copy, i, &centre->manifest.bucket[i]));
        }
}

/* One copy takes every publication, one now and then, one always the whole content. */
static void changes_and_content_come_to_the_same(void **state)
{
        struct centre centre;
        static struct sync_copy diligent, lazy, fresh;
        uint64_t seed = 1, last = 0;
        centre_init(&centre, *state);
        for (int made = 0; made < CHANGES;) {
                int count = 1 + below(&seed, 12);
                change_some(centre.registry, count, &seed);
                made += count;
                centre.now_s += below(&seed, 3); /* may stand still: the version grows */
                struct publication_report report = publish(&centre);
                assert_true(centre.manifest.version > last || report.buckets == 0);
                assert_int_equal(report.left_out, 0);
                last = centre.manifest.version;
                follow(&centre, &diligent);
                if (below(&seed, 12) == 0)
                        follow(&centre, &lazy);
                int bucket = below(&seed, 2) == 0 ? below(&seed, SYNC_BUCKETS)
                                                  : SYNC_BLOCKED + below(&seed, 2);
                catch_up(&centre, &fresh, bucket, 0);
        }
        follow(&centre, &lazy);
        for (int i = 0; i < SYNC_BUCKETS; i++)
                catch_up(&centre, &fresh, i, 0);
        sync_copy_deinit(&diligent);
        sync_copy_deinit(&lazy);
        sync_copy_deinit(&fresh);
        centre_deinit(&centre);
}

static void what_did_not_change_is_not_published_again(void **state)
{
        struct centre centre;
        centre_init(&centre, *state);
        store_put_holder(centre.registry, "an");
        struct publication_report report = publish(&centre);
        assert_int_equal(report.buckets, SYNC_BUCKETS);
        assert_int_equal(report.records, 2); /* the level "all" and the holder */
        uint64_t version = centre.manifest.version;
        assert_int_equal(version, centre.now_s);
        centre.now_s += 10;
        report = publish(&centre);
        assert_int_equal(report.buckets, 0);
        assert_int_equal(centre.manifest.version, version);
        store_enrol(centre.registry, 1, "an");
        report = publish(&centre);
        assert_int_equal(report.buckets, 1);
        assert_int_equal(report.changed, 1);
        assert_int_equal(centre.manifest.version, centre.now_s);
        centre_deinit(&centre);
}

static void the_same_registry_published_anew_has_the_same_digests(void **state)
{
        struct centre centre;
        struct manifest first;
        uint64_t seed = 7;
        centre_init(&centre, *state);
        change_some(centre.registry, 200, &seed);
        publish(&centre);
        first = centre.manifest;
        published_close(centre.published);
        assert_int_equal(unlink(centre.published_path), 0);
        centre.published = open_published(&centre);
        centre.now_s += 100;
        publish(&centre);
        for (int i = 0; i < SYNC_BUCKETS; i++)
                assert_memory_equal(centre.manifest.bucket[i].digest, first.bucket[i].digest,
                                    FLOW_DIGEST_LEN);
        centre_deinit(&centre);
}

static void blocking_and_revoking_reach_the_blocked_bucket(void **state)
{
        struct centre centre;
        static struct sync_copy copy;
        centre_init(&centre, *state);
        store_put_holder(centre.registry, "an");
        store_enrol(centre.registry, 1, "an");
        publish(&centre);
        follow(&centre, &copy);
        assert_int_equal(copy.bucket[SYNC_BLOCKED].count, 0);
        struct registry_holder holder = store_holder("an", "all");
        holder.is_blocked = holder.is_silent = true;
        assert_int_equal(registry_put_holder(centre.registry, &holder), 0);
        assert_int_equal(registry_revoke(centre.registry, store_credential(1, "").lookup, 5000000),
                         0);
        publish(&centre);
        follow(&centre, &copy);
        assert_int_equal(copy.bucket[SYNC_BLOCKED].count, 2);
        assert_int_equal(copy.bucket[SYNC_BLOCKED].record[0].key.kind, SYNC_BLOCK);
        assert_int_equal(copy.bucket[SYNC_BLOCKED].record[1].key.kind, SYNC_REVOCATION);
        sync_copy_deinit(&copy);
        centre_deinit(&centre);
}

static void only_so_many_versions_are_remembered(void **state)
{
        struct centre centre;
        struct registry_holder holder = store_holder("an", "all");
        centre_init(&centre, *state);
        store_put_holder(centre.registry, "binh");
        publish(&centre);
        uint64_t first = centre.manifest.version;
        assert_int_equal(registry_remove_holder(centre.registry, "binh"), 0);
        for (int i = 0; i < PUBLISHED_VERSIONS_KEPT + 1; i++) {
                assert_int_equal(published_remembers(centre.published, centre.manifest.version), 1);
                (void)snprintf(holder.name, sizeof(holder.name), "An %d", i);
                assert_int_equal(registry_put_holder(centre.registry, &holder), 0);
                publish(&centre);
        }
        assert_int_equal(published_remembers(centre.published, first), 0);
        centre_deinit(&centre);
        assert_int_equal(store_sql_int(centre.published_path,
                                       "SELECT count(*) FROM record WHERE is_removed"),
                         0);
        assert_int_equal(store_sql_int(centre.published_path, "SELECT count(*) FROM version"),
                         PUBLISHED_VERSIONS_KEPT);
}

static void a_row_that_no_gate_would_read_is_left_out(void **state)
{
        struct centre centre;
        static struct sync_copy copy;
        centre_init(&centre, *state);
        store_put_holder(centre.registry, "an");
        store_put_holder(centre.registry, "binh");
        registry_close(centre.registry);
        store_sql(centre.folder.path, "UPDATE holder SET name = CAST(x'ff' AS TEXT)"
                                      " WHERE id = 'an'");
        centre.registry = store_open_registry(&centre.folder);
        struct publication_report report = publish(&centre);
        assert_int_equal(report.left_out, 1);
        assert_int_equal(report.changed, 2);
        follow(&centre, &copy);
        /* Nor does it stay as it was when it could be read. */
        registry_close(centre.registry);
        store_sql(centre.folder.path, "UPDATE holder SET name = CAST(x'ff' AS TEXT)"
                                      " WHERE id = 'binh'");
        centre.registry = store_open_registry(&centre.folder);
        assert_int_equal(publish(&centre).removed, 1);
        follow(&centre, &copy);
        sync_copy_deinit(&copy);
        centre_deinit(&centre);
}

/* In a process of its own, which is killed in the middle. */
static void publish_and_die(struct centre *centre, int delay_us)
{
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
                struct manifest manifest;
                char set_aside[256];
                bool is_good =
                        registry_open(centre->folder.path, &centre->registry, set_aside) == 0 &&
                        published_open(centre->published_path, &centre->published, set_aside) ==
                                0 &&
                        publication_update(centre->registry, centre->published, centre->now_s,
                                           &manifest, NULL) == 0;
                _exit(is_good ? 0 : 1);
        }
        usleep((useconds_t)delay_us);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
}

static void dying_in_the_middle_leaves_what_was_published_whole(void **state)
{
        struct centre centre;
        static struct sync_copy copy;
        uint64_t seed = 3;
        int before = 0, after = 0;
        centre_init(&centre, *state);
        change_some(centre.registry, 400, &seed);
        publish(&centre);
        follow(&centre, &copy);
        for (int i = 0; i < CRASHES; i++) {
                uint64_t last = centre.manifest.version;
                change_some(centre.registry, 200, &seed);
                centre_deinit(&centre);
                centre.now_s += 10;
                publish_and_die(&centre, below(&seed, 8000));
                centre.registry = store_open_registry(&centre.folder);
                centre.published = open_published(&centre);
                assert_int_equal(published_manifest(centre.published, &centre.manifest), 0);
                assert_true(centre.manifest.version == last ||
                            centre.manifest.version == (uint64_t)centre.now_s);
                before += centre.manifest.version == last;
                after += centre.manifest.version != last;
                follow(&centre, &copy);
                publish(&centre);
                follow(&centre, &copy);
        }
        printf("# killed before the commit %d times, after it %d times\n", before, after);
        sync_copy_deinit(&copy);
        centre_deinit(&centre);
        store_assert_intact(centre.published_path);
}

static void a_registry_that_lost_all_its_people_is_not_published(void **state)
{
        struct centre centre;
        struct manifest manifest;
        centre_init(&centre, *state);
        store_put_holder(centre.registry, "an");
        store_put_holder(centre.registry, "binh");
        publish(&centre);
        uint64_t version = centre.manifest.version;
        assert_int_equal(registry_remove_holder(centre.registry, "an"), 0);
        assert_int_equal(registry_remove_holder(centre.registry, "binh"), 0);
        assert_int_equal(publication_update(centre.registry, centre.published, centre.now_s + 9,
                                            &manifest, NULL),
                         -ENODATA);
        assert_int_equal(published_manifest(centre.published, &manifest), 0);
        assert_int_equal(manifest.version, version);
        store_put_holder(centre.registry, "chi");
        assert_int_equal(publish(&centre).removed, 2);
        centre_deinit(&centre);
}

/* They may have asked for it. */
static void the_last_holder_of_all_is_taken_from_the_gates(void **state)
{
        struct centre centre;
        centre_init(&centre, *state);
        store_put_holder(centre.registry, "an");
        store_put_holder(centre.registry, "binh");
        publish(&centre);
        assert_int_equal(registry_remove_holder(centre.registry, "an"), 0);
        assert_int_equal(publish(&centre).removed, 1);
        uint64_t version = centre.manifest.version;
        assert_int_equal(registry_remove_holder(centre.registry, "binh"), 0);
        assert_int_equal(publish(&centre).removed, 1);
        assert_true(centre.manifest.version > version);
        centre_deinit(&centre);
}

static void a_damaged_file_is_set_aside_and_published_anew(void **state)
{
        struct centre centre;
        char set_aside[256];
        centre_init(&centre, *state);
        store_put_holder(centre.registry, "an");
        publish(&centre);
        published_close(centre.published);
        FILE *file = fopen(centre.published_path, "r+e");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_SET), 0);
        fputs("no database at all, whatever", file);
        fclose(file);
        assert_int_equal(published_open(centre.published_path, &centre.published, set_aside), 0);
        assert_string_not_equal(set_aside, "");
        assert_int_equal(published_manifest(centre.published, &centre.manifest), 0);
        assert_int_equal(centre.manifest.version, 0);
        centre.now_s++;
        assert_int_equal(publish(&centre).buckets, SYNC_BUCKETS);
        centre_deinit(&centre);
}

static void gates_are_remembered_once(void **state)
{
        struct centre centre;
        char gates[4][FLOW_ID_MAX];
        centre_init(&centre, *state);
        assert_int_equal(published_put_gate(centre.published, "gate-2"), 0);
        assert_int_equal(published_put_gate(centre.published, "gate-1"), 0);
        assert_int_equal(published_put_gate(centre.published, "gate-2"), 0);
        assert_int_equal(published_gates(centre.published, "", gates, 4), 2);
        assert_string_equal(gates[0], "gate-1");
        assert_int_equal(published_gates(centre.published, "gate-1", gates, 4), 1);
        assert_string_equal(gates[0], "gate-2");
        centre_deinit(&centre);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(changes_and_content_come_to_the_same),
                IN_FOLDER(what_did_not_change_is_not_published_again),
                IN_FOLDER(the_same_registry_published_anew_has_the_same_digests),
                IN_FOLDER(blocking_and_revoking_reach_the_blocked_bucket),
                IN_FOLDER(only_so_many_versions_are_remembered),
                IN_FOLDER(a_row_that_no_gate_would_read_is_left_out),
                IN_FOLDER(dying_in_the_middle_leaves_what_was_published_whole),
                IN_FOLDER(a_registry_that_lost_all_its_people_is_not_published),
                IN_FOLDER(the_last_holder_of_all_is_taken_from_the_gates),
                IN_FOLDER(a_damaged_file_is_set_aside_and_published_anew),
                IN_FOLDER(gates_are_remembered_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
