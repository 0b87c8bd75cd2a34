/*
 * What every archive must do, run over each of them. A suite's set-up makes *state a subject with
 * an open archive; `reopen` gives what a new process would find, NULL where there is none.
 */
#pragma once

#include "tests/contract/archive_rows.h"

#include <errno.h>
#include <stdio.h>

struct archive_subject {
        struct archive *archive;
        struct archive *(*reopen)(struct archive_subject *subject);
        void *folder;
};

static void a_stream_is_found_again_with_what_it_has(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        assert_int_equal(stream.contiguous, 0);
        assert_int_equal(stream.highest, 0);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 1, 2, 5), 3);
        subject->archive = subject->reopen(subject);
        struct archive_stream again = archive_stream_of(subject->archive, "a/b/c");
        assert_true(again.id == stream.id);
        assert_int_equal(again.contiguous, 2);
        assert_int_equal(again.highest, 5);
}

static void rows_count_once_whatever_their_order(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 4, 2, 4, 2), 2);
        assert_int_equal(stream.contiguous, 0);
        assert_int_equal(stream.highest, 4);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 2, 1), 1);
        assert_int_equal(stream.contiguous, 2);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 3), 1);
        assert_int_equal(stream.contiguous, 4);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 1, 2, 3, 4), 0);
        assert_int_equal(stream.contiguous, 4);
}

static void streams_of_gates_and_epochs_are_apart(void **state)
{
        struct archive_subject *subject = *state;
        const uint8_t other_epoch[ARCHIVE_UUID_LEN] = { 9 };
        struct archive_stream streams[3];
        streams[0] = archive_stream_of(subject->archive, "a/b/c");
        streams[1] = archive_stream_of(subject->archive, "a/b/d");
        assert_int_equal(archive_open_stream(subject->archive, "a/b/c", other_epoch, &streams[2]),
                         0);
        struct archive_row rows[6];
        for (size_t i = 0; i < 6; i++) {
                rows[i] = archive_row_of(1 + i / 3);
                rows[i].stream = i % 3;
        }
        const struct archive_batch batch = {
                .rows = rows, .count = 6, .streams = streams, .stream_count = 3
        };
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        for (size_t i = 0; i < 6; i++)
                assert_true(rows[i].is_new);
        for (size_t i = 0; i < 3; i++)
                assert_int_equal(streams[i].contiguous, 2);
}

static void a_batch_without_rows_says_how_far_the_streams_are(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        struct archive_stream old = stream;
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 1, 2, 3), 3);
        const struct archive_batch look = { .streams = &old, .stream_count = 1 };
        assert_int_equal(archive_store(subject->archive, &look), 0);
        assert_int_equal(old.contiguous, 3);
        const struct archive_batch nothing = { 0 };
        assert_int_equal(archive_store(subject->archive, &nothing), 0);
}

static void what_is_lost_is_passed_over_and_counted(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        uint64_t lost = 0;
        (void)ARCHIVE_PUT(subject->archive, &stream, 1, 4, 5, 8, 11);
        assert_int_equal(archive_lose(subject->archive, &stream, 9, "not_held", 1, &lost), 0);
        assert_int_equal(lost, 5); /* 2 3 6 7 9 */
        assert_int_equal(stream.contiguous, 9);
        assert_int_equal(archive_lose(subject->archive, &stream, 9, "not_held", 1, &lost), 0);
        assert_int_equal(lost, 0);
        /* One that comes after all is stored, and moves nothing. */
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 6), 1);
        assert_int_equal(stream.contiguous, 9);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 10), 1);
        assert_int_equal(stream.contiguous, 11);
}

static void a_loss_of_many_ranges_takes_several_calls(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        uint64_t all = 0, lost = 0;
        enum {
                ROWS = 2 * ARCHIVE_LOSSES_MAX + 10
        };
        for (uint64_t seq = 2; seq <= 2 * ROWS; seq += 2)
                (void)ARCHIVE_PUT(subject->archive, &stream, seq);
        int calls = 0;
        for (; stream.contiguous < 2 * ROWS && calls < 10; calls++) {
                assert_int_equal(
                        archive_lose(subject->archive, &stream, 2 * ROWS, "not_held", 1, &lost), 0);
                all += lost;
        }
        assert_int_equal(calls, 3);
        assert_int_equal(all, ROWS);
}

static void a_gate_has_so_many_epochs_and_no_more(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream;
        for (uint8_t i = 0; i < ARCHIVE_STREAMS_OF_GATE_MAX; i++) {
                const uint8_t epoch[ARCHIVE_UUID_LEN] = { i };
                assert_int_equal(archive_open_stream(subject->archive, "a/b/c", epoch, &stream), 0);
        }
        const uint8_t known[ARCHIVE_UUID_LEN] = { 3 }, more[ARCHIVE_UUID_LEN] = { 255 };
        assert_int_equal(archive_open_stream(subject->archive, "a/b/c", more, &stream), -EDQUOT);
        assert_int_equal(archive_open_stream(subject->archive, "a/b/c", known, &stream), 0);
        assert_int_equal(archive_open_stream(subject->archive, "a/b/d", more, &stream), 0);
}

static void refusals_are_kept_with_the_rows_or_alone(void **state)
{
        struct archive_subject *subject = *state;
        static const unsigned char payload[] = "\0\xff{";
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        struct archive_row row = archive_row_of(1);
        const struct archive_refusal refusals[] = {
                { .topic = "x", .reason = "bad_topic", .payload = payload, .len = 3 },
                { .topic = "", .reason = "bad_json", .payload = payload, .len = 0 },
        };
        struct archive_batch batch = { .rows = &row,
                                       .count = 1,
                                       .streams = &stream,
                                       .stream_count = 1,
                                       .refusals = refusals,
                                       .refused = 2 };
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        assert_true(row.is_new);
        batch.count = batch.stream_count = 0;
        assert_int_equal(archive_store(subject->archive, &batch), 0);
}

/* Four rows of a stream, one a day from `day` on, as they were received on the last of them. */
static void put_days(struct archive_subject *subject, struct archive_stream *stream, int64_t day)
{
        struct archive_row rows[4];
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                rows[i] = archive_row_of(1 + i);
                rows[i].at_us = (day + (int64_t)i) * ARCHIVE_DAY_US + 7;
                rows[i].received_us = (day + 3) * ARCHIVE_DAY_US + 8;
        }
        const struct archive_batch batch = {
                .rows = rows, .count = ARRAY_LEN(rows), .streams = stream, .stream_count = 1
        };
        assert_int_equal(archive_store(subject->archive, &batch), 0);
}

/* Sweeps until there is no more: what went in all. */
static struct archive_deletion forget_all(struct archive_subject *subject, int64_t before_day)
{
        struct archive_deletion all = { 0 }, some;
        do {
                assert_int_equal(archive_forget(subject->archive, before_day, 5, &some), 0);
                all.entries += some.entries;
                all.stays += some.stays;
                all.refusals += some.refusals;
        } while (some.has_more);
        return all;
}

static void what_is_older_than_a_day_goes_and_is_not_new_again(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        put_days(subject, &stream, 20000);
        assert_int_equal(forget_all(subject, 20000).entries, 0);
        assert_int_equal(forget_all(subject, 20002).entries, 2);
        assert_int_equal(forget_all(subject, 20002).entries, 0);
        subject->archive = subject->reopen(subject);
        stream = archive_stream_of(subject->archive, "a/b/c");
        assert_int_equal(stream.contiguous, 4);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 1, 2, 3, 4), 0);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 5), 1);
        assert_int_equal(forget_all(subject, 20003).entries, 1);
}

static void what_was_lost_and_found_and_forgotten_is_not_new_again(void **state)
{
        struct archive_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        uint64_t lost = 0;
        int64_t after = ARCHIVE_AT_US / ARCHIVE_DAY_US + 1;
        (void)ARCHIVE_PUT(subject->archive, &stream, 1, 5);
        assert_int_equal(archive_lose(subject->archive, &stream, 4, "not_held", 9, &lost), 0);
        assert_int_equal(lost, 3);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 3), 1);
        assert_int_equal(forget_all(subject, after).entries, 3);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 1, 3, 5), 0);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 2, 4), 2);
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 2, 4), 0);
        assert_int_equal(stream.contiguous, 5);
}

#define ARCHIVE_TEST(name, setup, teardown) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define ARCHIVE_CONTRACT(setup, teardown)                                                          \
        ARCHIVE_TEST(a_stream_is_found_again_with_what_it_has, setup, teardown),                   \
                ARCHIVE_TEST(rows_count_once_whatever_their_order, setup, teardown),               \
                ARCHIVE_TEST(streams_of_gates_and_epochs_are_apart, setup, teardown),              \
                ARCHIVE_TEST(a_batch_without_rows_says_how_far_the_streams_are, setup, teardown),  \
                ARCHIVE_TEST(what_is_lost_is_passed_over_and_counted, setup, teardown),            \
                ARCHIVE_TEST(a_loss_of_many_ranges_takes_several_calls, setup, teardown),          \
                ARCHIVE_TEST(a_gate_has_so_many_epochs_and_no_more, setup, teardown),              \
                ARCHIVE_TEST(refusals_are_kept_with_the_rows_or_alone, setup, teardown),           \
                ARCHIVE_TEST(what_is_older_than_a_day_goes_and_is_not_new_again, setup, teardown), \
                ARCHIVE_TEST(what_was_lost_and_found_and_forgotten_is_not_new_again, setup,        \
                             teardown)
