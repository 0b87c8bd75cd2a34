/* How often a key was used: counted with the taken entry, in the same transaction, and kept. */
#include "tests/contract/store_rows.h"

#include <errno.h>

static const uint8_t key_a[FLOW_USE_LEN] = { 'a' }, key_b[FLOW_USE_LEN] = { 0, 'b' };

static struct passage use_of(const uint8_t key[FLOW_USE_LEN], int32_t day)
{
        struct passage row = store_row(EVENT_ACCESS_TAKEN, "an", DIRECTION_ENTRY);
        memcpy(row.use, key, FLOW_USE_LEN);
        row.use_day = day;
        return row;
}

static void append(struct journal *journal, struct passage row)
{
        assert_int_equal(journal_append(journal, &row, 1), 0);
}

static void assert_uses(struct journal *journal, const uint8_t key[FLOW_USE_LEN], int32_t day,
                        uint64_t total, uint64_t on_day)
{
        uint64_t counted = 99, counted_on_day = 99;
        assert_int_equal(journal_uses(journal, key, day, &counted, &counted_on_day), 0);
        assert_int_equal(counted, total);
        assert_int_equal(counted_on_day, on_day);
}

static void uses_are_counted_in_all_and_on_the_day(void **state)
{
        struct journal *journal = store_open_journal(*state);
        assert_uses(journal, key_a, 100, 0, 0);
        append(journal, use_of(key_a, 100));
        append(journal, use_of(key_a, 100));
        append(journal, use_of(key_b, 100));
        assert_uses(journal, key_a, 100, 2, 2);
        assert_uses(journal, key_a, 101, 2, 0);
        append(journal, use_of(key_a, 101));
        assert_uses(journal, key_a, 101, 3, 1);
        assert_uses(journal, key_a, 100, 3, 0);
        journal_close(journal);
        journal = store_open_journal(*state);
        assert_uses(journal, key_a, 101, 3, 1);
        assert_uses(journal, key_b, 100, 1, 1);
        journal_close(journal);
}

static void only_an_entry_that_was_taken_is_a_use(void **state)
{
        struct journal *journal = store_open_journal(*state);
        static const enum event events[] = { EVENT_ACCESS_GRANTED, EVENT_ACCESS_NOT_TAKEN,
                                             EVENT_ACCESS_DENIED, EVENT_DURESS };
        struct passage row = use_of(key_a, 100);
        for (size_t i = 0; i < ARRAY_LEN(events); i++) {
                row.event = events[i];
                append(journal, row);
        }
        row.event = EVENT_ACCESS_TAKEN;
        row.direction = DIRECTION_EXIT;
        append(journal, row);
        assert_uses(journal, key_a, 100, 0, 0);
        row = use_of(key_a, 100);
        row.holder[0] = '\0'; /* a pass whose holder nobody knows has its limit too */
        append(journal, row);
        assert_uses(journal, key_a, 100, 1, 1);
        journal_close(journal);
}

static void what_counts_for_nobody_leaves_no_counter(void **state)
{
        const struct store_folder *folder = *state;
        static const uint8_t nobody[FLOW_USE_LEN];
        struct journal *journal = store_open_journal(folder);
        append(journal, use_of(nobody, 100));
        assert_uses(journal, nobody, 100, 0, 0);
        journal_close(journal);
        assert_int_equal(store_sql_int(folder->path, "SELECT count(*) FROM use"), 0);
}

static void uses_of_one_batch_add_up(void **state)
{
        struct journal *journal = store_open_journal(*state);
        struct passage rows[3] = { use_of(key_a, 7), use_of(key_b, 7), use_of(key_a, 7) };
        assert_int_equal(journal_append(journal, rows, 3), 0);
        assert_uses(journal, key_a, 7, 2, 2);
        assert_uses(journal, key_b, 7, 1, 1);
        journal_close(journal);
}

/* Whoever has had the last use must not get another because the rows went, or were forgiven. */
static void uses_outlive_the_rows_and_forgiveness(void **state)
{
        struct journal *journal = store_open_journal(*state);
        append(journal, use_of(key_a, 7));
        struct journal_info info = store_info(journal);
        assert_int_equal(journal_acknowledge(journal, info.epoch, info.head), 0);
        assert_int_equal(journal_trim(journal, INT64_MAX, 10), 1);
        assert_int_equal(journal_forgive(journal, NULL), 0);
        assert_uses(journal, key_a, 7, 1, 1);
        journal_close(journal);
}

static void an_append_that_fails_counts_nothing(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        append(journal, use_of(key_a, 7));
        journal_close(journal);
        store_sql(folder->path,
                  "DROP TABLE use;"
                  "CREATE TABLE use (key BLOB PRIMARY KEY, total CHECK (total < 2), day, on_day);"
                  "INSERT INTO use VALUES (x'61000000000000000000000000000000', 1, 7, 1)");
        journal = store_open_journal(folder);
        struct passage rows[2] = { use_of(key_b, 7), use_of(key_a, 7) };
        memcpy(rows[0].holder, "binh", sizeof("binh"));
        assert_int_equal(journal_append(journal, rows, 2), -EINVAL);
        assert_int_equal(store_info(journal).head, 1);
        assert_uses(journal, key_a, 7, 1, 1);
        assert_uses(journal, key_b, 7, 0, 0);
        uint64_t inside = 0;
        assert_int_equal(journal_inside(journal, NULL, &inside), 0);
        assert_int_equal(inside, 1);
        journal_close(journal);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(uses_are_counted_in_all_and_on_the_day),
                IN_FOLDER(only_an_entry_that_was_taken_is_a_use),
                IN_FOLDER(what_counts_for_nobody_leaves_no_counter),
                IN_FOLDER(uses_of_one_batch_add_up),
                IN_FOLDER(uses_outlive_the_rows_and_forgiveness),
                IN_FOLDER(an_append_that_fails_counts_nothing),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
