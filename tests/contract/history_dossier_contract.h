/* What is kept of one person, all of it, whatever their gates' clocks said. */
#pragma once

#include "dashboard/requests/dossier.h"
#include "tests/contract/history_scene.h"

#define DOSSIER_DAY (INT64_C(24) * 60)

/* Hands questions on, and counts those for events. */
struct asked {
        struct history history; /* first: the port's functions take it */
        struct history *real;
        int questions;
};

static int hand_on_events(struct history *history, const struct history_event_filter *filter,
                          history_event_visitor *visit, void *context)
{
        struct asked *asked = (struct asked *)history;
        asked->questions++;
        return asked->real->ops->events(asked->real, filter, visit, context);
}

static int hand_on_visits(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                          const char *area, int64_t from_us, int64_t until_us, size_t limit,
                          history_visit_visitor *visit, void *context)
{
        struct history *real = ((struct asked *)history)->real;
        return real->ops->visits(real, subject, area, from_us, until_us, limit, visit, context);
}

/* How many events and visits it has. */
static int read_dossier(struct history_subject *subject, char who, size_t *events, size_t *visits)
{
        const struct history_ops ops = { .events = hand_on_events, .visits = hand_on_visits };
        struct asked asked = { .history = { .ops = &ops }, .real = subject->history };
        const struct person person = person_of(who);
        json_t *dossier = NULL;
        assert_int_equal(dossier_read(&asked.history, person.subject, NULL, at_minute(0), &dossier),
                         0);
        *events = json_array_size(json_object_get(dossier, "events"));
        *visits = json_array_size(json_object_get(dossier, "visits"));
        json_decref(dossier);
        return asked.questions;
}

static void a_dossier_has_what_any_clock_said(void **state)
{
        struct history_subject *subject = *state;
        size_t events, visits;
        /* In 1970, where clocks without a battery begin; the last second before a day and its
         * first; and in a year that has not come. */
        const int64_t minutes[] = { -HISTORY_BEGIN_US / HISTORY_MINUTE, -DOSSIER_DAY - 1,
                                    -DOSSIER_DAY, 60, 300 * 365 * DOSSIER_DAY };
        for (size_t i = 0; i < ARRAY_LEN(minutes); i++) {
                put_row(subject, "a/b/c", row_at(minutes[i], "AccessDenied", "entry", 'A'));
                put_row(subject, "a/b/c", row_at(minutes[i], "AccessDenied", "entry", 'B'));
        }
        enters(subject, 'A', "a/b/c", 70);
        (void)read_dossier(subject, 'A', &events, &visits);
        assert_int_equal(events, 6);
        assert_int_equal(visits, 1);
        (void)read_dossier(subject, 'C', &events, &visits);
        assert_int_equal(events, 0);
}

/* An archive of a region has rows of a few weeks, and a question for a day costs what it costs. */
static void a_dossier_asks_of_days_that_there_are(void **state)
{
        struct history_subject *subject = *state;
        size_t events, visits;
        assert_int_equal(read_dossier(subject, 'A', &events, &visits), 1);
        for (int day = 0; day < 3; day++)
                put_row(subject, "a/b/c",
                        row_at(-100 * day * DOSSIER_DAY, "AccessDenied", "entry", 'A'));
        assert_int_equal(read_dossier(subject, 'A', &events, &visits), 7);
        assert_int_equal(events, 3);
}

#define HISTORY_DOSSIER(setup, teardown)                                                           \
        cmocka_unit_test_setup_teardown(a_dossier_has_what_any_clock_said, setup, teardown),       \
                cmocka_unit_test_setup_teardown(a_dossier_asks_of_days_that_there_are, setup,      \
                                                teardown)
