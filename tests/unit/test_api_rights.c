/* Nobody is shown what is not theirs, and everybody all that is. */
#include "tests/unit/api_scene.h"

#include <errno.h>

#define GATE(name)                                                                                 \
        {                                                                                          \
                .gate = (name), .state = "online", .status = "{}", .health = ""                    \
        }
#define EVENT(at, from, of, number, what, ...)                                                     \
        {                                                                                          \
                .place = { at, of, number }, .gate = (from), .event = (what), .reason = "",        \
                .direction = "", .credential_class = "", .clock = "", .access_point = "",          \
                __VA_ARGS__                                                                        \
        }
#define STAY(number, where, since)                                                                 \
        {                                                                                          \
                .id = (number), .site = (where), .subject = { number }, .entered_us = (since),     \
                .gate_in = "", .gate_out = "", .credential_class = ""                              \
        }

/* Bytes, as the port says: '-' comes before '/', so those of x-2 come before those of x. */
static const struct history_gate gates[] = {
        GATE("a-1/x/g1"), GATE("a/x-2/g1"), GATE("a/x-2/g2"), GATE("a/x/g1"),
        GATE("a/x/g1-b"), GATE("a/x/g2"),   GATE("b/y/g1"),
};

static const struct history_event events[] = {
        EVENT(100, "a/x/g1", 1, 1, "AccessTaken", .subject = { 1 }),
        EVENT(200, "a/x/g1", 1, 2, "SilentAlarm", .subject = { 2 }),
        EVENT(200, "b/y/g1", 2, 1, "AccessTaken", .subject = { 3 }),
        EVENT(300, "b/y/g1", 2, 2, "SilentAlarm", .subject = { 4 }),
        EVENT(400, "b/y/g1", 2, 3, "Duress", .subject = { 5 }),
        EVENT(500, "a/x-2/g1", 3, 1, "AccessTaken", .subject = { 1 }),
        EVENT(600, "b/y/g1", 2, 4, "AccessDenied", .subject = { 1 }),
};

static const struct history_visit visits[] = {
        STAY(1, "a/x", 100),
        STAY(2, "a/x-2", 150),
        STAY(3, "b/y", 200),
        STAY(4, "a/x", 300),
};

static const struct history_tally tallies[] = {
        { .gate = "a/x-2/g1", .hour = 24, .entries = 2 },
        { .gate = "a/x/g1", .hour = 24, .entries = 3 },
        { .gate = "b/y/g1", .hour = 24, .entries = 5 },
};

static struct api_scene begin(void)
{
        struct api_scene scene = { .past = history_fake() };
        scene.past.gates = gates;
        scene.past.gate_count = ARRAY_LEN(gates);
        scene.past.events = events;
        scene.past.event_count = ARRAY_LEN(events);
        scene.past.visits = visits;
        scene.past.visit_count = ARRAY_LEN(visits);
        scene.past.tallies = tallies;
        scene.past.tally_count = ARRAY_LEN(tallies);
        return scene;
}

static void how_a_gate_fared_is_told_to_whom_the_gate_is(void **state)
{
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_VIEWER, "a/x" });
        const int64_t hour = wall_us() / INT64_C(3600000000);
        const struct history_health hours[] = {
                { .hour = hour - 31 * 24, .reports = 1, .data = "{}" },
                { .hour = hour - 24, .reports = 1, .data = "{}" },
                { .hour = hour - 23, .reports = 2, .data = "{\"uptime_s\":7}" },
                { .hour = hour, .reports = 3, .data = "{}" },
        };
        (void)state;
        scene.past.health = hours;
        scene.past.health_count = ARRAY_LEN(hours);
        scene_open(&scene);
        assert_int_equal(GET(&scene, &who, "gates/a/x/g1/health", { 0 }), 200);
        assert_int_equal(json_array_size(scene_list(&scene, "hours")), 3);
        assert_int_equal(GET(&scene, &who, "gates/a/x/g1/health", { "days", "1" }), 200);
        assert_int_equal(json_array_size(scene_list(&scene, "hours")), 2);
        const json_t *first = json_array_get(scene_list(&scene, "hours"), 0);
        assert_int_equal(json_integer_value(json_object_get(first, "reports")), 2);
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(first, "health"), "uptime_s")),
                7);
        assert_int_equal(GET(&scene, &who, "gates/a/x/g1/health", { "days", "32" }), 400);
        assert_int_equal(GET(&scene, &who, "gates/a/x-2/g1/health", { 0 }), 404);
        assert_int_equal(GET(&scene, &who, "gates/a/x/health", { 0 }), 404);
        scene.past.error = -EIO;
        assert_int_equal(GET(&scene, &who, "gates/a/x/g1/health", { 0 }), 503);
        scene_close(&scene);
}

static void gates_are_those_of_the_areas_by_whole_names(void **state)
{
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_VIEWER, "a/x" }, { ROLE_GUARD, "b" });
        (void)state;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &who, "gates", { "area", "" }), 200);
        assert_string_equal(scene_each(&scene, "gates", "gate"),
                            "[a/x/g1][a/x/g1-b][a/x/g2][b/y/g1]");
        assert_int_equal(GET(&scene, &who, "gates", { "area", "a/x-2" }), 200);
        assert_string_equal(scene_each(&scene, "gates", "gate"), "");
        assert_int_equal(GET(&scene, &who, "gates/a/x/g1", { 0 }), 200);
        assert_int_equal(GET(&scene, &who, "gates/a/x-2/g1", { 0 }), 404);
        assert_int_equal(GET(&scene, &who, "gates/a-1/x/g1", { 0 }), 404);
        scene_close(&scene);
}

static void pages_of_gates_leave_none_away(void **state)
{
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_VIEWER, "a" }, { ROLE_VIEWER, "a-1" });
        const struct principal of_sites = WHO({ ROLE_VIEWER, "a/x" }, { ROLE_VIEWER, "a/x-2" });
        const struct principal of_gates =
                WHO({ ROLE_VIEWER, "a/x/g1-b" }, { ROLE_VIEWER, "a/x/g1" });
        const struct {
                const struct principal *who;
                const char *all;
        } cases[] = {
                { &who, "a-1/x/g1 a/x-2/g1 a/x-2/g2 a/x/g1 a/x/g1-b a/x/g2 " },
                { &of_sites, "a/x-2/g1 a/x-2/g2 a/x/g1 a/x/g1-b a/x/g2 " },
                { &of_gates, "a/x/g1 a/x/g1-b " },
        };
        (void)state;
        scene_open(&scene);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char after[ARCHIVE_GATE_MAX] = "", seen[256] = "";
                do {
                        GET(&scene, cases[i].who, "gates", { "after", after }, { "limit", "1" });
                        const char *next = scene_next(&scene);
                        snprintf(after, sizeof(after), "%s", next ? next : "");
                        if (next) {
                                strcat(seen, next);
                                strcat(seen, " ");
                        }
                } while (after[0] != '\0');
                assert_string_equal(seen, cases[i].all);
        }
        scene_close(&scene);
}

static void a_gate_is_a_whole_name(void **state)
{
        static const char *const none[] = { "gates/",         "gates/a",      "gates/a/x",
                                            "gates/a/x/",     "gates//",      "gates/a/x/g1/",
                                            "gates/a/x/g1/y", "gates/a/x/g9", "gates/A/x/g1" };
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_MANAGER, "" });
        (void)state;
        scene_open(&scene);
        for (size_t i = 0; i < ARRAY_LEN(none); i++)
                assert_int_equal(GET(&scene, &who, none[i], { 0 }), 404);
        assert_int_equal(GET(&scene, &who, "gates/a/x/g1", { 0 }), 200);
        scene_close(&scene);
}

static void events_are_masked_for_who_only_views(void **state)
{
        struct api_scene scene = begin();
        const struct principal viewer = WHO({ ROLE_VIEWER, "" });
        const struct principal guard = WHO({ ROLE_GUARD, "a" });
        const struct principal manager = WHO({ ROLE_MANAGER, "b" });
        (void)state;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &viewer, "events", { 0 }), 200);
        assert_string_equal(scene_each(&scene, "events", "event"),
                            "[AccessDenied][AccessTaken][AccessTaken][AccessTaken]");
        assert_string_equal(scene_each(&scene, "events", "subject"), "[-][-][-][-]");
        GET(&scene, &viewer, "events", { "event", "SilentAlarm" }, { "limit", "1" });
        assert_string_equal(scene_each(&scene, "events", "gate"), "");
        assert_null(scene_next(&scene));
        GET(&scene, &guard, "events", { 0 });
        assert_string_equal(scene_each(&scene, "events", "gate"), "[a/x-2/g1][a/x/g1]");
        assert_string_equal(scene_each(&scene, "events", "subject"),
                            "[01000000000000000000000000000000][01000000000000000000000000000000]");
        GET(&scene, &manager, "events", { 0 });
        assert_string_equal(scene_each(&scene, "events", "event"),
                            "[AccessDenied][Duress][SilentAlarm][AccessTaken]");
        scene_close(&scene);
}

/* Also by what a cursor says, and by a page that is shorter than it should be. */
static void silent_alarms_of_others_leave_no_trace_in_pages(void **state)
{
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_VIEWER, "" }, { ROLE_MANAGER, "a/x" });
        static const char *const limits[] = { "1", "2", "3", "4", "5", "100" };
        (void)state;
        scene_open(&scene);
        for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
                char cursor[64] = "", seen[256] = "";
                size_t limit = (size_t)strtoul(limits[i], NULL, 10);
                do {
                        struct web_fake_parameter at = { "cursor", cursor };
                        if (cursor[0] == '\0')
                                at.name = NULL;
                        assert_int_equal(GET(&scene, &who, "events", { "limit", limits[i] }, at),
                                         200);
                        const json_t *page = scene_list(&scene, "events");
                        const char *next = scene_next(&scene);
                        assert_int_equal(next ? json_array_size(page) : limit, limit);
                        snprintf(cursor, sizeof(cursor), "%s", next ? next : "");
                        assert_null(strstr(cursor, "2.2")); /* those two of b/y are not theirs */
                        assert_null(strstr(cursor, "2.3"));
                        strcat(seen, scene_each(&scene, "events", "event"));
                } while (cursor[0] != '\0');
                assert_string_equal(
                        seen, "[AccessDenied][AccessTaken][AccessTaken][SilentAlarm][AccessTaken]");
        }
        scene_close(&scene);
}

static void a_persons_events_are_a_managers_and_noted_first(void **state)
{
        struct api_scene scene = begin();
        const struct web_fake_parameter whose = { "subject", "01000000000000000000000000000000" };
        const struct principal guard = WHO({ ROLE_GUARD, "" });
        const struct principal manager = WHO({ ROLE_MANAGER, "a/x" }, { ROLE_GUARD, "b" });
        (void)state;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &guard, "events", whose), 403);
        assert_int_equal(scene.notes, 0);
        assert_int_equal(GET(&scene, &manager, "events", whose), 200);
        assert_string_equal(scene_each(&scene, "events", "gate"), "[a/x/g1]");
        assert_string_equal(scene.noted, "look_events_subject");
        size_t looks = scene.past.looks;
        scene.note_error = -EIO;
        assert_int_equal(GET(&scene, &manager, "events", whose), 503);
        assert_int_equal(scene.past.looks, looks);
        scene_close(&scene);
}

static void who_is_inside_is_for_guards_and_noted_first(void **state)
{
        struct api_scene scene = begin();
        const struct principal guard = WHO({ ROLE_GUARD, "a/x" }, { ROLE_VIEWER, "b" });
        const struct principal of_a_gate = WHO({ ROLE_GUARD, "a/x/g1" });
        (void)state;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &guard, "presence", { 0 }), 200);
        assert_string_equal(scene_each(&scene, "inside", "site"), "[a/x][a/x]");
        assert_string_equal(scene_each(&scene, "sites", "site"), "[a/x]");
        assert_int_equal(GET(&scene, &guard, "presence", { "area", "b" }), 200);
        assert_string_equal(scene_each(&scene, "inside", "site"), "");
        assert_int_equal(GET(&scene, &of_a_gate, "presence", { 0 }), 200);
        assert_string_equal(scene_each(&scene, "inside", "site"), "");
        size_t looks = scene.past.looks;
        scene.note_error = -EIO;
        assert_int_equal(GET(&scene, &guard, "presence", { 0 }), 503);
        assert_int_equal(GET(&scene, &guard, "presence.csv", { 0 }), 503);
        assert_int_equal(scene.past.looks, looks);
        scene_close(&scene);
}

static void roles_that_do_not_look_see_nothing(void **state)
{
        static const enum role others[] = { ROLE_ADMINISTRATOR, ROLE_AUDITOR, ROLE_TRACER };
        static const char *const forbidden[] = { "presence", "presence.csv" };
        const struct web_fake_parameter from = { "from", "1970-01-01" },
                                        until = { "until", "1970-01-02" };
        struct api_scene scene = begin();
        (void)state;
        scene_open(&scene);
        for (size_t i = 0; i < ARRAY_LEN(others); i++) {
                const struct principal who = WHO({ others[i], "" });
                for (size_t n = 0; n < ARRAY_LEN(forbidden); n++)
                        assert_int_equal(GET(&scene, &who, forbidden[n], { 0 }), 403);
                assert_int_equal(GET(&scene, &who, "figures", from, until), 403);
                assert_int_equal(GET(&scene, &who, "gates/a/x/g1", { 0 }), 404);
                GET(&scene, &who, "gates", { 0 });
                assert_string_equal(scene_each(&scene, "gates", "gate"), "");
                GET(&scene, &who, "events", { 0 });
                assert_string_equal(scene_each(&scene, "events", "gate"), "");
                assert_int_equal(scene.past.looks, 0);
        }
        scene_close(&scene);
}

static json_int_t first(const struct api_scene *scene, const char *key)
{
        return json_integer_value(
                json_object_get(json_array_get(scene_list(scene, "rows"), 0), key));
}

static void figures_count_sites_whose_names_begin_alike(void **state)
{
        const struct web_fake_parameter from = { "from", "1970-01-02" },
                                        until = { "until", "1970-01-02" };
        const struct principal all = WHO({ ROLE_MANAGER, "" });
        const struct principal of_two = WHO({ ROLE_MANAGER, "a/x" }, { ROLE_MANAGER, "a/x-2" });
        struct api_scene scene = begin();
        (void)state;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &all, "figures", from, until, { "offset_min", "0" }), 200);
        assert_int_equal(first(&scene, "entries"), 10);
        assert_int_equal(first(&scene, "active_gates"), 3);
        assert_int_equal(first(&scene, "active_sites"), 3);
        assert_int_equal(GET(&scene, &of_two, "figures", from, until, { "offset_min", "0" }), 200);
        assert_int_equal(first(&scene, "entries"), 5);
        assert_int_equal(first(&scene, "active_gates"), 2);
        assert_int_equal(first(&scene, "active_sites"), 2);
        scene_close(&scene);
}

static void figures_of_many_areas_leave_none_away(void **state)
{
        enum {
                MANY = 2500
        };
        static char names[MANY][ARCHIVE_GATE_MAX];
        static struct history_gate many[MANY];
        static struct history_tally each[MANY];
        const struct web_fake_parameter from = { "from", "1970-01-02" },
                                        until = { "until", "1970-01-02" };
        const struct principal all = WHO({ ROLE_MANAGER, "" });
        struct api_scene scene = { .past = history_fake() };
        (void)state;
        for (int i = 0; i < MANY; i++) {
                snprintf(names[i], sizeof(names[i]), "a/s%04d/g", i);
                many[i] = (struct history_gate)GATE(names[i]);
                each[i] = (struct history_tally){ .gate = names[i], .hour = 24, .entries = 1 };
        }
        scene.past.gates = many;
        scene.past.tallies = each;
        scene.past.gate_count = scene.past.tally_count = MANY;
        scene_open(&scene);
        assert_int_equal(
                GET(&scene, &all, "figures", from, until, { "offset_min", "0" }, { "area", "a" }),
                200);
        assert_int_equal(first(&scene, "entries"), MANY);
        assert_int_equal(json_array_size(scene_list(&scene, "areas")), MANY);
        scene_close(&scene);
}

static void visits_say_when_they_are_cut(void **state)
{
        enum {
                CUT_AT = 2000
        };
        static struct history_visit stays[CUT_AT + 1];
        const struct principal manager = WHO({ ROLE_MANAGER, "" });
        const struct web_fake_parameter whose = { "subject", "01000000000000000000000000000000" };
        struct api_scene scene = { .past = history_fake() };
        (void)state;
        for (int i = 0; i <= CUT_AT; i++)
                stays[i] = (struct history_visit)STAY(1, "a/x", 100 + i);
        scene.past.visits = stays;
        scene.past.visit_count = CUT_AT;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &manager, "visits", whose), 200);
        assert_int_equal(json_array_size(scene_list(&scene, "visits")), CUT_AT);
        assert_false(json_is_true(json_object_get(scene.answer, "truncated")));
        scene.past.visit_count = CUT_AT + 1;
        assert_int_equal(GET(&scene, &manager, "visits", whose), 200);
        assert_int_equal(json_array_size(scene_list(&scene, "visits")), CUT_AT);
        assert_true(json_is_true(json_object_get(scene.answer, "truncated")));
        scene_close(&scene);
}

static void a_spreadsheet_takes_no_name_for_a_formula(void **state)
{
        static const struct history_visit stays[] = { STAY(1, "-a/x", 100) };
        const struct principal guard = WHO({ ROLE_GUARD, "" });
        struct api_scene scene = { .past = history_fake() };
        (void)state;
        scene.past.visits = stays;
        scene.past.visit_count = 1;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &guard, "presence.csv", { "lang", "en" }), 200);
        assert_string_equal(
                scene.response.body,
                "\xef\xbb\xbfSite,Person,Entered (UTC),Gate,Shown\r\n"
                "'-a/x,01000000000000000000000000000000,1970-01-01T00:00:00.000Z,,\r\n");
        assert_string_equal(scene.noted, "export");
        scene_close(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(visits_say_when_they_are_cut),
                cmocka_unit_test(how_a_gate_fared_is_told_to_whom_the_gate_is),
                cmocka_unit_test(gates_are_those_of_the_areas_by_whole_names),
                cmocka_unit_test(pages_of_gates_leave_none_away),
                cmocka_unit_test(a_gate_is_a_whole_name),
                cmocka_unit_test(events_are_masked_for_who_only_views),
                cmocka_unit_test(silent_alarms_of_others_leave_no_trace_in_pages),
                cmocka_unit_test(a_persons_events_are_a_managers_and_noted_first),
                cmocka_unit_test(who_is_inside_is_for_guards_and_noted_first),
                cmocka_unit_test(roles_that_do_not_look_see_nothing),
                cmocka_unit_test(figures_count_sites_whose_names_begin_alike),
                cmocka_unit_test(figures_of_many_areas_leave_none_away),
                cmocka_unit_test(a_spreadsheet_takes_no_name_for_a_formula),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
