/* The collector, given several rows in one message. */
#include "tests/unit/collector_bench.h"

static void stores_several_rows_of_a_message_each_once(void **state)
{
        struct bench *bench = *state;
        say_entries(bench, 1, 7);
        say_entry(bench, 8);
        say_entries(bench, 5, 8);
        pass(bench, BATCH_MS + 10);
        assert_int_equal(bench->archive->rows, 8);
        assert_int_equal(bench->collector->counts.entries, 8);
        assert_int_equal(bench->collector->counts.duplicates, 4);
        assert_int_equal(bench->feed->settled, 3);
        assert_int_equal(acked(bench), 8);
}

/* The bound of a transaction is when it is begun to be full, not a message cut in two. */
static void a_message_that_overfills_a_batch_is_one_transaction(void **state)
{
        struct bench *bench = *state;
        for (int seq = 1; seq < BATCH; seq++)
                say_entry(bench, seq);
        say_entries(bench, BATCH, BATCH - 1 + ENTRY_ROWS_MAX);
        work(bench);
        assert_int_equal(bench->archive->commits, 1);
        assert_int_equal(bench->archive->rows, BATCH - 1 + ENTRY_ROWS_MAX);
        assert_int_equal(acked(bench), BATCH - 1 + ENTRY_ROWS_MAX);
}

static void a_message_with_a_bad_row_is_set_aside_and_asked_for_again(void **state)
{
        struct bench *bench = *state;
        say_entries(bench, 1, 3);
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/entry", "[{},{}]", false);
        say_entries(bench, 6, 7);
        pass(bench, GAP_MS + 2 * COLLECTOR_LOOK_MS);
        assert_int_equal(bench->archive->rows, 5);
        assert_int_equal(bench->collector->counts.refused, 1);
        assert_int_equal(acked(bench), 3);
        assert_int_equal(asked(bench), 1);
        say_entry(bench, 4);
        say_entry(bench, 5);
        pass(bench, GAP_MS);
        assert_int_equal(acked(bench), 7);
}

/* The archive must be asked which journal it is, and fails: the message waits, whole. */
static void a_message_that_waits_for_the_archive_loses_no_row(void **state)
{
        struct bench *bench = *state;
        bench->archive->error = -EIO;
        say_entries(bench, 1, 20);
        pass(bench, 1000);
        assert_int_equal(bench->archive->rows, 0);
        assert_int_equal(bench->feed->published, 0);
        bench->archive->error = 0;
        pass(bench, 10000);
        assert_int_equal(bench->archive->rows, 20);
        assert_int_equal(bench->collector->counts.duplicates, 0);
        assert_int_equal(acked(bench), 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(stores_several_rows_of_a_message_each_once),
                TEST(a_message_that_overfills_a_batch_is_one_transaction),
                TEST(a_message_with_a_bad_row_is_set_aside_and_asked_for_again),
                TEST(a_message_that_waits_for_the_archive_loses_no_row),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
