#include "dashboard/requests/dossier.h"

#include "common/rfc3339.h"
#include "controller/record/subject.h"
#include "dashboard/api/show.h"

#include <errno.h>

#define DAY_US INT64_C(86400000000)

enum {
        PAGE = 1000
};

static bool add_event(void *context, const struct history_event *event)
{
        return json_array_append_new(context, show_event(event, false)) == 0;
}

static bool add_visit(void *context, const struct history_visit *visit)
{
        return json_array_append_new(context, show_visit(visit)) == 0;
}

struct newest {
        json_t *events;
        struct history_place last;
        size_t count;
};

static bool add_newest(void *context, const struct history_event *event)
{
        struct newest *newest = context;
        newest->last = event->place;
        newest->count++;
        return add_event(newest->events, event);
}

/* Everybody's, or theirs; before that. */
static struct history_event_filter events_before(const struct history_place *before,
                                                 const uint8_t *subject, size_t limit)
{
        return (struct history_event_filter){ .area = "",
                                              .event = "",
                                              .reason = "",
                                              .subject = subject,
                                              .before = *before,
                                              .with_silent = true,
                                              .limit = limit };
}

/* Their events from then on that come before that, all of them. */
static int read_events(struct history *history, const uint8_t *subject, int64_t from_us,
                       const struct history_place *before, json_t *events)
{
        struct history_event_filter filter = events_before(before, subject, PAGE);
        struct newest newest;
        int r;
        filter.from_us = from_us;
        do {
                newest = (struct newest){ .events = events };
                r = history->ops->events(history, &filter, add_newest, &newest);
                filter.before = newest.last;
        } while (!r && newest.count == PAGE);
        return r;
}

static bool keep_time(void *context, const struct history_event *event)
{
        struct history_place *at = context;
        *at = event->place;
        return false;
}

/* Day by day: there is no index of people over entries, and none of a day is long. Of those days
 * that there are, for most gates' clocks are right, and some are years off. */
static int read_all_events(struct history *history, const uint8_t *subject, json_t *events)
{
        struct history_place before = { 0 };
        for (;;) {
                const struct history_event_filter newest = events_before(&before, NULL, 1);
                struct history_place at = { 0 };
                int r = history->ops->events(history, &newest, keep_time, &at);
                if (r || at.stream == 0)
                        return r;
                /* From 0 on is from the beginning. */
                int64_t day_us = at.at_us > 0 ? at.at_us / DAY_US * DAY_US : 0;
                r = read_events(history, subject, day_us, &before, events);
                if (r || day_us == 0)
                        return r;
                before = (struct history_place){ .at_us = day_us, .stream = INT64_MIN };
        }
}

static int read_all(struct history *history, const uint8_t *subject, json_t *events, json_t *visits)
{
        int r = history->ops->visits(history, subject, "", 0, INT64_MAX, SIZE_MAX, add_visit,
                                     visits);
        return r ? r : read_all_events(history, subject, events);
}

int dossier_read(struct history *history, const uint8_t subject[SUBJECT_LEN], const json_t *holder,
                 int64_t now_us, json_t **dossier)
{
        char at[RFC3339_MAX], text[SUBJECT_TEXT_MAX];
        json_t *events = json_array(), *visits = json_array();
        int r = read_all(history, subject, events, visits);
        rfc3339_format(now_us, at);
        subject_format(subject, text);
        *dossier = json_pack("{s:s, s:s, s:O?, s:o, s:o}", "exported", at, "subject", text,
                             "holder", holder, "visits", visits, "events", events);
        if (!r && !*dossier)
                r = -ENOMEM;
        if (r) {
                json_decref(*dossier);
                *dossier = NULL;
        }
        return r;
}
