/* Every write, truncation and flush of a gate's life made to fail once, one after the other. */
#include "tests/contract/store_rows.h"
#include "tests/contract/store_vfs.h"

#include <errno.h>

struct fault {
        int failure; /* SQLite's */
        int error;   /* ours */
};

static const struct fault full_disk = { SQLITE_FULL, -ENOSPC };
static const struct fault bad_write = { SQLITE_IOERR_WRITE, -EIO };
static const struct fault bad_flush = { SQLITE_IOERR_FSYNC, -EIO };

enum {
        ROUNDS = 70, /* enough for several checkpoints */
        HEAD = 2 * ROUNDS
};

static struct passage taken_row(int i)
{
        char holder[8];
        (void)snprintf(holder, sizeof(holder), "h%d", i % 7);
        return store_row(EVENT_ACCESS_TAKEN, holder, i % 2 ? DIRECTION_EXIT : DIRECTION_ENTRY);
}

/* Two rows; a failure must leave no trace, and the same rows must then go in. */
static void append_despite(struct journal *journal, const struct fault *fault, int i)
{
        struct passage rows[2] = { taken_row(i), taken_row(i + 1) };
        struct journal_info before = store_info(journal);
        uint64_t inside = 0, inside_after = 0;
        assert_int_equal(journal_inside(journal, NULL, &inside), 0);
        int r = journal_append(journal, rows, 2);
        if (r) {
                assert_int_equal(r, fault->error);
                struct journal_info after = store_info(journal);
                assert_memory_equal(&after, &before, sizeof(before));
                assert_int_equal(journal_inside(journal, NULL, &inside_after), 0);
                assert_int_equal(inside_after, inside);
                assert_int_equal(rows[0].seq, 0);
                assert_int_equal(rows[1].seq, 0);
                assert_int_equal(journal_append(journal, rows, 2), 0);
        }
        assert_int_equal(rows[0].seq, before.head + 1);
        assert_int_equal(rows[1].seq, before.head + 2);
}

static void trim_despite(struct journal *journal, const struct fault *fault)
{
        struct journal_info info = store_info(journal);
        assert_int_equal(journal_acknowledge(journal, info.epoch, info.head), 0);
        int trimmed = journal_trim(journal, INT64_MAX, 5);
        if (trimmed < 0) {
                assert_int_equal(trimmed, fault->error);
                assert_int_equal(store_info(journal).oldest, info.oldest);
                trimmed = journal_trim(journal, INT64_MAX, 5);
        }
        assert_int_equal(trimmed, 5);
}

/* A life with operation `nth` failing. False: it did not have that many. */
static bool live_through(struct store_vfs *vfs, const char *path, const struct fault *fault,
                         long nth)
{
        (void)unlink(path);
        struct journal *journal = NULL;
        assert_int_equal(journal_open(path, &journal), 0);
        vfs->failure = fault->failure;
        vfs->failed = 0;
        vfs->until_failure = nth;
        for (int i = 0; i < ROUNDS; i++) {
                append_despite(journal, fault, i);
                if (i % 20 == 19)
                        trim_despite(journal, fault);
        }
        vfs->until_failure = -1;
        bool has_failed = vfs->failed > 0;
        uint64_t head = store_info(journal).head;
        assert_int_equal(head, HEAD);
        uint64_t inside = 0, inside_again = 0;
        assert_int_equal(journal_inside(journal, NULL, &inside), 0);
        journal_close(journal);

        assert_int_equal(journal_open(path, &journal), 0);
        struct journal_info info = store_info(journal);
        assert_false(info.was_set_aside);
        assert_int_equal(info.head, head);
        assert_int_equal(journal_inside(journal, NULL, &inside_again), 0);
        assert_int_equal(inside_again, inside);
        static struct passage rows[HEAD];
        const struct journal_query query = { .limit = HEAD };
        assert_int_equal(journal_read(journal, &query, rows), head - info.oldest + 1);
        journal_close(journal);
        store_assert_intact(path);
        return has_failed;
}

static void live_through_all(void **state, const struct fault *fault)
{
        const struct store_folder *folder = *state;
        static struct store_vfs vfs;
        store_vfs_install(&vfs);
        long nth = 0;
        while (live_through(&vfs, folder->path, fault, nth))
                nth += 1 + nth / 12; /* each of the first twelve, then ever fewer of the like */
        assert_true(nth > 100);
        store_vfs_remove(&vfs);
}

static void a_full_disk_at_any_moment_uses_no_number(void **state)
{
        live_through_all(state, &full_disk);
}

static void a_failed_write_at_any_moment_uses_no_number(void **state)
{
        live_through_all(state, &bad_write);
}

static void a_failed_flush_at_any_moment_uses_no_number(void **state)
{
        live_through_all(state, &bad_flush);
}

static void a_failure_while_it_is_made_leaves_nothing_in_the_way(void **state)
{
        const struct store_folder *folder = *state;
        static struct store_vfs vfs;
        store_vfs_install(&vfs);
        vfs.failure = SQLITE_FULL;
        int r = 0;
        for (long nth = 0; nth == 0 || r != 0; nth++) {
                struct journal *journal = NULL;
                vfs.failed = 0;
                vfs.until_failure = nth;
                r = journal_open(folder->path, &journal);
                if (r) {
                        assert_int_equal(r, -ENOSPC);
                        vfs.until_failure = -1;
                        assert_int_equal(journal_open(folder->path, &journal), 0);
                        assert_false(store_info(journal).was_set_aside);
                }
                journal_close(journal);
                assert_int_equal(unlink(folder->path), 0);
                assert_true(nth < 1000);
        }
        store_vfs_remove(&vfs);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_full_disk_at_any_moment_uses_no_number),
                IN_FOLDER(a_failed_write_at_any_moment_uses_no_number),
                IN_FOLDER(a_failed_flush_at_any_moment_uses_no_number),
                IN_FOLDER(a_failure_while_it_is_made_leaves_nothing_in_the_way),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
