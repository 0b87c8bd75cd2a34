/* What every journal must do: rows, watermark, reading, trimming. */
#include "tests/contract/store_rows.h"

#include <errno.h>
#include <sys/wait.h>

static void a_new_journal_is_empty_private_and_has_an_epoch(void **state)
{
        const struct store_folder *folder = *state;
        mode_t umask_before = umask(0);
        struct journal *journal = store_open_journal(folder);
        umask(umask_before);
        struct journal_info info = store_info(journal);
        assert_int_equal(strlen(info.epoch), 36);
        assert_int_equal(info.epoch[14], '7');
        assert_int_equal(info.head, 0);
        assert_int_equal(info.acked, 0);
        assert_int_equal(info.oldest, 0);
        assert_int_equal(info.last_at_us, 0);
        assert_false(info.was_set_aside);

        assert_int_equal(store_append_at(journal, 0), 1);
        static const char *const suffixes[] = { "", "-wal" };
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
                char path[STORE_PATH_MAX + 32];
                struct stat file;
                (void)snprintf(path, sizeof(path), "%s%s", folder->path, suffixes[i]);
                assert_int_equal(stat(path, &file), 0);
                assert_int_equal(file.st_mode & 07777, 0600);
        }
        journal_close(journal);
        assert_null(journal_close(NULL));
}

static void rows_are_numbered_from_one_without_gaps_across_reopening(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct journal_info first = store_info(journal);
        struct passage rows[3];
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                rows[i] = store_row(EVENT_ACCESS_DENIED, "", DIRECTION_ENTRY);
                rows[i].at_us += (int64_t)i;
        }
        assert_int_equal(journal_append(journal, rows, 0), 0);
        assert_int_equal(journal_append(journal, rows, 1), 0);
        assert_int_equal(rows[0].seq, 1);
        assert_int_equal(journal_append(journal, rows, 3), 0);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                assert_int_equal(rows[i].seq, 2 + i);
        journal_close(journal);

        journal = store_open_journal(*state);
        struct journal_info info = store_info(journal);
        assert_string_equal(info.epoch, first.epoch);
        assert_int_equal(info.head, 4);
        assert_int_equal(info.oldest, 1);
        assert_int_equal(info.last_at_us, STORE_MORNING_US + 2);
        assert_int_equal(store_append_at(journal, 1), 5);
        journal_close(journal);
}

static void a_row_comes_back_as_it_was_given(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct passage rows[2] = { store_row(EVENT_ACCESS_GRANTED, "", DIRECTION_NONE) };
        rows[0].class = CREDENTIAL_NONE;
        rows[0].access_point[0] = '\0';
        struct passage *full = &rows[1];
        *full = store_row(EVENT_COMMAND_REFUSED, "12345678901234567890123456789012",
                          DIRECTION_EXIT);
        full->reason = REASON_DECODER;
        full->class = CREDENTIAL_CAN_CUOC_2024;
        full->clock = CLOCK_UNTRUSTED;
        full->flags =
                PASSAGE_LATE | PASSAGE_NO_SENSOR | PASSAGE_PASSBACK_SOFT | PASSAGE_INCONSISTENT;
        full->grant_seq = 1;
        memset(full->access_point, 'p', FLOW_ID_MAX - 1);
        memset(full->detail, '\'', FLOW_DETAIL_MAX - 1);
        (void)snprintf(full->detail, sizeof(full->detail), "bảo vệ: \"x'); DROP TABLE passage;--");
        full->sealed_len = FLOW_SEALED_MAX;
        memset(full->sealed, 0xa5, FLOW_SEALED_MAX);
        assert_int_equal(journal_append(journal, rows, 2), 0);

        struct passage back[3];
        const struct journal_query query = { .limit = 3 };
        assert_int_equal(journal_read(journal, &query, back), 2);
        for (size_t i = 0; i < 2; i++) {
                assert_int_equal(back[i].seq, i + 1);
                assert_int_equal(back[i].at_us, rows[i].at_us);
                assert_int_equal(back[i].event, rows[i].event);
                assert_int_equal(back[i].reason, rows[i].reason);
                assert_int_equal(back[i].direction, rows[i].direction);
                assert_int_equal(back[i].class, rows[i].class);
                assert_int_equal(back[i].clock, rows[i].clock);
                assert_int_equal(back[i].flags, rows[i].flags);
                assert_int_equal(back[i].grant_seq, rows[i].grant_seq);
                assert_string_equal(back[i].access_point, rows[i].access_point);
                assert_string_equal(back[i].holder, rows[i].holder);
                assert_memory_equal(back[i].subject, rows[i].subject, sizeof(rows[i].subject));
                assert_string_equal(back[i].detail, rows[i].detail);
                assert_int_equal(back[i].sealed_len, rows[i].sealed_len);
                assert_memory_equal(back[i].sealed, rows[i].sealed, rows[i].sealed_len);
        }
        journal_close(journal);
}

static void reading_heeds_sequence_time_and_limit(void **state)
{
        struct journal *journal = store_open_journal(*state);
        for (int second = 0; second < 100; second++)
                (void)store_append_at(journal, second / 2); /* two rows in each second */
        const struct {
                struct journal_query query;
                int count;
                uint64_t first;
        } cases[] = {
                { { .limit = 200 }, 100, 1 },
                { { .limit = 7 }, 7, 1 },
                { { .after_seq = 40, .limit = 200 }, 60, 41 },
                { { .after_seq = 99, .limit = 200 }, 1, 100 },
                { { .after_seq = 100, .limit = 200 }, 0, 0 },
                { { .after_seq = UINT64_MAX, .limit = 200 }, 0, 0 },
                { { .since_us = 1, .limit = 200 }, 100, 1 },
                { { .since_us = STORE_MORNING_US + 10000000, .limit = 200 }, 80, 21 },
                { { .since_us = STORE_MORNING_US + 10000001, .limit = 200 }, 78, 23 },
                { { .since_us = STORE_MORNING_US + 60000000, .limit = 200 }, 0, 0 },
                { { .until_us = STORE_MORNING_US + 10000000, .limit = 200 }, 20, 1 },
                { { .until_us = STORE_MORNING_US, .limit = 200 }, 0, 0 },
                { { .since_us = STORE_MORNING_US + 5000000,
                    .until_us = STORE_MORNING_US + 6000000,
                    .limit = 200 },
                  2,
                  11 },
                { { .after_seq = 11,
                    .since_us = STORE_MORNING_US + 5000000,
                    .until_us = STORE_MORNING_US + 7000000,
                    .limit = 2 },
                  2,
                  12 },
        };
        static struct passage rows[200];
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                assert_int_equal(journal_read(journal, &cases[i].query, rows), cases[i].count);
                for (int row = 0; row < cases[i].count; row++)
                        assert_int_equal(rows[row].seq, cases[i].first + (uint64_t)row);
        }
        journal_close(journal);
}

static void late_is_noted_in_a_row_that_is_there(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct passage row = store_row(EVENT_ACCESS_GRANTED, "an", DIRECTION_ENTRY);
        row.flags = PASSAGE_NO_SENSOR;
        assert_int_equal(journal_append(journal, &row, 1), 0);
        assert_int_equal(journal_mark_late(journal, 1), 0);
        assert_int_equal(journal_mark_late(journal, 1), 0);
        assert_int_equal(journal_mark_late(journal, 2), -ENOENT);
        assert_int_equal(journal_mark_late(journal, 0), -ENOENT);
        assert_int_equal(journal_mark_late(journal, UINT64_MAX), -ENOENT);
        const struct journal_query query = { .limit = 1 };
        assert_int_equal(journal_read(journal, &query, &row), 1);
        assert_int_equal(row.flags, PASSAGE_NO_SENSOR | PASSAGE_LATE);
        journal_close(journal);
}

static void the_watermark_only_rises_and_only_up_to_the_head(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct journal_info info = store_info(journal);
        for (int i = 0; i < 10; i++)
                (void)store_append_at(journal, i);
        assert_int_equal(journal_acknowledge(journal, info.epoch, 11), -ERANGE);
        assert_int_equal(journal_acknowledge(journal, "0191e5a0-0000-7000-8000-000000000000", 1),
                         -ESTALE);
        assert_int_equal(journal_acknowledge(journal, "", 1), -ESTALE);
        assert_int_equal(store_info(journal).acked, 0);
        assert_int_equal(journal_acknowledge(journal, info.epoch, 7), 0);
        assert_int_equal(journal_acknowledge(journal, info.epoch, 3), 0);
        assert_int_equal(store_info(journal).acked, 7);
        journal_close(journal);

        assert_int_equal(
                store_sql_int(((struct store_folder *)*state)->path, "SELECT acked FROM meta"), 7);
        journal = store_open_journal(*state);
        assert_int_equal(store_info(journal).acked, 7);
        journal_close(journal);
}

static void trimming_takes_old_acknowledged_rows_and_keeps_the_count(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct journal_info info = store_info(journal);
        for (int i = 0; i < 50; i++)
                (void)store_append_at(journal, i);
        const int64_t later = STORE_MORNING_US + 1000000000;
        assert_int_equal(journal_trim(journal, later, 100), 0); /* nothing is acknowledged */
        assert_int_equal(journal_acknowledge(journal, info.epoch, 30), 0);
        assert_int_equal(journal_trim(journal, STORE_MORNING_US, 100), 0);
        assert_int_equal(journal_trim(journal, STORE_MORNING_US + 10000000, 100), 10);
        assert_int_equal(store_info(journal).oldest, 11);
        assert_int_equal(journal_trim(journal, later, 5), 5);
        assert_int_equal(journal_trim(journal, later, 100), 15);
        assert_int_equal(journal_trim(journal, later, 100), 0);
        assert_int_equal(store_info(journal).oldest, 31);
        struct passage rows[50];
        const struct journal_query query = { .limit = 50 };
        assert_int_equal(journal_read(journal, &query, rows), 20);
        assert_int_equal(rows[0].seq, 31);
        journal_close(journal);
}

static void a_journal_trimmed_empty_goes_on_counting(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct journal_info info = store_info(journal);
        for (int i = 0; i < 20; i++)
                (void)store_append_at(journal, i);
        assert_int_equal(journal_acknowledge(journal, info.epoch, 20), 0);
        assert_int_equal(journal_trim(journal, INT64_MAX, SIZE_MAX), 20);
        assert_int_equal(store_info(journal).oldest, 0);
        assert_int_equal(store_info(journal).head, 20);
        journal_close(journal);

        journal = store_open_journal(*state);
        struct journal_info again = store_info(journal);
        assert_false(again.was_set_aside);
        assert_string_equal(again.epoch, info.epoch);
        assert_int_equal(again.head, 20);
        assert_int_equal(again.acked, 20);
        assert_int_equal(again.last_at_us, STORE_MORNING_US + 19000000);
        assert_int_equal(store_append_at(journal, 30), 21);
        assert_int_equal(store_info(journal).oldest, 21);
        journal_close(journal);
}

static void trimmed_rows_leave_no_trace_in_the_file(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        struct journal_info info = store_info(journal);
        for (int i = 0; i < 200; i++) {
                struct passage row =
                        store_row(EVENT_ACCESS_GRANTED, "nguyen-van-an", DIRECTION_ENTRY);
                assert_int_equal(journal_append(journal, &row, 1), 0);
        }
        assert_int_equal(journal_acknowledge(journal, info.epoch, 200), 0);
        assert_int_equal(journal_trim(journal, INT64_MAX, 1000), 200);
        journal_close(journal);

        static char bytes[1 << 20];
        FILE *file = fopen(folder->path, "rb");
        assert_non_null(file);
        size_t len = fread(bytes, 1, sizeof(bytes), file);
        (void)fclose(file);
        assert_true(len > 0 && len < sizeof(bytes));
        assert_null(memmem(bytes, len, "nguyen", 6));
        assert_int_equal(store_size(folder->path, "-wal"), -1);
}

static void a_second_handle_is_kept_out(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder), *second = NULL;
        assert_int_equal(journal_open(folder->path, &second), -EBUSY);
        assert_null(second);
        assert_int_equal(store_append_at(journal, 0), 1);
        journal_close(journal);
}

static void a_second_process_is_kept_out(void **state)
{
        const struct store_folder *folder = *state;
        int go[2];
        assert_int_equal(pipe(go), 0);
        pid_t child = fork(); /* before the first open: SQLite does not survive a fork */
        if (child == 0) {
                char byte;
                struct journal *second = NULL;
                (void)close(go[1]);
                bool is_told = read(go[0], &byte, 1) == 1;
                _exit(is_told && journal_open(folder->path, &second) == -EBUSY ? 0 : 1);
        }
        struct journal *journal = store_open_journal(folder);
        assert_int_equal(write(go[1], "", 1), 1);
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(store_append_at(journal, 0), 1);
        journal_close(journal);
        close(go[0]);
        close(go[1]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_new_journal_is_empty_private_and_has_an_epoch),
                IN_FOLDER(rows_are_numbered_from_one_without_gaps_across_reopening),
                IN_FOLDER(a_row_comes_back_as_it_was_given),
                IN_FOLDER(reading_heeds_sequence_time_and_limit),
                IN_FOLDER(late_is_noted_in_a_row_that_is_there),
                IN_FOLDER(the_watermark_only_rises_and_only_up_to_the_head),
                IN_FOLDER(trimming_takes_old_acknowledged_rows_and_keeps_the_count),
                IN_FOLDER(a_journal_trimmed_empty_goes_on_counting),
                IN_FOLDER(trimmed_rows_leave_no_trace_in_the_file),
                IN_FOLDER(a_second_handle_is_kept_out),
                IN_FOLDER(a_second_process_is_kept_out),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
