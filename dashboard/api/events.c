/* What happened, the newest first. */
#include "dashboard/api/api_private.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

struct found {
        struct history_place place;
        json_t *event;
};

/* What several areas gave, each its newest. */
struct page {
        const struct principal *who;
        struct found *found;
        size_t count;
};

static bool is_silent(const char *event)
{
        return strcmp(event, "SilentAlarm") == 0 || strcmp(event, "Duress") == 0;
}

json_t *events_show(const struct principal *who, const struct history_event *event)
{
        if (!principal_may(who, MAY_VIEW, event->gate) ||
            (is_silent(event->event) && !principal_may(who, MAY_MANAGE, event->gate)))
                return NULL;
        return show_event(event, !principal_may(who, MAY_SEE_PEOPLE, event->gate));
}

static bool take(void *context, const struct history_event *event)
{
        struct page *page = context;
        json_t *shown = events_show(page->who, event);
        if (shown)
                page->found[page->count++] = (struct found){ event->place, shown };
        return true;
}

/* The newest first, as the port says. */
static int compare(const void *a, const void *b)
{
        const struct history_place *one = &((const struct found *)a)->place;
        const struct history_place *two = &((const struct found *)b)->place;
        if (one->at_us != two->at_us)
                return one->at_us < two->at_us ? 1 : -1;
        if (one->stream != two->stream)
                return one->stream < two->stream ? 1 : -1;
        return one->seq < two->seq ? 1 : one->seq > two->seq ? -1 : 0;
}

/* What an area within another gave was given by that, too. */
static void drop_doubles(struct page *page)
{
        size_t kept = 0;
        for (size_t i = 0; i < page->count; i++)
                if (kept > 0 && compare(&page->found[kept - 1], &page->found[i]) == 0)
                        json_decref(page->found[i].event);
                else
                        page->found[kept++] = page->found[i];
        page->count = kept;
}

/*
 * Silent alarms are asked for only where they may be told. One that was read and left away would
 * still be seen: by a page that is too short, by the time in its cursor.
 */
static int read_pages(struct ask *ask, const struct history_event_filter *wish, const char *area,
                      struct page *page)
{
        char viewed[API_AREAS_MAX][PRINCIPAL_AREA_MAX], managed[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        struct history_event_filter filter = *wish;
        size_t views = filter.subject ? 0 : areas_of(ask->who, MAY_VIEW, area, viewed);
        size_t manages = areas_of(ask->who, MAY_MANAGE, area, managed);
        int r = 0;
        page->found = calloc((views + manages + 1) * filter.limit, sizeof(*page->found));
        if (!page->found)
                return -ENOMEM;
        filter.with_silent = false;
        for (size_t i = 0; i < views && !r; i++) {
                filter.area = viewed[i];
                if (!principal_may(ask->who, MAY_MANAGE, viewed[i]))
                        r = ask->history->ops->events(ask->history, &filter, take, page);
        }
        filter.with_silent = true;
        for (size_t i = 0; i < manages && !r; i++) {
                filter.area = managed[i];
                r = ask->history->ops->events(ask->history, &filter, take, page);
        }
        qsort(page->found, page->count, sizeof(*page->found), compare);
        drop_doubles(page);
        return r;
}

static void answer_page(struct ask *ask, struct page *page, size_t limit)
{
        json_t *events = json_array();
        size_t used = page->count < limit ? page->count : limit;
        char cursor[API_CURSOR_MAX] = "";
        for (size_t i = 0; i < used; i++)
                json_array_append(events, page->found[i].event);
        if (used == limit) {
                const struct history_place *last = &page->found[used - 1].place;
                snprintf(cursor, sizeof(cursor), "%" PRId64 ".%" PRId64 ".%" PRIu64, last->at_us,
                         last->stream, last->seq);
        }
        answer_json(ask->response, 200,
                    json_pack("{s:o, s:o}", "events", events, "next", show_text(cursor)));
}

void api_events(struct ask *ask)
{
        struct query query = query_of(ask->web);
        uint8_t subject[HISTORY_SUBJECT_LEN];
        int64_t place[3] = { 0 };
        const char *area = query_area(&query);
        struct history_event_filter filter = {
                .from_us = query_time(&query, "from"),
                .until_us = query_time(&query, "until"),
                .event = query_text(&query, "event", ARCHIVE_WORD_MAX),
                .reason = query_text(&query, "reason", ARCHIVE_WORD_MAX),
                .subject = query_subject(&query, subject) ? subject : NULL,
                .limit = (size_t)query_int(&query, "limit", 1, API_LIMIT_MAX, 100),
        };
        struct page page = { .who = ask->who };
        if (query_cursor(&query, place, ARRAY_LEN(place)))
                filter.before = (struct history_place){ place[0], place[1], (uint64_t)place[2] };
        if (query.why[0] != '\0') {
                answer_error(ask->response, 400, "bad_request", query.why);
                return;
        }
        if (filter.subject && !principal_has(ask->who, MAY_MANAGE)) {
                ask_forbid(ask);
                return;
        }
        if (filter.subject &&
            !ask_note(ask, "look_events_subject", web_request_query(ask->web, "subject"), NULL))
                return;
        int r = read_pages(ask, &filter, area, &page);
        if (r)
                answer_failure(ask->response, r);
        else
                answer_page(ask, &page, filter.limit);
        for (size_t i = 0; i < page.count; i++)
                json_decref(page.found[i].event);
        free(page.found);
}
