/* What a kill leaves behind, and a kernel that lets no file grow: all that was promised, no more.
 */
#include "tests/contract/store_rows.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
        KILLS = 100
};

/* Appends until it is killed, and says each sequence only when append has returned. */
static _Noreturn void append_until_killed(const char *path, int out)
{
        struct journal *journal = NULL;
        if (journal_open(path, &journal) < 0)
                _exit(1);
        struct journal_info info;
        for (int i = 0;; i++) {
                struct passage row = store_row(EVENT_ACCESS_TAKEN, i % 3 ? "an" : "binh",
                                               i % 2 ? DIRECTION_ENTRY : DIRECTION_EXIT);
                if (journal_append(journal, &row, 1) < 0)
                        _exit(2);
                if (write(out, &row.seq, sizeof(row.seq)) != sizeof(row.seq))
                        _exit(3);
                journal_info(journal, &info);
                if (journal_acknowledge(journal, info.epoch, row.seq) < 0)
                        _exit(4);
        }
}

/* Lets a child append until `rows` were reported, kills it. The last sequence reported. */
static uint64_t run_and_kill(const char *path, int rows, useconds_t then_us)
{
        int reports[2];
        assert_int_equal(pipe(reports), 0);
        pid_t child = fork();
        if (child == 0) {
                (void)close(reports[0]);
                append_until_killed(path, reports[1]);
        }
        (void)close(reports[1]);
        uint64_t seq = 0, last = 0;
        for (int i = 0; i < rows; i++) {
                assert_int_equal(read(reports[0], &seq, sizeof(seq)), sizeof(seq));
                assert_true(last == 0 || seq == last + 1);
                last = seq;
        }
        usleep(then_us); /* nothing is waited for: the moment of the kill is what varies */
        assert_int_equal(kill(child, SIGKILL), 0);
        while (read(reports[0], &seq, sizeof(seq)) == sizeof(seq))
                last = seq;
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        (void)close(reports[0]);
        return last;
}

static void every_reported_row_survives_a_hundred_kills(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        struct journal_info before = store_info(journal);
        journal_close(journal);
        unsigned seed = 1;
        uint64_t head = 0;
        for (int i = 0; i < KILLS; i++) {
                uint64_t reported = run_and_kill(folder->path, 1 + rand_r(&seed) % 30,
                                                 (useconds_t)(rand_r(&seed) % 3000));
                journal = store_open_journal(folder);
                struct journal_info info = store_info(journal);
                assert_false(info.was_set_aside);
                assert_string_equal(info.epoch, before.epoch);
                /* At most the one row whose report the kill cut off. */
                assert_in_range(info.head, reported, reported + 1);
                assert_true(reported > head);
                assert_in_range(info.acked, before.acked, info.head);
                before = info;
                head = info.head;
                journal_close(journal);
                store_assert_intact(folder->path);
                assert_int_equal(store_sql_int(folder->path, "SELECT count(*) FROM passage"), head);
                assert_int_equal(store_sql_int(folder->path, "SELECT max(seq) FROM passage"), head);
        }
}

static void a_kill_takes_at_most_the_last_hundred_acknowledgements(void **state)
{
        const struct store_folder *folder = *state;
        uint64_t reported = run_and_kill(folder->path, 350, 0);
        struct journal *journal = store_open_journal(folder);
        struct journal_info info = store_info(journal);
        /* Written with rows 100, 200 and 300, each with what was acknowledged before that row. */
        assert_true(info.acked >= 299);
        assert_true(info.acked <= reported);
        assert_true(info.acked % 100 == 99);
        journal_close(journal);
}

/* No file may grow past the limit: SQLite sees an I/O error (EFBIG), real and in mid-write. */
static void set_file_limit(rlim_t limit)
{
        struct rlimit now;
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
        now.rlim_cur = limit;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

static void a_write_cut_short_uses_no_number_and_does_no_lasting_harm(void **state)
{
        const struct store_folder *folder = *state;
        (void)signal(SIGXFSZ, SIG_IGN);
        struct journal *journal = store_open_journal(folder);
        assert_int_equal(store_append_at(journal, 1), 1);
        struct passage rows[20];
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                rows[i] = store_row(EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY);
                memset(rows[i].detail, 'd', FLOW_DETAIL_MAX - 1);
        }
        /* Some of the rows fit, the last do not, and none may be there. */
        rlim_t limit = (rlim_t)store_size(folder->path, "-wal") + 1500;
        for (int attempt = 0; attempt < 3; attempt++) {
                set_file_limit(limit);
                int r = journal_append(journal, rows, ARRAY_LEN(rows));
                set_file_limit(RLIM_INFINITY);
                assert_int_equal(r, -EIO);
                assert_int_equal(rows[0].seq, 0);
                assert_int_equal(store_info(journal).head, 1);
                struct journal_presence presence;
                assert_int_equal(journal_presence(journal, "an", "", &presence), 0);
                assert_int_equal(presence.last, DIRECTION_NONE);
                uint64_t inside = 99;
                assert_int_equal(journal_inside(journal, NULL, &inside), 0);
                assert_int_equal(inside, 0);
        }
        struct passage back[3];
        const struct journal_query query = { .limit = 3 };
        assert_int_equal(journal_read(journal, &query, back), 1);
        assert_int_equal(store_append_at(journal, 2), 2);
        journal_close(journal);
        store_assert_intact(folder->path);
        journal = store_open_journal(folder);
        assert_int_equal(store_info(journal).head, 2);
        journal_close(journal);
}

static void a_new_journal_that_cannot_be_written_leaves_nothing_behind(void **state)
{
        const struct store_folder *folder = *state;
        (void)signal(SIGXFSZ, SIG_IGN);
        struct journal *journal = NULL;
        set_file_limit(3000);
        int r = journal_open(folder->path, &journal);
        set_file_limit(RLIM_INFINITY);
        assert_int_equal(r, -EIO);
        assert_null(journal);
        assert_int_equal(store_size(folder->path, ""), -1);
        assert_int_equal(store_size(folder->path, "-wal"), -1);
        journal = store_open_journal(folder);
        assert_false(store_info(journal).was_set_aside);
        journal_close(journal);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(every_reported_row_survives_a_hundred_kills),
                IN_FOLDER(a_kill_takes_at_most_the_last_hundred_acknowledgements),
                IN_FOLDER(a_write_cut_short_uses_no_number_and_does_no_lasting_harm),
                IN_FOLDER(a_new_journal_that_cannot_be_written_leaves_nothing_behind),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
