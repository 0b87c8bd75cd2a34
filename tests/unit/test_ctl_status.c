/* Status and doctor: a gate that is well, one that is not, and one that does not answer. */
#include "tests/unit/test_ctl_daemon.h"

#define STATUS(fire, camera, journal, broker)                                                      \
        "{\"ok\":{\"gate\":{\"org\":\"acme\",\"site\":\"hanoi\",\"id\":\"gate-1\","                \
        "\"software\":\"0.1.0\",\"uptime_s\":273900},"                                             \
        "\"clock\":{\"quality\":\"synchronised\",\"now\":\"2026-11-24T02:00:00.000Z\"},"           \
        "\"fire\":{\"state\":\"" fire "\"},"                                                       \
        "\"lines\":{\"driver\":\"gpiod\",\"chip\":\"pinctrl-bcm2711\",\"faults\":0},"              \
        "\"access_points\":[{\"id\":\"entry\",\"lane\":\"1\",\"direction\":\"entry\","             \
        "\"state\":\"closed\",\"door\":\"normal\",\"camera\":{\"driver\":\"v4l2\","                \
        "\"source\":\"/dev/video0\"," camera ",\"frames\":1234567,\"width\":640,\"height\":480,"   \
        "\"faults\":1},\"decode_us\":{\"count\":1234567,\"p50\":4100,\"p95\":9800,\"p99\":14200,"  \
        "\"max\":140100},\"refused_frames\":3,\"codes\":120,\"scan_to_relay_us\":{\"count\":25,"   \
        "\"p50\":11000,\"p95\":19000,\"p99\":40000,\"max\":41000,"                                 \
        "\"buckets\":[[9000,4],[12000,16],[40960,5]]}}],"                                          \
        "\"journal\":{\"head\":1234,\"acked\":1230,\"outbox\":4," journal "},"                     \
        "\"registry\":{\"holders\":120,\"credentials\":240,\"levels\":3,\"inside\":17},"           \
        "\"disk\":{\"free_bytes\":13207024435,\"total_bytes\":31031139532},"                       \
        "\"broker\":{" broker "},"                                                                 \
        "\"mailboxes\":{\"recorder\":0,\"gate\":2,\"desk\":0}}}"

static const char well[] = STATUS("normal", "\"state\":\"running\",\"rate\":29.8",
                                  "\"waiting\":0,\"late\":0,\"lost\":0,"
                                  "\"bytes\":3145728,\"budget_bytes\":268435456",
                                  "\"state\":\"connected\",\"detail\":\"\","
                                  "\"since\":\"2026-11-24T01:00:00.000Z\",\"published\":1230,"
                                  "\"in_flight\":0");
static const char ill[] = STATUS("released", "\"state\":\"lost\",\"rate\":0.0",
                                 "\"waiting\":7,\"late\":1,\"lost\":2,\"dropped\":5,\"bytes\":"
                                 "3145728,\"budget_bytes\":1048576",
                                 "\"state\":\"disconnected\",\"detail\":\"no \\u001b route\","
                                 "\"since\":\"2026-11-24T01:00:00.000Z\"");

static int in_vietnam(void **state)
{
        (void)state;
        setenv("TZ", "<+07>-7", 1);
        tzset();
        return 0;
}

static void status_is_80_columns_of_what_matters(void **state)
{
        (void)state;
        static const struct script_line script[] = { { .verb = "status", .answer = well },
                                                     { .verb = NULL } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_bare(&daemon, verb_status);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_OK);
        assert_string_equal(
                run.out,
                "gate-1  acme/hanoi   stile 0.1.0, up 3 d 4 h\n"
                "  clock     synchronised, 2026-11-24 09:00:00\n"
                "  fire      normal\n"
                "  broker    connected, 1,230 published, 0 in flight, since 2026-11-24 08:00:00\n"
                "  journal   1,234 events, 1,230 acknowledged, 4 to send\n"
                "  registry  120 holders, 240 credentials, 3 levels; 17 inside\n"
                "  disk      12.3 GiB free of 28.9 GiB; journal 3.0 MiB of 256.0 MiB\n"
                "  lines     gpiod pinctrl-bcm2711, 0 faults\n"
                "  mailbox   gate was full 2 times\n"
                "\n"
                "entry  entry of lane 1: closed\n"
                "  camera    running, 29.8 frames/s, 640 x 480, v4l2 /dev/video0\n"
                "            1,234,567 frames, 1 faults, 3 refused as hostile, 120 codes\n"
                "  decode    p50 4.1 ms   p95 9.8 ms   p99 14.2 ms  max 140 ms    of 1,234,567\n"
                "  to relay  p50 11.0 ms  p95 19.0 ms  p99 40.0 ms  max 41.0 ms   of 25\n"
                "            up to     16 ms  ######################################## 20\n"
                "            up to     64 ms  ##########                               5\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void what_is_wrong_stands_in_the_status(void **state)
{
        (void)state;
        static const struct script_line script[] = { { .verb = "status", .answer = ill },
                                                     { .verb = NULL } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_bare(&daemon, verb_status);
        daemon_stop(&daemon);
        expect_text(run.out, "fire      RELEASED: the fire loop is open\n");
        expect_text(run.out, "broker    disconnected, ");
        expect_text(run.out, "\n            no \\x1b route\n");
        expect_text(run.out, "7 wait for the disk, 1 written after the relay, 2 LOST, 5 DROPPED\n");
        expect_text(run.out, "; journal 3.0 MiB of 1.0 MiB\n");
        expect_text(run.out, "camera    lost, ");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void json_is_the_daemons_answer(void **state)
{
        (void)state;
        static const struct script_line script[] = {
                { .verb = "status", .answer = "{\"ok\":{\"a\":[1,{}]}}" }, { .verb = NULL }
        };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_verb(&daemon, verb_status, "--json");
        daemon_stop(&daemon);
        assert_string_equal(run.out, "{\"a\":[1,{}]}\n");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void doctor_names_what_is_broken_and_how_to_mend_it(void **state)
{
        (void)state;
        static const struct script_line script[] = { { .verb = "status", .answer = ill },
                                                     { .verb = NULL } };
        struct daemon daemon = { .greeting = NULL };
        daemon_start(&daemon, script);
        struct run run = run_bare(&daemon, verb_doctor);
        daemon_stop(&daemon);
        assert_int_equal(run.code, CTL_NO);
        expect_text(run.out, "FAIL  configuration     /tmp/stile-ctl-nothing.conf: ");
        expect_text(run.out, "ok    stiled            gate-1 answers, version 0.1.0, up 3 d 4 h\n");
        expect_text(run.out, "FAIL  camera entry      /dev/video0 is lost\n"
                             "                        journalctl");
        expect_text(run.out, "ok    lines             gpiod pinctrl-bcm2711\n");
        expect_text(run.out, "FAIL  journal           2 events were lost");
        expect_text(run.out, "FAIL  journal           7 events wait for the disk");
        expect_text(run.out, "warn  journal           1 events were written after");
        expect_text(run.out, "FAIL  journal           5 events were dropped before");
        expect_text(run.out, "warn  journal           over its budget, 4 events to send");
        expect_text(run.out, "ok    disk              12.3 GiB free\n");
        expect_text(run.out, "ok    clock             synchronised\n");
        expect_text(run.out, "FAIL  broker            the broker, disconnected: no \\x1b route\n");
        expect_text(run.out, "FAIL  fire line         the loop is open");
        run_forget(&run);
        daemon_forget(&daemon);
}

static void doctor_works_without_a_daemon(void **state)
{
        (void)state;
        struct run run = run_verb(NULL, verb_doctor, "--json");
        assert_int_equal(run.code, CTL_NO);
        expect_text(run.out,
                    "{\"check\":\"stiled\",\"result\":\"fail\",\"message\":\"no stiled at ");
        expect_text(run.out, "{\"check\":\"clock\",\"result\":\"");
        assert_null(strstr(run.out, "\"camera"));
        assert_string_equal(run.err, "");
        run_forget(&run);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(status_is_80_columns_of_what_matters),
                cmocka_unit_test(what_is_wrong_stands_in_the_status),
                cmocka_unit_test(json_is_the_daemons_answer),
                cmocka_unit_test(doctor_names_what_is_broken_and_how_to_mend_it),
                cmocka_unit_test(doctor_works_without_a_daemon),
        };
        return cmocka_run_group_tests(tests, in_vietnam, NULL);
}
