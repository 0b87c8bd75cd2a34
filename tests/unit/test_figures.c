/* Figures rolled up, areas of somebody, and what a query may say. */
#include "tests/check.h"

#include "dashboard/api/api_private.h"
#include "dashboard/api/figures.h"
#include "dashboard/api/query.h"

#include <stdio.h>
#include <string.h>

static const char *asked[4][2];

/* The driver's part. */
const char *web_request_query(const struct web_request *request, const char *name)
{
        (void)request;
        for (size_t i = 0; i < ARRAY_LEN(asked) && asked[i][0]; i++)
                if (strcmp(asked[i][0], name) == 0)
                        return asked[i][1];
        return NULL;
}

static void ask_for(const char *name, const char *value)
{
        memset(asked, 0, sizeof(asked));
        asked[0][0] = name;
        asked[0][1] = value;
}

static void test_days(void **state)
{
        (void)state;
        static const struct {
                const char *text;
                int64_t days; /* -1: none */
        } cases[] = {
                { "1970-01-01", 0 },
                { "1970-01-31", 30 },
                { "2000-02-29", 11016 },
                { "2026-11-27", 20784 },
                { "2026-02-29", -1 },
                { "2026-13-01", -1 },
                { "2026-00-10", -1 },
                { "2026-1-1", -1 },
                { "2026-11-27x", -1 },
                { "2026-11-2x", -1 },
                { "+026-11-27", -1 },
                { "1969-12-31", -1 },
                { "", -1 },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct query query = query_of(NULL);
                ask_for("from", cases[i].text);
                int64_t days = query_day(&query, "from");
                assert_int_equal(query.why[0] == '\0', cases[i].days >= 0);
                if (cases[i].days >= 0)
                        assert_int_equal(days, cases[i].days);
        }
        for (int64_t days = 0; days < 60000; days++) {
                int year;
                unsigned month, day;
                query_date(days, &year, &month, &day);
                assert_int_equal(query_days(year, month, day), days);
        }
}

static void test_queries(void **state)
{
        (void)state;
        static const struct {
                const char *name, *value;
                bool is_good;
        } cases[] = {
                { "limit", "7", true },
                { "limit", "0", false },
                { "limit", "7x", false },
                { "limit", "", false },
                { "limit", "99999999999999999999", false },
                { "area", "a/b", true },
                { "area", "a b", false },
                { "cursor", "1.-2.3", true },
                { "cursor", "1.2", false },
                { "cursor", "1.2.3.4", false },
                { "cursor", "", false },
                { "from", "2026-11-27T00:00:00Z", true },
                { "from", "today", false },
                { "subject", "00112233445566778899aabbccddeeff", true },
                { "subject", "00112233445566778899AABBCCDDEEFF", false },
                { "subject", "00", false },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct query query = query_of(NULL);
                uint8_t subject[HISTORY_SUBJECT_LEN];
                int64_t numbers[3];
                ask_for(cases[i].name, cases[i].value);
                (void)query_int(&query, "limit", 1, 100, 10);
                (void)query_area(&query);
                (void)query_cursor(&query, numbers, ARRAY_LEN(numbers));
                (void)query_time(&query, "from");
                (void)query_subject(&query, subject);
                if ((query.why[0] == '\0') != cases[i].is_good)
                        print_error("%s=%s: %s\n", cases[i].name, cases[i].value, query.why);
                assert_int_equal(query.why[0] == '\0', cases[i].is_good);
                if (!cases[i].is_good)
                        assert_memory_equal(query.why, cases[i].name, strlen(cases[i].name));
        }
}

static void assert_areas(const struct principal *who, const char *area, const char *expected)
{
        char areas[API_AREAS_MAX][PRINCIPAL_AREA_MAX], text[2048] = "";
        size_t count = areas_of(who, MAY_VIEW, area, areas);
        for (size_t i = 0; i < count; i++) {
                size_t len = strlen(text);
                snprintf(text + len, sizeof(text) - len, "[%s]", areas[i]);
        }
        assert_string_equal(text, expected);
}

static void test_areas(void **state)
{
        (void)state;
        const struct principal who = { .grants = { { ROLE_GUARD, "b/x" },
                                                   { ROLE_VIEWER, "a" },
                                                   { ROLE_MANAGER, "a/y" },
                                                   { ROLE_VIEWER, "a-1" },
                                                   { ROLE_TRACER, "c" },
                                                   { ROLE_VIEWER, "b/x" } },
                                       .grant_count = 6 };
        assert_areas(&who, "", "[a-1][a][b/x]");
        assert_areas(&who, "a", "[a]");
        assert_areas(&who, "a/y/g", "[a/y/g]");
        assert_areas(&who, "b", "[b/x]");
        assert_areas(&who, "b/x/g", "[b/x/g]");
        assert_areas(&who, "b/z", "");
        assert_areas(&who, "c", "");
        const struct principal everywhere = {
                .grants = { { ROLE_VIEWER, "a" }, { ROLE_VIEWER, "" } }, .grant_count = 2
        };
        assert_areas(&everywhere, "", "[]");
}

/* Two gates of one site, one of another, one that never did anything. */
static void add_gates(struct figures *figures)
{
        static const char *const gates[] = { "a/x/g1", "a/x/g2", "a/y/g1", "b/z/g1" };
        for (size_t i = 0; i < ARRAY_LEN(gates); i++)
                assert_true(figures_add_gate(figures, &(struct history_gate){ .gate = gates[i] }));
}

static void add_tally(struct figures *figures, const char *gate, int64_t hour, uint64_t entries)
{
        assert_true(figures_add(figures, &(struct history_tally){ .gate = gate,
                                                                  .hour = hour,
                                                                  .entries = entries,
                                                                  .granted = entries + 1,
                                                                  .denied = 1 }));
}

static json_int_t number(const json_t *list, size_t index, const char *key)
{
        const json_t *value = json_object_get(json_array_get(list, index), key);
        assert_non_null(value);
        return json_integer_value(value);
}

static const char *text(const json_t *list, size_t index, const char *key)
{
        return json_string_value(json_object_get(json_array_get(list, index), key));
}

static void test_by_day(void **state)
{
        (void)state;
        const int64_t day = query_days(2026, 11, 27);
        struct figures *figures = figures_new("", day - 1, day, FIGURES_DAY, 420);
        assert_non_null(figures);
        /* Seven hours east a day begins at 17:00 UTC. */
        assert_int_equal(figures_from_hour(figures), (day - 1) * 24 - 7);
        assert_int_equal(figures_until_hour(figures), (day + 1) * 24 - 7);
        add_gates(figures);
        add_tally(figures, "a/x/g1", day * 24 - 8, 1); /* the last hour of the day before */
        add_tally(figures, "a/x/g1", day * 24 - 7, 2);
        add_tally(figures, "a/x/g2", day * 24 - 7, 3);
        add_tally(figures, "a/x/g1", day * 24, 4);
        add_tally(figures, "a/y/g1", day * 24, 5);
        add_tally(figures, "a/x/g1", (day + 1) * 24 - 7, 100); /* tomorrow's */
        add_tally(figures, "new/x/g1", day * 24, 100);         /* not known when it began */
        json_t *rows = figures_rows(figures), *areas = figures_areas(figures);
        assert_int_equal(json_array_size(rows), 2);
        assert_string_equal(text(rows, 0, "start"), "2026-11-26");
        assert_int_equal(number(rows, 0, "entries"), 1);
        assert_int_equal(number(rows, 0, "active_gates"), 1);
        assert_int_equal(number(rows, 1, "entries"), 14);
        assert_int_equal(number(rows, 1, "granted"), 18);
        assert_int_equal(number(rows, 1, "denied"), 4);
        assert_int_equal(number(rows, 1, "active_gates"), 3);
        assert_int_equal(number(rows, 1, "active_sites"), 2);
        assert_int_equal(json_array_size(areas), 2);
        assert_string_equal(text(areas, 0, "area"), "a");
        assert_int_equal(number(areas, 0, "gates"), 3);
        assert_int_equal(number(areas, 0, "active_gates"), 3);
        assert_int_equal(number(areas, 0, "entries"), 15);
        assert_string_equal(text(areas, 1, "area"), "b");
        assert_int_equal(number(areas, 1, "active_gates"), 0);
        json_decref(rows);
        json_decref(areas);
        figures_free(figures);
}

static void test_units(void **state)
{
        (void)state;
        static const struct {
                enum figures_by by;
                size_t rows;
                const char *first, *last;
        } cases[] = {
                { FIGURES_HOUR, 36 * 24, "2026-10-26T00", "2026-11-30T23" },
                { FIGURES_DAY, 36, "2026-10-26", "2026-11-30" },
                { FIGURES_WEEK, 6, "2026-10-26", "2026-11-30" }, /* both are Mondays */
                { FIGURES_MONTH, 2, "2026-10-01", "2026-11-01" },
        };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct figures *figures = figures_new("", query_days(2026, 10, 26),
                                                      query_days(2026, 11, 30), cases[i].by, 0);
                json_t *rows = figures_rows(figures);
                assert_int_equal(json_array_size(rows), cases[i].rows);
                assert_string_equal(text(rows, 0, "start"), cases[i].first);
                assert_string_equal(text(rows, cases[i].rows - 1, "start"), cases[i].last);
                json_decref(rows);
                figures_free(figures);
        }
}

static void test_levels(void **state)
{
        (void)state;
        static const struct {
                const char *area;
                size_t count;
                const char *first;
        } cases[] = { { "", 2, "a" }, { "a", 3, "a/x" }, { "a/x", 4, "a/x/g1" } };
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                struct figures *figures = figures_new(cases[i].area, 0, 0, FIGURES_DAY, 0);
                add_gates(figures);
                json_t *areas = figures_areas(figures);
                assert_int_equal(json_array_size(areas), cases[i].count);
                assert_string_equal(text(areas, 0, "area"), cases[i].first);
                json_decref(areas);
                figures_free(figures);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                { "a day is a date that there is", test_days, NULL, NULL, NULL },
                { "a query that is not what it must be is named", test_queries, NULL, NULL, NULL },
                { "somebody's areas hold none of the others, in order of their gates", test_areas,
                  NULL, NULL, NULL },
                { "days are the site's, gates and sites count once in each", test_by_day, NULL,
                  NULL, NULL },
                { "rows are hours, days, weeks from Monday, or months", test_units, NULL, NULL,
                  NULL },
                { "areas are those one level below", test_levels, NULL, NULL, NULL },
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
