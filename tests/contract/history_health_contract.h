/* History contract: how gates fared, hour by hour. The driver's tests say where it is. */
#pragma once

#include "tests/contract/history_scene.h"

enum {
        HEALTH_HOUR_MIN = 60
};

static inline bool see_health(void *context, const struct history_health *health)
{
        const int64_t hour = HISTORY_BEGIN_US / (HEALTH_HOUR_MIN * HISTORY_MINUTE);
        return say(context, "%+d %llu %s\n", (int)(health->hour - hour),
                   (unsigned long long)health->reports, health->data);
}

static inline void fares(struct history_subject *subject, const char *gate, int minute,
                         const char *text)
{
        const struct archive_news news = { .kind = ARCHIVE_HEALTH,
                                           .gate = gate,
                                           .received_us = at_minute(minute),
                                           .text = text,
                                           .state = "" };
        hear(subject, &news, 1);
}

static inline void ask_health(struct history_subject *subject, const char *gate, int from,
                              int until)
{
        const int64_t hour = HISTORY_BEGIN_US / (HEALTH_HOUR_MIN * HISTORY_MINUTE);
        listen(subject, 100);
        assert_int_equal(subject->history->ops->health(subject->history, gate, hour + from,
                                                       hour + until, see_health, subject),
                         0);
}

static void of_an_hour_the_last_health_is_kept_and_how_often_it_came(void **state)
{
        struct history_subject *subject = *state;
        fares(subject, "a/b/c", 0, "{\"n\":0}");
        fares(subject, "a/b/c", 59, "{\"n\":1}");
        fares(subject, "a/b/d", 59, "{\"d\":1}");
        fares(subject, "a/b/c", 60, "{\"n\":2}");
        fares(subject, "a/b/c", 185, "{\"n\":3}");
        ask_health(subject, "a/b/c", -5, 5);
        assert_string_equal(subject->text, "+0 2 {\"n\":1}\n+1 1 {\"n\":2}\n+3 1 {\"n\":3}\n");
        ask_health(subject, "a/b/c", 1, 3);
        assert_string_equal(subject->text, "+1 1 {\"n\":2}\n");
        ask_health(subject, "a/b", -5, 5);
        assert_string_equal(subject->text, "");
}

static void hours_of_health_are_bounded_and_the_oldest_make_room(void **state)
{
        struct history_subject *subject = *state;
        fares(subject, "a/b/c", 0, "{}");
        fares(subject, "a/b/d", 0, "{}");
        fares(subject, "a/b/c", HEALTH_HOUR_MIN, "{}");
        fares(subject, "a/b/c", (ARCHIVE_HEALTH_HOURS - 1) * HEALTH_HOUR_MIN, "{}");
        ask_health(subject, "a/b/c", 0, 3);
        assert_string_equal(subject->text, "+0 1 {}\n+1 1 {}\n");
        fares(subject, "a/b/c", ARCHIVE_HEALTH_HOURS * HEALTH_HOUR_MIN, "{}");
        ask_health(subject, "a/b/c", 0, 3);
        assert_string_equal(subject->text, "+1 1 {}\n");
        ask_health(subject, "a/b/d", 0, 3);
        assert_string_equal(subject->text, "+0 1 {}\n");
}

#define HISTORY_HEALTH_CONTRACT(setup, teardown)                                                   \
        cmocka_unit_test_setup_teardown(of_an_hour_the_last_health_is_kept_and_how_often_it_came,  \
                                        setup, teardown),                                          \
                cmocka_unit_test_setup_teardown(                                                   \
                        hours_of_health_are_bounded_and_the_oldest_make_room, setup, teardown)
