/* What every history must do, as history_contract.h: presence, stays and contacts. */
#pragma once

#include "tests/contract/history_scene.h"

static void who_is_inside_comes_longest_first_and_page_by_page(void **state)
{
        struct history_subject *subject = *state;
        struct history *history = subject->history;
        enters(subject, 'A', "a/b/c", 30);
        enters(subject, 'B', "a/e/c", 10);
        enters(subject, 'C', "a/b/c", 20);
        enters(subject, 'D', "a/b/c", 20);
        enters(subject, 'E', "a/b/c", 5);
        leaves(subject, 'E', "a/b/d", 25);
        ask_inside(subject, "");
        assert_string_equal(subject->text, "B a/e 10- C a/b 20- D a/b 20- A a/b 30- ");
        ask_inside(subject, "a/b");
        assert_string_equal(subject->text, "C a/b 20- D a/b 20- A a/b 30- ");
        listen(subject, 10);
        assert_int_equal(history->ops->inside_counts(history, "", see_count, subject), 0);
        assert_string_equal(subject->text, "a/b 3 a/e 1 ");
        listen(subject, 10);
        assert_int_equal(history->ops->inside_counts(history, "a/e", see_count, subject), 0);
        assert_string_equal(subject->text, "a/e 1 ");
        listen(subject, 10);
        assert_int_equal(history->ops->inside(history, "", 0, 0, 2, see_visit, subject), 0);
        assert_string_equal(subject->text, "B a/e 10- C a/b 20- ");
}

struct page {
        struct history_subject *subject;
        int64_t entered_us, id;
};

static bool see_page(void *context, const struct history_visit *visit)
{
        struct page *page = context;
        page->entered_us = visit->entered_us;
        page->id = visit->id;
        return see_visit(page->subject, visit);
}

static void a_page_of_those_inside_begins_after_the_last_one(void **state)
{
        struct history_subject *subject = *state;
        struct page page = { .subject = subject };
        for (char who = 'A'; who <= 'G'; who++)
                enters(subject, who, who % 2 ? "a/b/c" : "a/e/c", who < 'E' ? 10 : 20);
        listen(subject, 100);
        for (int i = 0; i < 4; i++)
                assert_int_equal(subject->history->ops->inside(subject->history, "",
                                                               page.entered_us, page.id, 2,
                                                               see_page, &page),
                                 0);
        assert_string_equal(subject->text, "A a/b 10- B a/e 10- C a/b 10- D a/e 10- "
                                           "E a/b 20- F a/e 20- G a/b 20- ");
}

static void a_stay_is_from_a_taken_entry_to_a_taken_exit_in_one_site(void **state)
{
        struct history_subject *subject = *state;
        struct archive_row row = row_at(12, "AccessTaken", "", 'A');
        enters(subject, 'A', "a/b/c", 10);
        put_row(subject, "a/b/c", row_at(11, "AccessGranted", "exit", 'A'));
        put_row(subject, "a/b/c", row); /* without a direction it says nothing */
        put_row(subject, "a/b/c", row_at(13, "AccessTaken", "exit", 0));
        leaves(subject, 'A', "a/e/c", 14);
        leaves(subject, 'A', "a/b/d", 20);
        enters(subject, 'A', "a/b/c", 30);
        ask_visits(subject, 'A', "", -100, 100, 10);
        assert_string_equal(subject->text, "A a/b 10-20 A a/e ?-14 A a/b 30- ");
        listen(subject, 10);
        assert_int_equal(subject->history->ops->visits(subject->history, person_of('A').subject, "",
                                                       0, 0, 10, see_gates_of_visit, subject),
                         0);
        assert_string_equal(subject->text, "a/b/c>a/b/d cccd >a/e/c  a/b/c> cccd ");
}

static void of_a_lane_without_a_sensor_a_passage_is_assumed(void **state)
{
        struct history_subject *subject = *state;
        struct archive_row row = row_at(1, "AccessTaken", "entry", 'A');
        row.reason = "no_sensor";
        row.flags = ARCHIVE_NO_SENSOR;
        put_row(subject, "a/b/c", row);
        ask_inside(subject, "");
        assert_string_equal(subject->text, "A a/b 1- ");
}

static void stays_are_those_that_touch_the_time(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 10);
        leaves(subject, 'A', "a/b/c", 20);
        enters(subject, 'A', "a/b/c", 30);
        enters(subject, 'A', "a/b/c", 40);
        ask_visits(subject, 'A', "", 20, 30, 10);
        assert_string_equal(subject->text, "A a/b 10-20 ");
        ask_visits(subject, 'A', "", 21, 31, 10);
        assert_string_equal(subject->text, "A a/b 30~40 ");
        ask_visits(subject, 'A', "", 500, 600, 10);
        assert_string_equal(subject->text, "A a/b 40- ");
        ask_visits(subject, 'A', "", 0, 600, 2);
        assert_string_equal(subject->text, "A a/b 10-20 A a/b 30~40 ");
        ask_visits(subject, 'B', "", 0, 600, 10);
        assert_string_equal(subject->text, "");
}

static void a_gate_that_was_offline_mends_what_had_been_assumed(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 10);
        enters(subject, 'A', "a/b/c", 40);
        leaves(subject, 'B', "a/b/c", 40);
        ask_visits(subject, 'A', "", -100, 100, 10);
        assert_string_equal(subject->text, "A a/b 10~40 A a/b 40- ");
        leaves(subject, 'A', "a/b/d", 20);
        enters(subject, 'B', "a/b/d", 20);
        ask_visits(subject, 'A', "", -100, 100, 10);
        assert_string_equal(subject->text, "A a/b 10-20 A a/b 40- ");
        ask_visits(subject, 'B', "", -100, 100, 10);
        assert_string_equal(subject->text, "B a/b 20-40 ");
        ask_inside(subject, "");
        assert_string_equal(subject->text, "A a/b 40- ");
}

enum {
        MIXED_GATES = 3,
        MIXED_ROWS = 90,
        MIXED_BATCH = 7
};

/* Rows of three gates of one site; `order` says which gate brings its next one. */
static void put_mixed(struct history_subject *subject, const char *site,
                      const struct archive_row *rows, const size_t *order)
{
        struct archive_stream streams[MIXED_GATES];
        struct archive_row batch_rows[MIXED_BATCH];
        char gate[ARCHIVE_GATE_MAX];
        for (size_t i = 0; i < MIXED_GATES; i++) {
                (void)snprintf(gate, sizeof(gate), "%s/g-%zu", site, i);
                streams[i] = archive_stream_of(subject->archive, gate);
        }
        for (size_t done = 0; done < MIXED_ROWS;) {
                size_t count = 0;
                for (; count < MIXED_BATCH && done < MIXED_ROWS; done++)
                        batch_rows[count++] = rows[order[done]];
                const struct archive_batch batch = { .rows = batch_rows,
                                                     .count = count,
                                                     .streams = streams,
                                                     .stream_count = MIXED_GATES };
                assert_int_equal(archive_store(subject->archive, &batch), 0);
        }
}

/* Without the site's name, with the lanes'. */
static bool see_stay(void *context, const struct history_visit *visit)
{
        static const char *const none = "-----------";
        const char *in = visit->gate_in[0] ? visit->gate_in : none;
        const char *out = visit->gate_out[0] ? visit->gate_out : none;
        return say(context, "%lld%c%lld %s %s ", (long long)visit->entered_us,
                   visit->is_left_assumed ? '~' : '-', (long long)visit->left_us, in + 7, out + 7);
}

static void ask_stays(struct history_subject *subject, char who, const char *site)
{
        listen(subject, 1000);
        assert_int_equal(subject->history->ops->visits(subject->history, person_of(who).subject,
                                                       site, 0, 0, 1000, see_stay, subject),
                         0);
}

static void rows_of_many_gates_come_to_the_same_stays_in_any_order(void **state)
{
        struct history_subject *subject = *state;
        struct archive_row rows[MIXED_ROWS];
        size_t order[MIXED_ROWS], next = 0;
        unsigned seed = 23;
        uint64_t seqs[MIXED_GATES] = { 0 };
        for (size_t i = 0; i < MIXED_ROWS; i++) {
                rows[i] = row_at((int64_t)i, "AccessTaken", rand_r(&seed) % 2 ? "entry" : "exit",
                                 (char)('A' + rand_r(&seed) % 4));
                rows[i].stream = (size_t)rand_r(&seed) % MIXED_GATES;
                rows[i].seq = ++seqs[rows[i].stream];
                order[i] = i;
        }
        put_mixed(subject, "x/site", rows, order);
        /* Each gate's in its order, one gate after the other from the last. */
        for (size_t gate = MIXED_GATES; gate-- > 0;)
                for (size_t i = 0; i < MIXED_ROWS; i++)
                        if (rows[i].stream == gate)
                                order[next++] = i;
        put_mixed(subject, "y/site", rows, order);
        for (size_t i = MIXED_ROWS; i > 1; i--) {
                size_t at = (size_t)rand_r(&seed) % i, moved = order[at];
                order[at] = order[i - 1];
                order[i - 1] = moved;
        }
        put_mixed(subject, "z/site", rows, order);
        for (char who = 'A'; who <= 'D'; who++) {
                char in_order[HISTORY_TEXT_MAX];
                ask_stays(subject, who, "x/site");
                strcpy(in_order, subject->text);
                assert_true(strlen(in_order) > 100);
                ask_stays(subject, who, "y/site");
                assert_string_equal(subject->text, in_order);
                ask_stays(subject, who, "z/site");
                assert_string_equal(subject->text, in_order);
        }
}

static void who_was_there_at_the_same_time_was_in_contact(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 100);
        leaves(subject, 'A', "a/b/c", 200);
        enters(subject, 'B', "a/b/d", 50);
        leaves(subject, 'B', "a/b/d", 150);
        enters(subject, 'C', "a/b/c", 120);
        leaves(subject, 'C', "a/b/d", 130);
        enters(subject, 'D', "a/b/c", 190);
        leaves(subject, 'D', "a/b/c", 300);
        enters(subject, 'E', "a/b/c", 205);
        leaves(subject, 'E', "a/b/c", 210);
        enters(subject, 'F', "a/b/c", 10);
        leaves(subject, 'F', "a/b/c", 95);
        enters(subject, 'G', "a/e/c", 100);
        leaves(subject, 'H', "a/b/c", 140); /* nobody knows since when: then */
        ask_contacts(subject, 'A', "", 0, 100);
        assert_string_equal(subject->text, "B 100-150 C 120-130 H 140-140 D 190-200 ");
        ask_contacts(subject, 'A', "", 10, 100);
        assert_string_equal(subject->text, "B 90-150 F 90-95 C 120-130 H 140-140 D 190-210 "
                                           "E 205-210 ");
        ask_contacts(subject, 'A', "a/b", 0, 2);
        assert_string_equal(subject->text, "B 100-150 C 120-130 ");
        ask_contacts(subject, 'A', "a/e", 0, 100);
        assert_string_equal(subject->text, "");
        ask_contacts(subject, 'H', "", 0, 100);
        assert_string_equal(subject->text, "A 140-140 B 140-140 ");
        ask_contacts(subject, 'Z', "", 0, 100);
        assert_string_equal(subject->text, "");
}

static void a_stay_that_lasts_is_in_contact_until_now(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 100);
        enters(subject, 'B', "a/b/c", 50);
        enters(subject, 'C', "a/b/c", 60);
        leaves(subject, 'C', "a/b/c", 110);
        enters(subject, 'D', "a/b/c", 4990);
        enters(subject, 'E', "a/b/c", 5010);
        ask_contacts(subject, 'A', "", 0, 100);
        assert_string_equal(subject->text, "B 100- C 100-110 D 4990- ");
        ask_contacts(subject, 'C', "", 0, 100);
        assert_string_equal(subject->text, "B 60-110 A 100-110 ");
}

static void a_long_stay_is_found_however_long_before_it_began(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'B', "a/b/c", 0);
        enters(subject, 'C', "a/b/c", 1);
        enters(subject, 'D', "a/b/c", 4000);
        leaves(subject, 'D', "a/b/c", 4960); /* sixteen hours to the minute: not yet long */
        leaves(subject, 'B', "a/b/c", 4970);
        enters(subject, 'A', "a/b/c", 4960);
        leaves(subject, 'A', "a/b/c", 4980);
        ask_contacts(subject, 'A', "", 0, 100);
        assert_string_equal(subject->text, "B 4960-4970 C 4960-4980 D 4960-4960 ");
}

static void each_stay_has_contacts_of_its_own(void **state)
{
        struct history_subject *subject = *state;
        enters(subject, 'A', "a/b/c", 10);
        leaves(subject, 'A', "a/b/c", 20);
        enters(subject, 'A', "a/b/c", 30);
        leaves(subject, 'A', "a/b/c", 40);
        enters(subject, 'B', "a/b/c", 15);
        leaves(subject, 'B', "a/b/c", 35);
        ask_contacts(subject, 'A', "", 0, 100);
        assert_string_equal(subject->text, "B 15-20 B 30-35 ");
        ask_contacts(subject, 'B', "", 0, 100);
        assert_string_equal(subject->text, "A 15-20 A 30-35 ");
}

#define HISTORY_PEOPLE(setup, teardown)                                                            \
        HISTORY_TEST(who_is_inside_comes_longest_first_and_page_by_page, setup, teardown),         \
                HISTORY_TEST(a_page_of_those_inside_begins_after_the_last_one, setup, teardown),   \
                HISTORY_TEST(a_stay_is_from_a_taken_entry_to_a_taken_exit_in_one_site, setup,      \
                             teardown),                                                            \
                HISTORY_TEST(of_a_lane_without_a_sensor_a_passage_is_assumed, setup, teardown),    \
                HISTORY_TEST(stays_are_those_that_touch_the_time, setup, teardown),                \
                HISTORY_TEST(a_gate_that_was_offline_mends_what_had_been_assumed, setup,           \
                             teardown),                                                            \
                HISTORY_TEST(rows_of_many_gates_come_to_the_same_stays_in_any_order, setup,        \
                             teardown),                                                            \
                HISTORY_TEST(who_was_there_at_the_same_time_was_in_contact, setup, teardown),      \
                HISTORY_TEST(a_stay_that_lasts_is_in_contact_until_now, setup, teardown),          \
                HISTORY_TEST(a_long_stay_is_found_however_long_before_it_began, setup, teardown),  \
                HISTORY_TEST(each_stay_has_contacts_of_its_own, setup, teardown)
