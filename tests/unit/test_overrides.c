/* Overrides: which options managers may change from afar, and what becomes of them. */
#include "tests/check.h"

#include "controller/overrides.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct world {
        char folder[32], config[64], path[64];
        struct settings base;
        struct overrides overrides;
};

static void write_text(const char *path, const char *text)
{
        FILE *file = fopen(path, "we");
        assert_non_null(file);
        fputs(text, file);
        fclose(file);
}

static int set_up(void **state)
{
        struct world *world = calloc(1, sizeof(*world));
        assert_non_null(world);
        strcpy(world->folder, "/tmp/stile-overrides-XXXXXX");
        assert_non_null(mkdtemp(world->folder));
        snprintf(world->config, sizeof(world->config), "%s/gate.conf", world->folder);
        snprintf(world->path, sizeof(world->path), "%s/overrides", world->folder);
        write_text(world->config, "[access-point entry]\ndirection = entry\npass-line = 1\n"
                                  "camera-source = /dev/video0\n[rules]\npassback = soft\n");
        assert_int_equal(settings_load(&world->base, world->config, stderr), 0);
        overrides_load(&world->overrides, world->folder);
        *state = world;
        return 0;
}

static int tear_down(void **state)
{
        struct world *world = *state;
        unlink(world->config);
        unlink(world->path);
        assert_int_equal(rmdir(world->folder), 0);
        free(world);
        return 0;
}

/* cmd/config's data as text. "": it was done; else why not. */
static const char *change(struct world *world, const char *text)
{
        static char why[OVERRIDES_WHY_MAX];
        json_t *data = json_loads(text, 0, NULL);
        assert_non_null(data);
        struct overrides before = world->overrides;
        bool is_done = overrides_change(&world->overrides, json_object_get(data, "set"),
                                        json_object_get(data, "unset"), &world->base, why);
        json_decref(data);
        if (is_done)
                return "";
        assert_memory_equal(&before, &world->overrides, sizeof(before));
        return why;
}

static struct settings laid(struct world *world)
{
        struct settings settings = world->base;
        overrides_lay(&world->overrides, &settings, world->config);
        return settings;
}

static void options_are_set_changed_and_unset(void **state)
{
        struct world *world = *state;
        assert_string_equal(change(world, "{\"set\":{\"rules.passback\":\"hard\","
                                          "\"access-point entry.pulse-ms\":\"700\","
                                          "\"signals.buzzer\":\"no\"}}"),
                            "");
        struct settings settings = laid(world);
        assert_int_equal(settings.rules.passback, PASSBACK_HARD);
        assert_int_equal(settings.point[0].pulse_ms, 700);
        assert_false(settings.signals.is_buzzing);
        assert_string_equal(change(world, "{\"set\":{\"rules.passback\":\"off\"},"
                                          "\"unset\":[\"signals.buzzer\"]}"),
                            "");
        settings = laid(world);
        assert_int_equal(settings.rules.passback, PASSBACK_OFF);
        assert_true(settings.signals.is_buzzing);
        assert_string_equal(change(world, "{\"unset\":[\"rules.passback\"]}"), "");
        assert_int_equal(laid(world).rules.passback, PASSBACK_SOFT);
        assert_int_equal(world->overrides.count, 1);
}

static void what_may_not_be_changed_is_named_and_nothing_is_changed(void **state)
{
        struct world *world = *state;
        static const struct {
                const char *data, *why;
        } bad[] = {
                { "{\"set\":{\"rules.passback\":\"harder\"}}",
                  "rules.passback: one of: off, soft, hard" },
                { "{\"set\":{\"signals.buzzer\":\"no\",\"store.retention-days\":\"366\"}}",
                  "store.retention-days: 366 is out of range: 1 to 365" },
                { "{\"set\":{\"store.retention-days\":7}}",
                  "store.retention-days: a short text is wanted" },
                { "{\"set\":{\"store.retention-days\":\"\"}}",
                  "store.retention-days: a short text is wanted" },
                { "{\"set\":{\"store.folder\":\"tmp\"}}",
                  "store.folder: needs a restart, and gate.conf" },
                { "{\"set\":{\"gate.id\":\"x\"}}", "gate.id: is not to be changed from afar" },
                { "{\"set\":{\"fire.line\":\"1\"}}", "fire.line: is not to be changed from afar" },
                { "{\"set\":{\"lines.driver\":\"sim\"}}",
                  "lines.driver: is not to be changed from afar" },
                { "{\"set\":{\"uplink.port\":\"1\"}}",
                  "uplink.port: is not to be changed from afar" },
                { "{\"set\":{\"commands.signatures\":\"optional\"}}",
                  "commands.signatures: is not to be changed from afar" },
                { "{\"set\":{\"manager mai.roles\":\"config\"}}",
                  "manager mai.roles: there is no such option" },
                { "{\"set\":{\"rules entry.passback\":\"hard\"}}",
                  "rules entry.passback: there is no such option" },
                { "{\"set\":{\"access-point.pulse-ms\":\"700\"}}",
                  "access-point.pulse-ms: there is no such option" },
                { "{\"set\":{\"access-point exit.pulse-ms\":\"700\"}}",
                  "access-point exit.pulse-ms: there is no such option" },
                { "{\"set\":{\"passback\":\"hard\"}}", "passback: section.key is wanted" },
                { "{\"set\":{\"rules.pass\\nback\":\"hard\"}}", "set: section.key is wanted" },
                { "{\"set\":{\"rules.passback\":\"hard\\nend\"}}",
                  "rules.passback: a short text is wanted" },
                { "{\"unset\":[\"rules.passback\"]}", "rules.passback: is not overridden" },
                { "{\"unset\":[7]}", "unset: section.key is wanted" },
        };
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                assert_string_equal(change(world, bad[i].data), bad[i].why);
        assert_int_equal(world->overrides.count, 0);
}

static void what_must_agree_is_checked_with_them(void **state)
{
        struct world *world = *state;
        assert_string_equal(change(world, "{\"set\":{\"access-point entry.window-ms\":\"500\"}}"),
                            "gate.conf: [access-point entry] window-ms: must not be shorter than "
                            "pulse-ms");
        assert_string_equal(change(world, "{\"set\":{\"access-point entry.window-ms\":\"500\","
                                          "\"access-point entry.pulse-ms\":\"400\"}}"),
                            "");
}

static void they_are_kept_and_read_again(void **state)
{
        struct world *world = *state;
        assert_string_equal(change(world, "{\"set\":{\"rules.passback\":\"hard\","
                                          "\"access-point entry.pulse-ms\":\"700\"}}"),
                            "");
        assert_int_equal(overrides_save(&world->overrides), 0);
        struct overrides before = world->overrides;
        overrides_load(&world->overrides, world->folder);
        assert_memory_equal(&before, &world->overrides, sizeof(before));
}

static void a_damaged_file_leaves_the_configuration_alone(void **state)
{
        struct world *world = *state;
        static const char *const damaged[] = {
                "",
                "stile overrides 2\nend\n",
                "stile overrides 1\nrules.passback = hard\n",
                "stile overrides 1\nrules.passback hard\nend\n",
                "stile overrides 1\nrules.passback = \nend\n",
                "stile overrides 1\nrules.passback = hard\nrules.passback = off\nend\n",
        };
        for (size_t i = 0; i < ARRAY_LEN(damaged); i++) {
                write_text(world->path, damaged[i]);
                overrides_load(&world->overrides, world->folder);
                assert_int_equal(world->overrides.count, 0);
                assert_true(world->overrides.is_ignored);
                assert_int_equal(laid(world).rules.passback, PASSBACK_SOFT);
        }
}

static void those_that_do_not_go_with_a_new_gate_conf_are_ignored_and_can_be_unset(void **state)
{
        struct world *world = *state;
        assert_string_equal(change(world, "{\"set\":{\"rules.passback\":\"hard\","
                                          "\"access-point entry.pulse-ms\":\"5000\"}}"),
                            "");
        world->base.point[0].window_ms = 4000;
        struct settings settings = laid(world);
        assert_true(world->overrides.is_ignored);
        assert_int_equal(settings.rules.passback, PASSBACK_SOFT);
        assert_int_equal(settings.point[0].pulse_ms, 1000);
        assert_string_equal(change(world, "{\"unset\":[\"access-point entry.pulse-ms\"]}"), "");
        assert_int_equal(laid(world).rules.passback, PASSBACK_HARD);
        assert_false(world->overrides.is_ignored);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(options_are_set_changed_and_unset),
                TEST(what_may_not_be_changed_is_named_and_nothing_is_changed),
                TEST(what_must_agree_is_checked_with_them),
                TEST(they_are_kept_and_read_again),
                TEST(a_damaged_file_leaves_the_configuration_alone),
                TEST(those_that_do_not_go_with_a_new_gate_conf_are_ignored_and_can_be_unset),
        };
        return cmocka_run_group_tests_name("overrides", tests, NULL, NULL);
}
