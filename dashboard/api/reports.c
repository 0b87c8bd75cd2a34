/* Figures of a period, as JSON and as a table for a spreadsheet. */
#include "common/csv.h"
#include "dashboard/api/api_private.h"
#include "dashboard/api/figures.h"
#include "dashboard/api/query.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

struct wish {
        const char *area, *from, *until, *by;
        int64_t from_day, until_day;
        enum figures_by unit;
        int offset_min;
};

static enum figures_by read_unit(struct query *query, const char **by)
{
        static const char *const units[] = { "hour", "day", "week", "month" };
        *by = web_request_query(query->request, "by");
        if (!*by)
                *by = "day";
        for (int i = 0; i < (int)ARRAY_LEN(units); i++)
                if (strcmp(*by, units[i]) == 0)
                        return (enum figures_by)i;
        query_complain(query, "by", "hour, day, week or month is wanted");
        return FIGURES_DAY;
}

/* NULL: it has been answered. */
static struct figures *read_figures(struct ask *ask, struct wish *wish)
{
        struct query query = query_of(ask->web);
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX];
        wish->area = query_area(&query);
        wish->from = web_request_query(ask->web, "from");
        wish->until = web_request_query(ask->web, "until");
        wish->from_day = query_day(&query, "from");
        wish->until_day = query_day(&query, "until");
        wish->unit = read_unit(&query, &wish->by);
        wish->offset_min =
                query_int(&query, "offset_min", -840, 840, ask->api->settings.offset_min);
        if (wish->until_day < wish->from_day ||
            wish->until_day - wish->from_day >= FIGURES_DAYS_MAX)
                query_complain(&query, "until", "0 to 399 days behind from is wanted");
        if (query.why[0] != '\0') {
                answer_error(ask->response, 400, "bad_request", query.why);
                return NULL;
        }
        size_t count = areas_of(ask->who, MAY_MANAGE, wish->area, areas);
        if (count == 0) {
                ask_forbid(ask);
                return NULL;
        }
        const struct history_ops *ops = ask->history->ops;
        struct figures *figures = figures_new(wish->area, wish->from_day, wish->until_day,
                                              wish->unit, wish->offset_min);
        int r = figures ? 0 : -ENOMEM;
        for (size_t i = 0; i < count && !r; i++)
                r = ops->gates(ask->history, areas[i], "", SIZE_MAX >> 1, figures_add_gate,
                               figures);
        if (!r)
                r = figures_error(figures);
        for (size_t i = 0; i < count && !r; i++)
                r = ops->tallies(ask->history, areas[i], figures_from_hour(figures),
                                 figures_until_hour(figures), figures_add, figures);
        if (!r)
                return figures;
        answer_failure(ask->response, r);
        return figures_free(figures);
}

void api_figures(struct ask *ask)
{
        struct wish wish;
        struct figures *figures = read_figures(ask, &wish);
        if (!figures)
                return;
        answer_json(ask->response, 200,
                    json_pack("{s:s, s:s, s:s, s:i, s:o, s:o}", "from", wish.from, "until",
                              wish.until, "by", wish.by, "offset_min", wish.offset_min, "rows",
                              figures_rows(figures), "areas", figures_areas(figures)));
        figures_free(figures);
}

static void write_cell(FILE *out, const json_t *row, const char *key, bool is_first)
{
        const json_t *value = json_object_get(row, key);
        char number[32];
        snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        csv_write_field(out, json_is_string(value) ? json_string_value(value) : number, is_first);
}

static void write_table(FILE *out, const json_t *rows, const char *const *headings,
                        const char *const *keys, size_t count)
{
        size_t i, n;
        json_t *row;
        for (n = 0; n < count; n++)
                csv_write_field(out, headings[n], n == 0);
        csv_write_end(out);
        json_array_foreach((json_t *)rows, i, row)
        {
                for (n = 0; n < count; n++)
                        write_cell(out, row, keys[n], n == 0);
                csv_write_end(out);
        }
}

static char *write_csv(const struct figures *figures, bool is_vietnamese, size_t *len)
{
        static const char *const row_keys[] = { "start",  "entries",      "exits",       "granted",
                                                "denied", "active_gates", "active_sites" };
        static const char *const area_keys[] = { "area",   "entries",      "exits", "granted",
                                                 "denied", "active_gates", "gates" };
        static const char *const headings[2][2][7] = {
                { { "From", "Entries", "Exits", "Granted", "Denied", "Active gates",
                    "Active sites" },
                  { "Area", "Entries", "Exits", "Granted", "Denied", "Active gates", "Gates" } },
                { { "Từ", "Lượt vào", "Lượt ra", "Được phép", "Bị từ chối", "Cổng hoạt động",
                    "Địa điểm hoạt động" },
                  { "Khu vực", "Lượt vào", "Lượt ra", "Được phép", "Bị từ chối", "Cổng hoạt động",
                    "Số cổng" } },
        };
        char *text = NULL;
        FILE *out = open_memstream(&text, len);
        json_t *rows = figures_rows(figures), *areas = figures_areas(figures);
        if (out) {
                fputs("\xef\xbb\xbf", out);
                write_table(out, rows, headings[is_vietnamese][0], row_keys, ARRAY_LEN(row_keys));
                csv_write_end(out);
                write_table(out, areas, headings[is_vietnamese][1], area_keys,
                            ARRAY_LEN(area_keys));
        }
        json_decref(rows);
        json_decref(areas);
        if (out && fclose(out) == 0)
                return text;
        free(text);
        return NULL;
}

void api_figures_csv(struct ask *ask)
{
        struct wish wish;
        const char *lang = web_request_query(ask->web, "lang");
        struct figures *figures = read_figures(ask, &wish);
        if (!figures)
                return;
        char *body = write_csv(figures, !lang || strcmp(lang, "en") != 0, &ask->response->len);
        figures_free(figures);
        if (!body) {
                answer_failure(ask->response, -ENOMEM);
                return;
        }
        ask->response->status = 200;
        ask->response->content_type = "text/csv; charset=utf-8";
        ask->response->body = body;
        (void)!web_response_header(ask->response, "Content-Disposition",
                                   strdup("attachment; filename=\"figures.csv\""));
}
