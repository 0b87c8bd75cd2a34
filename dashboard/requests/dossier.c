#include "dashboard/requests/dossier.h"

#include "common/rfc3339.h"
#include "controller/record/subject.h"
#include "dashboard/api/show.h"

#include <errno.h>

#define DAY_US INT64_C(86400000000)

enum {
        DAYS_BACK = 3660, /* longer than anything may be kept */
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

/* Their events of a day, all of them. */
static int read_day(struct history *history, const uint8_t *subject, int64_t from_us,
                    json_t *events)
{
        struct history_event_filter filter = { .area = "",
                                               .event = "",
                                               .reason = "",
                                               .subject = subject,
                                               .from_us = from_us,
                                               .until_us = from_us + DAY_US,
                                               .with_silent = true,
                                               .limit = PAGE };
        struct newest newest;
        int r;
        do {
                newest = (struct newest){ .events = events };
                r = history->ops->events(history, &filter, add_newest, &newest);
                filter.before = newest.last;
        } while (!r && newest.count == PAGE);
        return r;
}

/* Day by day: there is no index of people over entries, and none of a day is long. */
static int read_all(struct history *history, const uint8_t *subject, int64_t now_us, json_t *events,
                    json_t *visits)
{
        int64_t today_us = now_us / DAY_US * DAY_US;
        int r = history->ops->visits(history, subject, "", 0, INT64_MAX, SIZE_MAX, add_visit,
                                     visits);
        for (int day = -1; day < DAYS_BACK && !r; day++)
                r = read_day(history, subject, today_us - day * DAY_US, events);
        return r;
}

int dossier_read(struct history *history, const uint8_t subject[SUBJECT_LEN], const json_t *holder,
                 int64_t now_us, json_t **dossier)
{
        char at[RFC3339_MAX], text[SUBJECT_TEXT_MAX];
        json_t *events = json_array(), *visits = json_array();
        int r = read_all(history, subject, now_us, events, visits);
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
