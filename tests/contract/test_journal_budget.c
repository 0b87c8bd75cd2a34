/* A journal within a budget: the oldest acknowledged rows make room; of others, none is lost
 * unsaid. */
#include "tests/contract/store_rows.h"

#include <errno.h>

enum {
        ROWS = 100000,
        BATCH = 50,
        SLICE = 250,
        BUDGET = 2 << 20
};

static int64_t bytes_of(struct journal *journal)
{
        int64_t bytes = 0;
        assert_int_equal(journal_bytes(journal, &bytes), 0);
        return bytes;
}

static void append_batch(struct journal *journal)
{
        struct passage rows[BATCH];
        uint64_t head = store_info(journal).head;
        for (size_t i = 0; i < BATCH; i++) {
                char holder[16];
                (void)snprintf(holder, sizeof(holder), "h%u", (unsigned)(head + i) % 400);
                rows[i] = store_row(EVENT_ACCESS_TAKEN, holder, DIRECTION_ENTRY);
                rows[i].at_us += (int64_t)(head + i);
        }
        assert_int_equal(journal_append(journal, rows, BATCH), 0);
}

static struct passage fault_note(struct journal *journal)
{
        struct passage note = { .event = EVENT_FAULT, .reason = REASON_DISK };
        note.at_us = store_info(journal).last_at_us;
        return note;
}

static void a_budget_holds_over_100000_rows_when_acknowledgements_follow(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        struct journal_info info = store_info(journal);
        int64_t most = 0;
        while ((info = store_info(journal)).head < ROWS) {
                append_batch(journal);
                assert_int_equal(journal_acknowledge(journal, info.epoch, info.head), 0);
                while (bytes_of(journal) > BUDGET)
                        assert_true(journal_make_room(journal, 0, SLICE) > 0);
                most = bytes_of(journal) > most ? bytes_of(journal) : most;
        }
        assert_in_range(most, BUDGET - BUDGET / 20, BUDGET);
        struct stat file;
        assert_int_equal(stat(folder->path, &file), 0);
        assert_true(file.st_size < BUDGET + BUDGET / 10); /* freed pages are used again */
        uint64_t inside = 0;
        assert_int_equal(journal_inside(journal, NULL, &inside), 0);
        assert_int_equal(inside, 400); /* who is inside is known although the rows are gone */
        uint64_t oldest = info.oldest;
        assert_true(oldest > 1);
        journal_close(journal);
        journal = store_open_journal(folder);
        assert_int_equal(store_info(journal).oldest, oldest);
        assert_int_equal(store_info(journal).head, info.head);
        journal_close(journal);
        store_assert_intact(folder->path);
}

static void nothing_makes_room_when_nothing_is_acknowledged(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        for (int i = 0; i < 100; i++)
                append_batch(journal);
        assert_int_equal(journal_make_room(journal, INT64_MAX, SLICE), 0);
        struct journal_info info = store_info(journal);
        assert_int_equal(info.oldest, 1);
        assert_int_equal(journal_acknowledge(journal, info.epoch, 30), 0);
        assert_int_equal(journal_make_room(journal, 0, SLICE), 30);
        assert_int_equal(journal_make_room(journal, 0, SLICE), 0);
        assert_int_equal(store_info(journal).oldest, 31);
        journal_close(journal);
}

/* The ranges of all notes, and what is still there, are together every sequence ever given. */
static void what_is_dropped_over_100000_rows_is_said_to_the_last_sequence(void **state)
{
        const struct store_folder *folder = *state;
        struct journal *journal = store_open_journal(folder);
        unsigned long long said = 0;
        while (store_info(journal).head < ROWS) {
                append_batch(journal);
                while (bytes_of(journal) > BUDGET) {
                        struct passage note = fault_note(journal), kept = { .seq = 0 };
                        unsigned long long first = 0, last = 0;
                        assert_int_equal(journal_drop(journal, 0, SLICE, &note), SLICE);
                        const struct journal_query query = { .after_seq = note.seq - 1,
                                                             .limit = 1 };
                        assert_int_equal(journal_read(journal, &query, &kept), 1);
                        assert_int_equal(kept.event, EVENT_FAULT);
                        assert_int_equal(sscanf(kept.detail, "unacknowledged dropped: %llu-%llu",
                                                &first, &last),
                                         2);
                        assert_int_equal(first, said + 1);
                        said = last;
                        assert_int_equal(store_info(journal).oldest, last + 1);
                        assert_int_equal(store_info(journal).acked, last);
                }
        }
        assert_true(said > ROWS / 2);
        struct journal_info info = store_info(journal);
        journal_close(journal);
        journal = store_open_journal(folder);
        assert_int_equal(store_info(journal).oldest, said + 1);
        assert_int_equal(store_info(journal).head, info.head);
        assert_int_equal(store_info(journal).acked, said);
        assert_false(store_info(journal).was_set_aside);
        journal_close(journal);
        store_assert_intact(folder->path);
}

static void a_note_names_only_what_nobody_acknowledged(void **state)
{
        struct journal *journal = store_open_journal(*state);
        append_batch(journal);
        struct passage note = fault_note(journal);
        struct journal_info info = store_info(journal);
        assert_int_equal(journal_acknowledge(journal, info.epoch, 20), 0);
        assert_int_equal(journal_drop(journal, 0, 30, &note), 30);
        assert_string_equal(note.detail, "unacknowledged dropped: 21-30");
        assert_int_equal(note.seq, BATCH + 1);
        assert_int_equal(store_info(journal).head, BATCH + 1);
        journal_close(journal);
}

static void a_journal_that_is_dropped_whole_still_holds_the_note(void **state)
{
        struct journal *journal = store_open_journal(*state);
        append_batch(journal);
        struct passage note = fault_note(journal);
        assert_int_equal(journal_drop(journal, 0, SIZE_MAX, &note), BATCH);
        assert_int_equal(store_info(journal).oldest, BATCH + 1);
        assert_int_equal(store_info(journal).head, BATCH + 1);
        append_batch(journal);
        assert_int_equal(store_info(journal).head, 2 * BATCH + 1);
        journal_close(journal);
}

static void making_room_forgets_only_who_was_last_seen_before_the_retention(void **state)
{
        struct journal *journal = store_open_journal(*state);
        append_batch(journal);
        struct journal_info info = store_info(journal);
        uint64_t inside = 0;
        assert_int_equal(journal_acknowledge(journal, info.epoch, info.head), 0);
        assert_int_equal(journal_make_room(journal, STORE_MORNING_US + 9, 40), 40);
        assert_int_equal(journal_inside(journal, NULL, &inside), 0);
        assert_int_equal(inside, BATCH - 10);
        journal_close(journal);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_budget_holds_over_100000_rows_when_acknowledgements_follow),
                IN_FOLDER(nothing_makes_room_when_nothing_is_acknowledged),
                IN_FOLDER(what_is_dropped_over_100000_rows_is_said_to_the_last_sequence),
                IN_FOLDER(a_note_names_only_what_nobody_acknowledged),
                IN_FOLDER(a_journal_that_is_dropped_whole_still_holds_the_note),
                IN_FOLDER(making_room_forgets_only_who_was_last_seen_before_the_retention),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
