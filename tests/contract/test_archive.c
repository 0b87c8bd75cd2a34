/* The archive's contract over SQLite and over the fake, and what is SQLite's alone: kills, faults,
 * and what stands in the file. */
#include "tests/contract/archive_contract.h"

#include "drivers/archive/archive_drivers.h"
#include "tests/contract/store_folder.h"
#include "tests/fake/archive_fake.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

enum {
        KILLS = 40,
        BATCH = 20
};

static struct archive *open_sqlite(const struct store_folder *folder)
{
        struct archive *archive = NULL;
        assert_int_equal(archive_sqlite_open(folder->path, &archive), 0);
        return archive;
}

static struct archive *reopen_sqlite(struct archive_subject *subject)
{
        archive_close(subject->archive);
        return open_sqlite(subject->folder);
}

static int make_sqlite(void **state)
{
        struct archive_subject *subject = calloc(1, sizeof(*subject));
        if (!subject || store_folder_make(&subject->folder))
                return -1;
        subject->reopen = reopen_sqlite;
        subject->archive = open_sqlite(subject->folder);
        *state = subject;
        return 0;
}

static int unmake_sqlite(void **state)
{
        struct archive_subject *subject = *state;
        archive_close(subject->archive);
        int r = store_folder_remove(&subject->folder);
        free(subject);
        return r;
}

static struct archive *keep_open(struct archive_subject *subject)
{
        return subject->archive;
}

static int make_fake(void **state)
{
        struct archive_subject *subject = calloc(1, sizeof(*subject));
        struct archive_fake *fake = archive_fake_new();
        if (!subject || !fake)
                return -1;
        *subject = (struct archive_subject){ .archive = &fake->archive, .reopen = keep_open };
        *state = subject;
        return 0;
}

static int unmake_fake(void **state)
{
        struct archive_subject *subject = *state;
        archive_close(subject->archive);
        free(subject);
        return 0;
}

static const char *path_of(const struct archive_subject *subject)
{
        return ((const struct store_folder *)subject->folder)->path;
}

/* Stores batches until it is killed, and says each last sequence only when store has returned. */
static _Noreturn void store_until_killed(const char *path, int out)
{
        struct archive *archive = NULL;
        struct archive_stream stream;
        struct archive_row rows[BATCH];
        if (archive_sqlite_open(path, &archive) < 0 ||
            archive_open_stream(archive, "a/b/c", archive_epoch, &stream) < 0)
                _exit(1);
        for (;;) {
                for (size_t i = 0; i < BATCH; i++)
                        rows[i] = archive_row_of(stream.contiguous + 1 + i);
                const struct archive_batch batch = {
                        .rows = rows, .count = BATCH, .streams = &stream, .stream_count = 1
                };
                if (archive_store(archive, &batch) < 0)
                        _exit(2);
                if (write(out, &stream.contiguous, sizeof(uint64_t)) != sizeof(uint64_t))
                        _exit(3);
        }
}

/* The last sequence that was reported before the kill. */
static uint64_t run_and_kill(const char *path, int batches, useconds_t then_us)
{
        int reports[2];
        uint64_t seq = 0, last = 0;
        assert_int_equal(pipe(reports), 0);
        pid_t child = fork();
        if (child == 0) {
                (void)close(reports[0]);
                store_until_killed(path, reports[1]);
        }
        (void)close(reports[1]);
        for (int i = 0; i < batches; i++)
                assert_int_equal(read(reports[0], &seq, sizeof(seq)), sizeof(seq));
        usleep(then_us); /* nothing is waited for: the moment of the kill is what varies */
        assert_int_equal(kill(child, SIGKILL), 0);
        last = seq;
        while (read(reports[0], &seq, sizeof(seq)) == sizeof(seq))
                last = seq;
        assert_int_equal(waitpid(child, NULL, 0), child);
        (void)close(reports[0]);
        return last;
}

static void every_acknowledged_row_is_there_after_each_kill(void **state)
{
        struct archive_subject *subject = *state;
        unsigned seed = 7;
        uint64_t before = 0;
        archive_close(subject->archive);
        for (int i = 0; i < KILLS; i++) {
                uint64_t told = run_and_kill(path_of(subject), 1 + rand_r(&seed) % 8,
                                             (useconds_t)(rand_r(&seed) % 3000));
                assert_true(told > before);
                before = told;
                subject->archive = open_sqlite(subject->folder);
                struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
                archive_close(subject->archive);
                /* A whole batch may have been stored whose report the kill cut off. */
                assert_true(stream.contiguous == told || stream.contiguous == told + BATCH);
                assert_int_equal(store_sql_int(path_of(subject),
                                               "SELECT count(*) = max(seq) AND max(seq) ="
                                               " (SELECT contiguous FROM stream)"
                                               " FROM entry"),
                                 1);
                /* What follows from a row is there with it, once. */
                assert_int_equal(store_sql_int(path_of(subject),
                                               "SELECT (SELECT sum(entries) FROM tally) ="
                                               " (SELECT count(*) FROM entry)"),
                                 1);
                before = stream.contiguous;
        }
        store_assert_intact(path_of(subject));
        subject->archive = NULL;
}

static void a_batch_that_does_not_fit_leaves_nothing_and_fits_later(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        struct rlimit whole, small;
        struct archive_row rows[BATCH];
        const struct archive_batch batch = {
                .rows = rows, .count = BATCH, .streams = &stream, .stream_count = 1
        };
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
        small = whole;
        small.rlim_cur = (rlim_t)store_size(path_of(subject), "-wal") + 100;
        signal(SIGXFSZ, SIG_IGN);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        for (size_t i = 0; i < BATCH; i++)
                rows[i] = archive_row_of(1 + i);
        int failed = archive_store(subject->archive, &batch);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
        assert_true(failed < 0);
        assert_int_equal(stream.contiguous, 0);
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        assert_int_equal(stream.contiguous, BATCH);
        for (size_t i = 0; i < BATCH; i++)
                assert_true(rows[i].is_new);
}

static void every_column_is_what_the_row_said(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        struct archive_row row = archive_row_of(1);
        row.id[0] = 0xab;
        row.subject[15] = 0xcd;
        row.grant_seq = 77;
        row.flags = ARCHIVE_LATE | ARCHIVE_OFFLINE;
        row.reason = "busy";
        row.more = "{\"lane\":2}";
        const struct archive_batch batch = {
                .rows = &row, .count = 1, .streams = &stream, .stream_count = 1
        };
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 2), 1);
        subject->archive = archive_close(subject->archive);
        const char *path = path_of(subject);
        assert_int_equal(
                store_sql_int(path,
                              "SELECT count(*) FROM entry WHERE seq = 1 AND event = 'AccessTaken'"
                              " AND reason = 'busy' AND direction = 'entry' AND credential_class ="
                              " 'cccd' AND clock = 'synchronised' AND access_point = 'entry' AND"
                              " grant_seq = 77 AND flags = 33 AND more = '{\"lane\":2}' AND"
                              " hex(id) LIKE 'AB%' AND hex(subject) LIKE '%CD' AND"
                              " at = 1800000000000000 AND received = 1800000000000001"),
                1);
        assert_int_equal(store_sql_int(path, "SELECT count(*) FROM entry WHERE seq = 2 AND reason"
                                             " IS NULL AND subject IS NULL AND grant_seq IS NULL"
                                             " AND more IS NULL"),
                         1);
}

static void a_loss_stands_in_the_file_for_ever(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        uint64_t lost = 0;
        (void)ARCHIVE_PUT(subject->archive, &stream, 1, 4);
        assert_int_equal(archive_lose(subject->archive, &stream, 3, "not_held", 9, &lost), 0);
        subject->archive = archive_close(subject->archive);
        assert_int_equal(store_sql_int(path_of(subject),
                                       "SELECT count(*) FROM loss WHERE first = 2 AND last = 3 AND"
                                       " reason = 'not_held' AND noticed = 9"),
                         1);
}

static void refusals_are_bounded_and_the_oldest_make_room(void **state)
{
        struct archive_subject *subject = *state;
        static unsigned char payload[5000];
        struct archive_refusal refusals[1000];
        for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
                refusals[i] = (struct archive_refusal){
                        .topic = "x", .reason = "bad_json", .payload = payload, .len = 1
                };
        refusals[0].len = sizeof(payload);
        const struct archive_batch batch = { .refusals = refusals, .refused = ARRAY_LEN(refusals) };
        for (int i = 0; i < 12; i++)
                assert_int_equal(archive_store(subject->archive, &batch), 0);
        subject->archive = archive_close(subject->archive);
        assert_int_equal(store_sql_int(path_of(subject), "SELECT count(*) FROM refusal"), 10000);
        assert_int_equal(store_sql_int(path_of(subject), "SELECT min(id) FROM refusal"), 2001);
        assert_int_equal(store_sql_int(path_of(subject), "SELECT max(len) FROM refusal"), 5000);
        assert_int_equal(
                store_sql_int(path_of(subject), "SELECT max(length(payload)) FROM refusal"), 4096);
}

static void a_damaged_archive_is_not_opened_and_not_touched(void **state)
{
        struct archive_subject *subject = *state;
        struct archive *archive;
        subject->archive = archive_close(subject->archive);
        FILE *file = fopen(path_of(subject), "r+");
        assert_non_null(file);
        assert_int_equal(fputs("this is no database", file) >= 0, 1);
        assert_int_equal(fclose(file), 0);
        assert_true(archive_sqlite_open(path_of(subject), &archive) < 0);
        assert_null(archive);
        assert_int_equal(access(path_of(subject), F_OK), 0);
}

/* How often the bytes stand in a file beside the archive; "" is itself. */
static int count_in_file(const char *path, const char *suffix, const char *bytes)
{
        char name[512];
        int found = 0;
        (void)snprintf(name, sizeof(name), "%s%s", path, suffix);
        FILE *file = fopen(name, "r");
        if (!file)
                return 0;
        size_t size = (size_t)store_size(path, suffix);
        char *text = malloc(size + 1);
        assert_non_null(text);
        assert_int_equal(fread(text, 1, size, file), size);
        (void)fclose(file);
        const char *at = text, *end = text + size;
        while ((at = memmem(at, (size_t)(end - at), bytes, strlen(bytes))) != NULL) {
                found++;
                at++;
        }
        free(text);
        return found;
}

static void what_is_forgotten_is_not_in_the_files_either(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        struct archive_deletion deletion;
        struct archive_row rows[2] = { archive_row_of(1), archive_row_of(2) };
        const struct archive_batch batch = {
                .rows = rows, .count = 2, .streams = &stream, .stream_count = 1
        };
        memcpy(rows[0].subject, "NGUYEN-VAN-AN-01", 16);
        memcpy(rows[1].subject, "NGUYEN-VAN-AN-01", 16);
        rows[1].direction = "exit";
        rows[1].at_us += 1;
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        assert_true(count_in_file(path_of(subject), "-wal", "NGUYEN-VAN-AN") > 0);
        assert_int_equal(
                archive_forget(subject->archive, ARCHIVE_AT_US / ARCHIVE_DAY_US + 1, 1, &deletion),
                0);
        assert_int_equal(deletion.entries, 2);
        assert_int_equal(deletion.stays, 1);
        assert_int_equal(count_in_file(path_of(subject), "", "NGUYEN-VAN-AN"), 0);
        assert_int_equal(count_in_file(path_of(subject), "-wal", "NGUYEN-VAN-AN"), 0);
}

static void a_row_above_a_gap_stays_until_it_is_closed(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        struct archive_deletion deletion;
        int64_t after = ARCHIVE_AT_US / ARCHIVE_DAY_US + 1;
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 1, 3), 2);
        assert_int_equal(archive_forget(subject->archive, after, 1, &deletion), 0);
        assert_int_equal(deletion.entries, 1);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 2), 1);
        assert_int_equal(stream.contiguous, 3);
        assert_int_equal(archive_forget(subject->archive, after, 1, &deletion), 0);
        assert_int_equal(deletion.entries, 2);
}

#define SQLITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_sqlite, unmake_sqlite)

int main(void)
{
        const struct CMUnitTest fake[] = { ARCHIVE_CONTRACT(make_fake, unmake_fake) };
        const struct CMUnitTest sqlite[] = {
                ARCHIVE_CONTRACT(make_sqlite, unmake_sqlite),
                SQLITE_TEST(every_acknowledged_row_is_there_after_each_kill),
                SQLITE_TEST(a_batch_that_does_not_fit_leaves_nothing_and_fits_later),
                SQLITE_TEST(every_column_is_what_the_row_said),
                SQLITE_TEST(a_loss_stands_in_the_file_for_ever),
                SQLITE_TEST(what_is_forgotten_is_not_in_the_files_either),
                SQLITE_TEST(a_row_above_a_gap_stays_until_it_is_closed),
                SQLITE_TEST(refusals_are_bounded_and_the_oldest_make_room),
                SQLITE_TEST(a_damaged_archive_is_not_opened_and_not_touched),
        };
        int failed = cmocka_run_group_tests_name("fake", fake, NULL, NULL);
        return failed + cmocka_run_group_tests_name("sqlite", sqlite, NULL, NULL);
}
