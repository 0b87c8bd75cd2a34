/* Events: the journal as a table, as CSV and as JSON, paged, limited and followed. */
#include "tests/unit/test_ctl_daemon.h"

static int in_vietnam(void **state)
{
        (void)state;
        setenv("TZ", "<+07>-7", 1);
        tzset();
        return 0;
}

#define GRANTED                                                                                    \
        "{\"seq\":7,\"epoch\":\"e\",\"id\":\"i\",\"time\":\"2026-11-24T02:00:00.123Z\","           \
        "\"event\":\"AccessGranted\",\"access_point\":\"entry\",\"direction\":\"entry\","          \
        "\"clock\":\"synchronised\",\"credential_class\":\"cccd\",\"holder\":\"an\"}"
#define DENIED                                                                                     \
        "{\"seq\":8,\"epoch\":\"e\",\"id\":\"j\",\"time\":\"2026-11-24T02:00:05.000Z\","           \
        "\"event\":\"AccessDenied\",\"access_point\":\"entry\",\"reason\":\"unknown_credential\"," \
        "\"clock\":\"untrusted\",\"inconsistent\":true}"
#define COMMAND                                                                                    \
        "{\"seq\":9,\"epoch\":\"e\",\"id\":\"k\",\"time\":\"2026-11-24T02:00:09.000Z\","           \
        "\"event\":\"AccessDoor\",\"reason\":\"command\",\"clock\":\"synchronised\","              \
        "\"detail\":\"=root: \\u001b]0;x\\u0007\"}"
#define PAGE(head, rows) "{\"ok\":{\"epoch\":\"e\",\"head\":" #head ",\"events\":[" rows "]}}"

static const struct script_line one_page[] = {
        { .verb = "events", .answer = PAGE(9, GRANTED "," DENIED "," COMMAND) }, { .verb = NULL }
};

static void the_table_says_time_place_event_and_reason_in_words(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, one_page);
        struct run run = run_bare(&daemon, verb_events);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(
                run.out,
                "   seq  time                 access point  event            reason and person\n"
                "     7  2026-11-24 09:00:00  entry         granted          an\n"
                "     8  2026-11-24 09:00:05  entry         denied           code not known here, "
                "the card contradicts itself, clock untrusted\n"
                "     9  2026-11-24 09:00:09                opened           by command, =root: "
                "\\x1b]0;x\\x07\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void csv_has_a_header_and_no_formulas(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, one_page);
        struct run run = run_verb(&daemon, verb_events, "--csv");
        daemon_stop(&daemon);
        assert_string_equal(
                run.out,
                "seq,time,event,access_point,direction,reason,credential_class,holder,subject,"
                "grant_seq,late,no_sensor,passback_soft,inconsistent,undeclared,clock,detail,id,"
                "epoch\r\n"
                "7,2026-11-24T02:00:00.123Z,AccessGranted,entry,entry,,cccd,an,,,,,,,,synchronised,"
                ",i,e\r\n"
                "8,2026-11-24T02:00:05.000Z,AccessDenied,entry,,unknown_credential,,,,,,,,yes,,"
                "untrusted,,j,e\r\n"
                "9,2026-11-24T02:00:09.000Z,AccessDoor,,,command,,,,,,,,,,synchronised,'=root: "
                "\x1b]0;x\x07,k,e\r\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void json_is_one_event_a_line_with_nothing_raw_in_it(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        static const struct script_line script[] = {
                { .verb = "events",
                  .answer = PAGE(7, "{\"seq\":7,\"detail\":\"a\\u009b\\u202eb\\u007f\"}") },
                { .verb = NULL }
        };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_events, "--json");
        daemon_stop(&daemon);
        assert_string_equal(run.out, "{\"seq\":7,\"detail\":\"a\\u009b\\u202eb\\u007f\"}\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void all_pages_are_read_up_to_the_head(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "events", .answer = PAGE(9, GRANTED) },
                { .verb = "events", .answer = PAGE(9, DENIED) },
                { .verb = "events", .answer = PAGE(9, COMMAND) },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_events, "--after", "6", "--since",
                                  "2026-11-24T02:00:00Z", "--until", "2026-11-24");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        expect_asked(&daemon, "events events events");
        expect_field(asked(&daemon, "events", 0), "after", "6");
        expect_field(asked(&daemon, "events", 1), "after", "7");
        expect_field(asked(&daemon, "events", 2), "after", "8");
        expect_field(asked(&daemon, "events", 2), "since", "\"2026-11-24T02:00:00.000Z\"");
        expect_field(asked(&daemon, "events", 2), "until", "\"2026-11-24T17:00:00.000Z\"");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_limit_alone_means_the_newest(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "events", .answer = PAGE(9, GRANTED) }, /* for the head */
                { .verb = "events", .answer = PAGE(9, DENIED "," COMMAND) },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_events, "--limit", "2", "--json");
        daemon_stop(&daemon);
        expect_text(run.out, "{\"seq\":8,");
        assert_null(strstr(run.out, "\"seq\":7"));
        expect_field(asked(&daemon, "events", 1), "after", "7");
        expect_field(asked(&daemon, "events", 1), "limit", "2");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void a_limit_with_a_beginning_means_the_first(void **state)
{
        (void)state;
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, one_page);
        struct run run = run_verb(&daemon, verb_events, "--after", "0", "--limit", "3", "--json");
        daemon_stop(&daemon);
        expect_asked(&daemon, "events");
        expect_field(asked(&daemon, "events", 0), "after", "0");
        expect_field(asked(&daemon, "events", 0), "limit", "3");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void following_goes_on_where_the_pages_end(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "events", .answer = PAGE(7, GRANTED) },
                { .verb = "follow",
                  .answer = "{\"ok\":{\"epoch\":\"e\",\"head\":7}}",
                  .push = { "{\"event\":" DENIED "}", "{\"event\":" COMMAND "}" } },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_events, "--after", "6", "--follow", "--limit", "3",
                                  "--json");
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        expect_text(run.out, "{\"seq\":7,");
        expect_text(run.out, "\n{\"seq\":8,");
        expect_text(run.out, "\n{\"seq\":9,");
        expect_field(asked(&daemon, "follow", 0), "after", "7");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void following_alone_begins_with_what_is_new(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "events", .answer = PAGE(8, GRANTED) }, /* for the head */
                { .verb = "events", .answer = PAGE(8, "") },
                { .verb = "follow",
                  .answer = "{\"ok\":{\"epoch\":\"e\",\"head\":8}}",
                  .push = { "{\"event\":" COMMAND "}" },
                  .hangs_up = true },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_events, "--follow", "--json");
        daemon_stop(&daemon);
        assert_memory_equal(run.out, "{\"seq\":9,", 9);
        expect_field(asked(&daemon, "follow", 0), "after", "8");
        assert_int_equal(run.code, CTL_CANNOT);
        expect_text(run.err, "stiled closed the connection");
        expect_text(run.err, "--after 9\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void following_from_a_time_does_not_repeat_what_was_before_it(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "events", .answer = PAGE(500, "") },
                { .verb = "follow",
                  .answer = "{\"ok\":{\"epoch\":\"e\",\"head\":500}}",
                  .hangs_up = true },
                { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_events, "--since", "now", "--follow", "--json");
        daemon_stop(&daemon);
        expect_field(asked(&daemon, "follow", 0), "after", "500");
        run_forget(&run);
        daemon_forget(&daemon);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_table_says_time_place_event_and_reason_in_words),
                cmocka_unit_test(csv_has_a_header_and_no_formulas),
                cmocka_unit_test(json_is_one_event_a_line_with_nothing_raw_in_it),
                cmocka_unit_test(all_pages_are_read_up_to_the_head),
                cmocka_unit_test(a_limit_alone_means_the_newest),
                cmocka_unit_test(a_limit_with_a_beginning_means_the_first),
                cmocka_unit_test(following_goes_on_where_the_pages_end),
                cmocka_unit_test(following_alone_begins_with_what_is_new),
                cmocka_unit_test(following_from_a_time_does_not_repeat_what_was_before_it),
        };
        return cmocka_run_group_tests(tests, in_vietnam, NULL);
}
