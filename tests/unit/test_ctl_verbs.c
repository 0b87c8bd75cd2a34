/* Verbs: what each asks of stiled, what it says of the answer, and its exit code. */
#include "tests/unit/test_ctl_daemon.h"

#include "common/rfc3339.h"

static const struct script_line obliging[] = { { .verb = NULL } };

static void without_a_daemon_a_verb_says_so_and_what_to_do(void **state)
{
        (void)state;
        struct run run = run_bare(NULL, verb_status);
        assert_int_equal(run.code, CTL_CANNOT);
        assert_string_equal(run.out, "");
        assert_string_equal(run.err,
                            "stilectl: no stiled at /tmp/stile-ctl-nobody.sock: is it running? "
                            "systemctl status stiled\n");
        run_forget(&run);
}

static void whom_the_daemon_does_not_serve_is_told_why(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = "{\"error\":{\"reason\":\"unauthorised\","
                                             "\"message\":\"this user may not\"}}" };
        daemon_start(&daemon, NULL);
        struct run run = run_bare(&daemon, verb_forgive);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_NO);
        assert_string_equal(run.err, "stilectl: this user may not (unauthorised); nothing was "
                                     "changed\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_daemon_that_dies_leaves_a_change_in_doubt(void **state)
{
        (void)state;
        static const struct script_line script[] = { { .verb = "forgive", .hangs_up = true },
                                                     { .verb = NULL } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_bare(&daemon, verb_forgive);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_CANNOT);
        expect_text(run.err, "whether it was done is not known");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_configuration_that_was_named_must_be_good(void **state)
{
        (void)state;
        char *err = NULL, *argv[] = { (char *)"status", NULL };
        size_t len = 0;
        struct ctl ctl = { .config_path = "/tmp/stile-ctl-nothing.conf",
                           .is_config_given = true,
                           .out = stdout,
                           .err = open_memstream(&err, &len) };
        unsetenv("STILE_SOCKET");
        assert_int_equal(verb_status(&ctl, 1, argv), CTL_CANNOT);
        fclose(ctl.err);
        assert_string_equal(err, "stilectl: the configuration cannot be used:\n"
                                 "/tmp/stile-ctl-nothing.conf: No such file or directory\n");
        free(err);
}

static void wrong_use_asks_nothing(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, obliging);
        struct run runs[] = {
                run_verb(&daemon, verb_open, "entry"),
                run_verb(&daemon, verb_open, "--reason", "x"),
                run_verb(&daemon, verb_open, "Entry", "--reason", "x"),
                run_verb(&daemon, verb_open, "entry", "--reason"),
                run_verb(&daemon, verb_open, "entry", "exit", "--reason", "x"),
                run_verb(&daemon, verb_open, "entry", "--why", "x"),
                run_verb(&daemon, verb_fire_reset, "entry", "--reason", "x"),
                run_verb(&daemon, verb_line, "entry.sensor-line", "perhaps"),
                run_verb(&daemon, verb_events, "--since", "tomorrow"),
                run_verb(&daemon, verb_events, "--limit", "many"),
                run_verb(&daemon, verb_events, "--json", "--csv"),
                run_verb(&daemon, verb_events, "--follow", "--until", "now"),
                run_verb(&daemon, verb_holder_add, "an"),
                run_verb(&daemon, verb_holder_add, "An", "--name", "An"),
                run_verb(&daemon, verb_holder_add, "an", "--name", "A\x1bn"),
                run_verb(&daemon, verb_holder_add, "an", "--name", "An", "--valid-from",
                         "2026-02-02", "--valid-until", "2026-02-01"),
                run_verb(&daemon, verb_holder_add, "an", "--name", "An", "--level", "Staff"),
                run_verb(&daemon, verb_credential_add, "--holder", "an"),
                run_verb(&daemon, verb_credential_add, "--code", "abcd"),
                run_verb(&daemon, verb_credential_add, "--holder", "an", "--code", "abcd",
                         "--national-id", "001099000123"),
                run_verb(&daemon, verb_credential_add, "--holder", "an", "--national-id", "123"),
                run_bare(&daemon, verb_credential_revoke),
                run_verb(&daemon, verb_credential_revoke, "--lookup", "12"),
                run_verb(&daemon, verb_level_add, "staff"),
                run_verb(&daemon, verb_level_add, "*", "entry"),
        };
        daemon_stop(&daemon);
        for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
                if (runs[i].code != CTL_CANNOT || runs[i].out[0] != '\0')
                        fail_msg("use %zu: exit code %d, \"%s\"", i, runs[i].code, runs[i].out);
                expect_text(runs[i].err, "see stilectl ");
                run_forget(&runs[i]);
        }
        expect_asked(&daemon, "");
        daemon_forget(&daemon);
}

static void help_needs_no_daemon(void **state)
{
        static verb_fn *const verbs[] = { verb_status,
                                          verb_doctor,
                                          verb_events,
                                          verb_holder_add,
                                          verb_holder_list,
                                          verb_holder_remove,
                                          verb_holder_block,
                                          verb_holder_unblock,
                                          verb_holder_import,
                                          verb_holder_export,
                                          verb_credential_add,
                                          verb_credential_revoke,
                                          verb_credential_list,
                                          verb_level_add,
                                          verb_level_list,
                                          verb_level_remove,
                                          verb_open,
                                          verb_lock_open,
                                          verb_lock_open_release,
                                          verb_lock_down,
                                          verb_lock_down_release,
                                          verb_fire_reset,
                                          verb_forgive,
                                          verb_lines,
                                          verb_line };
        (void)state;
        for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
                struct run run = run_verb(NULL, verbs[i], "--help");
                assert_int_equal(run.code, CTL_OK);
                assert_memory_equal(run.out, "Usage: stilectl ", 16);
                assert_string_equal(run.err, "");
                run_forget(&run);
        }
}

static void a_command_says_who_why_and_until_when(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "command", .answer = "{\"ok\":{\"outcome\":\"done\",\"seq\":12}}" },
                { .verb = "command", .answer = "{\"ok\":{\"outcome\":\"done\"}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        struct timespec now;
        daemon_start(&daemon, script);
        struct run one = run_verb(&daemon, verb_open, "entry", "--reason", "a parcel");
        struct run two = run_verb(&daemon, verb_lock_down, "--reason", "drill");
        clock_gettime(CLOCK_REALTIME, &now);
        daemon_stop(&daemon);
        assert_int_equal(one.code, CTL_OK);
        assert_string_equal(one.out, "entry: opened (event 12)\n");
        assert_string_equal(two.out, "all access points: locked down\n");

        const json_t *first = asked(&daemon, "command", 0), *second = asked(&daemon, "command", 1);
        int64_t not_after_us = 0;
        expect_field(first, "name", "\"AccessDoor\"");
        expect_field(first, "access_point", "\"entry\"");
        expect_field(first, "reason", "\"a parcel\"");
        expect_field(first, "origin", "\"local\"");
        expect_field(second, "name", "\"LockDown\"");
        assert_null(json_object_get(second, "access_point"));
        assert_true(json_string_length(json_object_get(first, "actor")) > 0);
        const char *nonce = json_string_value(json_object_get(first, "nonce"));
        assert_int_equal(strlen(nonce), 32);
        assert_string_not_equal(nonce, json_string_value(json_object_get(second, "nonce")));
        assert_true(rfc3339_parse(json_string_value(json_object_get(first, "not_after")),
                                  &not_after_us));
        int64_t ahead_s = not_after_us / 1000000 - now.tv_sec;
        assert_true(ahead_s >= 5 && ahead_s <= 10);
        run_forget(&one);
        run_forget(&two);
        daemon_forget(&daemon);
}

static void every_command_has_its_name(void **state)
{
        (void)state;
        static const struct {
                verb_fn *verb;
                const char *name;
        } commands[] = { { verb_lock_open, "\"LockOpen\"" },
                         { verb_lock_open_release, "\"LockOpenRelease\"" },
                         { verb_lock_down, "\"LockDown\"" },
                         { verb_lock_down_release, "\"LockDownRelease\"" },
                         { verb_fire_reset, "\"FireReset\"" } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, obliging);
        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
                struct run run = run_verb(&daemon, commands[i].verb, "--reason", "x");
                run_forget(&run);
        }
        daemon_stop(&daemon);
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                expect_field(asked(&daemon, "command", i), "name", commands[i].name);
        daemon_forget(&daemon);
}

static void a_refused_command_is_no_and_says_why(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "command",
                  .answer = "{\"ok\":{\"outcome\":\"refused\",\"refusal\":\"stale\"}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_open, "entry", "--reason", "x");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_NO);
        assert_string_equal(run.out, "");
        assert_string_equal(run.err, "stilectl: refused: too late (stale); nothing was changed\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void forgiving_is_for_one_or_for_all(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, obliging);
        struct run one = run_verb(&daemon, verb_forgive, "an");
        struct run all = run_bare(&daemon, verb_forgive);
        daemon_stop(&daemon);
        assert_string_equal(one.out, "forgave an\n");
        assert_string_equal(all.out, "forgave everybody\n");
        expect_field(asked(&daemon, "forgive", 0), "holder", "\"an\"");
        assert_null(json_object_get(asked(&daemon, "forgive", 1), "holder"));
        run_forget(&one);
        run_forget(&all);
        daemon_forget(&daemon);
}

static void lines_are_listed_and_moved(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "lines",
                  .answer = "{\"ok\":{\"simulated\":true,\"lines\":["
                            "{\"name\":\"entry.pass-line\",\"output\":true,\"on\":false},"
                            "{\"name\":\"entry.sensor-line\",\"output\":false,\"on\":true}]}}" },
                { .verb = "line-drive",
                  .answer = "{\"error\":{\"reason\":\"not_simulated\",\"message\":\"real\"}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run list = run_bare(&daemon, verb_lines);
        struct run refused = run_verb(&daemon, verb_line, "entry.sensor-line", "on");
        struct run done = run_verb(&daemon, verb_line, "entry.sensor-line", "off");
        daemon_stop(&daemon);
        expect_text(list.out, "entry.pass-line               output  off\n");
        expect_text(list.out, "entry.sensor-line             input   on\n");
        assert_int_equal(refused.code, CTL_NO);
        assert_int_equal(done.code, CTL_OK);
        expect_field(asked(&daemon, "line-drive", 0), "on", "true");
        expect_field(asked(&daemon, "line-drive", 1), "on", "false");
        run_forget(&list);
        run_forget(&refused);
        run_forget(&done);
        daemon_forget(&daemon);
}

static void watched_lines_come_after_the_list(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "lines",
                  .answer = "{\"ok\":{\"lines\":[{\"name\":\"a\",\"output\":false,\"on\":false}]}}",
                  .push = { "{\"line\":{\"name\":\"a\",\"on\":true,\"at_us\":1}}" },
                  .hangs_up = true },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_lines, "--watch", "--json");
        daemon_stop(&daemon);
        assert_string_equal(run.out, "{\"name\":\"a\",\"output\":false,\"on\":false}\n"
                                     "{\"name\":\"a\",\"on\":true,\"at_us\":1}\n");
        assert_int_equal(run.code, CTL_CANNOT);
        expect_asked(&daemon, "line-watch lines");
        run_forget(&run);
        daemon_forget(&daemon);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(without_a_daemon_a_verb_says_so_and_what_to_do),
                cmocka_unit_test(whom_the_daemon_does_not_serve_is_told_why),
                cmocka_unit_test(a_daemon_that_dies_leaves_a_change_in_doubt),
                cmocka_unit_test(a_configuration_that_was_named_must_be_good),
                cmocka_unit_test(wrong_use_asks_nothing),
                cmocka_unit_test(help_needs_no_daemon),
                cmocka_unit_test(a_command_says_who_why_and_until_when),
                cmocka_unit_test(every_command_has_its_name),
                cmocka_unit_test(a_refused_command_is_no_and_says_why),
                cmocka_unit_test(forgiving_is_for_one_or_for_all),
                cmocka_unit_test(lines_are_listed_and_moved),
                cmocka_unit_test(watched_lines_come_after_the_list),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
