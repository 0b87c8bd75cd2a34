/* The list for an evacuation: everybody who is inside, or none. */
#include "tests/unit/api_scene.h"

enum {
        MOST = 100000
};

static size_t lines_of(const char *text)
{
        size_t count = 0;
        for (; *text != '\0'; text++)
                count += *text == '\n';
        return count;
}

static void a_list_that_would_leave_somebody_out_is_refused(void **state)
{
        struct history_visit *stays = calloc(MOST + 1, sizeof(*stays));
        const struct principal guard = WHO({ ROLE_GUARD, "" });
        struct api_scene scene = { .past = history_fake() };
        (void)state;
        assert_non_null(stays);
        for (int i = 0; i <= MOST; i++)
                stays[i] = (struct history_visit){ .id = i + 1,
                                                   .site = i < MOST ? "a/x" : "a/y",
                                                   .entered_us = i + 1,
                                                   .gate_in = "",
                                                   .gate_out = "",
                                                   .credential_class = "" };
        scene.past.visits = stays;
        scene.past.visit_count = MOST + 1;
        scene_open(&scene);
        assert_int_equal(GET(&scene, &guard, "presence.csv", { 0 }), 400);
        assert_string_equal(json_string_value(json_object_get(
                                    json_object_get(scene.answer, "error"), "reason")),
                            "too_many");
        /* Those of one area are not too many. */
        assert_int_equal(GET(&scene, &guard, "presence.csv", { "area", "a/x" }), 200);
        assert_int_equal(lines_of(scene.response.body), 1 + MOST);
        scene_close(&scene);
        free(stays);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_list_that_would_leave_somebody_out_is_refused),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
