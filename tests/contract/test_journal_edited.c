/* A journal that somebody edited: no value crashes, and no change is left half done. */
#include "tests/contract/store_rows.h"

#include <errno.h>

static void a_row_that_cannot_be_reads_as_a_fault_and_the_others_stay(void **state)
{
        const struct store_folder *folder = *state;
        struct journal_info before = store_fill(folder, false);
        store_sql(folder->path,
                  "UPDATE passage SET event = 99 WHERE seq = 1;"
                  "UPDATE passage SET event = 0 WHERE seq = 2;"
                  "UPDATE passage SET reason = -3 WHERE seq = 3;"
                  "UPDATE passage SET direction = 3 WHERE seq = 4;"
                  "UPDATE passage SET class = 'much' || class WHERE seq = 5;"
                  "UPDATE passage SET event = 'x' WHERE seq = 6;"
                  "UPDATE passage SET clock = 1e300 WHERE seq = 7;"
                  "UPDATE passage SET flags = 4294967296 WHERE seq = 8;"
                  "UPDATE passage SET grant_seq = 9 WHERE seq = 9;"
                  "UPDATE passage SET access_point = hex(zeroblob(1000)) WHERE seq = 10;"
                  "UPDATE passage SET holder = zeroblob(100000) WHERE seq = 11;"
                  "UPDATE passage SET subject = x'00' WHERE seq = 12;"
                  "UPDATE passage SET detail = hex(zeroblob(48)) WHERE seq = 13;"
                  "UPDATE passage SET class = 99 WHERE seq = 14;"
                  "UPDATE passage SET sealed = zeroblob(513) WHERE seq = 15");
        struct journal *journal = store_open_journal(folder);
        struct journal_info info = store_info(journal);
        assert_false(info.was_set_aside);
        assert_string_equal(info.epoch, before.epoch);
        struct passage rows[20];
        const struct journal_query query = { .limit = 20 };
        assert_int_equal(journal_read(journal, &query, rows), 20);
        for (size_t i = 0; i < 20; i++) {
                bool is_edited =
                        i < 15 && i != 4; /* 'much2' is a 0 to SQLite: a class like others */
                assert_int_equal(rows[i].seq, i + 1);
                assert_int_equal(rows[i].at_us, STORE_MORNING_US + (int64_t)i * 1000000);
                assert_int_equal(rows[i].event, is_edited ? EVENT_FAULT : EVENT_ACCESS_GRANTED);
                assert_int_equal(rows[i].reason, is_edited ? REASON_DATABASE : REASON_NONE);
                assert_string_equal(rows[i].holder, is_edited ? "" : "an");
        }
        journal_close(journal);
}

static void an_append_that_fails_half_way_is_undone(void **state)
{
        const struct store_folder *folder = *state;
        (void)store_fill(folder, false);
        store_sql(folder->path,
                  "DROP TABLE presence;"
                  "CREATE TABLE presence (holder TEXT CHECK (holder <> 'x'), area,"
                  " direction, since_us, access_point, PRIMARY KEY (holder, area)) WITHOUT ROWID");
        struct journal *journal = store_open_journal(folder);
        struct passage rows[2] = {
                store_row(EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY),
                store_row(EVENT_ACCESS_TAKEN, "x", DIRECTION_ENTRY), /* its row is in by then */
        };
        assert_int_equal(journal_append(journal, rows, 2), -EINVAL);
        assert_int_equal(store_info(journal).head, STORE_ROWS);
        assert_int_equal(journal_append(journal, rows, 1), 0);
        assert_int_equal(rows[0].seq, STORE_ROWS + 1);
        uint64_t inside = 0;
        assert_int_equal(journal_inside(journal, NULL, &inside), 0);
        assert_int_equal(inside, 1);
        journal_close(journal);
        assert_int_equal(store_sql_int(folder->path, "SELECT max(seq) FROM passage"),
                         STORE_ROWS + 1);
}

static void a_trim_that_fails_half_way_is_undone(void **state)
{
        const struct store_folder *folder = *state;
        (void)store_fill(folder, false);
        store_sql(folder->path, "ALTER TABLE meta RENAME TO old;"
                                "CREATE TABLE meta (id, epoch, acked, trimmed CHECK (trimmed = 0),"
                                " trimmed_at_us);"
                                "INSERT INTO meta SELECT * FROM old");
        struct journal *journal = store_open_journal(folder);
        struct journal_info info = store_info(journal);
        assert_int_equal(journal_acknowledge(journal, info.epoch, STORE_ROWS), 0);
        assert_int_equal(journal_trim(journal, INT64_MAX, 10), -EINVAL);
        assert_int_equal(store_info(journal).oldest, 1);
        struct passage row;
        const struct journal_query query = { .limit = 1 };
        assert_int_equal(journal_read(journal, &query, &row), 1);
        assert_int_equal(row.seq, 1);
        assert_int_equal(store_append_at(journal, STORE_ROWS), STORE_ROWS + 1);
        journal_close(journal);
        assert_int_equal(store_sql_int(folder->path, "SELECT count(*) FROM passage"),
                         STORE_ROWS + 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_row_that_cannot_be_reads_as_a_fault_and_the_others_stay),
                IN_FOLDER(an_append_that_fails_half_way_is_undone),
                IN_FOLDER(a_trim_that_fails_half_way_is_undone),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
