/* Settings and the option table: what a configuration file may say, and what is said about it. */
#include "tests/check.h"

#include "controller/settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char minimal[] = "[access-point entry]\n"
                              "direction = entry\n"
                              "camera-source = /dev/video0\n"
                              "pass-line = GPIO17\n";

static int load(struct settings *settings, const char *text, char complaints[2048])
{
        char path[] = "/tmp/stile-settings-XXXXXX";
        int fd = mkstemp(path);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
        close(fd);
        FILE *out = fmemopen(complaints, 2048, "w");
        assert_non_null(out);
        int error = settings_load(settings, path, out);
        fclose(out);
        unlink(path);
        /* The name of the file is random: tests read from the line number on. */
        for (char *at = complaints; (at = strstr(at, path));)
                memmove(at, at + strlen(path), strlen(at + strlen(path)) + 1);
        return error;
}

static void expect_complaint(const char *text, const char *complaint)
{
        static struct settings settings;
        char complaints[2048] = "";
        assert_int_equal(load(&settings, text, complaints), -22);
        if (!strstr(complaints, complaint))
                fail_msg("wanted \"%s\" in \"%s\"", complaint, complaints);
}

static void a_short_file_gets_the_defaults(void **state)
{
        (void)state;
        static struct settings settings;
        char complaints[2048] = "";
        assert_int_equal(load(&settings, minimal, complaints), 0);
        assert_string_equal(complaints, "");
        assert_int_equal(settings.points, 1);
        assert_string_equal(settings.point[0].id, "entry");
        assert_int_equal(settings_direction(&settings.point[0]), DIRECTION_ENTRY);
        assert_int_equal(settings.point[0].pulse_ms, 1000);
        assert_int_equal(settings.record.wait_ms, 100);
        assert_true(settings.uplink.is_tls);
}

static void every_mistake_names_line_and_key(void **state)
{
        (void)state;
        char text[4096];
        static const struct {
                const char *line, *complaint;
        } mistakes[] = {
                { "pulse-mss = 5", ":5: pulse-mss: unknown key" },
                { "pulse-ms = five", ":5: pulse-ms: a whole number is wanted" },
                { "pulse-ms = 49", ":5: pulse-ms: 49 is out of range: 50 to 5000" },
                { "pulse-ms = 99999999999999999999", "out of range" },
                { "camera = webcam", ":5: camera: one of: v4l2, exec, replay" },
                { "replay-loop = true", ":5: replay-loop: yes or no is wanted" },
                { "pass-line = GPIO4", ":5: pass-line: the key stands twice" },
                { "sensor-line = GPIO4 upside-down", ":5: sensor-line: a line is a name" },
                { "lane = Lane 1", ":5: lane: an identifier is wanted" },
                { "[nonsense]\nkey = 1", ":5: nonsense: unknown section" },
                { "[access-point entry]",
                  ":5: access-point entry: this access point stands twice" },
                { "[access-point]", ":5: access-point: an identifier is wanted" },
                { "[gate]\n[gate]", ":6: gate: the section stands twice" },
                { "[gate two]", ":5: gate two: this section has no name" },
                { "words", ":5: neither [section] nor key = value" },
                { "sensor-line = GPIO17",
                  "sensor-line: line GPIO17 is already [access-point entry] "
                  "pass-line" },
                { "pulse-ms = 5000\nwindow-ms = 500", "window-ms: must not be shorter" },
                { "[fire]\nline = GPIO5", "[fire] reset-line: a fire line needs one" },
                { "[manager Mai]\nkey = /k\nroles = sync", ":5: manager Mai: an identifier is" },
                { "[manager mai]\nroles = sync", "[manager mai] key: must be given" },
                { "[manager mai]\nkey = /k", "[manager mai] roles: must be given" },
                { "[manager mai]\nkey = /k\nroles = sync fire",
                  ":7: roles: roles are any of access" },
                { "[manager mai]\nkey = /k\nroles = access,sync", ":7: roles: roles are any of" },
                { "[manager mai]\n[manager mai]", ":6: manager mai: this manager stands twice" },
                { "[commands]\nper-minute = 0", ":6: per-minute: 0 is out of range: 1 to 600" },
                { "[uplink]\ntls = no\nhost = broker.example", "[uplink] tls: no is for loopback" },
                { "[uplink]\nmqtt = 3.1.1\nack = puback", "[uplink] ack: puback needs mqtt = 5" },
        };
        for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
                snprintf(text, sizeof(text), "%s%s\n", minimal, mistakes[i].line);
                expect_complaint(text, mistakes[i].complaint);
        }
        expect_complaint("key = 1\n", ":1: key: the key stands before the first [section]");
        expect_complaint("[gate]\nid = gate\n", "no [access-point NAME] section");
        expect_complaint("[access-point a]\nlane = 1\n", "pass-line: must be given");
}

static void a_line_longer_than_the_reader_is_refused_and_the_next_is_read(void **state)
{
        (void)state;
        char text[4096], line[400];
        memset(line, 'x', sizeof(line) - 1);
        line[sizeof(line) - 1] = '\0';
        snprintf(text, sizeof(text), "%slane = %s\npulse-ms = x\n", minimal, line);
        expect_complaint(text, ":5: the line is too long");
        expect_complaint(text, ":6: pulse-ms: a whole number");
}

static void all_mistakes_are_told_at_once(void **state)
{
        (void)state;
        static struct settings settings;
        char complaints[2048] = "", text[1024];
        snprintf(text, sizeof(text), "%sa = 1\nb = 2\n", minimal);
        assert_int_equal(load(&settings, text, complaints), -22);
        assert_non_null(strstr(complaints, ":5: a:"));
        assert_non_null(strstr(complaints, ":6: b:"));
}

static void a_missing_file_is_named(void **state)
{
        (void)state;
        static struct settings settings;
        char complaints[256] = "";
        FILE *out = fmemopen(complaints, sizeof(complaints), "w");
        assert_int_equal(settings_load(&settings, "/nonexistent/gate.conf", out), -2);
        fclose(out);
        assert_string_equal(complaints, "/nonexistent/gate.conf: No such file or directory\n");
}

static void the_sample_is_a_good_configuration_of_the_reference_build(void **state)
{
        (void)state;
        static struct settings settings;
        static char text[65536];
        char complaints[2048] = "";
        FILE *out = fmemopen(text, sizeof(text), "w");
        settings_print_sample(out);
        fclose(out);
        int error = load(&settings, text, complaints);
        assert_string_equal(complaints, "");
        assert_int_equal(error, 0);
        assert_int_equal(settings.points, 2);
        assert_string_equal(settings.point[1].id, "exit");
        assert_int_equal(settings_direction(&settings.point[1]), DIRECTION_EXIT);
        assert_true(settings.point[1].button_line[0] != '\0');
        assert_true(settings.fire.fire_line[0] != '\0');
}

static void every_option_has_help_and_a_good_default(void **state)
{
        (void)state;
        for (size_t i = 0; i < settings_table.option_count; i++) {
                const struct option_row *option = &settings_table.options[i];
                assert_true(strlen(option->help) > 3);
                for (size_t j = 0; j < i; j++)
                        assert_true(strcmp(settings_table.options[j].key, option->key) != 0 ||
                                    strcmp(settings_table.options[j].section, option->section) !=
                                            0);
        }
}

static void count_refused(void *context, const char *section, const char *key)
{
        char *told = context;
        snprintf(told, 64, "%s.%s", section, key);
}

static void a_reload_takes_live_options_and_names_the_others(void **state)
{
        (void)state;
        static struct settings current, next;
        char complaints[2048] = "", text[1024], told[64] = "";
        assert_int_equal(load(&current, minimal, complaints), 0);
        snprintf(text, sizeof(text), "%spulse-ms = 700\ncamera-rate = 5\n", minimal);
        assert_int_equal(load(&next, text, complaints), 0);
        option_apply_live(&settings_table, &current, &next, count_refused, told);
        assert_int_equal(current.point[0].pulse_ms, 700);
        assert_int_equal(current.point[0].camera_rate, 30);
        assert_string_equal(told, "access-point.camera-rate");
}

static void managers_have_a_key_and_roles(void **state)
{
        (void)state;
        static struct settings settings;
        char complaints[2048] = "", text[1024];
        snprintf(text, sizeof(text),
                 "[manager mai]\nkey = /etc/stile/managers/mai.pem\nroles =  access  registry\n"
                 "[manager desk]\nkey = ./desk.pem\nroles = config\n%s",
                 minimal);
        assert_int_equal(load(&settings, text, complaints), 0);
        assert_int_equal(settings.managers, 2);
        assert_string_equal(settings.manager[0].name, "mai");
        assert_string_equal(settings.manager[0].key_file, "/etc/stile/managers/mai.pem");
        assert_int_equal(settings_parse_roles(settings.manager[0].roles),
                         MANAGER_ACCESS | MANAGER_REGISTRY);
        assert_int_equal(settings_parse_roles(settings.manager[1].roles), MANAGER_CONFIG);
}

static void there_are_no_more_managers_than_there_is_room_for(void **state)
{
        (void)state;
        char text[4096];
        size_t len = (size_t)snprintf(text, sizeof(text), "%s", minimal);
        for (int i = 0; i <= MANAGERS_MAX; i++)
                len += (size_t)snprintf(text + len, sizeof(text) - len,
                                        "[manager m%d]\nkey = /k\nroles = sync\n", i);
        expect_complaint(text, "manager m16: more than 16 managers");
}

static void the_sample_shows_a_manager_as_a_comment(void **state)
{
        (void)state;
        static char text[65536];
        FILE *out = fmemopen(text, sizeof(text), "w");
        settings_print_sample(out);
        fclose(out);
        assert_non_null(strstr(text, "\n#[manager NAME]\n"));
        assert_non_null(strstr(text, "\n[access-point exit]\n"));
}

static void a_line_is_taken_apart(void **state)
{
        (void)state;
        struct settings_line line;
        assert_null(settings_parse_line("GPIO17 active-low pull-up", &line));
        assert_string_equal(line.line, "GPIO17");
        assert_true(line.is_active_low);
        assert_null(settings_parse_line("", &line));
        assert_string_equal(line.line, "");
        assert_non_null(settings_parse_line("GPIO17 sideways", &line));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_short_file_gets_the_defaults),
                cmocka_unit_test(every_mistake_names_line_and_key),
                cmocka_unit_test(a_line_longer_than_the_reader_is_refused_and_the_next_is_read),
                cmocka_unit_test(all_mistakes_are_told_at_once),
                cmocka_unit_test(a_missing_file_is_named),
                cmocka_unit_test(the_sample_is_a_good_configuration_of_the_reference_build),
                cmocka_unit_test(every_option_has_help_and_a_good_default),
                cmocka_unit_test(a_reload_takes_live_options_and_names_the_others),
                cmocka_unit_test(managers_have_a_key_and_roles),
                cmocka_unit_test(there_are_no_more_managers_than_there_is_room_for),
                cmocka_unit_test(the_sample_shows_a_manager_as_a_comment),
                cmocka_unit_test(a_line_is_taken_apart),
        };
        return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
