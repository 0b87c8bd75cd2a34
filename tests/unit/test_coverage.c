/* The register of places beside what their gates do. */
#include "tests/check.h"

#include "dashboard/places/coverage.h"

#include <errno.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)
#define NOW_US INT64_C(1800000000000000)

static bool everybody(void *context, const char *site)
{
        return !context || strncmp(context, site, strlen(context)) == 0;
}

static void add_place(struct coverage *coverage, const char *site, const char *division,
                      int reminders)
{
        const struct place place = { .site = site,
                                     .name = site,
                                     .category = "",
                                     .owner = "",
                                     .division = division,
                                     .is_in_scope = true,
                                     .reminders = reminders };
        assert_true(coverage_add_place(coverage, &place));
}

static void add_gate(struct coverage *coverage, const char *gate, int64_t days_ago)
{
        const struct history_gate heard = { .gate = gate,
                                            .state = "online",
                                            .last_row_us =
                                                    days_ago < 0 ? 0 : NOW_US - days_ago * DAY_US };
        assert_true(coverage_add_gate(coverage, &heard));
}

static void add_passage(struct coverage *coverage, const char *gate)
{
        const struct history_tally tally = { .gate = gate, .entries = 2, .exits = 1 };
        assert_true(coverage_add_tally(coverage, &tally));
}

/* Four places of two districts, in order of the site. */
static struct coverage *make(const char *division)
{
        struct coverage *coverage = coverage_new(division, NOW_US);
        assert_non_null(coverage);
        add_place(coverage, "a/cho", "HN/Ba Dinh/X", 3);
        add_place(coverage, "a/cho-2", "HN/Tay Ho", 3);
        add_place(coverage, "a/ga", "HN/Ba Dinh", 0);
        add_place(coverage, "b/truong", "HN/Ba Dinh/Y", 4);
        add_place(coverage, "b/vien", "HCM", 0);
        assert_int_equal(coverage_error(coverage), 0);
        add_gate(coverage, "a/cho/g1", 0);
        add_gate(coverage, "a/cho/g2", -1);
        add_gate(coverage, "a/ga/g1", 1);
        add_gate(coverage, "b/truong/g1", 8);
        add_gate(coverage, "c/else/g1", 0);
        add_passage(coverage, "a/cho/g1");
        add_passage(coverage, "c/else/g1");
        return coverage;
}

static void assert_json(json_t *json, const char *wanted)
{
        char *text = json_dumps(json, JSON_COMPACT);
        assert_string_equal(text, wanted);
        free(text);
        json_decref(json);
}

/* "site state escalated …" */
static void assert_states(const struct coverage *coverage, void *whose, const char *wanted)
{
        char text[512] = "";
        size_t i;
        json_t *place;
        const char *next;
        json_t *places = coverage_places(coverage, "", 99, everybody, whose, &next);
        json_array_foreach(places, i, place)
        {
                strcat(strcat(text, json_string_value(json_object_get(place, "site"))), " ");
                strcat(text, json_string_value(json_object_get(place, "state")));
                strcat(text, json_is_true(json_object_get(place, "escalated")) ? "! " : " ");
        }
        json_decref(places);
        assert_string_equal(text, wanted);
        assert_string_equal(next, "");
}

static void a_place_is_what_its_gates_did(void **state)
{
        (void)state;
        struct coverage *coverage = make("");
        assert_states(coverage, NULL,
                      "a/cho active a/cho-2 not_equipped! a/ga quiet b/truong silent! "
                      "b/vien not_equipped ");
        coverage_free(coverage);
}

static void who_may_see_some_sites_sees_those(void **state)
{
        (void)state;
        struct coverage *coverage = make("");
        assert_states(coverage, (void *)"b/", "b/truong silent! b/vien not_equipped ");
        assert_json(coverage_total(coverage, everybody, (void *)"b/"),
                    "{\"division\":\"\",\"registered\":2,\"in_scope\":2,\"equipped\":1,"
                    "\"active\":0,\"silent\":1,\"entries\":0,\"exits\":0,\"reminders\":4,"
                    "\"escalated\":1}");
        coverage_free(coverage);
}

static void a_division_is_whole_names_and_holds_those_below(void **state)
{
        (void)state;
        struct coverage *coverage = make("HN/Ba Dinh");
        assert_states(coverage, NULL, "a/cho active a/ga quiet b/truong silent! ");
        coverage_free(coverage);
        coverage = make("HN/Ba");
        assert_states(coverage, NULL, "");
        coverage_free(coverage);
}

/* "division registered/active …" */
static void assert_divisions(const struct coverage *coverage, const char *wanted)
{
        char text[512] = "", one[128];
        size_t i;
        json_t *row;
        json_t *rows = coverage_divisions(coverage, everybody, NULL);
        json_array_foreach(rows, i, row)
        {
                snprintf(one, sizeof(one), "%s %d/%d, ",
                         json_string_value(json_object_get(row, "division")),
                         (int)json_integer_value(json_object_get(row, "registered")),
                         (int)json_integer_value(json_object_get(row, "active")));
                strcat(text, one);
        }
        json_decref(rows);
        assert_string_equal(text, wanted);
}

static void divisions_are_summed_one_level_below(void **state)
{
        (void)state;
        struct coverage *coverage = make("");
        assert_divisions(coverage, "HCM 1/0, HN 4/1, ");
        coverage_free(coverage);
        coverage = make("HN");
        assert_divisions(coverage, "HN/Ba Dinh 3/1, HN/Tay Ho 1/0, ");
        coverage_free(coverage);
        coverage = make("HN/Ba Dinh");
        assert_divisions(coverage, "HN/Ba Dinh 1/0, HN/Ba Dinh/X 1/1, HN/Ba Dinh/Y 1/0, ");
        coverage_free(coverage);
}

static void a_division_whose_name_begins_as_another_s_is_apart(void **state)
{
        (void)state;
        struct coverage *coverage = coverage_new("", NOW_US);
        add_place(coverage, "a/a", "A/x", 0);
        add_place(coverage, "a/b", "A b/x", 0);
        add_place(coverage, "a/c", "A", 0);
        assert_divisions(coverage, "A 2/0, A b 1/0, ");
        coverage_free(coverage);
}

static void a_long_list_comes_page_by_page(void **state)
{
        (void)state;
        struct coverage *coverage = make("");
        const char *next;
        json_t *places = coverage_places(coverage, "", 2, everybody, NULL, &next);
        assert_int_equal(json_array_size(places), 2);
        assert_string_equal(next, "a/cho-2");
        json_t *more = coverage_places(coverage, "a/cho-2", 3, everybody, NULL, &next);
        assert_int_equal(json_array_size(more), 3);
        json_decref(more);
        json_decref(places);
        coverage_free(coverage);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_place_is_what_its_gates_did),
                cmocka_unit_test(who_may_see_some_sites_sees_those),
                cmocka_unit_test(a_division_is_whole_names_and_holds_those_below),
                cmocka_unit_test(divisions_are_summed_one_level_below),
                cmocka_unit_test(a_division_whose_name_begins_as_another_s_is_apart),
                cmocka_unit_test(a_long_list_comes_page_by_page),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
