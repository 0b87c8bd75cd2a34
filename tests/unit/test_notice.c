/* Notices: what leaves the gate, read back as a stranger would read it. */
#include "tests/check.h"

#include "controller/publish/notice.h"
#include "controller/publish/report.h"
#include "tests/fake/bus_fake.h"

#include <string.h>

#define UP_AT INT64_C(1795485600000000) /* 2026-11-24T02:00:00Z */

static const struct notice_source *source(void)
{
        static const struct notice_source gate = { "stile/v1/acme/hq/gate-1",
                                                   "/stile/acme/hq/gate-1" };
        return &gate;
}

static const struct notice_stamp stamp = { "018f0000-0000-7000-8000-000000000001",
                                           "2026-11-24T02:00:00.000Z" };

/* Everything that the local protocol can say of an event, to an admin. */
static json_t *full_event(const char *time)
{
        return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:b, s:b, s:b, "
                         "s:b, s:s, s:i, s:s, s:s, s:s}",
                         "seq", 7, "epoch", "018f0000-0000-7000-8000-0000000000ee", "id",
                         "018f0000-0000-7000-8000-000000000007", "time", time, "event",
                         "AccessTaken", "access_point", "entry", "direction", "entry", "reason",
                         "passback", "credential_class", "cccd", "subject",
                         "00112233445566778899aabbccddeeff", "grant_seq", 6, "late", 1, "no_sensor",
                         1, "passback_soft", 1, "inconsistent", 1, "clock", "holdover",
                         "registry_age_s", 86400, "detail", "Nguyen Van An: let in by hand",
                         "holder", "an-nguyen", "surprise", "an-nguyen");
}

static json_t *read_back(char *text)
{
        assert_non_null(text);
        json_t *message = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        free(text);
        assert_non_null(message);
        return message;
}

static void assert_text(const json_t *object, const char *key, const char *value)
{
        const char *text = json_string_value(json_object_get(object, key));
        assert_non_null(text);
        assert_string_equal(text, value);
}

static json_t *entry_at(const char *time)
{
        json_t *event = full_event(time);
        json_t *message = read_back(notice_entry(source(), event, UP_AT));
        json_decref(event);
        return message;
}

static bool is_historical(const char *time)
{
        json_t *message = entry_at(time);
        bool is_set = json_is_true(json_object_get(json_object_get(message, "data"), "historical"));
        json_decref(message);
        return is_set;
}

static bool is_offline(const char *time)
{
        json_t *message = entry_at(time);
        const json_t *decided = json_object_get(json_object_get(message, "data"), "decided");
        assert_true(json_is_boolean(json_object_get(decided, "offline")));
        bool is_set = json_is_true(json_object_get(decided, "offline"));
        json_decref(message);
        return is_set;
}

static void an_entry_is_a_cloud_event(void **state)
{
        (void)state;
        json_t *message = entry_at("2026-11-24T02:00:01.000Z");
        assert_text(message, "specversion", "1.0");
        assert_text(message, "id", "018f0000-0000-7000-8000-000000000007");
        assert_text(message, "source", "/stile/acme/hq/gate-1");
        assert_text(message, "type", "stile.entry.v1");
        assert_text(message, "subject", "entry");
        assert_text(message, "time", "2026-11-24T02:00:01.000Z");
        assert_text(message, "datacontenttype", "application/json");
        assert_int_equal(json_object_size(message), 8);
        json_decref(message);
}

static void an_entry_says_what_happened(void **state)
{
        (void)state;
        json_t *message = entry_at("2026-11-24T02:00:01.000Z");
        const json_t *data = json_object_get(message, "data");
        assert_text(data, "epoch", "018f0000-0000-7000-8000-0000000000ee");
        assert_int_equal(json_integer_value(json_object_get(data, "seq")), 7);
        assert_text(data, "event", "AccessTaken");
        assert_text(data, "access_point", "entry");
        assert_text(data, "direction", "entry");
        assert_text(data, "reason", "passback");
        assert_text(data, "credential_class", "cccd");
        assert_text(data, "subject", "00112233445566778899aabbccddeeff");
        assert_int_equal(json_integer_value(json_object_get(data, "grant_seq")), 6);
        assert_true(json_is_true(json_object_get(data, "late")));
        assert_true(json_is_true(json_object_get(data, "no_sensor")));
        assert_true(json_is_true(json_object_get(data, "passback_soft")));
        assert_true(json_is_true(json_object_get(data, "inconsistent")));
        const json_t *decided = json_object_get(data, "decided");
        assert_text(decided, "clock", "holdover");
        assert_int_equal(json_integer_value(json_object_get(decided, "registry_age_s")), 86400);
        assert_null(json_object_get(data, "historical"));
        json_decref(message);
}

static void no_holder_and_no_free_text_leaves_the_gate(void **state)
{
        (void)state;
        json_t *event = full_event("2026-11-24T02:00:01.000Z");
        char *text = notice_entry(source(), event, UP_AT);
        assert_non_null(text);
        assert_null(strstr(text, "an-nguyen"));
        assert_null(strstr(text, "Nguyen"));
        assert_null(strstr(text, "holder"));
        assert_null(strstr(text, "detail"));
        assert_null(strstr(text, "surprise"));
        free(text);
        json_decref(event);
}

static void rows_from_before_the_connection_say_so(void **state)
{
        (void)state;
        assert_false(is_offline("2026-11-24T02:00:00.000Z"));
        assert_true(is_offline("2026-11-24T01:59:59.999Z"));
        assert_false(is_historical("2026-11-24T01:59:57.000Z"));
        assert_true(is_historical("2026-11-24T01:59:56.999Z"));
        assert_true(is_historical("2026-10-24T02:00:00.000Z"));
}

static void without_a_registrys_age_none_is_said(void **state)
{
        (void)state;
        json_t *event = full_event("2026-11-24T02:00:01.000Z");
        json_object_del(event, "registry_age_s");
        json_t *message = read_back(notice_entry(source(), event, UP_AT));
        const json_t *decided = json_object_get(json_object_get(message, "data"), "decided");
        assert_int_equal(json_object_size(decided), 2);
        json_decref(message);
        json_decref(event);
}

static void an_event_of_the_whole_gate_has_no_subject(void **state)
{
        (void)state;
        json_t *event = full_event("2026-11-24T02:00:01.000Z");
        json_object_del(event, "access_point");
        json_t *message = read_back(notice_entry(source(), event, UP_AT));
        assert_null(json_object_get(message, "subject"));
        json_decref(message);
        json_decref(event);
}

static void an_event_without_its_essentials_makes_no_notice(void **state)
{
        (void)state;
        static const char *const essentials[] = { "seq", "epoch", "id", "time", "event" };
        for (size_t i = 0; i < ARRAY_LEN(essentials); i++) {
                json_t *event = full_event("2026-11-24T02:00:01.000Z");
                json_object_del(event, essentials[i]);
                assert_null(notice_entry(source(), event, UP_AT));
                json_object_set_new(event, essentials[i], json_array());
                assert_null(notice_entry(source(), event, UP_AT));
                json_decref(event);
        }
        assert_null(notice_entry(source(), NULL, UP_AT));
}

static json_t *gate_status(int head)
{
        return json_pack(
                "{s:{s:s, s:s, s:s, s:s, s:i}, s:{s:s}, s:{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, "
                "s:s}, "
                "s:{s:I, s:I}, s:[{s:s, s:{s:s, s:s, s:f, s:i}, s:{s:i, s:i, s:i, s:i, s:i}, "
                "s:{s:i, s:i, s:i, s:i, s:i, s:[[i,i]]}}], s:{s:s}}",
                "gate", "epoch", "e-1", "boot", "b-1", "software", "0.1.0", "started", "x",
                "uptime_s", 9, "clock", "quality", "synchronised", "journal", "head", head, "acked",
                40, "outbox", 2, "waiting", 0, "late", 1, "lost", 0, "oldest", 30, "dropped", 5,
                "path", "/secret/journal.db", "disk", "free_bytes", (json_int_t)1000, "total_bytes",
                (json_int_t)4000, "access_points", "id", "entry", "camera", "state", "running",
                "source", "rtsp://user:secret@camera", "rate", 29.97, "frames", 300, "decode_us",
                "count", 1, "p50", 2, "p95", 3, "p99", 4, "max", 5, "scan_to_relay_us", "count", 6,
                "p50", 7, "p95", 8, "p99", 9, "max", 10, "buckets", 1, 2, "broker", "detail",
                "secret");
}

static void status_says_how_far_the_journal_is(void **state)
{
        (void)state;
        json_t *status = gate_status(42);
        json_t *message = read_back(notice_format(source(), "status", &stamp,
                                                  notice_status_data("online", NULL, status)));
        const json_t *data = json_object_get(message, "data");
        assert_text(message, "type", "stile.status.v1");
        assert_text(message, "id", stamp.id);
        assert_text(message, "time", stamp.time);
        assert_text(data, "state", "online");
        assert_null(json_object_get(data, "reason"));
        assert_text(data, "epoch", "e-1");
        assert_text(data, "boot", "b-1");
        assert_text(data, "software", "0.1.0");
        assert_text(data, "clock", "synchronised");
        assert_int_equal(json_integer_value(json_object_get(data, "head")), 42);
        assert_int_equal(json_integer_value(json_object_get(data, "acked")), 40);
        assert_int_equal(json_integer_value(json_object_get(data, "oldest")), 30);
        json_decref(message);
        json_decref(status);
}

static void the_will_says_offline_and_no_time(void **state)
{
        (void)state;
        json_t *message = read_back(report_will(source()));
        assert_text(message, "type", "stile.status.v1");
        assert_null(json_object_get(message, "time"));
        assert_int_equal(json_string_length(json_object_get(message, "id")), 36);
        assert_text(json_object_get(message, "data"), "state", "offline");
        assert_text(json_object_get(message, "data"), "reason", "connection_lost");
        json_decref(message);
}

static void health_has_numbers_and_no_paths(void **state)
{
        (void)state;
        double celsius = 47.2;
        json_t *status = gate_status(42);
        char *text =
                notice_format(source(), "health", &stamp, notice_health_data(status, &celsius));
        assert_non_null(text);
        assert_null(strstr(text, "secret"));
        assert_non_null(strstr(text, "\"temperature_c\":47.2,"));
        assert_non_null(strstr(text, "\"rate\":29.97,"));
        json_t *message = read_back(text);
        const json_t *data = json_object_get(message, "data");
        const json_t *point = json_array_get(json_object_get(data, "access_points"), 0);
        assert_text(point, "id", "entry");
        assert_text(json_object_get(point, "camera"), "state", "running");
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(point, "decode_us"), "p95")), 3);
        assert_int_equal(json_integer_value(json_object_get(
                                 json_object_get(point, "scan_to_relay_us"), "p99")),
                         9);
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(data, "disk"), "free_bytes")),
                1000);
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(data, "journal"), "outbox")), 2);
        assert_int_equal(
                json_integer_value(json_object_get(json_object_get(data, "journal"), "dropped")),
                5);
        assert_text(json_object_get(data, "clock"), "quality", "synchronised");
        json_decref(message);
        json_decref(status);
}

static void an_outcome_names_its_row(void **state)
{
        (void)state;
        const struct notice_outcome outcome = { .command = "LockDown",
                                                .nonce = "abcdefgh",
                                                .outcome = "refused",
                                                .refusal = "replayed",
                                                .message = "",
                                                .epoch = "e-1",
                                                .seq = 5 };
        json_t *data = notice_outcome_data(&outcome);
        assert_text(data, "command", "LockDown");
        assert_text(data, "nonce", "abcdefgh");
        assert_text(data, "outcome", "refused");
        assert_text(data, "refusal", "replayed");
        assert_text(data, "epoch", "e-1");
        assert_null(json_object_get(data, "message"));
        assert_int_equal(json_integer_value(json_object_get(data, "seq")), 5);
        json_decref(data);
}

/* ---- the report: what is due when ---- */

struct published {
        size_t status, birth, health;
        char state[16];
};

/* What a turn at now_ms published; forgets it. */
static struct published step(struct report *report, struct bus_fake *bus, int64_t now_ms)
{
        struct published published = { 0 };
        report_step(report, &bus->bus, now_ms);
        for (size_t i = 0; i < bus->count; i++) {
                const struct bus_fake_publication *one = &bus->publication[i];
                const char *leaf = strrchr(one->topic, '/') + 1;
                bool is_status = strcmp(leaf, "status") == 0,
                     is_health = strcmp(leaf, "health") == 0;
                published.status += is_status;
                published.birth += strcmp(leaf, "birth") == 0;
                published.health += is_health;
                assert_int_equal(one->is_retained, is_status);
                assert_int_equal(one->qos, is_health ? 0 : 1);
                if (!is_status)
                        continue;
                json_t *message = json_loads(one->payload, 0, NULL);
                const char *text = json_string_value(
                        json_object_get(json_object_get(message, "data"), "state"));
                snprintf(published.state, sizeof(published.state), "%s", text);
                json_decref(message);
        }
        bus_fake_clear(bus);
        return published;
}

static void tell_status(struct report *report, int head)
{
        json_t *status = gate_status(head);
        report_gate(report, status);
        json_decref(status);
}

static void each_connection_hears_status_birth_and_health_once(void **state)
{
        (void)state;
        struct report report;
        struct bus_fake *bus = bus_fake_new();
        report_init(&report, source(), 30);
        assert_int_equal(step(&report, bus, 1000).status, 0); /* nothing is known yet */
        for (int64_t now_ms = 1000; now_ms < 100000; now_ms += 50000) {
                report_up(&report);
                tell_status(&report, 42);
                struct published first = step(&report, bus, now_ms);
                assert_int_equal(first.status, 1);
                assert_int_equal(first.birth, 1);
                assert_int_equal(first.health, 1);
                assert_string_equal(first.state, "online");
                struct published second = step(&report, bus, now_ms + 1);
                assert_int_equal(second.status + second.birth + second.health, 0);
                assert_int_equal(step(&report, bus, now_ms + 30000).health, 1);
        }
        report_deinit(&report);
        bus_fake_free(bus);
}

static void a_growing_journal_is_said_every_ten_seconds_at_most(void **state)
{
        (void)state;
        struct report report;
        struct bus_fake *bus = bus_fake_new();
        report_init(&report, source(), 3600);
        report_up(&report);
        tell_status(&report, 42);
        assert_int_equal(step(&report, bus, 1000).status, 1);
        assert_int_equal(step(&report, bus, 20000).status, 0); /* as before */
        tell_status(&report, 43);
        assert_int_equal(step(&report, bus, 1000 + REPORT_STATUS_MS).status, 1);
        tell_status(&report, 44);
        assert_int_equal(step(&report, bus, 999 + 2 * REPORT_STATUS_MS).status, 0);
        assert_int_equal(step(&report, bus, 1000 + 2 * REPORT_STATUS_MS).status, 1);
        report_deinit(&report);
        bus_fake_free(bus);
}

static void set_fire(struct report *report, json_t *status, const char *state)
{
        json_object_set_new(status, "fire", json_pack("{s:s}", "state", state));
        report_gate(report, status);
        json_decref(status);
}

static void a_fire_and_what_holds_a_lane_are_said_at_once_and_passages_are_not(void **state)
{
        (void)state;
        struct report report;
        struct bus_fake *bus = bus_fake_new();
        report_init(&report, source(), 30);
        report_up(&report);
        set_fire(&report, gate_status(42), "normal");
        assert_int_equal(step(&report, bus, 1000).status, 1);
        set_fire(&report, gate_status(42), "released");
        assert_int_equal(step(&report, bus, 1001).status, 1);
        assert_int_equal(step(&report, bus, 1002).status, 0);
        static const struct {
                const char *state;
                int is_said;
        } turns[] = { { "granted", 0 },     { "passing", 0 }, { "locked_down", 1 },
                      { "locked_down", 0 }, { "closed", 1 },  { "released", 1 } };
        for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
                json_t *status = gate_status(42);
                json_t *point = json_array_get(json_object_get(status, "access_points"), 0);
                json_object_set_new(point, "state", json_string(turns[i].state));
                set_fire(&report, status, "released");
                assert_int_equal(step(&report, bus, 1003 + (int64_t)i).status, turns[i].is_said);
        }
        report_deinit(&report);
        bus_fake_free(bus);
}

static void a_gate_that_stops_is_said_at_once(void **state)
{
        (void)state;
        struct report report;
        struct bus_fake *bus = bus_fake_new();
        report_init(&report, source(), 30);
        report_up(&report);
        tell_status(&report, 42);
        assert_string_equal(step(&report, bus, 1000).state, "online");
        report_no_gate(&report);
        struct published gone = step(&report, bus, 1001);
        assert_string_equal(gone.state, "stopped");
        assert_int_equal(gone.health, 0);
        tell_status(&report, 42);
        assert_string_equal(step(&report, bus, 1002).state, "online");
        report_deinit(&report);
        bus_fake_free(bus);
}

static void what_the_bus_did_not_take_is_said_again(void **state)
{
        (void)state;
        struct report report;
        struct bus_fake *bus = bus_fake_new();
        report_init(&report, source(), 30);
        report_up(&report);
        tell_status(&report, 42);
        bus->error = -11;
        assert_int_equal(step(&report, bus, 1000).status, 0);
        bus->error = 0;
        struct published again = step(&report, bus, 1001);
        assert_int_equal(again.status, 1);
        assert_int_equal(again.birth, 1);
        assert_int_equal(again.health, 1);
        report_deinit(&report);
        bus_fake_free(bus);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_entry_is_a_cloud_event),
                cmocka_unit_test(an_entry_says_what_happened),
                cmocka_unit_test(no_holder_and_no_free_text_leaves_the_gate),
                cmocka_unit_test(rows_from_before_the_connection_say_so),
                cmocka_unit_test(without_a_registrys_age_none_is_said),
                cmocka_unit_test(an_event_of_the_whole_gate_has_no_subject),
                cmocka_unit_test(an_event_without_its_essentials_makes_no_notice),
                cmocka_unit_test(status_says_how_far_the_journal_is),
                cmocka_unit_test(the_will_says_offline_and_no_time),
                cmocka_unit_test(health_has_numbers_and_no_paths),
                cmocka_unit_test(an_outcome_names_its_row),
                cmocka_unit_test(each_connection_hears_status_birth_and_health_once),
                cmocka_unit_test(a_growing_journal_is_said_every_ten_seconds_at_most),
                cmocka_unit_test(
                        a_fire_and_what_holds_a_lane_are_said_at_once_and_passages_are_not),
                cmocka_unit_test(a_gate_that_stops_is_said_at_once),
                cmocka_unit_test(what_the_bus_did_not_take_is_said_again),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
