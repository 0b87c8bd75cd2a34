/* Discovery: what a gate announces to Home Assistant. */
#include "tests/check.h"

#include "controller/publish/discovery.h"

#include <jansson.h>
#include <string.h>

static void init(struct settings *settings, int mode)
{
        *settings = (struct settings){ .points = 1, .uplink = { .home_assistant = mode } };
        strcpy(settings->gate.org, "acme");
        strcpy(settings->gate.site, "hq");
        strcpy(settings->gate.id, "gate-1");
        strcpy(settings->point[0].id, "entry");
}

static json_t *announce(const struct settings *settings)
{
        char *text = discovery_format(settings);
        assert_non_null(text);
        json_t *message = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        free(text);
        assert_non_null(message);
        return message;
}

static void the_topic_names_the_gate(void **state)
{
        (void)state;
        struct settings settings;
        char topic[DISCOVERY_TOPIC_MAX];
        init(&settings, HOME_ASSISTANT_SHOW);
        discovery_topic(&settings, topic);
        assert_string_equal(topic, "homeassistant/device/stile_acme_hq_gate-1/config");
}

static void buttons_are_there_only_for_control(void **state)
{
        (void)state;
        struct settings settings;
        for (int mode = HOME_ASSISTANT_SHOW; mode <= HOME_ASSISTANT_CONTROL; mode++) {
                init(&settings, mode);
                json_t *message = announce(&settings);
                const json_t *button =
                        json_object_get(json_object_get(message, "cmps"), "entry_open");
                assert_true((button != NULL) == (mode == HOME_ASSISTANT_CONTROL));
                json_decref(message);
        }
}

static void to_clear_is_to_say_nothing(void **state)
{
        (void)state;
        struct settings settings;
        init(&settings, HOME_ASSISTANT_CLEAR);
        char *text = discovery_format(&settings);
        assert_string_equal(text, "");
        free(text);
}

static void tamper_is_shown_where_a_line_watches_it(void **state)
{
        (void)state;
        struct settings settings;
        init(&settings, HOME_ASSISTANT_SHOW);
        json_t *without = announce(&settings);
        strcpy(settings.point[0].tamper_line, "GPIO17");
        json_t *with = announce(&settings);
        assert_null(json_object_get(json_object_get(without, "cmps"), "entry_tamper"));
        assert_non_null(json_object_get(json_object_get(with, "cmps"), "entry_tamper"));
        json_decref(without);
        json_decref(with);
}

static void the_longest_names_are_not_cut(void **state)
{
        (void)state;
        struct settings settings;
        char topic[DISCOVERY_TOPIC_MAX];
        init(&settings, HOME_ASSISTANT_CONTROL);
        memset(settings.gate.org, 'o', FLOW_ID_MAX - 1);
        memset(settings.gate.site, 's', FLOW_ID_MAX - 1);
        memset(settings.gate.id, 'g', FLOW_ID_MAX - 1);
        settings.points = SETTINGS_POINTS_MAX;
        for (size_t i = 0; i < SETTINGS_POINTS_MAX; i++) {
                memset(settings.point[i].id, 'a' + (int)i, FLOW_ID_MAX - 1);
                strcpy(settings.point[i].tamper_line, "GPIO17");
        }
        discovery_topic(&settings, topic);
        assert_int_equal(strlen(topic), strlen("homeassistant/device/stile___/config") + 3 * 32);
        json_t *message = announce(&settings);
        const json_t *components = json_object_get(message, "cmps");
        assert_int_equal(json_object_size(components), 5 + 4 + SETTINGS_POINTS_MAX * 4);
        const json_t *open = json_object_get(components, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh_open");
        assert_non_null(strstr(json_string_value(json_object_get(open, "command_template")),
                               "\"hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh\""));
        json_decref(message);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_topic_names_the_gate),
                cmocka_unit_test(buttons_are_there_only_for_control),
                cmocka_unit_test(to_clear_is_to_say_nothing),
                cmocka_unit_test(tamper_is_shown_where_a_line_watches_it),
                cmocka_unit_test(the_longest_names_are_not_cut),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
