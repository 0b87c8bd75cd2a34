/* Verbs of when and where people pass: schedules, areas, visits, declarations, explanations. */
#include "tests/unit/test_ctl_daemon.h"

static void a_schedule_is_put_when_its_periods_can_be_read(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, NULL);
        struct run run = run_verb(&daemon, verb_schedule_put, "day", "mon-fri 08:00-17:30",
                                  "special 00:00-24:00");
        struct run wrong = run_verb(&daemon, verb_schedule_put, "day", "mon 8-17");
        struct run alone = run_verb(&daemon, verb_schedule_put, "day");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(run.out, "kept day\n");
        expect_asked(&daemon, "schedule-put");
        expect_field(asked(&daemon, "schedule-put", 0), "schedule",
                     "{\"id\":\"day\",\"periods\":[\"mon-fri 08:00-17:30\","
                     "\"special 00:00-24:00\"]}");
        assert_int_equal(wrong.code, CTL_CANNOT);
        expect_text(wrong.err, "\"mon 8-17\": times are wanted such as 08:00-17:30");
        assert_int_equal(alone.code, CTL_CANNOT);
        run_forget(&run);
        run_forget(&wrong);
        run_forget(&alone);
        daemon_forget(&daemon);
}

static void schedules_and_levels_are_listed_with_their_hours(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "schedules",
                  .answer = "{\"ok\":{\"schedules\":[{\"id\":\"day\",\"periods\":"
                            "[\"mon-fri 08:00-17:30\",\"sat 08:00-12:00\"]},"
                            "{\"id\":\"none\",\"periods\":[]}]}}" },
                { .verb = "levels",
                  .answer = "{\"ok\":{\"levels\":[{\"id\":\"staff\",\"access_points\":[\"entry\"],"
                            "\"schedule\":\"day\"}]}}" },
                { .verb = "schedule-remove",
                  .answer = "{\"error\":{\"reason\":\"busy\",\"message\":\"levels have it\"}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run schedules = run_bare(&daemon, verb_schedule_list);
        struct run levels = run_bare(&daemon, verb_level_list);
        struct run added = run_verb(&daemon, verb_level_add, "lab", "entry", "--schedule", "day");
        struct run busy = run_verb(&daemon, verb_schedule_remove, "day");
        daemon_stop(&daemon);
        expect_text(schedules.out, "day             mon-fri 08:00-17:30\n");
        expect_text(schedules.out, "sat 08:00-12:00\nnone            never\n");
        expect_text(levels.out, "staff           entry");
        expect_text(levels.out, "day");
        expect_field(asked(&daemon, "level-put", 0), "level",
                     "{\"id\":\"lab\",\"access_points\":[\"entry\"],\"schedule\":\"day\"}");
        assert_int_equal(busy.code, CTL_NO);
        run_forget(&schedules);
        run_forget(&levels);
        run_forget(&added);
        run_forget(&busy);
        daemon_forget(&daemon);
}

static void a_special_day_is_of_one_year_or_of_every(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "special-days",
                  .answer = "{\"ok\":{\"special_days\":[{\"date\":\"--09-02\","
                            "\"name\":\"Quốc khánh\"},{\"date\":\"2026-02-17\"}]}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run every =
                run_verb(&daemon, verb_special_day_add, "--name", "Quốc khánh", "--", "--09-02");
        struct run one = run_verb(&daemon, verb_special_day_remove, "2026-02-17");
        struct run list = run_bare(&daemon, verb_special_day_list);
        daemon_stop(&daemon);
        assert_int_equal(every.code, CTL_OK);
        expect_field(asked(&daemon, "special-day-put", 0), "date", "\"--09-02\"");
        expect_field(asked(&daemon, "special-day-put", 0), "name", "\"Quốc khánh\"");
        assert_int_equal(one.code, CTL_OK);
        expect_field(asked(&daemon, "special-day-remove", 0), "date", "\"2026-02-17\"");
        expect_text(list.out, "09-02       every year    Quốc khánh\n2026-02-17  ");
        run_forget(&every);
        run_forget(&one);
        run_forget(&list);
        daemon_forget(&daemon);
}

static void an_area_has_limits_and_says_how_many_are_inside(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "areas",
                  .answer = "{\"ok\":{\"areas\":[{\"id\":\"yard\",\"access_points\":[\"entry\","
                            "\"exit\"],\"occupancy_limit\":50,\"inside\":50,\"passback\":\"hard\","
                            "\"passback_reset_h\":16,\"passback_reset_at\":\"04:00\"},"
                            "{\"id\":\"shed\",\"access_points\":[\"back\"],\"inside\":3}]}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run added =
                run_verb(&daemon, verb_area_put, "yard", "entry", "exit", "--limit", "50",
                         "--passback", "hard", "--reset-hours", "16", "--reset-at", "04:00");
        struct run list = run_bare(&daemon, verb_area_list);
        daemon_stop(&daemon);
        assert_string_equal(added.out, "kept yard\n");
        expect_field(asked(&daemon, "area-put", 0), "area",
                     "{\"id\":\"yard\",\"access_points\":[\"entry\",\"exit\"],"
                     "\"occupancy_limit\":50,\"passback\":\"hard\",\"passback_reset_h\":16,"
                     "\"passback_reset_at\":\"04:00\"}");
        expect_text(list.out, "yard                50      50  hard      entry, exit\n");
        expect_text(list.out, "shed                 3       -            back\n");
        run_forget(&added);
        run_forget(&list);
        daemon_forget(&daemon);
}

static void a_visit_is_one_request_with_person_card_and_time(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        static const char *const words[] = {
                "add",     "guest",      "--name",   "Khách", "--from",       "2099-11-24T09:00",
                "--until", "2099-11-24", "--escort", "any",   "--code-stdin", "--level",
                "lobby",   NULL
        };
        setenv("TZ", "<+07>-7", 1);
        tzset();
        daemon_start(&daemon, NULL);
        struct run run = run_with_input(&daemon, verb_visit_add, "guest-code\n", words);
        struct run endless =
                run_verb(&daemon, verb_visit_add, "guest", "--name", "K", "--from", "today");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        const json_t *request = json_object_get(asked(&daemon, "visit-add", 0), "visit");
        expect_field(request, "id", "\"guest\"");
        expect_field(request, "name", "\"Khách\"");
        expect_field(request, "from", "\"2099-11-24T02:00:00.000Z\"");
        expect_field(request, "until", "\"2099-11-24T17:00:00.000Z\"");
        expect_field(request, "escort", "\"*\"");
        expect_field(request, "levels", "[{\"level\":\"lobby\"}]");
        expect_field(request, "code", "\"guest-code\"");
        assert_int_equal(endless.code, CTL_CANNOT);
        expect_asked(&daemon, "visit-add");
        run_forget(&run);
        run_forget(&endless);
        daemon_forget(&daemon);
}

static void visitors_are_listed_and_workers_are_not(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "holders",
                  .answer = "{\"ok\":{\"holders\":["
                            "{\"id\":\"an\",\"name\":\"An\",\"role\":\"worker\"},"
                            "{\"id\":\"be\",\"name\":\"Be\",\"role\":\"visitor\",\"escort\":\"an\","
                            "\"valid_from\":\"2099-01-01T00:00:00.000Z\"},"
                            "{\"id\":\"ce\",\"name\":\"Ce\",\"role\":\"visitor\","
                            "\"valid_until\":\"2020-01-01T00:00:00.000Z\"},"
                            "{\"id\":\"de\",\"name\":\"De\",\"role\":\"visitor\"}]}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        setenv("TZ", "UTC", 1);
        tzset();
        daemon_start(&daemon, script);
        struct run run = run_bare(&daemon, verb_visit_list);
        daemon_stop(&daemon);
        assert_null(strstr(run.out, "An"));
        expect_text(run.out, "be              Be                        from 2099-01-01");
        expect_text(run.out, "  an\nce              Ce                        until 2019-12-31");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_declaration_is_noted_with_its_result(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, NULL);
        struct run run = run_verb(&daemon, verb_declare, "an", "--result", "amber", "--until",
                                  "2099-01-01T00:00:00Z");
        struct run nothing = run_verb(&daemon, verb_declare, "an");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        expect_asked(&daemon, "declaration-put");
        expect_field(asked(&daemon, "declaration-put", 0), "holder", "\"an\"");
        expect_field(asked(&daemon, "declaration-put", 0), "result", "\"amber\"");
        expect_field(asked(&daemon, "declaration-put", 0), "until", "\"2099-01-01T00:00:00.000Z\"");
        assert_int_equal(nothing.code, CTL_CANNOT);
        run_forget(&run);
        run_forget(&nothing);
        daemon_forget(&daemon);
}

static const char refusal[] =
        "{\"ok\":{\"admit\":false,\"reason\":\"outside_schedule\",\"rule\":\"access level\","
        "\"facts\":{\"holder\":\"an\",\"area\":\"\",\"covering\":1,\"known\":true},\"steps\":["
        "{\"rule\":\"lock-down\",\"about\":\"is it free?\",\"applies\":true,\"objects\":false},"
        "{\"rule\":\"site\",\"about\":\"is it ours?\",\"applies\":false,\"objects\":false},"
        "{\"rule\":\"access level\",\"about\":\"does a level open this?\",\"applies\":true,"
        "\"objects\":true,\"reason\":\"outside_schedule\"},"
        "{\"rule\":\"anti-passback\",\"about\":\"outside?\",\"applies\":true,\"objects\":true,"
        "\"reason\":\"passback\",\"warning\":true}]}}";

static void an_explanation_is_the_verdict_and_a_line_for_each_rule(void **state)
{
        (void)state;
        static const struct script_line script[] = { { .verb = "explain", .answer = refusal },
                                                     { .verb = NULL } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_explain, "--holder", "an", "--access-point",
                                  "entry", "--at", "2026-11-24T02:00:00Z");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        expect_text(run.out, "may not pass: outside_schedule, says access level");
        expect_text(run.out, "lock-down      is it free?");
        expect_text(run.out, "does not matter here\n");
        expect_text(run.out, " outside_schedule\n");
        expect_text(run.out, "passback (admits all the same)\n");
        expect_field(asked(&daemon, "explain", 0), "access_point", "\"entry\"");
        expect_field(asked(&daemon, "explain", 0), "holder", "\"an\"");
        expect_field(asked(&daemon, "explain", 0), "at", "\"2026-11-24T02:00:00.000Z\"");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void an_explanation_may_be_asked_for_a_long_code_and_as_json(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "explain",
                  .answer = "{\"ok\":{\"admit\":true,\"rule\":\"access level\",\"steps\":[]}}" },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        static const char *const words[] = { "explain", "--code-stdin", "--access-point",
                                             "entry",   "--json",       NULL };
        char code[1500];
        memset(code, 'A', sizeof(code) - 1);
        code[sizeof(code) - 1] = '\0';
        daemon_start(&daemon, script);
        struct run run = run_with_input(&daemon, verb_explain, code, words);
        struct run two = run_verb(&daemon, verb_explain, "--holder", "an", "--national-id",
                                  "001099000123", "--access-point", "entry");
        struct run nowhere = run_verb(&daemon, verb_explain, "--holder", "an");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        expect_text(run.out, "{\"admit\":true,");
        assert_string_equal(
                json_string_value(json_object_get(asked(&daemon, "explain", 0), "code")), code);
        assert_int_equal(two.code, CTL_CANNOT);
        assert_int_equal(nowhere.code, CTL_CANNOT);
        run_forget(&run);
        run_forget(&two);
        run_forget(&nowhere);
        daemon_forget(&daemon);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_schedule_is_put_when_its_periods_can_be_read),
                cmocka_unit_test(schedules_and_levels_are_listed_with_their_hours),
                cmocka_unit_test(a_special_day_is_of_one_year_or_of_every),
                cmocka_unit_test(an_area_has_limits_and_says_how_many_are_inside),
                cmocka_unit_test(a_visit_is_one_request_with_person_card_and_time),
                cmocka_unit_test(visitors_are_listed_and_workers_are_not),
                cmocka_unit_test(a_declaration_is_noted_with_its_result),
                cmocka_unit_test(an_explanation_is_the_verdict_and_a_line_for_each_rule),
                cmocka_unit_test(an_explanation_may_be_asked_for_a_long_code_and_as_json),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
