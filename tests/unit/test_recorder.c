/* Recorder: judged, written, told, in the right order, whatever the disk does. */
#include "tests/check.h"

#include "controller/record/recorder.h"
#include "controller/tuning.h"
#include "tests/fake/store_fake.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct world {
        struct settings settings;
        struct board board;
        struct recorder recorder;
        struct mailbox gate, desk;
        char folder[64];
};

static int setup(void **state)
{
        static struct world world;
        memset(&world, 0, sizeof(world));
        strcpy(world.folder, "/tmp/stile-recorder-XXXXXX");
        assert_non_null(mkdtemp(world.folder));
        option_defaults(&settings_table, &world.settings);
        strcpy(world.settings.store.folder, world.folder);
        snprintf(world.settings.gate.key_file, sizeof(world.settings.gate.key_file), "%s/key",
                 world.folder);
        world.settings.points = 2;
        strcpy(world.settings.point[0].id, "entry");
        strcpy(world.settings.point[1].id, "exit");
        strcpy(world.settings.point[0].sensor_line, "1");
        strcpy(world.settings.point[1].sensor_line, "2");
        world.settings.point[1].direction = 1;
        assert_int_equal(mailbox_init(&world.gate, sizeof(struct to_gate), 256), 0);
        assert_int_equal(mailbox_init(&world.desk, sizeof(struct to_desk), 256), 0);
        assert_int_equal(recorder_init(&world.recorder, &world.settings, &world.board), 0);
        world.recorder.gate = &world.gate;
        world.recorder.desk = &world.desk;
        *state = &world;
        return 0;
}

static int teardown(void **state)
{
        struct world *world = *state;
        char path[128];
        recorder_deinit(&world->recorder);
        mailbox_deinit(&world->gate);
        mailbox_deinit(&world->desk);
        snprintf(path, sizeof(path), "%s/key", world->folder);
        unlink(path);
        snprintf(path, sizeof(path), "%s/modes", world->folder);
        unlink(path);
        snprintf(path, sizeof(path), "%s/nonces", world->folder);
        unlink(path);
        return rmdir(world->folder);
}

static struct credential shown(uint8_t byte)
{
        struct credential credential = { .class = CREDENTIAL_CODE,
                                         .is_consistent = true,
                                         .captured_us = monotonic_us() };
        memset(credential.lookup, byte, sizeof(credential.lookup));
        return credential;
}

static struct to_gate told(struct world *world)
{
        struct to_gate message = { .point = -2 };
        assert_true(mailbox_take(&world->gate, &message));
        return message;
}

static const struct passage *last_row(const struct world *world)
{
        assert_true(world->recorder.journal->count > 0);
        return &world->recorder.journal->row[world->recorder.journal->count - 1];
}

static void passage(struct world *world, int point, enum event event, uint64_t grant)
{
        struct recorder_row row = recorder_row(&world->recorder, point, event, REASON_NONE);
        row.grant = grant;
        (void)recorder_write(&world->recorder, &row, 1);
}

static void a_grant_is_told_before_and_after_its_row(void **state)
{
        struct world *world = *state;
        struct credential credential = shown(7);
        store_fake_enrol(world->recorder.registry, "an", 7);
        recorder_judge(&world->recorder, 0, &credential);
        struct to_gate verdict = told(world), committed = told(world);
        assert_int_equal(verdict.kind, GATE_VERDICT);
        assert_true(verdict.verdict.admit);
        assert_int_equal(committed.kind, GATE_COMMITTED);
        assert_int_equal(committed.grant, verdict.verdict.grant);
        assert_int_equal(last_row(world)->event, EVENT_ACCESS_GRANTED);
        assert_string_equal(last_row(world)->holder, "an");
}

static void a_stranger_is_denied_with_a_pseudonym_of_what_was_shown(void **state)
{
        struct world *world = *state;
        struct credential one = shown(1), other = shown(2);
        uint8_t first[16];
        recorder_judge(&world->recorder, 0, &one);
        assert_int_equal(last_row(world)->event, EVENT_ACCESS_DENIED);
        assert_int_equal(last_row(world)->reason, REASON_UNKNOWN_CREDENTIAL);
        memcpy(first, last_row(world)->subject, sizeof(first));
        recorder_judge(&world->recorder, 0, &other);
        assert_memory_not_equal(first, last_row(world)->subject, sizeof(first));
        recorder_judge(&world->recorder, 0, &one);
        assert_memory_equal(first, last_row(world)->subject, sizeof(first));
}

static void a_scan_that_waited_too_long_opens_no_entry(void **state)
{
        struct world *world = *state;
        struct credential credential = shown(7);
        credential.captured_us -= INT64_C(10000000);
        store_fake_enrol(world->recorder.registry, "an", 7);
        recorder_judge(&world->recorder, 0, &credential);
        assert_false(told(world).verdict.admit);
        assert_int_equal(last_row(world)->reason, REASON_STALE);
        recorder_judge(&world->recorder, 1, &credential);
        assert_true(told(world).verdict.admit);
}

static void a_registry_that_fails_lets_nobody_in_and_everybody_out(void **state)
{
        struct world *world = *state;
        struct credential credential = shown(7);
        store_fake_enrol(world->recorder.registry, "an", 7);
        world->recorder.registry->fail_with = -EIO;
        recorder_judge(&world->recorder, 0, &credential);
        assert_false(told(world).verdict.admit);
        assert_int_equal(last_row(world)->reason, REASON_DATABASE);
        recorder_judge(&world->recorder, 1, &credential);
        assert_true(told(world).verdict.admit);
}

static void rows_that_the_disk_refuses_come_later_in_order_and_marked(void **state)
{
        struct world *world = *state;
        struct journal *journal = world->recorder.journal;
        struct credential credential = shown(7);
        store_fake_enrol(world->recorder.registry, "an", 7);
        journal->fail_with = -ENOSPC;
        recorder_judge(&world->recorder, 0, &credential);
        assert_int_equal(told(world).kind, GATE_VERDICT);
        struct to_gate lamps = told(world), failed = told(world);
        assert_int_equal(lamps.kind, GATE_RECORDER);
        assert_false(lamps.is_on);
        assert_int_equal(failed.kind, GATE_COMMIT_FAILED);
        passage(world, 0, EVENT_ACCESS_TAKEN, failed.grant);
        recorder_find_grant(&world->recorder, failed.grant)->is_open = false;
        assert_int_equal(journal->count, 0);
        assert_int_equal(world->recorder.backlog_count, 3);

        journal->fail_with = 0;
        passage(world, 0, EVENT_TAMPER, 0); /* still behind the others */
        assert_int_equal(journal->count, 0);
        world->recorder.retry_ms = 0;
        struct to_recorder stop = { .kind = RECORDER_STOP };
        assert_true(mailbox_put(&world->recorder.in, &stop));
        recorder_run(&world->recorder);

        static const enum event expected[] = { EVENT_FAULT,        EVENT_ACCESS_GRANTED,
                                               EVENT_ACCESS_TAKEN, EVENT_TAMPER,
                                               EVENT_STARTED,      EVENT_FAULT_CLEARED,
                                               EVENT_STOPPED };
        assert_int_equal(journal->count, ARRAY_LEN(expected));
        for (size_t i = 0; i < ARRAY_LEN(expected); i++)
                assert_int_equal(journal->row[i].event, expected[i]);
        assert_int_equal(journal->row[0].reason, REASON_DISK);
        assert_true(journal->row[1].flags & PASSAGE_LATE);
        assert_int_equal(journal->row[2].grant_seq, 2);
}

static void a_backlog_that_is_full_counts_what_it_loses(void **state)
{
        struct world *world = *state;
        world->recorder.journal->fail_with = -EIO;
        for (int i = 0; i < RECORDER_BACKLOG + 10; i++)
                passage(world, 0, EVENT_TAMPER, 0);
        /* One of the backlog's rows is the Fault itself. */
        assert_int_equal(atomic_load(&world->board.lost), 11);
        assert_int_equal(atomic_load(&world->board.waiting), RECORDER_BACKLOG);
}

static void a_damaged_journal_is_replaced_on_the_spot(void **state)
{
        struct world *world = *state;
        world->recorder.journal->fail_with = -EUCLEAN;
        passage(world, 0, EVENT_TAMPER, 0);
        assert_int_equal(world->recorder.journal->count, 2);
        assert_int_equal(world->recorder.journal->row[0].event, EVENT_FAULT);
        assert_int_equal(world->recorder.journal->row[1].event, EVENT_TAMPER);
        assert_int_equal(world->recorder.backlog_count, 0);
}

static void a_grant_that_is_not_settled_is_a_passback(void **state)
{
        struct world *world = *state;
        struct credential credential = shown(7);
        store_fake_enrol(world->recorder.registry, "an", 7);
        world->recorder.tuning.rules.passback = RULES_PASSBACK_HARD;
        recorder_judge(&world->recorder, 0, &credential);
        uint64_t grant = told(world).verdict.grant;
        (void)told(world);
        recorder_judge(&world->recorder, 0, &credential);
        assert_int_equal(told(world).verdict.reason, REASON_PASSBACK);

        struct to_recorder given_up = { .kind = RECORDER_PASSAGE,
                                        .point = 0,
                                        .event = EVENT_ACCESS_NOT_TAKEN,
                                        .grant = grant };
        struct to_recorder stop = { .kind = RECORDER_STOP };
        assert_true(mailbox_put(&world->recorder.in, &given_up));
        assert_true(mailbox_put(&world->recorder.in, &stop));
        recorder_run(&world->recorder);
        recorder_judge(&world->recorder, 0, &credential);
        assert_true(told(world).verdict.admit);
}

/* A whole run in a thread of its own: messages go in, rows come out in their order. */
static void *run(void *context)
{
        recorder_run(context);
        return NULL;
}

static void the_thread_writes_in_order_until_it_is_stopped(void **state)
{
        struct world *world = *state;
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, run, &world->recorder), 0);
        for (int i = 0; i < 500; i++) {
                struct to_recorder message = { .kind = RECORDER_PASSAGE,
                                               .point = i % 2,
                                               .event = EVENT_TAMPER };
                while (!mailbox_put(&world->recorder.in, &message))
                        sched_yield();
        }
        struct to_recorder stop = { .kind = RECORDER_STOP };
        while (!mailbox_put(&world->recorder.in, &stop))
                sched_yield();
        pthread_join(thread, NULL);
        assert_int_equal(world->recorder.journal->count, 502);
        assert_int_equal(world->recorder.journal->row[0].event, EVENT_STARTED);
        for (int i = 0; i < 500; i++)
                assert_string_equal(world->recorder.journal->row[i + 1].access_point,
                                    i % 2 ? "exit" : "entry");
}

/* After a stop nobody can walk through any more: the relays are off. */
static void a_stop_settles_what_was_granted(void **state)
{
        struct world *world = *state;
        struct credential credential = shown(7);
        struct to_recorder stop = { .kind = RECORDER_STOP };
        store_fake_enrol(world->recorder.registry, "an", 7);
        recorder_judge(&world->recorder, 0, &credential);
        assert_true(mailbox_put(&world->recorder.in, &stop));
        recorder_run(&world->recorder);
        const struct passage *settled = last_row(world) - 1;
        assert_int_equal(settled->event, EVENT_ACCESS_NOT_TAKEN);
        assert_int_equal(settled->reason, REASON_OUT_OF_SERVICE);
        assert_int_equal(settled->grant_seq, 1);
        assert_string_equal(settled->holder, "an");
}

static void fill(struct world *world, int rows, uint64_t acked)
{
        for (int i = 0; i < rows; i++)
                passage(world, 0, EVENT_TAMPER, 0);
        world->recorder.journal->acked = acked;
        world->recorder.journal->bytes = rows * 100;
}

static bool trims(struct world *world, enum clock_quality quality)
{
        return recorder_trim(&world->recorder, monotonic_us(), quality);
}

static void over_the_budget_the_oldest_acknowledged_rows_go_a_few_at_a_time(void **state)
{
        struct world *world = *state;
        struct journal *journal = world->recorder.journal;
        fill(world, 1000, 900);
        world->recorder.tuning.budget_bytes = 60000;
        assert_true(trims(world, CLOCK_SYNCHRONISED));
        assert_int_equal(journal->trimmed, 250);
        assert_true(trims(world, CLOCK_SYNCHRONISED));
        assert_false(trims(world, CLOCK_SYNCHRONISED));
        assert_int_equal(journal->trimmed, 500);
        assert_int_equal(journal->count, 1000); /* nothing to say */
        assert_int_equal(atomic_load(&world->board.journal_bytes), 50000);
        assert_int_equal(atomic_load(&world->board.budget_bytes), 60000);
}

static void the_budget_holds_while_the_clock_cannot_be_trusted(void **state)
{
        struct world *world = *state;
        fill(world, 1000, 900);
        world->recorder.tuning.budget_bytes = 90000;
        assert_true(trims(world, CLOCK_UNTRUSTED));
        assert_int_equal(world->recorder.journal->trimmed, 250);
}

/* A Pi that never learns the time keeps nothing for ever, and what nobody has is kept. */
static void acknowledged_rows_grow_old_whether_or_not_the_clock_is_believed(void **state)
{
        struct world *world = *state;
        struct journal *journal = world->recorder.journal;
        const int64_t day_us = INT64_C(86400) * 1000000;
        fill(world, 1000, 700);
        int64_t now_us = last_row(world)->at_us;
        for (int i = 0; i < 400; i++)
                journal->row[i].at_us -= 22 * day_us;
        assert_true(recorder_trim(&world->recorder, now_us, CLOCK_UNTRUSTED));
        assert_false(recorder_trim(&world->recorder, now_us, CLOCK_UNTRUSTED));
        assert_int_equal(journal->trimmed, 400);
        int64_t later_us = now_us + 22 * day_us;
        while (recorder_trim(&world->recorder, later_us, CLOCK_UNTRUSTED))
                ;
        assert_int_equal(journal->trimmed, 700);
        assert_int_equal(journal->drops, 0);
}

static void no_revocation_is_forgotten_by_a_clock_that_is_not_believed(void **state)
{
        struct world *world = *state;
        assert_false(trims(world, CLOCK_UNTRUSTED));
        assert_int_equal(world->recorder.registry->revocation_trims, 0);
        assert_false(trims(world, CLOCK_HOLDOVER));
        assert_int_equal(world->recorder.registry->revocation_trims, 1);
}

static void visitors_are_forgotten_once_a_day_by_a_clock_that_is_believed(void **state)
{
        struct world *world = *state;
        int64_t *before_us = &world->recorder.registry->visitors_before_us;
        const int64_t day_us = INT64_C(86400000000), now_us = 1000 * day_us;
        assert_false(recorder_trim(&world->recorder, now_us, CLOCK_UNTRUSTED));
        assert_int_equal(*before_us, 0);
        assert_false(recorder_trim(&world->recorder, now_us, CLOCK_SYNCHRONISED));
        assert_int_equal(*before_us, now_us - world->recorder.tuning.retention_days * day_us);
        *before_us = 0;
        assert_false(recorder_trim(&world->recorder, now_us + day_us - 1, CLOCK_SYNCHRONISED));
        assert_int_equal(*before_us, 0);
        assert_false(recorder_trim(&world->recorder, now_us + day_us, CLOCK_SYNCHRONISED));
        assert_true(*before_us > 0);
}

static void without_a_budget_only_age_counts(void **state)
{
        struct world *world = *state;
        fill(world, 1000, 900);
        world->recorder.tuning.budget_bytes = 0;
        assert_false(trims(world, CLOCK_SYNCHRONISED));
        assert_int_equal(world->recorder.journal->trimmed, 0);
}

static void what_nobody_acknowledged_is_kept_and_said_once(void **state)
{
        struct world *world = *state;
        struct journal *journal = world->recorder.journal;
        fill(world, 1000, 0);
        world->recorder.tuning.budget_bytes = 60000;
        assert_false(trims(world, CLOCK_SYNCHRONISED));
        assert_false(trims(world, CLOCK_SYNCHRONISED));
        assert_int_equal(journal->trimmed, 0);
        assert_int_equal(journal->count, 1001);
        assert_int_equal(last_row(world)->event, EVENT_FAULT);
        assert_int_equal(last_row(world)->reason, REASON_DISK);

        journal->acked = 1001;
        while (trims(world, CLOCK_SYNCHRONISED))
                ;
        assert_int_equal(last_row(world)->event, EVENT_FAULT_CLEARED);
        assert_int_equal(atomic_load(&world->board.dropped), 0);
}

static void what_the_policy_drops_is_counted_and_told_to_who_follows(void **state)
{
        struct world *world = *state;
        struct journal *journal = world->recorder.journal;
        struct to_desk message;
        fill(world, 1000, 100);
        while (mailbox_take(&world->desk, &message))
                ;
        world->recorder.tuning.budget_bytes = 60000;
        world->recorder.tuning.drops_oldest = true;
        assert_true(trims(world, CLOCK_SYNCHRONISED)); /* the acknowledged ones first */
        assert_int_equal(journal->trimmed, 100);
        assert_int_equal(journal->drops, 0);
        while (trims(world, CLOCK_SYNCHRONISED))
                ;
        assert_int_equal(journal->drops, 2);
        assert_int_equal(atomic_load(&world->board.dropped), 500);
        assert_int_equal(journal->count, 1002);
        assert_int_equal(last_row(world)->event, EVENT_FAULT);
        assert_int_equal(atomic_load(&world->board.head), 1002);
        assert_true(mailbox_take(&world->desk, &message));
        assert_int_equal(message.kind, DESK_HEAD);
}

static void nothing_is_dropped_while_rows_wait_for_the_disk(void **state)
{
        struct world *world = *state;
        struct journal *journal = world->recorder.journal;
        fill(world, 1000, 0);
        world->recorder.tuning.budget_bytes = 60000;
        world->recorder.tuning.drops_oldest = true;
        journal->fail_with = -ENOSPC;
        passage(world, 0, EVENT_TAMPER, 0);
        (void)trims(world, CLOCK_SYNCHRONISED);
        assert_int_equal(journal->drops, 0);
        assert_int_equal(journal->trimmed, 0);
}

#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static const int64_t SECOND = 1000000;

/* A lock-open of the network that is good until `until_us`. */
static void command_until(struct world *world, const char *nonce, int64_t until_us)
{
        struct to_recorder message = { .kind = RECORDER_COMMAND,
                                       .point = 0,
                                       .command = COMMAND_LOCK_OPEN,
                                       .client = 2,
                                       .connection = 9,
                                       .not_after_us = until_us };
        strcpy(message.nonce, nonce);
        strcpy(message.detail, "[mai] guard: test");
        recorder_command(&world->recorder, &message);
}

static void assert_refused(struct world *world, enum reason reason)
{
        struct to_gate to_gate;
        struct to_desk outcome;
        /* DESK_HEAD, for the row, comes first. */
        while (mailbox_take(&world->desk, &outcome) && outcome.kind != DESK_OUTCOME)
                ;
        assert_int_equal(outcome.kind, DESK_OUTCOME);
        assert_int_equal(outcome.refusal, reason);
        assert_int_equal(outcome.client, 2);
        assert_int_equal(outcome.connection, 9);
        assert_false(mailbox_take(&world->gate, &to_gate));
        assert_int_equal(last_row(world)->event, EVENT_COMMAND_REFUSED);
        assert_int_equal(last_row(world)->reason, reason);
        assert_string_equal(last_row(world)->detail, "[mai] guard: test");
}

static void a_command_of_the_network_reaches_the_gate_once(void **state)
{
        struct world *world = *state;
        command_until(world, "aaaaaaaa", wall_us() + 10 * SECOND);
        struct to_gate message = told(world);
        assert_int_equal(message.kind, GATE_COMMAND);
        assert_int_equal(message.command, COMMAND_LOCK_OPEN);
        assert_int_equal(message.point, 0);
        assert_int_equal(message.client, 2);
        assert_string_equal(message.detail, "[mai] guard: test");
        command_until(world, "aaaaaaaa", wall_us() + 10 * SECOND);
        assert_refused(world, REASON_REPLAYED);
}

static void a_command_too_late_or_too_far_ahead_is_stale(void **state)
{
        struct world *world = *state;
        command_until(world, "aaaaaaaa", wall_us() - 1);
        assert_refused(world, REASON_STALE);
        command_until(world, "aaaaaaaa", wall_us() + 65 * SECOND);
        assert_refused(world, REASON_STALE);
}

/* Woken in the past, a gate cannot tell an old command from a new one. */
static void while_the_clock_is_untrusted_no_command_of_the_network_is_taken(void **state)
{
        struct world *world = *state;
        world->recorder.clock.last_us = wall_us() + 3600 * SECOND;
        command_until(world, "aaaaaaaa", world->recorder.clock.last_us + 10 * SECOND);
        assert_refused(world, REASON_CLOCK_UNTRUSTED);
        command_until(world, "aaaaaaaa", wall_us() + 10 * SECOND);
        assert_refused(world, REASON_CLOCK_UNTRUSTED);
}

static void a_command_whose_nonce_cannot_be_kept_is_not_carried_out(void **state)
{
        struct world *world = *state;
        strcpy(world->recorder.nonces.path, "/nowhere/nonces");
        command_until(world, "aaaaaaaa", wall_us() + 10 * SECOND);
        assert_refused(world, REASON_DATABASE);
}

static void a_command_that_the_gate_has_no_room_for_is_busy(void **state)
{
        struct world *world = *state;
        struct to_gate filler = { .kind = GATE_COMMITTED };
        while (mailbox_put(&world->gate, &filler))
                ;
        command_until(world, "aaaaaaaa", wall_us() + 10 * SECOND);
        while (mailbox_take(&world->gate, &filler))
                ;
        assert_refused(world, REASON_BUSY);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_WORLD(a_grant_is_told_before_and_after_its_row),
                IN_WORLD(a_stranger_is_denied_with_a_pseudonym_of_what_was_shown),
                IN_WORLD(a_scan_that_waited_too_long_opens_no_entry),
                IN_WORLD(a_registry_that_fails_lets_nobody_in_and_everybody_out),
                IN_WORLD(rows_that_the_disk_refuses_come_later_in_order_and_marked),
                IN_WORLD(a_backlog_that_is_full_counts_what_it_loses),
                IN_WORLD(a_damaged_journal_is_replaced_on_the_spot),
                IN_WORLD(a_grant_that_is_not_settled_is_a_passback),
                IN_WORLD(a_stop_settles_what_was_granted),
                IN_WORLD(over_the_budget_the_oldest_acknowledged_rows_go_a_few_at_a_time),
                IN_WORLD(the_budget_holds_while_the_clock_cannot_be_trusted),
                IN_WORLD(acknowledged_rows_grow_old_whether_or_not_the_clock_is_believed),
                IN_WORLD(visitors_are_forgotten_once_a_day_by_a_clock_that_is_believed),
                IN_WORLD(no_revocation_is_forgotten_by_a_clock_that_is_not_believed),
                IN_WORLD(without_a_budget_only_age_counts),
                IN_WORLD(what_nobody_acknowledged_is_kept_and_said_once),
                IN_WORLD(what_the_policy_drops_is_counted_and_told_to_who_follows),
                IN_WORLD(nothing_is_dropped_while_rows_wait_for_the_disk),
                IN_WORLD(the_thread_writes_in_order_until_it_is_stopped),
                IN_WORLD(a_command_of_the_network_reaches_the_gate_once),
                IN_WORLD(a_command_too_late_or_too_far_ahead_is_stale),
                IN_WORLD(while_the_clock_is_untrusted_no_command_of_the_network_is_taken),
                IN_WORLD(a_command_whose_nonce_cannot_be_kept_is_not_carried_out),
                IN_WORLD(a_command_that_the_gate_has_no_room_for_is_busy),
        };
        return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
