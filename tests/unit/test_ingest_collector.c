/* The collector between a feed and an archive that are ours: each row once, acknowledged only when
 * it is stored, asked for when it is missing. */
#include "tests/unit/collector_bench.h"

static void stores_rows_batch_by_batch_and_acknowledges_them(void **state)
{
        struct bench *bench = *state;
        for (int seq = 1; seq <= 25; seq++)
                say_entry(bench, seq);
        work(bench);
        assert_int_equal(bench->archive->rows, 20);
        assert_int_equal(acked(bench), 10);
        pass(bench, BATCH_MS);
        assert_int_equal(bench->archive->rows, 25);
        assert_int_equal(bench->archive->largest, BATCH);
        pass(bench, COLLECTOR_ACK_MS);
        const struct feed_fake_publication *ack = feed_fake_last(bench->feed, "/ack");
        assert_string_equal(ack->topic, "stile/v1/acme/hq/gate-1/ack");
        assert_string_equal(ack->payload, "{\"epoch\":\"" EPOCH "\",\"seq\":25,\"batch\":100}");
}

static void many_batches_of_a_gate_are_acknowledged_at_once(void **state)
{
        struct bench *bench = *state;
        for (int seq = 1; seq <= 20 * BATCH; seq++)
                say_entry(bench, seq);
        work(bench);
        assert_int_equal(bench->archive->commits, 20);
        assert_int_equal(feed_fake_count(bench->feed, "/ack"), 1);
        assert_true(collector_due_ms(bench->collector) <= bench->time.now_ms + COLLECTOR_ACK_MS);
        pass(bench, COLLECTOR_ACK_MS);
        assert_int_equal(feed_fake_count(bench->feed, "/ack"), 2);
        assert_int_equal(acked(bench), 20 * BATCH);
}

static void acknowledges_and_settles_nothing_before_the_commit(void **state)
{
        struct bench *bench = *state;
        for (int seq = 1; seq <= 9; seq++)
                say_entry(bench, seq);
        work(bench);
        assert_int_equal(bench->archive->commits, 0);
        assert_int_equal(bench->feed->published, 0);
        assert_int_equal(bench->feed->settled, 0);
        pass(bench, BATCH_MS);
        assert_int_equal(bench->archive->commits, 1);
        assert_int_equal(bench->feed->settled, 9);
        assert_int_equal(acked(bench), 9);
}

static void absorbs_what_comes_twice_and_acknowledges_it_again(void **state)
{
        struct bench *bench = *state;
        for (int again = 0; again < 3; again++) {
                for (int seq = 1; seq <= 5; seq++)
                        say_entry(bench, seq);
                pass(bench, BATCH_MS + 10);
                assert_int_equal(acked(bench), 5);
        }
        assert_int_equal(bench->archive->rows, 5);
        assert_int_equal(bench->collector->counts.entries, 5);
        assert_int_equal(bench->collector->counts.duplicates, 10);
        assert_int_equal(feed_fake_count(bench->feed, "/ack"), 3);
}

static void keeps_gates_and_epochs_apart(void **state)
{
        struct bench *bench = *state;
        say_entry_of(bench, "gate-1", EPOCH, 1);
        say_entry_of(bench, "gate-2", EPOCH, 1);
        say_entry_of(bench, "gate-1", EPOCH_2, 1);
        say_entry_of(bench, "gate-1", EPOCH_2, 2);
        pass(bench, BATCH_MS + 10);
        assert_int_equal(bench->archive->rows, 4);
        assert_int_equal(feed_fake_count(bench->feed, "gate-1/ack"), 2);
        assert_int_equal(feed_fake_count(bench->feed, "gate-2/ack"), 1);
        assert_int_equal(bench->collector->counts.duplicates, 0);
}

static void does_not_ask_when_rows_only_overtook_each_other(void **state)
{
        struct bench *bench = *state;
        const int order[] = { 3, 1, 2, 6, 5, 4, 9, 7, 8 };
        for (size_t i = 0; i < ARRAY_LEN(order); i++) {
                say_entry(bench, order[i]);
                pass(bench, GAP_MS / 4);
        }
        pass(bench, 2 * GAP_MS);
        assert_int_equal(asked(bench), 0);
        assert_int_equal(acked(bench), 9);
        assert_int_equal(bench->collector->counts.open, 0);
}

static void never_acknowledges_past_a_gap_and_asks_for_it_ever_less_often(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        say_entry(bench, 3);
        pass(bench, GAP_MS + 2 * COLLECTOR_LOOK_MS);
        assert_int_equal(acked(bench), 1);
        assert_int_equal(asked(bench), 1);
        const struct feed_fake_publication *ask = feed_fake_last(bench->feed, "/cmd/sync");
        assert_non_null(strstr(ask->payload, "\"epoch\":\"" EPOCH "\",\"from\":2"));
        assert_non_null(strstr(ask->payload, "\"actor\":\"centre\""));
        assert_true(ask->expiry_s > 0);
        pass(bench, 3600000);
        assert_in_range(asked(bench), 12, 24); /* each 5 minutes, in the end */
        assert_int_equal(acked(bench), 1);
        say_entry(bench, 2);
        pass(bench, GAP_MS);
        assert_int_equal(acked(bench), 3);
        assert_int_equal(bench->collector->counts.open, 0);
}

static void asks_for_the_end_of_a_journal_when_nothing_of_it_comes(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        say_status(bench, EPOCH, 4, 1, 1);
        pass(bench, COLLECTOR_TAIL_MS - 1000);
        assert_int_equal(asked(bench), 0);
        pass(bench, 2000);
        assert_int_equal(asked(bench), 1);
        for (int seq = 2; seq <= 4; seq++)
                say_entry(bench, seq);
        pass(bench, 60000);
        assert_int_equal(asked(bench), 1);
        assert_int_equal(acked(bench), 4);
}

static void records_what_a_gate_no_longer_has_as_lost_and_goes_on(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        say_entry(bench, 3);
        say_entry(bench, 6);
        say_status(bench, EPOCH, 6, 1, 5);
        pass(bench, GAP_MS + 2 * COLLECTOR_LOOK_MS);
        assert_int_equal(bench->archive->losses, 2); /* 2, and 4 */
        assert_int_equal(bench->collector->counts.lost, 2);
        assert_int_equal(acked(bench), 4);
        pass(bench, 5 * GAP_MS);
        assert_int_equal(bench->collector->counts.lost, 2); /* 5 is held: it is asked for */
        assert_true(asked(bench) >= 1);
        say_entry(bench, 5);
        pass(bench, GAP_MS);
        assert_int_equal(acked(bench), 6);
}

static void an_empty_journal_has_nothing_left_to_send(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        say_status(bench, EPOCH, 7, 1, 0);
        pass(bench, GAP_MS + 2 * COLLECTOR_LOOK_MS);
        assert_int_equal(bench->collector->counts.lost, 6);
        assert_int_equal(acked(bench), 7);
}

static void gaps_of_a_journal_that_was_replaced_are_lost_and_the_new_one_is_not(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        say_entry(bench, 4);
        say_status(bench, EPOCH_2, 1, 0, 1);
        say_entry_of(bench, "gate-1", EPOCH_2, 1);
        pass(bench, GAP_MS + 2 * COLLECTOR_LOOK_MS);
        assert_int_equal(bench->collector->counts.lost, 2);
        assert_int_equal(bench->archive->stream[1].at.contiguous, 1);
        pass(bench, 60000);
        assert_int_equal(asked(bench), 0);
}

static void tells_a_gate_again_that_did_not_hear(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        say_entry(bench, 2);
        pass(bench, BATCH_MS + 10);
        size_t before = feed_fake_count(bench->feed, "/ack");
        say_status(bench, EPOCH, 2, 0, 1);
        pass(bench, COLLECTOR_ACK_MS);
        assert_int_equal(feed_fake_count(bench->feed, "/ack"), before + 1);
        say_status(bench, EPOCH, 2, 2, 1);
        pass(bench, COLLECTOR_ACK_MS);
        assert_int_equal(feed_fake_count(bench->feed, "/ack"), before + 1);
}

static void acknowledges_later_what_the_feed_could_not_take(void **state)
{
        struct bench *bench = *state;
        bench->feed->error = -EAGAIN;
        say_entry(bench, 1);
        pass(bench, BATCH_MS + 10);
        assert_int_equal(acked(bench), 0);
        assert_true(collector_due_ms(bench->collector) > bench->time.now_ms);
        bench->feed->error = 0;
        pass(bench, COLLECTOR_ACK_MS);
        assert_int_equal(acked(bench), 1);
}

static void what_comes_while_the_line_is_down_is_stored_and_acknowledged_afterwards(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        feed_fake_line(bench->feed, false);
        pass(bench, 2 * COLLECTOR_LOOK_MS);
        assert_int_equal(bench->archive->rows, 1);
        assert_int_equal(acked(bench), 0);
        feed_fake_line(bench->feed, true);
        pass(bench, 2 * COLLECTOR_LOOK_MS);
        assert_int_equal(acked(bench), 1);
}

static void a_failing_archive_stops_the_feed_and_loses_nothing(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        pass(bench, BATCH_MS + 10);
        bench->archive->error = -ENOSPC;
        for (int seq = 2; seq <= 50; seq++)
                say_entry(bench, seq);
        pass(bench, 20000);
        assert_int_equal(acked(bench), 1);
        assert_int_equal(bench->feed->settled, 1);
        assert_false(collector_has_room(bench->collector));
        assert_int_equal(bench->feed->events - bench->feed->first, 49 - 2 * BATCH);
        bench->archive->error = 0;
        pass(bench, 6000);
        assert_int_equal(bench->archive->rows, 50);
        assert_int_equal(acked(bench), 50);
        assert_int_equal(bench->feed->settled, 50);
}

static void a_row_of_a_new_gate_waits_for_an_archive_that_fails(void **state)
{
        struct bench *bench = *state;
        bench->archive->error = -EIO;
        say_entry(bench, 1);
        say_entry_of(bench, "gate-2", EPOCH, 1);
        pass(bench, 3000);
        assert_int_equal(bench->feed->settled, 0);
        bench->archive->error = 0;
        pass(bench, 6000);
        assert_int_equal(bench->archive->rows, 2);
        assert_int_equal(bench->feed->settled, 2);
        assert_int_equal(bench->collector->counts.refused, 0);
}

static void sets_aside_what_cannot_be_read_and_goes_on(void **state)
{
        struct bench *bench = *state;
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/entry", "{", false);
        feed_fake_say(bench->feed, "elsewhere", "{}", false);
        say_entry(bench, 1);
        pass(bench, BATCH_MS + 10);
        assert_int_equal(bench->archive->refusals, 2);
        assert_string_equal(bench->archive->refusal[0], "bad_json");
        assert_string_equal(bench->archive->refusal[1], "bad_topic");
        assert_int_equal(bench->feed->settled, 3);
        assert_int_equal(acked(bench), 1);
}

static void a_gate_with_ever_new_epochs_is_stopped(void **state)
{
        struct bench *bench = *state;
        for (int i = 0; i < ARCHIVE_STREAMS_OF_GATE_MAX + 5; i++) {
                char epoch[40];
                snprintf(epoch, sizeof(epoch), "018f0000-0000-7000-8000-%012d", i);
                say_entry_of(bench, "gate-1", epoch, 1);
        }
        pass(bench, BATCH_MS + 10);
        assert_int_equal(bench->archive->streams, ARCHIVE_STREAMS_OF_GATE_MAX);
        assert_int_equal(bench->archive->refusals, 5);
        assert_string_equal(bench->archive->refusal[0], "too_many_epochs");
        say_entry_of(bench, "gate-1", "018f0000-0000-7000-8000-000000000000", 2);
        pass(bench, BATCH_MS + 10);
        assert_int_equal(fleet_gate(&bench->collector->fleet, "acme/hq/gate-1")->stream_count,
                         FLEET_STREAMS_MAX);
}

static void keep_for_days(struct bench *bench, int days)
{
        struct collector_settings settings = settings_of(bench);
        settings.retention_days = days;
        collector_change(bench->collector, &settings);
        feed_fake_line(bench->feed, true);
}

static void nothing_is_too_old_unless_somebody_says_how_old_it_may_be(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        pass(bench, 2 * COLLECTOR_FORGET_MS);
        assert_int_equal(bench->archive->sweeps, 0);
}

static void what_is_older_than_whole_days_goes_part_by_part_between_batches(void **state)
{
        struct bench *bench = *state;
        int64_t day = bench->time.wall_us / 86400000000;
        keep_for_days(bench, 21);
        for (int seq = 1; seq <= 2 * ARCHIVE_FAKE_FORGETS + 5; seq++)
                say_entry(bench, seq); /* all of 2026-11-24, weeks before that day */
        pass(bench, COLLECTOR_LOOK_MS + 100);
        assert_int_equal(bench->archive->forgotten_before, day - 21);
        assert_int_equal(bench->archive->sweeps, 1);
        assert_int_equal(bench->collector->counts.forgotten, ARCHIVE_FAKE_FORGETS);
        pass(bench, 3 * COLLECTOR_FORGET_PAUSE_MS);
        assert_int_equal(bench->archive->sweeps, 3);
        assert_int_equal(bench->collector->counts.forgotten, 2 * ARCHIVE_FAKE_FORGETS + 5);
        assert_int_equal(acked(bench), 2 * ARCHIVE_FAKE_FORGETS + 5);
        pass(bench, COLLECTOR_FORGET_MS);
        assert_int_equal(bench->archive->sweeps, 4);
}

static void an_archive_that_fails_is_swept_when_it_works_again(void **state)
{
        struct bench *bench = *state;
        keep_for_days(bench, 21);
        bench->archive->error = -EIO;
        pass(bench, 2 * COLLECTOR_LOOK_MS);
        assert_true(bench->collector->is_failing);
        assert_int_equal(bench->archive->sweeps, 0);
        bench->archive->error = 0;
        pass(bench, 2 * COLLECTOR_FORGET_MS);
        assert_false(bench->collector->is_failing);
        assert_true(bench->archive->sweeps > 0);
}

static void an_end_commits_what_was_taken(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        work(bench);
        assert_int_equal(bench->archive->rows, 0);
        assert_int_equal(collector_flush(bench->collector, &bench->time), 0);
        assert_int_equal(bench->archive->rows, 1);
        assert_int_equal(acked(bench), 1);
}

static void another_feed_settles_by_its_own_handles(void **state)
{
        struct bench *bench = *state;
        say_entry(bench, 1);
        say_entry(bench, 2);
        pass(bench, BATCH_MS + 10);
        feed_close(&bench->feed->feed);
        bench->feed = feed_fake_new();
        assert_non_null(bench->feed);
        const struct collector_settings settings = settings_of(bench);
        collector_change(bench->collector, &settings);
        feed_fake_line(bench->feed, true);
        say_entry(bench, 3);
        pass(bench, BATCH_MS + 10);
        assert_int_equal(bench->feed->settled, 1);
        assert_int_equal(acked(bench), 3);
}

/* A property over random histories: rows lost, doubled and shuffled on the way, the archive failing
 * now and then; a gate that answers cmd/sync gets all of its rows there, each once. */
static void any_history_ends_with_every_row_once(void **state)
{
        struct bench *bench = *state;
        unsigned seed = 4;
        enum {
                ROWS = 400
        };
        for (int seq = 1; seq <= ROWS; seq++) {
                int fate = rand_r(&seed) % 10;
                if (fate > 0)
                        say_entry(bench, seq);
                if (fate == 1)
                        say_entry(bench, 1 + rand_r(&seed) % seq);
                bench->archive->error = rand_r(&seed) % 5 == 0 ? -EIO : 0;
                pass(bench, 10);
                assert_true(acked(bench) <= (int)bench->archive->rows);
        }
        bench->archive->error = 0;
        say_status(bench, EPOCH, ROWS, 0, 1);
        for (int i = 0; i < 400 && acked(bench) < ROWS; i++) {
                size_t before = asked(bench);
                pass(bench, 1000);
                if (asked(bench) == before)
                        continue;
                const char *from =
                        strstr(feed_fake_last(bench->feed, "/cmd/sync")->payload, "\"from\":");
                for (int seq = atoi(from + 7); seq <= ROWS; seq++)
                        if (rand_r(&seed) % 4 > 0)
                                say_entry(bench, seq);
        }
        assert_int_equal(acked(bench), ROWS);
        assert_int_equal(bench->archive->rows, ROWS);
        assert_int_equal(bench->collector->counts.lost, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(stores_rows_batch_by_batch_and_acknowledges_them),
                TEST(many_batches_of_a_gate_are_acknowledged_at_once),
                TEST(acknowledges_and_settles_nothing_before_the_commit),
                TEST(absorbs_what_comes_twice_and_acknowledges_it_again),
                TEST(keeps_gates_and_epochs_apart),
                TEST(does_not_ask_when_rows_only_overtook_each_other),
                TEST(never_acknowledges_past_a_gap_and_asks_for_it_ever_less_often),
                TEST(asks_for_the_end_of_a_journal_when_nothing_of_it_comes),
                TEST(records_what_a_gate_no_longer_has_as_lost_and_goes_on),
                TEST(an_empty_journal_has_nothing_left_to_send),
                TEST(gaps_of_a_journal_that_was_replaced_are_lost_and_the_new_one_is_not),
                TEST(tells_a_gate_again_that_did_not_hear),
                TEST(acknowledges_later_what_the_feed_could_not_take),
                TEST(what_comes_while_the_line_is_down_is_stored_and_acknowledged_afterwards),
                TEST(a_failing_archive_stops_the_feed_and_loses_nothing),
                TEST(a_row_of_a_new_gate_waits_for_an_archive_that_fails),
                TEST(sets_aside_what_cannot_be_read_and_goes_on),
                TEST(a_gate_with_ever_new_epochs_is_stopped),
                TEST(nothing_is_too_old_unless_somebody_says_how_old_it_may_be),
                TEST(what_is_older_than_whole_days_goes_part_by_part_between_batches),
                TEST(an_archive_that_fails_is_swept_when_it_works_again),
                TEST(an_end_commits_what_was_taken),
                TEST(another_feed_settles_by_its_own_handles),
                TEST(any_history_ends_with_every_row_once),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
