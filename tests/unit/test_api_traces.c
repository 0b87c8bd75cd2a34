/* Who was with somebody, and with those. */
#include "tests/unit/api_scene.h"

#include <errno.h>

#define HOUR INT64_C(3600000000)
#define STAY(number, where, whose, since, until)                                                   \
        {                                                                                          \
                .id = (number), .site = (where), .subject = { whose }, .entered_us = (since)*HOUR, \
                .left_us = (until)*HOUR, .gate_in = "", .gate_out = "", .credential_class = ""     \
        }
#define ASKED  "\"subject\":\"01000000000000000000000000000000\""
#define PERIOD "\"from\":\"1970-01-01T00:00:00Z\",\"until\":\"1970-01-02T00:00:00Z\""
#define WHY    "\"case\":\"7/2026\",\"reason\":\"contacts\""

/* 1 meets 2 from 10 on; 3 was with 2 before that, 4 after; 5 meets 4; 6 is elsewhere. */
static const struct history_visit visits[] = {
        STAY(20, "a/x", 2, 8, 14),  STAY(30, "a/x", 3, 8, 9),   STAY(60, "b/y", 6, 8, 20),
        STAY(10, "a/x", 1, 10, 11), STAY(40, "a/x", 4, 12, 13), STAY(21, "b/y", 2, 15, 16),
        STAY(41, "a/z", 4, 16, 18), STAY(50, "a/z", 5, 17, 19),
};

static struct api_scene begin(void)
{
        struct api_scene scene = { .past = history_fake() };
        scene.past.visits = visits;
        scene.past.visit_count = ARRAY_LEN(visits);
        return scene;
}

static unsigned trace(struct api_scene *scene, const struct principal *who, const char *body)
{
        return scene_ask(scene, who, WEB_POST, "traces", NULL, body);
}

/* "2@1 4@2 ": who, by the first byte, and at which hop. */
static const char *whom(const struct api_scene *scene)
{
        static char text[1024];
        size_t len = 0;
        const json_t *contacts = scene_list(scene, "contacts");
        text[0] = '\0';
        for (size_t i = 0; i < json_array_size(contacts); i++) {
                const json_t *contact = json_array_get(contacts, i);
                const char *subject = json_string_value(
                        json_object_get(json_object_get(contact, "visit"), "subject"));
                len += (size_t)snprintf(text + len, sizeof(text) - len, "%.2s@%d ", subject,
                                        (int)json_integer_value(json_object_get(contact, "hop")));
        }
        return text;
}

static void contacts_are_followed_from_when_they_met_on(void **state)
{
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_TRACER, "" });
        (void)state;
        scene_open(&scene);
        assert_int_equal(trace(&scene, &who, "{" ASKED "," PERIOD "," WHY "}"), 200);
        assert_string_equal(whom(&scene), "02@1 ");
        assert_string_equal(scene.noted, "trace");
        assert_int_equal(trace(&scene, &who, "{" ASKED "," PERIOD "," WHY ",\"hops\":2}"), 200);
        assert_string_equal(whom(&scene), "02@1 04@2 06@2 ");
        assert_int_equal(trace(&scene, &who, "{" ASKED "," PERIOD "," WHY ",\"hops\":3}"), 200);
        assert_string_equal(whom(&scene), "02@1 04@2 06@2 05@3 ");
        assert_true(json_is_false(json_object_get(scene.answer, "truncated")));
        scene_close(&scene);
}

static void only_areas_of_the_tracer_are_searched(void **state)
{
        struct api_scene scene = begin();
        const struct principal of_a = WHO({ ROLE_TRACER, "a" }, { ROLE_MANAGER, "b" });
        const struct principal manager = WHO({ ROLE_MANAGER, "" });
        (void)state;
        scene_open(&scene);
        trace(&scene, &of_a, "{" ASKED "," PERIOD "," WHY ",\"hops\":3}");
        assert_string_equal(whom(&scene), "02@1 04@2 05@3 ");
        trace(&scene, &of_a, "{" ASKED "," PERIOD "," WHY ",\"hops\":3,\"area\":\"a/x\"}");
        assert_string_equal(whom(&scene), "02@1 04@2 ");
        size_t notes = scene.notes;
        assert_int_equal(trace(&scene, &of_a, "{" ASKED "," PERIOD "," WHY ",\"area\":\"b\"}"),
                         403);
        assert_int_equal(trace(&scene, &manager, "{" ASKED "," PERIOD "," WHY "}"), 403);
        assert_int_equal(scene.notes, notes);
        scene_close(&scene);
}

static void what_cannot_be_noted_is_not_looked_for(void **state)
{
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_TRACER, "" });
        (void)state;
        scene_open(&scene);
        scene.note_error = -EIO;
        assert_int_equal(trace(&scene, &who, "{" ASKED "," PERIOD "," WHY "}"), 503);
        assert_int_equal(scene.past.looks, 0);
        scene_close(&scene);
}

static void a_wish_is_not_guessed_at(void **state)
{
        static const struct {
                const char *body, *name;
        } cases[] = {
                { "", "a JSON object" },
                { "[]", "a JSON object" },
                { "{" PERIOD "," WHY "}", "subject" },
                { "{\"subject\":\"An\"," PERIOD "," WHY "}", "subject" },
                { "{" ASKED "," WHY "}", "from" },
                { "{" ASKED
                  ",\"from\":\"1970-01-02T00:00:00Z\",\"until\":\"1970-01-01T00:00:00Z\"," WHY "}",
                  "until" },
                { "{" ASKED "," PERIOD ",\"reason\":\"contacts\"}", "case" },
                { "{" ASKED "," PERIOD ",\"case\":\"\",\"reason\":\"contacts\"}", "case" },
                { "{" ASKED "," PERIOD ",\"case\":\"7\"}", "reason" },
                { "{" ASKED "," PERIOD "," WHY ",\"margin_min\":\"60\"}", "margin_min" },
                { "{" ASKED "," PERIOD "," WHY ",\"margin_min\":1.5}", "margin_min" },
                { "{" ASKED "," PERIOD "," WHY ",\"margin_min\":241}", "margin_min" },
                { "{" ASKED "," PERIOD "," WHY ",\"hops\":0}", "hops" },
                { "{" ASKED "," PERIOD "," WHY ",\"hops\":4294967297}", "hops" },
                { "{" ASKED "," PERIOD "," WHY ",\"hops\":\"2\"}", "hops" },
                { "{" ASKED "," PERIOD "," WHY ",\"area\":7}", "area" },
                { "{" ASKED "," PERIOD "," WHY ",\"margin\":60}", "margin: no such member" },
                { "{" ASKED "," PERIOD "," WHY ",\"area\":\"a//b\"}", "area" },
        };
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_TRACER, "" });
        (void)state;
        scene_open(&scene);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                if (trace(&scene, &who, cases[i].body) != 400)
                        print_error("%s\n", cases[i].body);
                assert_int_equal(scene.response.status, 400);
                const char *detail = json_string_value(
                        json_object_get(json_object_get(scene.answer, "error"), "detail"));
                assert_memory_equal(detail, cases[i].name, strlen(cases[i].name));
        }
        assert_int_equal(scene.notes, 0);
        scene_close(&scene);
}

enum {
        CROWD = 5001
};

/* One stay of the person's, and so many others at the same time. */
static void fill_crowd(struct history_visit *crowd, size_t count)
{
        crowd[0] = (struct history_visit)STAY(1, "a/x", 1, 10, 11);
        for (size_t i = 1; i < count; i++) {
                crowd[i] = (struct history_visit)STAY((int64_t)i + 1, "a/x", 2, 10, 11);
                crowd[i].subject[1] = (uint8_t)(i >> 8);
                crowd[i].subject[2] = (uint8_t)i;
        }
}

static void more_than_are_listed_is_said(void **state)
{
        static struct history_visit crowd[CROWD + 1];
        struct api_scene scene = begin();
        const struct principal who = WHO({ ROLE_TRACER, "" });
        (void)state;
        fill_crowd(crowd, CROWD + 1);
        scene.past.visits = crowd;
        scene.past.visit_count = CROWD;
        scene_open(&scene);
        trace(&scene, &who, "{" ASKED "," PERIOD "," WHY "}");
        assert_int_equal(json_array_size(scene_list(&scene, "contacts")), CROWD - 1);
        assert_true(json_is_false(json_object_get(scene.answer, "truncated")));
        scene.past.visit_count = CROWD + 1;
        trace(&scene, &who, "{" ASKED "," PERIOD "," WHY "}");
        assert_int_equal(json_array_size(scene_list(&scene, "contacts")), CROWD - 1);
        assert_true(json_is_true(json_object_get(scene.answer, "truncated")));
        scene_close(&scene);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(contacts_are_followed_from_when_they_met_on),
                cmocka_unit_test(only_areas_of_the_tracer_are_searched),
                cmocka_unit_test(what_cannot_be_noted_is_not_looked_for),
                cmocka_unit_test(a_wish_is_not_guessed_at),
                cmocka_unit_test(more_than_are_listed_is_said),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
