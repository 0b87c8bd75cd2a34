/* Commands from the network: what is let through to the gate, and what is refused. */
#include "tests/check.h"

#include "common/wire_json.h"
#include "controller/publish/command_message.h"
#include "tests/unit/command_maker.h"

static void assert_verdict(const struct bus_message *message, enum command_verdict verdict,
                           const char *complaint)
{
        struct command_message read;
        command_message_read(&read, ROOT, message, NOW_US);
        if (read.command.verdict != verdict || strcmp(read.command.complaint, complaint) != 0)
                fail_msg("%.300s: verdict %d (%s) instead of %d (%s)", message->payload,
                         (int)read.command.verdict, read.command.complaint, (int)verdict,
                         complaint);
        bool is_for_gate =
                verdict == COMMAND_GOOD || verdict == COMMAND_STALE || verdict == COMMAND_RETAINED;
        assert_int_equal(read.command.fields != NULL, is_for_gate);
        command_message_deinit(&read);
}

static void each_leaf_becomes_its_command(void **state)
{
        (void)state;
        static const struct {
                const char *leaf, *payload, *name, *access_point;
        } table[] = {
                { "access", GOOD, "AccessDoor", "entry" },
                { "lockopen", WRAP(DATA), "LockOpen", NULL },
                { "lockopen", GOOD, "LockOpen", "entry" },
                { "lockdown", WRAP(DATA), "LockDown", NULL },
                { "release", WRAP(DATA ",\"release\":\"LockOpen\""), "LockOpenRelease", NULL },
                { "release", WRAP(DATA ",\"release\":\"LockDown\""), "LockDownRelease", NULL },
        };
        for (size_t i = 0; i < ARRAY_LEN(table); i++) {
                struct command_message read;
                struct bus_message message = message_of(table[i].leaf, table[i].payload);
                command_message_read(&read, ROOT, &message, NOW_US);
                assert_int_equal(read.command.verdict, COMMAND_GOOD);
                assert_string_equal(read.command.name, table[i].name);
                assert_string_equal(read.command.nonce, "aaaaaaaa-1");
                json_t *wanted =
                        json_pack("{s:s, s:s*, s:s, s:s, s:s, s:s, s:s}", "name", table[i].name,
                                  "access_point", table[i].access_point, "actor", "guard-3",
                                  "reason", "wheelchair", "not_after", "2026-11-24T02:00:10.000Z",
                                  "nonce", "aaaaaaaa-1", "origin", "mqtt");
                assert_true(json_equal(read.command.fields, wanted));
                json_decref(wanted);
                command_message_deinit(&read);
        }
}

static void what_is_missing_or_strange_is_named(void **state)
{
        (void)state;
        static const struct {
                const char *leaf, *payload, *complaint;
        } table[] = {
                { "access", "", "payload: a JSON object within bounds is wanted" },
                { "access", "[]", "payload: a JSON object within bounds is wanted" },
                { "access", "null", "payload: a JSON object within bounds is wanted" },
                { "access", GOOD "x", "payload: a JSON object within bounds is wanted" },
                { "access", "{\"a\":1,\"a\":2}", "payload: a JSON object within bounds is wanted" },
                { "access", "{\"\\u0000\":1}", "payload: a JSON object within bounds is wanted" },
                { "access", "{\"a\":\"\xc3\x28\"}",
                  "payload: a JSON object within bounds is wanted" },
                { "access", "{}", "specversion: is missing" },
                { "access", "{\"specversion\":1.0}", "specversion: a string is wanted" },
                { "access", "{\"specversion\":\"0.3\"}", "specversion: has another value" },
                { "access", "{" EVENT "}", "data: is missing" },
                { "access", "{" EVENT ",\"data\":[]}", "data: an object is wanted" },
                { "access", "{" EVENT ",\"data\":{},\"extra\":1}", "extra: is not known here" },
                { "access", "{" EVENT ",\"data\":{},\"a b\\n\":1}", "a key: is not known here" },
                { "access", "{" EVENT ",\"datacontenttype\":\"text/xml\",\"data\":{}}",
                  "datacontenttype: has another value" },
                { "access", WRAP(WHEN), "actor: is missing" },
                { "access", WRAP("\"actor\":7," WHEN), "actor: a string is wanted" },
                { "access", WRAP("\"actor\":\"\",\"reason\":\"x\"," WHEN), "actor: is too short" },
                { "access", WRAP("\"actor\":\"a\\u001b[2J\",\"reason\":\"x\"," WHEN),
                  "actor: has characters that are not allowed" },
                { "access", WRAP("\"actor\":\"a\\u0000b\",\"reason\":\"x\"," WHEN),
                  "payload: a JSON object within bounds is wanted" },
                { "access",
                  WRAP("\"actor\":\"0123456789012345678901234567890123456789012345678901234567890"
                       "1234\",\"reason\":\"x\"," WHEN),
                  "actor: is too long" },
                { "access", WRAP("\"actor\":\"a\"," WHEN), "reason: is missing" },
                { "access", WRAP(WHO), "not_after: is missing" },
                { "access", WRAP(WHO ",\"not_after\":\"soon\",\"nonce\":\"aaaaaaaa\""),
                  "access_point: is missing" },
                { "lockdown", WRAP(WHO ",\"not_after\":\"soon\",\"nonce\":\"aaaaaaaa\""),
                  "not_after: a time of RFC 3339 is wanted" },
                { "lockdown", WRAP(WHO ",\"not_after\":\"2026-11-24T02:00:10Z\""),
                  "nonce: is missing" },
                { "lockdown",
                  WRAP(WHO ",\"not_after\":\"2026-11-24T02:00:10Z\",\"nonce\":\"short\""),
                  "nonce: is too short" },
                { "lockdown",
                  WRAP(WHO ",\"not_after\":\"2026-11-24T02:00:10Z\",\"nonce\":\"a b c d e f\""),
                  "nonce: has characters that are not allowed" },
                { "access", WRAP(DATA), "access_point: is missing" },
                { "access", WRAP(DATA ",\"access_point\":\"Entry\""),
                  "access_point: has characters that are not allowed" },
                { "access", WRAP(DATA ",\"access_point\":null"),
                  "access_point: a string is wanted" },
                { "access", WRAP(DATA ",\"access_point\":\"entry\",\"release\":\"LockOpen\""),
                  "release: is for cmd/release" },
                { "release", WRAP(DATA), "release: LockOpen or LockDown is wanted" },
                { "release", WRAP(DATA ",\"release\":\"FireReset\""),
                  "release: LockOpen or LockDown is wanted" },
                { "lockdown", WRAP(DATA ",\"from\":1"), "from: is not known here" },
                { "sync", WRAP(DATA), "epoch: is missing, and so is registry" },
                { "sync", WRAP(DATA ",\"from\":1"), "epoch: is missing" },
                { "sync", WRAP(DATA EPOCH), "from: is missing" },
                { "sync", WRAP(DATA EPOCH ",\"from\":0"), "from: a whole number from 1 is wanted" },
                { "sync", WRAP(DATA EPOCH ",\"from\":\"1\""),
                  "from: a whole number from 1 is wanted" },
                { "sync", WRAP(DATA ",\"epoch\":\"x\",\"from\":1"), "epoch: is too short" },
                { "sync", WRAP(DATA ",\"registry\":false"), "registry: true is wanted" },
                { "sync", WRAP(DATA ",\"registry\":true,\"access_point\":\"entry\""),
                  "access_point: is not known here" },
                { "sync", WRAP(DATA ",\"set\":{}"), "set: is not known here" },
                { "config", WRAP(DATA), "set: is missing, and so is unset" },
                { "config", WRAP(DATA ",\"set\":[]"), "set: an object is wanted" },
                { "config", WRAP(DATA ",\"set\":{},\"unset\":[]"),
                  "set: is missing, and so is unset" },
                { "config", WRAP(DATA ",\"unset\":{}"), "unset: an array is wanted" },
                { "config", WRAP(DATA ",\"unset\":[7]"), "unset: names are wanted" },
                { "config", WRAP(DATA ",\"unset\":[\"a\\nb\"]"), "unset: names are wanted" },
                { "config", WRAP(DATA ",\"set\":{\"a.b\":7}"),
                  "set: names and plain texts are wanted" },
                { "config", WRAP(DATA ",\"set\":{\"a.b\":\"\\u001b\"}"),
                  "set: names and plain texts are wanted" },
                { "config", WRAP(DATA ",\"set\":{\"a\\nb\":\"c\"}"),
                  "set: names and plain texts are wanted" },
                { "lockdown", WRAP(DATA ",\"origin\":\"local\""), "origin: is not known here" },
                { "lockdown", WRAP(DATA ",\"refused\":\"stale\""), "refused: is not known here" },
        };
        for (size_t i = 0; i < ARRAY_LEN(table); i++) {
                struct bus_message message = message_of(table[i].leaf, table[i].payload);
                assert_verdict(&message, COMMAND_BAD, table[i].complaint);
        }
}

static void no_other_command_comes_from_the_network(void **state)
{
        (void)state;
        static const char *const leaves[] = { "firereset",   "fire-reset", "FireReset",
                                              "synchronise", "configure",  "",
                                              "access/x",    "Access",     "access ",
                                              "lockopen\x01" };
        for (size_t i = 0; i < ARRAY_LEN(leaves); i++) {
                struct bus_message message = message_of(leaves[i], GOOD);
                assert_verdict(&message, COMMAND_UNSUPPORTED, "");
        }
}

static void a_foreign_topic_is_not_ours(void **state)
{
        (void)state;
        static const char *const topics[] = { "stile/v1/acme/hq/gate-2/cmd/access",
                                              "stile/v1/acme/hq/gate-1", "cmd/access", "",
                                              "stile/v1/acme/hq/gate-10/cmd/access" };
        for (size_t i = 0; i < ARRAY_LEN(topics); i++) {
                struct bus_message message = message_of("access", GOOD);
                message.topic = (char *)topics[i];
                assert_verdict(&message, COMMAND_BAD, "topic: is not this gate's cmd/");
        }
}

static void only_qos_1_is_taken(void **state)
{
        (void)state;
        struct bus_message message = message_of("access", GOOD);
        message.qos = 0;
        assert_verdict(&message, COMMAND_BAD, "qos: 1 is wanted");
}

static void late_and_early_commands_are_stale(void **state)
{
        (void)state;
        static const struct {
                const char *not_after;
                enum command_verdict verdict;
        } table[] = {
                { "2026-11-24T01:59:59.999Z", COMMAND_STALE },
                { "2026-11-24T02:00:00.000Z", COMMAND_STALE },
                { "2026-11-24T02:00:00.001Z", COMMAND_GOOD },
                { "2026-11-24T09:00:30+07:00", COMMAND_GOOD },
                { "2026-11-24T02:01:00Z", COMMAND_GOOD },
                { "2026-11-24T02:01:00.001Z", COMMAND_STALE },
                { "9999-12-31T23:59:59Z", COMMAND_STALE },
                { "1970-01-01T00:00:00Z", COMMAND_STALE },
        };
        for (size_t i = 0; i < ARRAY_LEN(table); i++) {
                char payload[512];
                snprintf(payload, sizeof(payload),
                         WRAP(WHO ",\"not_after\":\"%s\",\"nonce\":\"aaaaaaaa\""),
                         table[i].not_after);
                struct bus_message message = message_of("lockdown", payload);
                assert_verdict(&message, table[i].verdict, "");
        }
}

static void what_sync_and_config_want_goes_with_them(void **state)
{
        (void)state;
        struct command_message read;
        struct bus_message sync =
                message_of("sync", WRAP(DATA EPOCH ",\"from\":7,\"registry\":true"));
        command_message_read(&read, ROOT, &sync, NOW_US);
        assert_string_equal(read.command.name, "Sync");
        assert_int_equal(json_integer_value(json_object_get(read.command.fields, "from")), 7);
        assert_true(json_is_true(json_object_get(read.command.fields, "registry")));
        command_message_deinit(&read);
        struct bus_message config = message_of(
                "config", WRAP(DATA ",\"set\":{\"rules.passback\":\"hard\"},\"unset\":[\"a.b\"]"));
        command_message_read(&read, ROOT, &config, NOW_US);
        assert_string_equal(read.command.name, "Config");
        assert_int_equal(json_object_size(json_object_get(read.command.fields, "set")), 1);
        assert_int_equal(json_array_size(json_object_get(read.command.fields, "unset")), 1);
        command_message_deinit(&read);
}

static void without_a_content_type_a_signed_command_is_known_by_its_tag(void **state)
{
        (void)state;
        struct command_message read;
        struct bus_message message = message_of("access", "\xd2\x84\x01");
        command_message_read(&read, ROOT, &message, NOW_US);
        assert_int_equal(read.command.verdict, COMMAND_GOOD);
        assert_string_equal(json_string_value(json_object_get(read.command.fields, "signed")),
                            "0oQB");
        command_message_deinit(&read);
        /* Whoever names another type means it. */
        message.content_type = (char *)"application/cloudevents+json";
        command_message_read(&read, ROOT, &message, NOW_US);
        assert_int_equal(read.command.verdict, COMMAND_BAD);
        command_message_deinit(&read);
        message = message_of("access", "");
        assert_verdict(&message, COMMAND_BAD, "payload: a JSON object within bounds is wanted");
}

static void a_signed_command_is_handed_on_unread(void **state)
{
        (void)state;
        struct command_message read;
        struct bus_message message = message_of("access", "\xd2\x84\x01");
        message.content_type = (char *)"application/cose";
        message.response_topic = (char *)ROOT "/res/desk";
        command_message_read(&read, ROOT, &message, NOW_US);
        json_t *wanted =
                json_pack("{s:s, s:s, s:s}", "signed", "0oQB", "leaf", "access", "origin", "mqtt");
        assert_int_equal(read.command.verdict, COMMAND_GOOD);
        assert_true(json_equal(read.command.fields, wanted));
        assert_string_equal(read.response_topic, ROOT "/res/desk");
        command_message_deinit(&read);
        message.is_retained = true;
        json_object_set_new(wanted, "refused", json_string("retained"));
        command_message_read(&read, ROOT, &message, NOW_US);
        assert_int_equal(read.command.verdict, COMMAND_RETAINED);
        assert_true(json_equal(read.command.fields, wanted));
        command_message_deinit(&read);
        json_decref(wanted);
        message.is_retained = false;
        message.len = COMMAND_SIGNED_MAX + 1;
        assert_verdict(&message, COMMAND_BAD, "payload: a COSE_Sign1 within bounds is wanted");
        message.len = 0;
        assert_verdict(&message, COMMAND_BAD, "payload: a COSE_Sign1 within bounds is wanted");
}

static void a_retained_command_goes_to_the_gate_as_refused_only(void **state)
{
        (void)state;
        struct command_message read;
        struct bus_message message = message_of("access", GOOD);
        message.is_retained = true;
        command_message_read(&read, ROOT, &message, NOW_US);
        assert_int_equal(read.command.verdict, COMMAND_RETAINED);
        assert_string_equal(json_string_value(json_object_get(read.command.fields, "refused")),
                            "retained");
        command_message_deinit(&read);
        command_message_read(&read, ROOT, &message, NOW_US + 3600 * INT64_C(1000000));
        assert_int_equal(read.command.verdict, COMMAND_RETAINED);
        command_message_deinit(&read);
}

static void only_our_own_response_topics_are_honoured(void **state)
{
        (void)state;
        static const char *const bad[] = {
                "",
                "stile",
                ROOT,
                ROOT "/res/",
                ROOT "/res/a/b",
                ROOT "/res/A",
                ROOT "/res/+",
                ROOT "/res/012345678901234567890123456789012",
                ROOT "/status",
                ROOT "/entry",
                ROOT "0/res/a",
                "stile/v1/acme/hq/gate-2/res/a",
        };
        struct command_message read;
        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                struct bus_message message = message_of("access", GOOD);
                message.response_topic = (char *)bad[i];
                assert_verdict(&message, COMMAND_BAD,
                               "response topic: is not this gate's res/{client}");
                command_message_read(&read, ROOT, &message, NOW_US);
                assert_null(read.response_topic);
                command_message_deinit(&read);
        }
        struct bus_message message = message_of("access", GOOD);
        message.response_topic = (char *)ROOT "/res/01234567890123456789012345678-ab";
        command_message_read(&read, ROOT, &message, NOW_US);
        assert_int_equal(read.command.verdict, COMMAND_GOOD);
        assert_string_equal(read.response_topic, message.response_topic);
        command_message_deinit(&read);
}

static void a_long_correlation_is_refused(void **state)
{
        (void)state;
        unsigned char correlation[COMMAND_CORRELATION_MAX + 1] = { 0 };
        struct bus_message message = message_of("access", GOOD);
        message.correlation = correlation;
        message.correlation_len = COMMAND_CORRELATION_MAX;
        assert_verdict(&message, COMMAND_GOOD, "");
        message.correlation_len++;
        assert_verdict(&message, COMMAND_BAD, "correlation data: is too long");
}

static bool can_load(const char *text, size_t len)
{
        json_t *value = wire_json_load((const unsigned char *)text, len);
        json_decref(value);
        return value != NULL;
}

static void size_and_depth_are_bounded(void **state)
{
        (void)state;
        static const char deep[] = "{\"a\":[[[[[[[1]]]]]]]}",
                          deeper[] = "{\"a\":[[[[[[[[1]]]]]]]]}",
                          quoted[] = "{\"[[[[[[[[[[\":\"\\\"[[[[[[[[[\"}";
        char text[WIRE_JSON_MAX + 1];
        memset(text, ' ', sizeof(text));
        text[0] = '{';
        text[1] = '}';
        assert_true(can_load(deep, strlen(deep)));
        assert_false(can_load(deeper, strlen(deeper)));
        assert_true(can_load(quoted, strlen(quoted)));
        assert_true(can_load(text, WIRE_JSON_MAX));
        assert_false(can_load(text, WIRE_JSON_MAX + 1));
        assert_false(can_load("{}\0", 3));
        assert_false(can_load("\"\\", 2));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_leaf_becomes_its_command),
                cmocka_unit_test(what_is_missing_or_strange_is_named),
                cmocka_unit_test(no_other_command_comes_from_the_network),
                cmocka_unit_test(a_foreign_topic_is_not_ours),
                cmocka_unit_test(only_qos_1_is_taken),
                cmocka_unit_test(late_and_early_commands_are_stale),
                cmocka_unit_test(what_sync_and_config_want_goes_with_them),
                cmocka_unit_test(a_signed_command_is_handed_on_unread),
                cmocka_unit_test(without_a_content_type_a_signed_command_is_known_by_its_tag),
                cmocka_unit_test(a_retained_command_goes_to_the_gate_as_refused_only),
                cmocka_unit_test(only_our_own_response_topics_are_honoured),
                cmocka_unit_test(a_long_correlation_is_refused),
                cmocka_unit_test(size_and_depth_are_bounded),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
