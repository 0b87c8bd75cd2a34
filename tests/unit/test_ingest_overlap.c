/* The collector while its storer stores: the next rows are gathered meanwhile, and nothing is said
 * of any row before it is stored. */
#include "tests/unit/collector_bench.h"

#include <semaphore.h>
#include <stdatomic.h>

/* The bench's archive, whose `store` says that it has begun and waits until it may end. */
struct slow {
        struct archive archive;
        struct archive *inner;
        sem_t begun, may_end;
        atomic_bool is_slow, is_asked; /* is_asked: a call is under way */
        atomic_int linger_ms;          /* after it may end, so that who does not wait is seen */
};

struct overlap {
        struct bench *bench;
        struct slow slow;
};

static void enter(struct slow *slow)
{
        if (atomic_exchange(&slow->is_asked, true)) /* one thread at a time */
                abort();
}

static int leave(struct slow *slow, int answer)
{
        atomic_store(&slow->is_asked, false);
        return answer;
}

static int slow_open_stream(struct archive *archive, const char *gate,
                            const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream)
{
        struct slow *slow = (struct slow *)archive;
        enter(slow);
        return leave(slow, archive_open_stream(slow->inner, gate, epoch, stream));
}

static int slow_store(struct archive *archive, const struct archive_batch *batch)
{
        struct slow *slow = (struct slow *)archive;
        enter(slow);
        if (atomic_load(&slow->is_slow)) {
                sem_post(&slow->begun);
                sem_wait(&slow->may_end);
                (void)poll(NULL, 0, atomic_load(&slow->linger_ms));
        }
        return leave(slow, archive_store(slow->inner, batch));
}

static const struct archive_ops slow_ops = { .name = "slow",
                                             .open_stream = slow_open_stream,
                                             .store = slow_store };

static struct collector_settings settings_now(struct overlap *overlap)
{
        struct collector_settings settings = settings_of(overlap->bench);
        settings.archive = &overlap->slow.archive;
        return settings;
}

static int begin(void **state)
{
        struct overlap *overlap = calloc(1, sizeof(*overlap));
        assert_non_null(overlap);
        void *bench = NULL;
        make(&bench);
        overlap->bench = bench;
        overlap->slow.archive.ops = &slow_ops;
        overlap->slow.inner = &overlap->bench->archive->archive;
        assert_int_equal(sem_init(&overlap->slow.begun, 0, 0), 0);
        assert_int_equal(sem_init(&overlap->slow.may_end, 0, 0), 0);
        storer_close(overlap->bench->storer);
        assert_int_equal(storer_open(&overlap->slow.archive, &overlap->bench->storer), 0);
        const struct collector_settings settings = settings_now(overlap);
        collector_change(overlap->bench->collector, &settings);
        work(overlap->bench);
        *state = overlap;
        return 0;
}

static void let_go(struct overlap *overlap)
{
        atomic_store(&overlap->slow.is_slow, false);
        sem_post(&overlap->slow.may_end);
}

static int end(void **state)
{
        struct overlap *overlap = *state;
        void *bench = overlap->bench;
        let_go(overlap); /* a test that failed may have left it */
        unmake(&bench);
        sem_destroy(&overlap->slow.begun);
        sem_destroy(&overlap->slow.may_end);
        free(overlap);
        return 0;
}

/* What has come, without waiting for the storer. */
static void take(struct bench *bench)
{
        struct feed_event event;
        while (collector_has_room(bench->collector) && feed_next(&bench->feed->feed, &event))
                collector_take(bench->collector, &event, &bench->time);
        collector_turn(bench->collector, &bench->time);
}

static void say_rows(struct bench *bench, int first, int last)
{
        for (int seq = first; seq <= last; seq++)
                say_entry(bench, seq);
}

/* The gate's first row is stored; its next batch, from 2, is with the storer and does not end. */
static void hold(struct overlap *overlap)
{
        say_entry(overlap->bench, 1);
        pass(overlap->bench, 200);
        assert_int_equal(acked(overlap->bench), 1);
        atomic_store(&overlap->slow.is_slow, true);
        say_rows(overlap->bench, 2, BATCH + 1);
        take(overlap->bench);
        sem_wait(&overlap->slow.begun);
}

static void the_next_rows_are_gathered_while_the_last_are_being_stored(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        say_rows(bench, BATCH + 2, 2 * BATCH + 1);
        take(bench);
        assert_int_equal(bench->collector->gathered->count, BATCH);
        assert_int_equal(bench->feed->events, bench->feed->first);
        let_go(overlap);
        pass(bench, 200);
        assert_int_equal(bench->archive->rows, 2 * BATCH + 1);
        assert_int_equal(acked(bench), 2 * BATCH + 1);
        assert_int_equal(bench->collector->counts.duplicates, 0);
}

static void nothing_is_said_of_rows_that_are_being_stored(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        uint64_t settled = bench->feed->settled;
        bench->time.now_ms += 10 * COLLECTOR_ACK_MS;
        take(bench);
        assert_int_equal(acked(bench), 1);
        assert_int_equal(bench->feed->settled, settled);
        let_go(overlap);
        pass(bench, 200);
        assert_int_equal(acked(bench), BATCH + 1);
        assert_int_equal(bench->feed->settled, settled + BATCH);
}

static void no_more_than_one_batch_is_gathered_and_nobody_is_woken_for_it(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        say_rows(bench, BATCH + 2, 5 * BATCH);
        take(bench);
        assert_false(collector_has_room(bench->collector));
        bench->time.now_ms += BATCH_MS;
        assert_true(collector_due_ms(bench->collector) > bench->time.now_ms);
        let_go(overlap);
        pass(bench, 200);
        assert_int_equal(acked(bench), 5 * BATCH);
}

static void a_batch_that_failed_is_stored_before_the_next(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        say_rows(bench, BATCH + 2, 2 * BATCH + 1);
        take(bench);
        bench->archive->error = -EIO;
        let_go(overlap);
        pass(bench, 1000);
        assert_int_equal(bench->archive->rows, 1);
        assert_int_equal(acked(bench), 1);
        bench->archive->error = 0;
        pass(bench, 6000);
        assert_int_equal(bench->archive->rows, 2 * BATCH + 1);
        assert_int_equal(bench->archive->row[1].seq, 2);
        assert_int_equal(bench->archive->row[2 * BATCH].seq, 2 * BATCH + 1);
        assert_int_equal(acked(bench), 2 * BATCH + 1);
}

/* slow_open_stream would see that a batch is being stored. */
static void a_gate_that_is_new_waits_for_the_storer(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        say_entry_of(bench, "gate-2", EPOCH, 1);
        atomic_store(&overlap->slow.linger_ms, 50);
        let_go(overlap);
        take(bench);
        assert_false(storer_is_busy(bench->storer));
        assert_int_equal(bench->archive->rows, BATCH + 1);
        pass(bench, 200);
        assert_int_equal(bench->archive->rows, BATCH + 2);
        assert_int_equal(feed_fake_count(bench->feed, "gate-2/ack"), 1);
}

static void a_journal_whose_rows_are_being_stored_is_not_forgotten(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        struct fleet_gate *gate;
        const struct archive_stream at = { .id = 1 };
        hold(overlap);
        gate = fleet_gate(&bench->collector->fleet, "acme/hq/gate-1");
        uint8_t epoch[UUID_LEN];
        memcpy(epoch, gate->streams->epoch, sizeof(epoch));
        for (uint8_t i = 1; i <= 2 * FLEET_STREAMS_MAX; i++)
                assert_non_null(fleet_add_stream(gate, (uint8_t[UUID_LEN]){ i }, &at, 0));
        assert_int_equal(gate->stream_count, FLEET_STREAMS_MAX);
        assert_non_null(fleet_find_stream(gate, epoch));
        let_go(overlap);
        pass(bench, 200);
        assert_int_equal(acked(bench), BATCH + 1);
}

static void say_state(struct bench *bench, const char *state)
{
        char payload[512];
        snprintf(payload, sizeof(payload),
                 "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                 "\"stile.status.v1\",\"id\":\"x\",\"data\":{\"state\":\"%s\"}}",
                 state);
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/status", payload, true);
}

static void what_a_gate_says_meanwhile_does_not_change_what_is_being_stored(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        atomic_store(&overlap->slow.is_slow, true);
        say_state(bench, "online");
        take(bench);
        bench->time.now_ms += COLLECTOR_NEWS_MS;
        take(bench);
        sem_wait(&overlap->slow.begun);
        say_state(bench, "stopped");
        take(bench);
        let_go(overlap);
        work(bench);
        assert_int_equal(bench->archive->heard, 1);
        assert_string_equal(bench->archive->news[0].state, "online");
        pass(bench, COLLECTOR_NEWS_MS + 100);
        assert_int_equal(bench->archive->heard, 2);
        assert_string_equal(bench->archive->news[0].state, "stopped");
}

static void an_archive_that_does_not_answer_is_seen(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        assert_false(collector_is_stuck(bench->collector, bench->time.now_ms));
        bench->time.now_ms += COLLECTOR_STUCK_MS;
        take(bench);
        assert_true(collector_is_stuck(bench->collector, bench->time.now_ms));
        let_go(overlap);
        turn(bench);
        assert_false(collector_is_stuck(bench->collector, bench->time.now_ms));
}

/* Recording a loss may work where storing did not, and ends the fault; no other row comes. */
static void a_batch_that_failed_is_tried_again_though_the_archive_answered_meanwhile(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        bench->archive->error = -ENOMEM;
        let_go(overlap);
        turn(bench);
        assert_true(bench->collector->is_failing);
        bench->archive->error = 0;
        bench->collector->is_failing = false;
        assert_true(collector_due_ms(bench->collector) <= bench->collector->retry_ms);
        pass(bench, 1000);
        assert_int_equal(bench->archive->rows, BATCH + 1);
        assert_int_equal(acked(bench), BATCH + 1);
}

static void an_end_waits_for_both_batches(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        say_rows(bench, BATCH + 2, BATCH + 5);
        take(bench);
        let_go(overlap);
        assert_int_equal(collector_flush(bench->collector, &bench->time), 0);
        assert_int_equal(bench->archive->rows, BATCH + 5);
        assert_int_equal(acked(bench), BATCH + 5);
}

static void another_feed_does_not_hear_the_handles_of_the_one_before(void **state)
{
        struct overlap *overlap = *state;
        struct bench *bench = overlap->bench;
        hold(overlap);
        feed_close(&bench->feed->feed);
        bench->feed = feed_fake_new();
        assert_non_null(bench->feed);
        const struct collector_settings settings = settings_now(overlap);
        collector_change(bench->collector, &settings);
        let_go(overlap);
        pass(bench, 200);
        assert_int_equal(bench->archive->rows, BATCH + 1);
        assert_int_equal(bench->feed->settled, 0);
        say_entry(bench, BATCH + 2);
        pass(bench, 200);
        assert_int_equal(bench->feed->settled, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(the_next_rows_are_gathered_while_the_last_are_being_stored),
                TEST(nothing_is_said_of_rows_that_are_being_stored),
                TEST(no_more_than_one_batch_is_gathered_and_nobody_is_woken_for_it),
                TEST(a_batch_that_failed_is_stored_before_the_next),
                TEST(a_gate_that_is_new_waits_for_the_storer),
                TEST(a_journal_whose_rows_are_being_stored_is_not_forgotten),
                TEST(what_a_gate_says_meanwhile_does_not_change_what_is_being_stored),
                TEST(an_archive_that_does_not_answer_is_seen),
                TEST(a_batch_that_failed_is_tried_again_though_the_archive_answered_meanwhile),
                TEST(an_end_waits_for_both_batches),
                TEST(another_feed_does_not_hear_the_handles_of_the_one_before),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
