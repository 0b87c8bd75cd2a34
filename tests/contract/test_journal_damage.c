/* Files that are not what they should be: set aside, never deleted; newer ones are not touched. */
#include "tests/contract/store_rows.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

static void overwrite(const char *path, off_t offset, const void *bytes, size_t len)
{
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, len, offset), len);
        assert_int_equal(close(fd), 0);
}

static int count_files(const char *folder)
{
        DIR *dir = opendir(folder);
        assert_non_null(dir);
        int count = 0;
        for (const struct dirent *entry; (entry = readdir(dir));)
                count += entry->d_name[0] != '.';
        (void)closedir(dir);
        return count;
}

/* Opens what was damaged: it must be elsewhere, `size` bytes long, and a new epoch begun. */
static void assert_set_aside(const struct store_folder *folder, const char *old_epoch, off_t size)
{
        struct journal *journal = store_open_journal(folder);
        struct journal_info info = store_info(journal);
        assert_true(info.was_set_aside);
        size_t len = strlen(folder->path);
        assert_memory_equal(info.set_aside, folder->path, len);
        assert_memory_equal(info.set_aside + len, ".damaged-2", 10);
        assert_int_equal(strlen(info.set_aside + len), strlen(".damaged-YYYYMMDDThhmmssZ"));
        assert_int_equal(store_size(info.set_aside, ""), size);
        assert_int_equal(strlen(info.epoch), 36);
        assert_string_not_equal(info.epoch, old_epoch);
        assert_int_equal(info.head, 0);
        assert_int_equal(store_append_at(journal, 0), 1);
        journal_close(journal);

        journal = store_open_journal(folder);
        assert_false(store_info(journal).was_set_aside);
        assert_int_equal(store_info(journal).head, 1);
        journal_close(journal);
}

static void garbage_in_the_middle_is_set_aside(void **state)
{
        const struct store_folder *folder = *state;
        struct journal_info info = store_fill(folder, false);
        off_t size = store_size(folder->path, "");
        uint8_t garbage[4096];
        memset(garbage, 0xa5, sizeof(garbage));
        overwrite(folder->path, size / 2 / 1024 * 1024, garbage, sizeof(garbage));
        assert_set_aside(folder, info.epoch, size);
}

static void a_truncated_file_is_set_aside(void **state)
{
        const struct store_folder *folder = *state;
        static const off_t cuts[] = { 10, 100, 1024, 3000 };
        for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
                struct store_folder part = *folder;
                (void)snprintf(part.path, sizeof(part.path), "%s/%zu.db", folder->folder, i);
                struct journal_info info = store_fill(&part, false);
                assert_int_equal(truncate(part.path, cuts[i]), 0);
                assert_set_aside(&part, info.epoch, cuts[i]);
        }
}

static void what_is_no_database_is_set_aside(void **state)
{
        const struct store_folder *folder = *state;
        char text[2000];
        memset(text, 'x', sizeof(text));
        overwrite(folder->path, 0, text, sizeof(text));
        assert_set_aside(folder, "", sizeof(text));
}

static void a_file_of_length_zero_is_set_aside_with_its_log(void **state)
{
        const struct store_folder *folder = *state;
        struct journal_info info = store_fill(folder, true);
        off_t wal = store_size(folder->path, "-wal");
        assert_true(wal > 0);
        assert_int_equal(truncate(folder->path, 0), 0);
        assert_set_aside(folder, info.epoch, 0);
        assert_int_equal(count_files(folder->folder), 3);
}

static void a_log_whose_database_has_gone_is_set_aside(void **state)
{
        const struct store_folder *folder = *state;
        struct journal_info info = store_fill(folder, true);
        off_t wal = store_size(folder->path, "-wal");
        assert_int_equal(unlink(folder->path), 0);
        struct journal *journal = store_open_journal(folder);
        assert_true(store_info(journal).was_set_aside);
        assert_int_equal(store_size(store_info(journal).set_aside, "-wal"), wal);
        assert_string_not_equal(store_info(journal).epoch, info.epoch);
        journal_close(journal);
}

static void the_log_goes_with_a_damaged_file_untouched(void **state)
{
        const struct store_folder *folder = *state;
        (void)store_fill(folder, true);
        off_t wal = store_size(folder->path, "-wal");
        uint8_t garbage[1024];
        memset(garbage, 0xa5, sizeof(garbage));
        /* A page that is only in the file, not in the log. */
        overwrite(folder->path, (off_t)6 * 1024, garbage, sizeof(garbage));
        struct journal *journal = store_open_journal(folder);
        assert_true(store_info(journal).was_set_aside);
        assert_int_equal(store_size(store_info(journal).set_aside, "-wal"), wal);
        journal_close(journal);
}

static void damage_twice_in_a_second_takes_two_names(void **state)
{
        const struct store_folder *folder = *state;
        char names[5][256];
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                overwrite(folder->path, 0, "not a database at all", 21);
                struct journal *journal = store_open_journal(folder);
                assert_true(store_info(journal).was_set_aside);
                (void)snprintf(names[i], sizeof(names[i]), "%s", store_info(journal).set_aside);
                journal_close(journal);
                for (size_t j = 0; j < i; j++)
                        assert_string_not_equal(names[i], names[j]);
        }
        assert_int_equal(count_files(folder->folder), ARRAY_LEN(names) + 1);
}

static void a_file_whose_numbers_do_not_add_up_is_set_aside(void **state)
{
        const struct store_folder *folder = *state;
        static const char *const edits[] = {
                "UPDATE meta SET acked = 301", /* more than there is: sequences would come again */
                "DELETE FROM passage WHERE seq > 200; UPDATE meta SET acked = 250",
                "UPDATE meta SET trimmed = 5, acked = 5",
                "UPDATE meta SET acked = -1",
                "UPDATE meta SET epoch = 'short'",
                "DELETE FROM meta",
                "INSERT INTO passage (seq) VALUES (9223372036854775807)",
                "INSERT INTO passage (seq) VALUES (-1)",
                "DROP TABLE presence",
                "ALTER TABLE passage RENAME COLUMN detail TO note",
        };
        for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
                struct store_folder part = *folder;
                (void)snprintf(part.path, sizeof(part.path), "%s/%zu.db", folder->folder, i);
                struct journal_info info = store_fill(&part, false);
                store_sql(part.path, edits[i]);
                assert_set_aside(&part, info.epoch, store_size(part.path, ""));
        }
}

/* More rows than SQLite keeps in memory. */
static void fill_beyond_cache(struct journal *journal)
{
        static struct passage rows[1000];
        for (int batch = 0; batch < 60; batch++) {
                for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                        rows[i] = store_row(EVENT_ACCESS_GRANTED, "an", DIRECTION_ENTRY);
                assert_int_equal(journal_append(journal, rows, ARRAY_LEN(rows)), 0);
        }
}

static void damage_found_while_running_says_so_and_reopening_mends(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        fill_beyond_cache(journal);
        journal_close(journal);
        journal = store_open_journal(folder);
        struct journal_info before = store_info(journal);
        uint8_t garbage[1024];
        memset(garbage, 0xa5, sizeof(garbage));
        for (off_t page = 8; page < 600; page++)
                overwrite(folder->path, page * 1024, garbage, sizeof(garbage));

        static struct passage rows[STORE_ROWS];
        const struct journal_query query = { .limit = STORE_ROWS };
        assert_int_equal(journal_read(journal, &query, rows), -EUCLEAN);
        assert_int_equal(journal_mark_late(journal, 1000), -EUCLEAN);
        assert_int_equal(journal_acknowledge(journal, before.epoch, before.head), 0);
        assert_int_equal(journal_trim(journal, INT64_MAX, 1000), -EUCLEAN);
        assert_int_equal(store_info(journal).oldest, 1);
        /* Nothing is left half done: what does not touch the damage goes on. */
        assert_int_equal(store_append_at(journal, 0), before.head + 1);
        journal_close(journal);
        assert_set_aside(folder, before.epoch, store_size(folder->path, ""));
}

struct bytes {
        char at[1 << 17];
        size_t len;
};

static void slurp(const char *path, const char *suffix, struct bytes *bytes)
{
        char full[STORE_PATH_MAX + 32];
        (void)snprintf(full, sizeof(full), "%s%s", path, suffix);
        FILE *file = fopen(full, "rb");
        assert_non_null(file);
        bytes->len = fread(bytes->at, 1, sizeof(bytes->at), file);
        assert_true(bytes->len < sizeof(bytes->at));
        (void)fclose(file);
}

static void assert_refused_untouched(const struct store_folder *folder)
{
        static struct bytes file, log, file_after, log_after;
        slurp(folder->path, "", &file);
        slurp(folder->path, "-wal", &log);
        struct journal *journal = NULL;
        assert_int_equal(journal_open(folder->path, &journal), -EPROTONOSUPPORT);
        assert_null(journal);
        slurp(folder->path, "", &file_after);
        slurp(folder->path, "-wal", &log_after);
        assert_int_equal(file_after.len, file.len);
        assert_memory_equal(file_after.at, file.at, file.len);
        assert_int_equal(log_after.len, log.len);
        assert_memory_equal(log_after.at, log.at, log.len);
        assert_int_equal(count_files(folder->folder), 2);
}

/* In a child that dies: the last to leave in order would empty the log into the file. */
static void edit_and_die(const char *path, const char *sql)
{
        pid_t child = fork();
        if (child == 0) {
                sqlite3 *db = NULL;
                bool is_done = sqlite3_open(path, &db) == SQLITE_OK &&
                               sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL,
                                            NULL) == SQLITE_OK &&
                               sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
                _exit(is_done ? 0 : 1);
        }
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
}

static void a_newer_schema_is_refused_and_not_a_byte_changes(void **state)
{
        const struct store_folder *folder = *state;
        (void)store_fill(folder, true);
        edit_and_die(folder->path, "PRAGMA user_version = 4");
        assert_refused_untouched(folder);
}

static void somebody_elses_database_is_refused_and_not_a_byte_changes(void **state)
{
        const struct store_folder *folder = *state;
        (void)store_fill(folder, true);
        edit_and_die(folder->path, "PRAGMA application_id = 7");
        assert_refused_untouched(folder);
}

static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
        const struct store_folder *folder = *state;
        assert_int_equal(chmod(folder->folder, 0555), 0);
        pid_t child = fork();
        if (child == 0) {
                struct journal *journal = NULL;
                /* The superuser may write anywhere. */
                if (geteuid() == 0 && setresuid(65534, 65534, 65534) < 0)
                        _exit(2);
                _exit(journal_open(folder->path, &journal) == -EACCES && !journal ? 0 : 1);
        }
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(chmod(folder->folder, 0755), 0);
        assert_int_equal(status, 0);

        struct journal *journal = NULL;
        assert_int_equal(journal_open("/nonexistent/journal.db", &journal), -ENOENT);
        assert_null(journal);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(garbage_in_the_middle_is_set_aside),
                IN_FOLDER(a_truncated_file_is_set_aside),
                IN_FOLDER(what_is_no_database_is_set_aside),
                IN_FOLDER(a_file_of_length_zero_is_set_aside_with_its_log),
                IN_FOLDER(a_log_whose_database_has_gone_is_set_aside),
                IN_FOLDER(the_log_goes_with_a_damaged_file_untouched),
                IN_FOLDER(damage_twice_in_a_second_takes_two_names),
                IN_FOLDER(a_file_whose_numbers_do_not_add_up_is_set_aside),
                IN_FOLDER(damage_found_while_running_says_so_and_reopening_mends),
                IN_FOLDER(a_newer_schema_is_refused_and_not_a_byte_changes),
                IN_FOLDER(somebody_elses_database_is_refused_and_not_a_byte_changes),
                IN_FOLDER(a_folder_that_cannot_be_written_is_an_error),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
