/* What tests of a history store and read: rows by the minute, and answers as text. */
#pragma once

#include "tests/contract/archive_rows.h"

#include "dashboard/ports/history.h"

#include <stdio.h>
#include <stdlib.h>

enum {
        HISTORY_TEXT_MAX = 8192
};

#define HISTORY_BEGIN_US INT64_C(1800000000000000) /* minute 0; it begins an hour */
#define HISTORY_MINUTE   INT64_C(60000000)

struct history_subject {
        struct archive *archive;
        struct history *history;
        char text[HISTORY_TEXT_MAX]; /* what visitors were shown */
        int used;
        int left; /* how many a visitor takes before it says that it has enough */
};

static inline int64_t at_minute(int64_t minute)
{
        return HISTORY_BEGIN_US + minute * HISTORY_MINUTE;
}

static inline int minute_of(int64_t at_us)
{
        return (int)((at_us - HISTORY_BEGIN_US) / HISTORY_MINUTE);
}

struct person {
        uint8_t subject[HISTORY_SUBJECT_LEN];
};

static inline struct person person_of(char name)
{
        return (struct person){ .subject = { 7, (uint8_t)name } };
}

/* Begins an answer; its visitors take `most`. */
static inline void listen(struct history_subject *subject, int most)
{
        subject->used = 0;
        subject->left = most;
        subject->text[0] = '\0';
}

__attribute__((format(printf, 2, 3))) static inline bool say(struct history_subject *subject,
                                                             const char *format, ...)
{
        va_list arguments;
        va_start(arguments, format);
        subject->used += vsnprintf(subject->text + subject->used,
                                   (size_t)(HISTORY_TEXT_MAX - subject->used), format, arguments);
        va_end(arguments);
        assert_true(subject->used < HISTORY_TEXT_MAX);
        return --subject->left > 0;
}

/* ---- storing ---- */

static inline struct archive_row row_at(int64_t minute, const char *event, const char *direction,
                                        char who)
{
        struct archive_row row = archive_row_of(0);
        row.at_us = at_minute(minute);
        row.received_us = row.at_us + 1;
        row.event = event;
        row.direction = direction;
        if (who)
                memcpy(row.subject, person_of(who).subject, sizeof(row.subject));
        return row;
}

/* The gate's next row. */
static inline void put_row(struct history_subject *subject, const char *gate,
                           struct archive_row row)
{
        struct archive_stream stream = archive_stream_of(subject->archive, gate);
        const struct archive_batch batch = {
                .rows = &row, .count = 1, .streams = &stream, .stream_count = 1
        };
        row.seq = stream.highest + 1;
        assert_int_equal(archive_store(subject->archive, &batch), 0);
        assert_true(row.is_new);
}

static inline void enters(struct history_subject *subject, char who, const char *gate, int minute)
{
        put_row(subject, gate, row_at(minute, "AccessTaken", "entry", who));
}

static inline void leaves(struct history_subject *subject, char who, const char *gate, int minute)
{
        put_row(subject, gate, row_at(minute, "AccessTaken", "exit", who));
}

static inline void hear(struct history_subject *subject, const struct archive_news *news,
                        size_t count)
{
        const struct archive_batch batch = { .news = news, .news_count = count };
        assert_int_equal(archive_store(subject->archive, &batch), 0);
}

/* ---- reading ---- */

static inline bool see_gate(void *context, const struct history_gate *gate)
{
        return say(context, "%s %s %d %s %d %llu %llu\n", gate->gate, gate->state,
                   gate->state_us ? minute_of(gate->state_us) : -1, gate->status,
                   gate->last_row_us ? minute_of(gate->last_row_us) : -1,
                   (unsigned long long)gate->behind, (unsigned long long)gate->lost);
}

static inline bool see_event(void *context, const struct history_event *event)
{
        return say(context, "%s#%d@%d ", event->gate, (int)event->place.seq,
                   minute_of(event->place.at_us));
}

/* "A a/b 10-20 " entered at 10 and left at 20; ? unknown, ~ by assumption, nothing: still inside.
 */
static inline bool see_visit(void *context, const struct history_visit *visit)
{
        struct history_subject *subject = context;
        char entered[16] = "?", left[16] = "";
        if (visit->entered_us)
                (void)snprintf(entered, sizeof(entered), "%d", minute_of(visit->entered_us));
        if (visit->left_us)
                (void)snprintf(left, sizeof(left), "%d", minute_of(visit->left_us));
        return say(subject, "%c %s %s%c%s ", visit->subject[1], visit->site, entered,
                   visit->is_left_assumed ? '~' : '-', left);
}

static inline bool see_gates_of_visit(void *context, const struct history_visit *visit)
{
        return say(context, "%s>%s %s ", visit->gate_in, visit->gate_out, visit->credential_class);
}

static inline bool see_count(void *context, const struct history_visit *count)
{
        return say(context, "%s %d ", count->site, (int)count->id);
}

/* The other one, and from when to when they met. */
static inline bool see_contact(void *context, const struct history_contact *contact)
{
        char until[16] = "";
        assert_true(contact->of_visit > 0);
        assert_true(contact->of_visit != contact->visit.id);
        if (contact->until_us)
                (void)snprintf(until, sizeof(until), "%d", minute_of(contact->until_us));
        return say(context, "%c %d-%s ", contact->visit.subject[1], minute_of(contact->from_us),
                   until);
}

static inline bool see_tally(void *context, const struct history_tally *tally)
{
        return say(context, "%+d %s %d %d %d %d\n",
                   (int)(tally->hour - HISTORY_BEGIN_US / (60 * HISTORY_MINUTE)), tally->gate,
                   (int)tally->entries, (int)tally->exits, (int)tally->granted, (int)tally->denied);
}

static inline bool see_head(void *context, const struct history_head *head)
{
        return say(context, "%d ", (int)head->highest);
}

static inline void ask_events(struct history_subject *subject,
                              const struct history_event_filter *filter)
{
        listen(subject, 1000);
        assert_int_equal(
                subject->history->ops->events(subject->history, filter, see_event, subject), 0);
}

static inline void ask_visits(struct history_subject *subject, char who, const char *area,
                              int64_t from, int64_t until, size_t limit)
{
        listen(subject, 1000);
        assert_int_equal(subject->history->ops->visits(subject->history, person_of(who).subject,
                                                       area, at_minute(from), at_minute(until),
                                                       limit, see_visit, subject),
                         0);
}

static inline void ask_gates(struct history_subject *subject, const char *area, const char *after,
                             size_t limit)
{
        listen(subject, 1000);
        assert_int_equal(subject->history->ops->gates(subject->history, area, after, limit,
                                                      see_gate, subject),
                         0);
}

static inline void ask_inside(struct history_subject *subject, const char *area)
{
        listen(subject, 1000);
        assert_int_equal(subject->history->ops->inside(subject->history, area, 0, 0, 1000,
                                                       see_visit, subject),
                         0);
}

static inline void ask_contacts(struct history_subject *subject, char who, const char *area,
                                int64_t margin, size_t limit)
{
        const struct person person = person_of(who);
        const struct history_contact_query query = { .subject = person.subject,
                                                     .area = area,
                                                     .from_us = at_minute(-100000),
                                                     .until_us = at_minute(100000),
                                                     .margin_us = margin * HISTORY_MINUTE,
                                                     .now_us = at_minute(5000),
                                                     .limit = limit };
        listen(subject, 1000);
        assert_int_equal(
                subject->history->ops->contacts(subject->history, &query, see_contact, subject), 0);
}
