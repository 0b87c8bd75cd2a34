/* What becomes of a history when the archive forgets, over every archive. Minute 0 is at 08:00 of
 * HISTORY_DAY. */
#pragma once

#include "tests/contract/history_contract.h"

#define HISTORY_DAY (HISTORY_BEGIN_US / ARCHIVE_DAY_US)

enum {
        MINUTES_A_DAY = 1440
};

static void forget_before(struct history_subject *subject, int64_t day)
{
        struct archive_deletion some;
        do
                assert_int_equal(archive_forget(subject->archive, day, at_minute(0), &some), 0);
        while (some.has_more);
}

/* "deleted entries,stays,refusals left entries,stays later stays" */
static void assert_day(struct history_subject *subject, int64_t day, const char *wanted)
{
        char text[160];
        struct history_deletion told;
        assert_int_equal(subject->history->ops->deletion(subject->history, day, &told), 0);
        (void)snprintf(text, sizeof(text), "%d,%d,%d left %d,%d later %d%s", (int)told.entries,
                       (int)told.stays, (int)told.refusals, (int)told.left_entries,
                       (int)told.left_stays, (int)told.later_stays, told.last_us ? " done" : "");
        assert_string_equal(text, wanted);
}

static void a_day_is_deleted_whole_and_the_next_one_is_not(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 10);
        leaves(subject, 'A', "a/b/c", 20);
        enters(subject, 'A', "a/b/c", 10 + MINUTES_A_DAY);
        leaves(subject, 'A', "a/b/c", 20 + MINUTES_A_DAY);
        forget_before(subject, HISTORY_DAY);
        assert_day(subject, HISTORY_DAY, "0,0,0 left 2,1 later 0");
        forget_before(subject, HISTORY_DAY + 1);
        assert_day(subject, HISTORY_DAY, "2,1,0 left 0,0 later 0 done");
        assert_day(subject, HISTORY_DAY + 1, "0,0,0 left 2,1 later 0");
        const struct history_event_filter all = {
                .area = "", .event = "", .reason = "", .limit = 99
        };
        ask_events(subject, &all);
        assert_string_equal(subject->text, "a/b/c#4@1460 a/b/c#3@1450 ");
        ask_visits(subject, 'A', "", -9999, 9999, 99);
        assert_string_equal(subject->text, "A a/b 1450-1460 ");
}

static void a_stay_goes_with_the_day_on_which_it_ended(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 900);
        leaves(subject, 'A', "a/b/c", 1000); /* the day has 960 minutes left */
        forget_before(subject, HISTORY_DAY + 1);
        assert_day(subject, HISTORY_DAY, "1,0,0 left 0,0 later 1 done");
        ask_visits(subject, 'A', "", -9999, 9999, 99);
        assert_string_equal(subject->text, "A a/b 900-1000 ");
        forget_before(subject, HISTORY_DAY + 2);
        assert_day(subject, HISTORY_DAY, "1,0,0 left 0,0 later 0 done");
        assert_day(subject, HISTORY_DAY + 1, "1,1,0 left 0,0 later 0 done");
}

static void who_is_inside_stays_so_however_long(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 10);
        enters(subject, 'B', "a/b/c", 11);
        leaves(subject, 'B', "a/b/c", 12);
        forget_before(subject, HISTORY_DAY + 30);
        assert_day(subject, HISTORY_DAY, "3,1,0 left 0,0 later 1 done");
        ask_inside(subject, "");
        assert_string_equal(subject->text, "A a/b 10- ");
        leaves(subject, 'A', "a/b/c", 40 * MINUTES_A_DAY);
        ask_inside(subject, "");
        assert_string_equal(subject->text, "");
        ask_visits(subject, 'A', "", -9999, 99 * MINUTES_A_DAY, 99);
        assert_string_equal(subject->text, "A a/b 10-57600 ");
}

static void who_comes_again_after_it_begins_anew(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 10);
        leaves(subject, 'A', "a/b/c", 20);
        forget_before(subject, HISTORY_DAY + 1);
        enters(subject, 'A', "a/b/c", 3000);
        leaves(subject, 'A', "a/b/c", 3010);
        ask_visits(subject, 'A', "", -9999, 9999, 99);
        assert_string_equal(subject->text, "A a/b 3000-3010 ");
}

static void a_row_of_a_wrong_clock_goes_with_the_day_on_which_it_came(void **state)
{
        struct history_subject *subject = *state;
        static const int64_t ats[] = { 5, 4102444800000000 }; /* 1970, 2100 */
        for (size_t i = 0; i < ARRAY_LEN(ats); i++) {
                struct archive_row row = row_at(0, "AccessDenied", "entry", 0);
                row.at_us = ats[i];
                put_row(subject, "a/b/c", row);
        }
        forget_before(subject, HISTORY_DAY);
        assert_day(subject, HISTORY_DAY, "0,0,0 left 2,0 later 0");
        forget_before(subject, HISTORY_DAY + 1);
        assert_day(subject, HISTORY_DAY, "2,0,0 left 0,0 later 0 done");
}

static void figures_stay(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 10);
        leaves(subject, 'A', "a/b/c", 20);
        forget_before(subject, HISTORY_DAY + 1);
        listen(subject, 99);
        assert_int_equal(subject->history->ops->tallies(subject->history, "", 0, INT32_MAX,
                                                        see_tally, subject),
                         0);
        assert_string_equal(subject->text, "+0 a/b/c 1 1 0 0\n");
}

static void what_could_not_be_read_goes_too(void **state)
{
        struct history_subject *subject = *state;
        const struct archive_refusal refusals[] = {
                { .received_us = at_minute(1), .topic = "x", .reason = "bad_json" },
                { .received_us = at_minute(MINUTES_A_DAY), .topic = "x", .reason = "bad_json" },
        };
        const struct archive_batch batch = { .refusals = refusals, .refused = 2 };
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        forget_before(subject, HISTORY_DAY + 1);
        assert_day(subject, HISTORY_DAY, "0,0,1 left 0,0 later 0 done");
        assert_day(subject, HISTORY_DAY + 1, "0,0,0 left 0,0 later 0");
}

static void much_goes_in_parts(void **state)
{
        struct history_subject *subject = *state;
        struct archive_deletion some;
        enum {
                BATCHES = 6,
                ROWS = 500
        };
        static struct archive_row rows[ROWS];
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        const struct archive_batch batch = {
                .rows = rows, .count = ROWS, .streams = &stream, .stream_count = 1
        };
        for (uint64_t n = 0; n < BATCHES; n++) {
                for (uint64_t i = 0; i < ROWS; i++) {
                        rows[i] = row_at((int64_t)(n * ROWS + i) / 30, "AccessTaken",
                                         i % 2 ? "exit" : "entry", (char)(1 + (i / 2) % 100));
                        rows[i].at_us += (int64_t)i;
                        rows[i].seq = 1 + n * ROWS + i;
                }
                assert_int_equal(archive_store(subject->archive, &batch), 0);
        }
        assert_int_equal(archive_forget(subject->archive, HISTORY_DAY + 1, 1, &some), 0);
        assert_true(some.has_more);
        forget_before(subject, HISTORY_DAY + 1);
        assert_day(subject, HISTORY_DAY, "3000,1500,0 left 0,0 later 0 done");
}

static void who_is_erased_is_nobody_and_the_rows_stay(void **state)
{
        struct history_subject *subject = *state;
        struct archive_deletion erased;
        static const char payload[] = "{\"subject\":\"07410000000000000000000000000000\",";
        const struct archive_refusal refusals[] = {
                { .topic = "x",
                  .reason = "bad_json",
                  .payload = (const unsigned char *)payload,
                  .len = sizeof(payload) - 1,
                  .received_us = at_minute(1) },
                { .topic = "x",
                  .reason = "bad_json",
                  .payload = (const unsigned char *)"{",
                  .len = 1,
                  .received_us = at_minute(1) },
        };
        const struct archive_batch batch = { .refusals = refusals, .refused = 2 };
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        enters(subject, 'A', "a/b/c", 10);
        leaves(subject, 'A', "a/b/c", 20);
        enters(subject, 'A', "a/e/c", 3000); /* another day, another site, and still there */
        enters(subject, 'B', "a/b/c", 11);
        assert_int_equal(archive_erase(subject->archive, person_of('A').subject, &erased), 0);
        assert_int_equal(erased.entries, 3);
        assert_int_equal(erased.stays, 2);
        assert_int_equal(erased.refusals, 1);
        ask_visits(subject, 'A', "", -9999, 9999, 99);
        assert_string_equal(subject->text, "");
        ask_inside(subject, "");
        assert_string_equal(subject->text, "B a/b 11- ");
        const struct person gone = person_of('A');
        const struct history_event_filter theirs = {
                .area = "", .event = "", .reason = "", .subject = gone.subject, .limit = 99
        };
        const struct history_event_filter all = {
                .area = "", .event = "", .reason = "", .limit = 99
        };
        ask_events(subject, &theirs);
        assert_string_equal(subject->text, "");
        ask_events(subject, &all);
        assert_string_equal(subject->text, "a/e/c#1@3000 a/b/c#2@20 a/b/c#3@11 a/b/c#1@10 ");
        assert_int_equal(archive_erase(subject->archive, gone.subject, &erased), 0);
        assert_int_equal(erased.entries + erased.stays + erased.refusals, 0);
        enters(subject, 'A', "a/b/c", 4000);
        leaves(subject, 'A', "a/b/c", 4010);
        ask_visits(subject, 'A', "", -9999, 9999, 99);
        assert_string_equal(subject->text, "A a/b 4000-4010 ");
}

#define HISTORY_FORGET(setup, teardown)                                                            \
        HISTORY_TEST(a_day_is_deleted_whole_and_the_next_one_is_not, setup, teardown),             \
                HISTORY_TEST(a_stay_goes_with_the_day_on_which_it_ended, setup, teardown),         \
                HISTORY_TEST(who_is_inside_stays_so_however_long, setup, teardown),                \
                HISTORY_TEST(who_comes_again_after_it_begins_anew, setup, teardown),               \
                HISTORY_TEST(a_row_of_a_wrong_clock_goes_with_the_day_on_which_it_came, setup,     \
                             teardown),                                                            \
                HISTORY_TEST(who_is_erased_is_nobody_and_the_rows_stay, setup, teardown),          \
                HISTORY_TEST(figures_stay, setup, teardown),                                       \
                HISTORY_TEST(what_could_not_be_read_goes_too, setup, teardown),                    \
                HISTORY_TEST(much_goes_in_parts, setup, teardown)
