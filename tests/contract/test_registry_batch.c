/* Several changes as one, and what kills, full disks and damage leave of a registry. */
#include "tests/contract/store_registry.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void nothing_of_a_batch_is_seen_before_its_commit(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_holder(registry, "an");
        store_enrol(registry, 1, "an");
        store_assert_counts(registry, 1, 1, 1);

        assert_int_equal(registry_begin(registry), 0);
        assert_int_equal(registry_begin(registry), -EALREADY);
        store_put_level(registry, "day", "north-in", NULL);
        store_put_holder(registry, "binh");
        store_enrol(registry, 2, "binh"); /* but the batch builds on itself */
        assert_int_equal(registry_remove_holder(registry, "an"), 0);
        assert_true(store_find(registry, 1, "north-in").is_known);
        assert_false(store_find(registry, 2, "north-in").is_known);
        store_assert_counts(registry, 1, 1, 1);
        struct registry_holder holders[3];
        assert_int_equal(registry_holders(registry, "", holders, 3), 1);
        assert_string_equal(holders[0].id, "an");
        assert_int_equal(registry_commit(registry), 0);

        assert_false(store_find(registry, 1, "north-in").is_known);
        assert_true(store_find(registry, 2, "north-in").is_known);
        store_assert_counts(registry, 1, 1, 2);
        assert_int_equal(registry_commit(registry), -EINVAL);
        assert_int_equal(registry_rollback(registry), -EINVAL);
        registry_close(registry);
}

static void a_batch_rolled_back_or_left_open_leaves_nothing(void **state)
{
        struct registry *registry = store_open_registry(*state);
        store_put_holder(registry, "an");
        store_enrol(registry, 1, "an");
        for (int is_closed = 0; is_closed < 2; is_closed++) {
                assert_int_equal(registry_begin(registry), 0);
                store_put_holder(registry, "binh");
                store_enrol(registry, 2, "binh");
                assert_int_equal(registry_revoke_holder(registry, "an", 5), 1);
                assert_int_equal(registry_remove_holder(registry, "an"), 0);
                if (is_closed) {
                        registry_close(registry);
                        registry = store_open_registry(*state);
                } else {
                        assert_int_equal(registry_rollback(registry), 0);
                }
                store_assert_counts(registry, 1, 1, 1);
                assert_int_equal(store_find(registry, 1, "north-in").credential.revoked_us, 0);
                assert_false(store_find(registry, 2, "north-in").is_known);
        }
        registry_close(registry);
}

static void a_change_refused_in_a_batch_leaves_the_rest_of_it(void **state)
{
        struct registry *registry = store_open_registry(*state);
        assert_int_equal(registry_begin(registry), 0);
        store_put_holder(registry, "an");
        struct registry_holder holder = store_holder("binh", "missing");
        assert_int_equal(registry_put_holder(registry, &holder), -ENOENT);
        struct registry_credential credential = store_credential(1, "binh");
        assert_int_equal(registry_put_credential(registry, &credential), -ENOENT);
        assert_int_equal(registry_remove_level(registry, "all"), -EBUSY);
        store_enrol(registry, 1, "an");
        assert_int_equal(registry_commit(registry), 0);
        store_assert_counts(registry, 1, 1, 1);
        assert_string_equal(store_find(registry, 1, "north-in").holder.id, "an");
        registry_close(registry);
}

/* No file may grow past the limit: SQLite sees an I/O error (EFBIG), real and in mid-write. */
static void set_file_limit(rlim_t limit)
{
        struct rlimit now;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
        now.rlim_cur = limit;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static void a_disk_that_fails_in_a_batch_ends_all_of_it(void **state)
{
        const struct store_folder *folder = *state;
        (void)signal(SIGXFSZ, SIG_IGN);
        struct registry *registry = store_open_registry(folder);
        store_put_holder(registry, "before");
        assert_int_equal(registry_begin(registry), 0);
        set_file_limit(1 << 20);
        int r = 0;
        for (int i = 0; i < 1000000 && !r; i++) { /* until memory is full of unwritten pages */
                char id[FLOW_ID_MAX];
                (void)snprintf(id, sizeof(id), "h-%07d", i);
                struct registry_holder holder = store_holder(id, "all");
                r = registry_put_holder(registry, &holder);
        }
        set_file_limit(RLIM_INFINITY);
        assert_int_equal(r, -EIO);
        /* What follows would stand alone: it is refused, although the disk is well again. */
        struct registry_holder holder = store_holder("after", "all");
        assert_int_equal(registry_put_holder(registry, &holder), -ECANCELED);
        assert_int_equal(registry_revoke_holder(registry, "before", 5), -ECANCELED);
        assert_int_equal(registry_commit(registry), -ECANCELED);
        store_assert_counts(registry, 1, 0, 1);
        store_put_holder(registry, "after");
        store_assert_counts(registry, 2, 0, 1);
        registry_close(registry);
        store_assert_intact(folder->path);
}

static void a_commit_that_fails_keeps_nothing_and_the_next_works(void **state)
{
        const struct store_folder *folder = *state;
        (void)signal(SIGXFSZ, SIG_IGN);
        struct registry *registry = store_open_registry(folder);
        store_put_holder(registry, "before");
        for (int is_batch = 0; is_batch < 2; is_batch++) {
                struct registry_holder holder = store_holder("new", "all");
                if (is_batch)
                        assert_int_equal(registry_begin(registry), 0);
                set_file_limit((rlim_t)store_size(folder->path, "-wal") + 1000);
                int r = registry_put_holder(registry, &holder);
                if (is_batch) {
                        assert_int_equal(r, 0);
                        r = registry_commit(registry);
                }
                set_file_limit(RLIM_INFINITY);
                assert_int_equal(r, -EIO);
                store_assert_counts(registry, 1, 0, 1);
        }
        store_put_holder(registry, "new");
        store_assert_counts(registry, 2, 0, 1);
        registry_close(registry);
        store_assert_intact(folder->path);
}

/* Commits batches of a holder with two codes until killed; says each number after its commit. */
static _Noreturn void import_until_killed(const struct store_folder *folder, uint32_t first,
                                          int out)
{
        struct registry *registry = store_open_registry(folder);
        for (uint32_t i = first;; i++) {
                char id[FLOW_ID_MAX];
                (void)snprintf(id, sizeof(id), "h-%u", i);
                if (registry_begin(registry) < 0)
                        _exit(1);
                store_put_holder(registry, id);
                store_enrol(registry, 2 * i, id);
                store_enrol(registry, 2 * i + 1, id);
                if (registry_commit(registry) < 0 || write(out, &i, sizeof(i)) != sizeof(i))
                        _exit(2);
        }
}

static void every_committed_batch_survives_a_kill_as_a_whole(void **state)
{
        const struct store_folder *folder = *state;
        uint64_t holders = 0;
        for (int round = 0; round < 20; round++) {
                int reports[2];
                assert_int_equal(pipe(reports), 0);
                pid_t child = fork();
                if (child == 0) {
                        (void)close(reports[0]);
                        import_until_killed(folder, (uint32_t)holders, reports[1]);
                }
                (void)close(reports[1]);
                uint32_t last = 0;
                for (int i = 0; i <= round; i++)
                        assert_int_equal(read(reports[0], &last, sizeof(last)), sizeof(last));
                assert_int_equal(kill(child, SIGKILL), 0);
                while (read(reports[0], &last, sizeof(last)) == sizeof(last))
                        ;
                assert_int_equal(waitpid(child, NULL, 0), child);
                (void)close(reports[0]);

                struct registry *registry = store_open_registry(folder);
                struct registry_counts counts;
                assert_int_equal(registry_counts(registry, &counts), 0);
                assert_in_range(counts.holders, last + 1, last + 2);
                assert_int_equal(counts.credentials, 2 * counts.holders);
                holders = counts.holders;
                registry_close(registry);
                store_assert_intact(folder->path);
        }
}

static void a_damaged_registry_is_set_aside_and_a_new_one_begun(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        for (uint32_t i = 0; i < 200; i++) {
                char id[FLOW_ID_MAX];
                (void)snprintf(id, sizeof(id), "h-%u", i);
                store_put_holder(registry, id);
        }
        registry_close(registry);
        off_t size = store_size(folder->path, "");
        int fd = open(folder->path, O_WRONLY | O_CLOEXEC);
        assert_true(fd >= 0);
        static const char garbage[6000] = "garbage";
        assert_int_equal(pwrite(fd, garbage, sizeof(garbage), size / 2), sizeof(garbage));
        assert_int_equal(close(fd), 0);

        char set_aside[256];
        assert_int_equal(registry_open(folder->path, &registry, set_aside), 0);
        assert_memory_equal(set_aside, folder->path, strlen(folder->path));
        assert_non_null(strstr(set_aside, ".damaged-2"));
        assert_int_equal(store_size(set_aside, ""), size);
        store_assert_counts(registry, 0, 0, 1);
        registry_close(registry);
        registry = store_open_registry(folder);
        registry_close(registry);
}

static void values_that_cannot_be_crash_nobody(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        store_put_holder(registry, "an");
        store_enrol(registry, 1, "an");
        registry_close(registry);
        store_sql(folder->path, "UPDATE credential SET class = 77, hint = hex(zeroblob(500));"
                                "UPDATE holder SET name = hex(zeroblob(500)), is_blocked = 'x7'");
        registry = store_open_registry(folder);
        struct registry_match match = store_find(registry, 1, "north-in");
        assert_true(match.is_known);
        assert_int_equal(match.credential.class, CREDENTIAL_UNKNOWN);
        assert_int_equal(strlen(match.credential.hint), REGISTRY_HINT_MAX - 1);
        assert_int_equal(strlen(match.holder.name), FLOW_NAME_MAX - 1);
        registry_close(registry);
        /* More than any caller has room for. */
        store_sql(folder->path,
                  "WITH n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
                  " INSERT INTO level (id) SELECT 'l' || i FROM n;"
                  "INSERT INTO level_point SELECT 'all', id FROM level;"
                  "INSERT INTO holder_level SELECT 'an', id, 0, 0 FROM level WHERE id <> 'all'");
        registry = store_open_registry(folder);
        struct registry_holder holder;
        assert_int_equal(registry_get_holder(registry, "an", &holder), 0);
        assert_int_equal(holder.levels, REGISTRY_LEVELS_MAX);
        static struct registry_level levels[2];
        assert_int_equal(registry_levels(registry, "", levels, 2), 2);
        assert_int_equal(levels[0].points, REGISTRY_POINTS_MAX);
        registry_close(registry);
        store_sql(folder->path, "DELETE FROM holder"); /* foreign keys are off in there */
        registry = store_open_registry(folder);
        assert_false(store_find(registry, 1, "north-in").is_known);
        registry_close(registry);
}

static void a_newer_registry_is_refused(void **state)
{
        const struct store_folder *folder = *state;
        struct registry *registry = store_open_registry(folder);
        registry_close(registry);
        store_sql(folder->path, "PRAGMA user_version = 4");
        char set_aside[256];
        registry = NULL;
        assert_int_equal(registry_open(folder->path, &registry, set_aside), -EPROTONOSUPPORT);
        assert_null(registry);
        assert_string_equal(set_aside, "");
}

static void a_journal_is_no_registry(void **state)
{
        const struct store_folder *folder = *state;
        store_sql(folder->path, "PRAGMA application_id = 0x53746a6e; PRAGMA user_version = 1");
        char set_aside[256];
        struct registry *registry = NULL;
        assert_int_equal(registry_open(folder->path, &registry, set_aside), -EPROTONOSUPPORT);
        assert_null(registry);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(nothing_of_a_batch_is_seen_before_its_commit),
                IN_FOLDER(a_batch_rolled_back_or_left_open_leaves_nothing),
                IN_FOLDER(a_change_refused_in_a_batch_leaves_the_rest_of_it),
                IN_FOLDER(a_disk_that_fails_in_a_batch_ends_all_of_it),
                IN_FOLDER(a_commit_that_fails_keeps_nothing_and_the_next_works),
                IN_FOLDER(every_committed_batch_survives_a_kill_as_a_whole),
                IN_FOLDER(a_damaged_registry_is_set_aside_and_a_new_one_begun),
                IN_FOLDER(values_that_cannot_be_crash_nobody),
                IN_FOLDER(a_newer_registry_is_refused),
                IN_FOLDER(a_journal_is_no_registry),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
