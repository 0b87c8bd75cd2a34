/*
 * What every history must do, run over each of them: over what an archive of the same driver was
 * given. A suite's set-up makes *state a subject of both, empty.
 */
#pragma once

#include "tests/contract/history_scene.h"

static void an_empty_archive_has_nothing_to_tell(void **state)
{
        struct history_subject *subject = *state;
        const struct history_event_filter all = {
                .area = "", .event = "", .reason = "", .limit = 10
        };
        ask_gates(subject, "", "", 10);
        assert_string_equal(subject->text, "");
        ask_events(subject, &all);
        assert_string_equal(subject->text, "");
        ask_inside(subject, "");
        assert_string_equal(subject->text, "");
        ask_visits(subject, 'A', "", -100, 100, 10);
        assert_string_equal(subject->text, "");
        ask_contacts(subject, 'A', "", 0, 10);
        assert_string_equal(subject->text, "");
        struct history *history = subject->history;
        assert_int_equal(history->ops->tallies(history, "", 0, INT32_MAX, see_tally, subject), 0);
        assert_int_equal(history->ops->heads(history, see_head, subject), 0);
        assert_int_equal(history->ops->inside_counts(history, "", see_count, subject), 0);
        assert_int_equal(history->ops->rows_after(history, 1, 0, 10, see_event, subject), 0);
        assert_string_equal(subject->text, "");
}

static void a_gate_is_what_it_last_said_and_what_is_known_of_its_journal(void **state)
{
        struct history_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        uint64_t lost = 0;
        struct archive_news news[] = {
                { .kind = ARCHIVE_STATUS,
                  .gate = "a/b/c",
                  .received_us = at_minute(5),
                  .text = "{\"n\":1}",
                  .state = "online",
                  .has_journal = true,
                  .head = 9 },
                { .kind = ARCHIVE_HEALTH,
                  .gate = "a/b/c",
                  .received_us = at_minute(6),
                  .text = "{}",
                  .state = "" },
                /* One of whom there is nothing else. */
                { .kind = ARCHIVE_STATUS,
                  .gate = "a/b/d",
                  .received_us = at_minute(7),
                  .text = "{\"d\":1}",
                  .state = "offline" },
        };
        memcpy(news[0].epoch, archive_epoch, sizeof(archive_epoch));
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 1, 2, 5), 3);
        assert_int_equal(archive_lose(subject->archive, &stream, 4, "not_held", 1, &lost), 0);
        hear(subject, news, ARRAY_LEN(news));
        (void)archive_stream_of(subject->archive, "a/e/c");
        ask_gates(subject, "", "", 10);
        assert_string_equal(subject->text, "a/b/c online 5 {\"n\":1} 0 4 2\n"
                                           "a/b/d offline 7 {\"d\":1} -1 0 0\n"
                                           "a/e/c  -1  -1 0 0\n");
}

static void of_what_a_gate_says_the_last_counts_and_a_will_takes_nothing_else_away(void **state)
{
        struct history_subject *subject = *state;
        struct archive_news news = { .kind = ARCHIVE_STATUS,
                                     .gate = "a/b/c",
                                     .received_us = at_minute(5),
                                     .text = "{\"n\":1}",
                                     .state = "online",
                                     .has_journal = true,
                                     .head = 3 };
        hear(subject, &news, 1);
        news.received_us = at_minute(4);
        news.text = "{\"n\":0}";
        hear(subject, &news, 1);
        ask_gates(subject, "", "", 10);
        assert_string_equal(subject->text, "a/b/c online 5 {\"n\":1} -1 3 0\n");
        const struct archive_news will = { .kind = ARCHIVE_STATUS,
                                           .gate = "a/b/c",
                                           .received_us = at_minute(8),
                                           .text = "{\"will\":1}",
                                           .state = "offline" };
        hear(subject, &will, 1);
        ask_gates(subject, "", "", 10);
        assert_string_equal(subject->text, "a/b/c offline 8 {\"n\":1} -1 3 0\n");
        news.received_us = at_minute(9);
        news.text = "{\"n\":2}";
        hear(subject, &news, 1);
        ask_gates(subject, "", "", 10);
        assert_string_equal(subject->text, "a/b/c online 9 {\"n\":2} -1 3 0\n");
}

static void an_area_has_whole_names_only(void **state)
{
        struct history_subject *subject = *state;
        static const char *const names[] = { "org/si/g",     "org/site-2/g", "org/site/g",
                                             "org/site/g-2", "org-2/site/g", "o/site/g" };
        static const char *const expected[][2] = {
                { "org", "org/si/g org/site-2/g org/site/g org/site/g-2 " },
                { "org/si", "org/si/g " },
                { "org/site", "org/site/g org/site/g-2 " },
                { "org/site/g", "org/site/g " },
                { "or", "" },
                { "org/site/", "" },
                { "org/site/g/x", "" },
                { "%", "" },
                { "", "o/site/g org-2/site/g org/si/g org/site-2/g org/site/g org/site/g-2 " },
        };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                enters(subject, (char)('A' + i), names[i], (int)i);
        for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
                char list[256] = "";
                ask_gates(subject, expected[i][0], "", 100);
                for (char *line = strtok(subject->text, "\n"); line; line = strtok(NULL, "\n"))
                        (void)sprintf(list + strlen(list), "%.*s ", (int)strcspn(line, " "), line);
                assert_string_equal(list, expected[i][1]);
        }
        /* Of people there are whole sites only. */
        ask_inside(subject, "org/site");
        assert_string_equal(subject->text, "C org/site 2- D org/site 3- ");
        ask_inside(subject, "org/site/g");
        assert_string_equal(subject->text, "");
        ask_visits(subject, 'C', "org/si", -100, 100, 10);
        assert_string_equal(subject->text, "");
        ask_visits(subject, 'C', "org", -100, 100, 10);
        assert_string_equal(subject->text, "C org/site 2- ");
}

static void gates_come_in_order_of_their_names_page_by_page(void **state)
{
        struct history_subject *subject = *state;
        (void)archive_stream_of(subject->archive, "a/b/d");
        (void)archive_stream_of(subject->archive, "a/b/c");
        (void)archive_stream_of(subject->archive, "a/b-1/c");
        ask_gates(subject, "", "", 2);
        assert_string_equal(subject->text, "a/b-1/c  -1  -1 0 0\na/b/c  -1  -1 0 0\n");
        ask_gates(subject, "", "a/b/c", 2);
        assert_string_equal(subject->text, "a/b/d  -1  -1 0 0\n");
        listen(subject, 1);
        assert_int_equal(
                subject->history->ops->gates(subject->history, "", "", 10, see_gate, subject), 0);
        assert_string_equal(subject->text, "a/b-1/c  -1  -1 0 0\n");
}

static void events_come_newest_first_and_page_by_page(void **state)
{
        struct history_subject *subject = *state;
        struct history_event_filter filter = { .area = "", .event = "", .reason = "", .limit = 3 };
        put_row(subject, "a/b/c", row_at(10, "Started", "", 0));
        put_row(subject, "a/b/c", row_at(30, "Started", "", 0));
        put_row(subject, "a/b/c", row_at(20, "Started", "", 0));
        put_row(subject, "a/b/d", row_at(20, "Started", "", 0));
        put_row(subject, "a/b/d", row_at(20, "Started", "", 0));
        put_row(subject, "a/b/d", row_at(5, "Started", "", 0));
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/c#2@30 a/b/d#2@20 a/b/d#1@20 ");
        filter.before = (struct history_place){
                .at_us = at_minute(20),
                .stream = archive_stream_of(subject->archive, "a/b/d").id,
                .seq = 1,
        };
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/c#3@20 a/b/c#1@10 a/b/d#3@5 ");
        filter.before = (struct history_place){ 0 };
        filter.from_us = at_minute(10);
        filter.until_us = at_minute(20);
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/c#1@10 ");
        filter.until_us = at_minute(20) + 1;
        filter.limit = 10;
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/d#2@20 a/b/d#1@20 a/b/c#3@20 a/b/c#1@10 ");
}

static void events_are_those_of_the_area_the_kind_the_reason_and_the_person(void **state)
{
        struct history_subject *subject = *state;
        const struct person person = person_of('B');
        struct history_event_filter filter = {
                .area = "", .event = "", .reason = "", .limit = 100
        };
        struct archive_row denied = row_at(3, "AccessDenied", "entry", 'B');
        denied.reason = "expired";
        enters(subject, 'A', "a/b/c", 1);
        enters(subject, 'B', "a/b/d", 2);
        put_row(subject, "a/b/c", denied);
        put_row(subject, "a/b/c", row_at(4, "Duress", "entry", 'B'));
        put_row(subject, "a/e/c", row_at(5, "SilentAlarm", "entry", 0));
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/c#2@3 a/b/d#1@2 a/b/c#1@1 ");
        filter.with_silent = true;
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/e/c#1@5 a/b/c#3@4 a/b/c#2@3 a/b/d#1@2 a/b/c#1@1 ");
        filter.area = "a/b/c";
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/c#3@4 a/b/c#2@3 a/b/c#1@1 ");
        filter.area = "a/b";
        filter.subject = person.subject;
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/c#3@4 a/b/c#2@3 a/b/d#1@2 ");
        filter.reason = "expired";
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/c#2@3 ");
        filter.reason = "";
        filter.event = "AccessTaken";
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/b/d#1@2 ");
}

/* Of so many journals that they are read another way. */
static void events_of_a_large_fleet_come_as_those_of_a_small_one(void **state)
{
        struct history_subject *subject = *state;
        struct history_event_filter filter = {
                .area = "", .event = "Tamper", .reason = "", .limit = 4
        };
        for (int i = 0; i < 70; i++) {
                char gate[32];
                (void)snprintf(gate, sizeof(gate), "a/s-%d/g-%d", i / 40, i);
                put_row(subject, gate, row_at(i % 3, i == 5 ? "SilentAlarm" : "Started", "", 'A'));
                if (i % 20 == 0)
                        put_row(subject, gate, row_at(i / 40, "Tamper", "", 0));
        }
        ask_events(subject, &filter);
        assert_string_equal(subject->text,
                            "a/s-1/g-60#2@1 a/s-1/g-40#2@1 a/s-0/g-20#2@0 a/s-0/g-0#2@0 ");
        filter.before = (struct history_place){
                .at_us = at_minute(1),
                .stream = archive_stream_of(subject->archive, "a/s-1/g-60").id,
                .seq = 2,
        };
        filter.limit = 2;
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/s-1/g-40#2@1 a/s-0/g-20#2@0 ");
        filter.area = "a/s-1";
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/s-1/g-40#2@1 ");
        filter = (struct history_event_filter){
                .area = "", .event = "SilentAlarm", .reason = "", .limit = 9
        };
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "");
        filter.with_silent = true;
        ask_events(subject, &filter);
        assert_string_equal(subject->text, "a/s-0/g-5#1@2 ");
}

static bool check_event(void *context, const struct history_event *event)
{
        const struct person person = person_of('A');
        assert_string_equal(event->gate, "a/b/c");
        assert_int_equal(event->id[0], 0xab);
        assert_int_equal(event->place.seq, 1);
        assert_int_equal(event->place.at_us, at_minute(1));
        assert_int_equal(event->received_us, at_minute(1) + 1);
        assert_string_equal(event->event, "AccessTaken");
        assert_string_equal(event->reason, "");
        assert_string_equal(event->direction, "entry");
        assert_string_equal(event->credential_class, "cccd");
        assert_string_equal(event->clock, "synchronised");
        assert_string_equal(event->access_point, "entry");
        assert_memory_equal(event->subject, person.subject, sizeof(event->subject));
        assert_int_equal(event->grant_seq, 77);
        assert_int_equal(event->flags, ARCHIVE_LATE | ARCHIVE_OFFLINE);
        return say(context, "whole");
}

static void an_event_is_all_that_the_row_said(void **state)
{
        struct history_subject *subject = *state;
        const struct history_event_filter filter = {
                .area = "", .event = "", .reason = "", .limit = 2
        };
        struct archive_row row = row_at(1, "AccessTaken", "entry", 'A');
        row.id[0] = 0xab;
        row.grant_seq = 77;
        row.flags = ARCHIVE_LATE | ARCHIVE_OFFLINE;
        put_row(subject, "a/b/c", row);
        listen(subject, 10);
        assert_int_equal(
                subject->history->ops->events(subject->history, &filter, check_event, subject), 0);
        assert_string_equal(subject->text, "whole");
}

static void who_follows_a_journal_gets_its_rows_in_order(void **state)
{
        struct history_subject *subject = *state;
        struct history *history = subject->history;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        assert_int_equal(ARCHIVE_PUT(subject->archive, &stream, 7, 2, 1), 3);
        (void)archive_stream_of(subject->archive, "a/b/d");
        listen(subject, 10);
        assert_int_equal(history->ops->heads(history, see_head, subject), 0);
        assert_string_equal(subject->text, "7 0 ");
        listen(subject, 10);
        assert_int_equal(history->ops->rows_after(history, stream.id, 1, 10, see_event, subject),
                         0);
        assert_string_equal(subject->text, "a/b/c#2@0 a/b/c#7@0 ");
        listen(subject, 10);
        assert_int_equal(history->ops->rows_after(history, stream.id, 0, 1, see_event, subject), 0);
        assert_string_equal(subject->text, "a/b/c#1@0 ");
        listen(subject, 10);
        assert_int_equal(history->ops->rows_after(history, stream.id, 7, 10, see_event, subject),
                         0);
        assert_string_equal(subject->text, "");
}

static void figures_are_of_gates_and_hours(void **state)
{
        struct history_subject *subject = *state;
        struct history *history = subject->history;
        const int64_t hour = HISTORY_BEGIN_US / (60 * HISTORY_MINUTE);
        enters(subject, 'A', "a/b/d", 0);
        enters(subject, 0, "a/b/d", 59);
        leaves(subject, 'A', "a/b/c", 59);
        put_row(subject, "a/b/c", row_at(1, "AccessDenied", "entry", 0));
        put_row(subject, "a/b/c", row_at(60, "AccessGranted", "entry", 0));
        put_row(subject, "a/b/c", row_at(120, "Started", "", 0));
        leaves(subject, 'B', "a/e/c", -1);
        listen(subject, 100);
        assert_int_equal(history->ops->tallies(history, "", hour - 5, hour + 5, see_tally, subject),
                         0);
        assert_string_equal(subject->text, "-1 a/e/c 0 1 0 0\n"
                                           "+0 a/b/c 0 1 0 1\n"
                                           "+0 a/b/d 2 0 0 0\n"
                                           "+1 a/b/c 0 0 1 0\n");
        listen(subject, 100);
        assert_int_equal(
                history->ops->tallies(history, "a/b/c", hour, hour + 1, see_tally, subject), 0);
        assert_string_equal(subject->text, "+0 a/b/c 0 1 0 1\n");
        listen(subject, 2);
        assert_int_equal(
                history->ops->tallies(history, "a", hour - 5, hour + 5, see_tally, subject), 0);
        assert_string_equal(subject->text, "-1 a/e/c 0 1 0 0\n+0 a/b/c 0 1 0 1\n");
}

static void a_row_counts_once_however_often_it_comes(void **state)
{
        struct history_subject *subject = *state;
        struct archive_stream stream = archive_stream_of(subject->archive, "a/b/c");
        struct archive_row rows[4];
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                rows[i] = row_at(i < 2 ? 1 : 2, "AccessTaken", i < 2 ? "entry" : "exit", 'A');
                rows[i].seq = 1 + i / 2;
        }
        const struct archive_batch batch = {
                .rows = rows, .count = ARRAY_LEN(rows), .streams = &stream, .stream_count = 1
        };
        for (int i = 0; i < 3; i++)
                assert_int_equal(archive_store(subject->archive, &batch), 0);
        ask_visits(subject, 'A', "", -100, 100, 10);
        assert_string_equal(subject->text, "A a/b 1-2 ");
        listen(subject, 10);
        assert_int_equal(subject->history->ops->tallies(subject->history, "", 0, INT32_MAX,
                                                        see_tally, subject),
                         0);
        assert_string_equal(subject->text, "+0 a/b/c 1 1 0 0\n");
}

#define HISTORY_TEST(name, setup, teardown) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define HISTORY_CONTRACT(setup, teardown)                                                          \
        HISTORY_TEST(an_empty_archive_has_nothing_to_tell, setup, teardown),                       \
                HISTORY_TEST(a_gate_is_what_it_last_said_and_what_is_known_of_its_journal, setup,  \
                             teardown),                                                            \
                HISTORY_TEST(                                                                      \
                        of_what_a_gate_says_the_last_counts_and_a_will_takes_nothing_else_away,    \
                        setup, teardown),                                                          \
                HISTORY_TEST(an_area_has_whole_names_only, setup, teardown),                       \
                HISTORY_TEST(gates_come_in_order_of_their_names_page_by_page, setup, teardown),    \
                HISTORY_TEST(events_come_newest_first_and_page_by_page, setup, teardown),          \
                HISTORY_TEST(events_are_those_of_the_area_the_kind_the_reason_and_the_person,      \
                             setup, teardown),                                                     \
                HISTORY_TEST(events_of_a_large_fleet_come_as_those_of_a_small_one, setup,          \
                             teardown),                                                            \
                HISTORY_TEST(an_event_is_all_that_the_row_said, setup, teardown),                  \
                HISTORY_TEST(who_follows_a_journal_gets_its_rows_in_order, setup, teardown),       \
                HISTORY_TEST(figures_are_of_gates_and_hours, setup, teardown),                     \
                HISTORY_TEST(a_row_counts_once_however_often_it_comes, setup, teardown)
