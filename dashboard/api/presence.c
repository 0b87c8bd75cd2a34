/* Who is inside. */
#include "common/csv.h"
#include "dashboard/api/api_private.h"
#include "dashboard/api/query.h"
#include "dashboard/api/show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

enum {
        MUSTER_MAX = 100000
};

struct inside {
        int64_t entered_us, id;
        json_t *visit;
};

struct page {
        struct inside *inside;
        size_t count, capacity;
        json_t *sites;
        int64_t total;
        bool is_out_of_memory;
};

static bool take(void *context, const struct history_visit *visit)
{
        struct page *page = context;
        if (page->count == page->capacity) {
                size_t capacity = page->capacity ? 2 * page->capacity : 256;
                struct inside *more = reallocarray(page->inside, capacity, sizeof(*more));
                page->is_out_of_memory = !more;
                if (!more)
                        return false;
                page->inside = more;
                page->capacity = capacity;
        }
        page->inside[page->count++] =
                (struct inside){ visit->entered_us, visit->id, show_visit(visit) };
        return true;
}

static bool count_site(void *context, const struct history_visit *site)
{
        struct page *page = context;
        page->total += site->id;
        return json_array_append_new(page->sites, json_pack("{s:s, s:I}", "site", site->site,
                                                            "inside", (json_int_t)site->id)) == 0;
}

static int compare(const void *a, const void *b)
{
        const struct inside *one = a, *two = b;
        if (one->entered_us != two->entered_us)
                return one->entered_us < two->entered_us ? -1 : 1;
        return one->id < two->id ? -1 : one->id > two->id;
}

static int read_inside(struct ask *ask, const char *area, const int64_t after[2], size_t limit,
                       struct page *page)
{
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        const struct history_ops *ops = ask->history->ops;
        size_t count = areas_of(ask->who, MAY_SEE_PEOPLE, area, areas);
        int r = 0;
        page->sites = json_array();
        for (size_t i = 0; i < count && !r; i++) {
                r = ops->inside_counts(ask->history, areas[i], count_site, page);
                if (!r)
                        r = ops->inside(ask->history, areas[i], after[0], after[1], limit, take,
                                        page);
        }
        if (!r && page->is_out_of_memory)
                r = -ENOMEM;
        if (page->count > 0)
                qsort(page->inside, page->count, sizeof(*page->inside), compare);
        return r;
}

static void free_page(struct page *page)
{
        for (size_t i = 0; i < page->count; i++)
                json_decref(page->inside[i].visit);
        free(page->inside);
        json_decref(page->sites);
}

static void answer_page(struct ask *ask, const struct page *page, size_t limit)
{
        json_t *list = json_array();
        char cursor[API_CURSOR_MAX] = "";
        size_t used = page->count < limit ? page->count : limit;
        for (size_t i = 0; i < used; i++)
                json_array_append(list, page->inside[i].visit);
        if (used == limit)
                snprintf(cursor, sizeof(cursor), "%" PRId64 ".%" PRId64,
                         page->inside[used - 1].entered_us, page->inside[used - 1].id);
        answer_json(ask->response, 200,
                    json_pack("{s:o, s:I, s:O, s:o, s:o}", "at", show_time(ask->now_us), "count",
                              (json_int_t)page->total, "sites", page->sites, "inside", list, "next",
                              show_text(cursor)));
}

/* False: it has been answered. */
static bool may_look(struct ask *ask, const struct query *query, const char *area,
                     const char *action)
{
        if (query->why[0] != '\0')
                answer_error(ask->response, 400, "bad_request", query->why);
        else if (!principal_has(ask->who, MAY_SEE_PEOPLE))
                ask_forbid(ask);
        else
                return ask_note(ask, action, area, NULL);
        return false;
}

void api_presence(struct ask *ask)
{
        struct query query = query_of(ask->web);
        struct page page = { .count = 0 };
        int64_t after[2] = { 0 };
        const char *area = query_area(&query);
        size_t limit = (size_t)query_int(&query, "limit", 1, API_LIMIT_MAX, API_LIMIT);
        (void)query_cursor(&query, after, ARRAY_LEN(after));
        if (!may_look(ask, &query, area, "look_presence"))
                return;
        int r = read_inside(ask, area, after, limit, &page);
        if (r)
                answer_failure(ask->response, r);
        else
                answer_page(ask, &page, limit);
        free_page(&page);
}

static void write_row(FILE *out, const json_t *visit)
{
        static const char *const keys[] = { "site", "subject", "entered", "gate_in",
                                            "credential_class" };
        for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
                const char *text = json_string_value(json_object_get(visit, keys[i]));
                csv_write_field(out, text ? text : "", i == 0);
        }
        csv_write_end(out);
}

static char *write_csv(const struct page *page, bool is_vietnamese, size_t *len)
{
        static const char *const headings[2][5] = {
                { "Site", "Person", "Entered (UTC)", "Gate", "Shown" },
                { "Địa điểm", "Người", "Vào lúc (UTC)", "Cổng", "Đã xuất trình" },
        };
        char *text = NULL;
        FILE *out = open_memstream(&text, len);
        if (!out)
                return NULL;
        fputs("\xef\xbb\xbf", out);
        for (size_t i = 0; i < ARRAY_LEN(headings[0]); i++)
                csv_write_field(out, headings[is_vietnamese][i], i == 0);
        csv_write_end(out);
        for (size_t i = 0; i < page->count; i++)
                write_row(out, page->inside[i].visit);
        if (fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

void api_presence_csv(struct ask *ask)
{
        struct query query = query_of(ask->web);
        struct page page = { .count = 0 };
        const int64_t from_first[2] = { 0 };
        const char *area = query_area(&query);
        bool is_vietnamese = strcmp(query_text(&query, "lang", 8), "en") != 0;
        if (!may_look(ask, &query, area, "export"))
                return;
        int r = read_inside(ask, area, from_first, MUSTER_MAX, &page);
        /* A list that leaves somebody out is worse than none. */
        if (!r && page.count >= MUSTER_MAX && page.total > (int64_t)page.count) {
                free_page(&page);
                answer_error(ask->response, 400, "too_many",
                             "more than 100000 people are inside: ask for one area");
                return;
        }
        char *body = r ? NULL : write_csv(&page, is_vietnamese, &ask->response->len);
        free_page(&page);
        if (!body) {
                answer_failure(ask->response, r ? r : -ENOMEM);
                return;
        }
        ask->response->status = 200;
        ask->response->content_type = "text/csv; charset=utf-8";
        ask->response->body = body;
        (void)!web_response_header(ask->response, "Content-Disposition",
                                   strdup("attachment; filename=\"inside.csv\""));
}
