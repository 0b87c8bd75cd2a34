/*
 * Prints what a gate can say, for the schemas' test to judge: first the names that the code knows,
 * then a line for each message, {"leaf": …, "message": …}. Every event with every reason and every
 * class; directions, clocks, flags and ages take turns.
 */
#include "common/base.h"
#include "controller/flow_names.h"
#include "controller/publish/notice.h"

#include <stdio.h>
#include <stdlib.h>

#define EPOCH "018f0000-0000-7000-8000-0000000000ee"
#define ID    "018f0000-0000-7000-8000-000000000007"
#define TIME  "2026-11-24T02:00:00.000Z"

static const int64_t TIME_US = INT64_C(1795485600000000);

static void print(const char *leaf, char *message)
{
        if (!message)
                exit(1);
        printf("{\"leaf\":\"%s\",\"message\":%s}\n", leaf, message);
        free(message);
}

static void set_text(json_t *object, const char *key, const char *text)
{
        if (text[0] != '\0')
                json_object_set_new(object, key, json_string(text));
}

/* As the local protocol says it, the fields that stay at home too. */
static json_t *make_event(int event, int reason, int class)
{
        static const char *const flags[] = { "late", "no_sensor", "passback_soft", "inconsistent",
                                             "undeclared" };
        int turn = event + reason + class;
        json_t *row =
                json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "epoch", EPOCH, "seq",
                          1 + turn, "id", ID, "time", TIME, "event", event_name((enum event)event),
                          "clock", clock_quality_name((enum clock_quality)(turn % 3)), "holder",
                          "an-nguyen", "detail", "guard: let in by hand");
        set_text(row, "reason", reason_name((enum reason)reason));
        set_text(row, "credential_class", credential_class_name((enum credential_class) class));
        set_text(row, "direction", direction_name((enum direction)(turn % 3)));
        set_text(row, "access_point", turn % 4 > 0 ? "entry" : "");
        set_text(row, "subject", turn % 2 > 0 ? "00112233445566778899aabbccddeeff" : "");
        if (event == EVENT_ACCESS_GRANTED)
                json_object_set_new(
                        row, "sealed",
                        json_string("Yk1mRkZGbXBvcXJzdHV2d3h5ejAxMjM0NTY3ODlBQkNERUZHSElKS0xNTk9Q"
                                    "UVJTVFVWV1hZWg=="));
        if (turn % 5 == 0)
                json_object_set_new(row, "grant_seq", json_integer(1 + turn));
        if (turn % 3 == 0)
                json_object_set_new(row, "registry_age_s", json_integer(turn));
        for (size_t i = 0; i < ARRAY_LEN(flags); i++)
                if ((turn >> i) % 2 > 0)
                        json_object_set_new(row, flags[i], json_true());
        return row;
}

static void print_entries(const struct notice_source *source)
{
        for (int event = 1; event < EVENT_COUNT; event++)
                for (int reason = 0; reason < REASON_COUNT; reason++)
                        for (int class = 0; class < CREDENTIAL_CLASS_COUNT; class ++) {
                                json_t *row = make_event(event, reason, class);
                                int64_t age_us = (reason % 3) * 2 * (int64_t)NOTICE_HISTORICAL_US;
                                print("entry", notice_entry(source, row, TIME_US + age_us));
                                json_decref(row);
                        }
}

/* What stiled answers to `status`, as far as notices look. */
static json_t *make_status(void)
{
        return json_loads(
                "{\"gate\":{\"org\":\"acme\",\"epoch\":\"" EPOCH "\",\"boot\":\"" ID "\","
                "\"software\":\"0.1.0\",\"uptime_s\":7},\"clock\":{\"quality\":\"holdover\"},"
                "\"fire\":{\"state\":\"holding\"},\"registry\":{\"inside\":3,\"holders\":9,"
                "\"version\":1764000000,\"issued\":\"2026-11-24T02:00:00.000Z\",\"age_s\":5,"
                "\"blocked_version\":1764000007,\"pending\":{\"buckets\":3,\"bytes\":900},"
                "\"trouble\":\"content\",\"refused\":1},"
                "\"journal\":{\"path\":\"/var/lib/stile/"
                "journal.db\",\"head\":9,\"acked\":7,\"oldest\":1,"
                "\"outbox\":2,\"waiting\":0,\"late\":0,\"lost\":0,\"dropped\":0,\"bytes\":4096,"
                "\"budget_bytes\":0},\"disk\":{\"free_bytes\":5,"
                "\"total_bytes\":9},\"access_points\":[{\"id\":\"entry\",\"state\":\"granted\","
                "\"door\":\"normal\",\"tamper\":true,\"codes\":5,\"refused_frames\":0,\"camera\":"
                "{\"state\":\"running\",\"rate\":29.97,\"frames\":8,\"faults\":0,\"source\":"
                "\"/dev/video0\"},\"decode_us\":{\"count\":1,\"p50\":1,\"p95\":1,\"p99\":1,"
                "\"max\":1},\"scan_to_relay_us\":{\"count\":0,\"p50\":0,\"p95\":0,\"p99\":0,"
                "\"max\":0,\"buckets\":[]}}]}",
                0, NULL);
}

static void print_reports(const struct notice_source *source, const struct notice_stamp *stamp)
{
        const struct notice_stamp no_time = { ID, "" };
        const double celsius = 47.25;
        json_t *status = make_status();
        print("status",
              notice_format(source, "status", stamp, notice_status_data("online", NULL, status)));
        print("birth",
              notice_format(source, "birth", stamp, notice_status_data("online", NULL, status)));
        print("status", notice_format(source, "status", stamp,
                                      notice_status_data("stopped", "uplink_stopped", status)));
        print("status", notice_format(source, "status", stamp,
                                      notice_status_data("stopped", "gate_not_running", NULL)));
        print("status", notice_format(source, "status", &no_time,
                                      notice_status_data("offline", "connection_lost", NULL)));
        print("health",
              notice_format(source, "health", stamp, notice_health_data(status, &celsius)));
        print("health", notice_format(source, "health", stamp, notice_health_data(status, NULL)));
        json_decref(status);
}

static void print_outcomes(const struct notice_source *source, const struct notice_stamp *stamp)
{
        const struct notice_outcome done = { .command = "AccessDoor",
                                             .nonce = "5f1c8a02b7",
                                             .outcome = "done",
                                             .refusal = "",
                                             .message = "",
                                             .epoch = EPOCH,
                                             .seq = 7 };
        struct notice_outcome other = done;
        print("res/desk-3", notice_format(source, "outcome", stamp, notice_outcome_data(&done)));
        other.seq = 0;
        other.outcome = "unknown";
        print("res/desk-3", notice_format(source, "outcome", stamp, notice_outcome_data(&other)));
        other.outcome = "refused";
        for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
                other.refusal = reason_name((enum reason)reason);
                print("res/desk-3",
                      notice_format(source, "outcome", stamp, notice_outcome_data(&other)));
        }
        other = (struct notice_outcome){ "", "", "refused", "bad_request", "nonce: is too short",
                                         "", 0 };
        print("res/desk-3", notice_format(source, "outcome", stamp, notice_outcome_data(&other)));
}

static void print_names(void)
{
        json_t *events = json_array(), *reasons = json_array(), *classes = json_array();
        json_t *directions = json_array(), *clocks = json_array();
        for (int i = 1; i < EVENT_COUNT; i++)
                json_array_append_new(events, json_string(event_name((enum event)i)));
        for (int i = 1; i < REASON_COUNT; i++)
                json_array_append_new(reasons, json_string(reason_name((enum reason)i)));
        for (int i = 1; i < CREDENTIAL_CLASS_COUNT; i++)
                json_array_append_new(classes,
                                      json_string(credential_class_name((enum credential_class)i)));
        for (int i = DIRECTION_ENTRY; i <= DIRECTION_EXIT; i++)
                json_array_append_new(directions, json_string(direction_name((enum direction)i)));
        for (int i = CLOCK_SYNCHRONISED; i <= CLOCK_UNTRUSTED; i++)
                json_array_append_new(clocks,
                                      json_string(clock_quality_name((enum clock_quality)i)));
        json_t *names =
                json_pack("{s:o, s:o, s:o, s:o, s:o}", "event", events, "reason", reasons,
                          "credential_class", classes, "direction", directions, "clock", clocks);
        json_dumpf(names, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(names);
}

int main(void)
{
        struct notice_source source;
        const struct notice_stamp stamp = { ID, TIME };
        notice_source_init(&source, "acme", "hq", "gate-1");
        print_names();
        print_entries(&source);
        print_reports(&source, &stamp);
        print_outcomes(&source, &stamp);
        return 0;
}
