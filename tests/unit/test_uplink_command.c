/* Commands from the network: what is let through to the gate, what is refused, and the way back. */
#include "tests/check.h"

#include "common/wire_json.h"
#include "controller/publish/command_message.h"
#include "controller/publish/errand.h"
#include "tests/fake/bus_fake.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROOT   "stile/v1/acme/hq/gate-1"
#define NOW_US INT64_C(1795485600000000) /* 2026-11-24T02:00:00Z */
#define EVENT                                                                                      \
        "\"specversion\":\"1.0\",\"type\":\"stile.command.v1\",\"id\":\"1\",\"source\":\"/desk\""
#define WHO        "\"actor\":\"guard-3\",\"reason\":\"wheelchair\""
#define WHEN       "\"not_after\":\"2026-11-24T02:00:10.000Z\",\"nonce\":\"aaaaaaaa-1\""
#define DATA       WHO "," WHEN
#define EPOCH      ",\"epoch\":\"018f0000-0000-7000-8000-0000000000ee\""
#define WRAP(data) "{" EVENT ",\"data\":{" data "}}"
#define GOOD       WRAP(DATA ",\"access_point\":\"entry\"")

static struct bus_message message_of(const char *leaf, const char *payload)
{
        static char topic[512];
        snprintf(topic, sizeof(topic), "%s/cmd/%s", ROOT, leaf);
        return (struct bus_message){ .topic = topic,
                                     .payload = (unsigned char *)payload,
                                     .len = strlen(payload),
                                     .qos = 1 };
}

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

/* ---- errands ---- */

struct counter {
        struct notice_source source;
        struct errands errands;
        struct bus_fake *bus;
        struct local_link link;
        int gate_fd; /* the other end of the link */
};

static void open_counter(struct counter *counter)
{
        int pair[2];
        *counter = (struct counter){ .bus = bus_fake_new() };
        notice_source_init(&counter->source, "acme", "hq", "gate-1");
        counter->errands.source = &counter->source;
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
        local_link_init(&counter->link, NULL);
        assert_int_equal(line_reader_init(&counter->link.requests.reader), 0);
        counter->link.requests.fd = pair[0];
        counter->link.is_up = true;
        counter->gate_fd = pair[1];
}

static void close_counter(struct counter *counter)
{
        local_link_deinit(&counter->link);
        close(counter->gate_fd);
        bus_fake_free(counter->bus);
}

static void ask(struct counter *counter, const char *payload, bool is_retained)
{
        struct bus_message message = message_of("access", payload);
        message.response_topic = (char *)ROOT "/res/desk";
        message.correlation = (unsigned char *)"\0c";
        message.correlation_len = 2;
        message.is_retained = is_retained;
        errands_begin(&counter->errands, &counter->bus->bus, &counter->link, &message, NOW_US,
                      5000);
}

/* The request that came to the gate; 0: none came. */
static int64_t gate_hears(struct counter *counter, json_t **request)
{
        char line[4096];
        ssize_t got = recv(counter->gate_fd, line, sizeof(line), MSG_DONTWAIT);
        *request = got > 0 ? json_loadb(line, (size_t)got, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
        return json_integer_value(json_object_get(*request, "id"));
}

/* The one outcome that was published, and its correlation; forgets it. */
static void assert_outcome(struct counter *counter, const char *outcome, const char *refusal)
{
        assert_int_equal(counter->bus->count, 1);
        const struct bus_fake_publication *answer = &counter->bus->publication[0];
        assert_string_equal(answer->topic, ROOT "/res/desk");
        assert_int_equal(answer->qos, 1);
        assert_false(answer->is_retained);
        assert_int_equal(answer->correlation_len, 2);
        assert_memory_equal(answer->correlation, "\0c", 2);
        json_t *message = json_loads(answer->payload, 0, NULL);
        const json_t *data = json_object_get(message, "data");
        assert_string_equal(json_string_value(json_object_get(message, "type")),
                            "stile.outcome.v1");
        assert_string_equal(json_string_value(json_object_get(data, "outcome")), outcome);
        const char *why = json_string_value(json_object_get(data, "refusal"));
        assert_string_equal(why ? why : "", refusal);
        json_decref(message);
        bus_fake_clear(counter->bus);
}

static void a_good_command_goes_to_the_gate_and_its_outcome_back(void **state)
{
        (void)state;
        struct counter counter;
        json_t *request = NULL;
        open_counter(&counter);
        ask(&counter, GOOD, false);
        assert_int_equal(counter.bus->count, 0);
        int64_t id = gate_hears(&counter, &request);
        assert_true(id > 0);
        assert_string_equal(json_string_value(json_object_get(request, "do")), "command");
        assert_string_equal(json_string_value(json_object_get(request, "name")), "AccessDoor");
        json_decref(request);
        json_t *answer = json_pack("{s:I, s:{s:s, s:i}}", "id", (json_int_t)id, "ok", "outcome",
                                   "done", "seq", 9);
        errands_end(&counter.errands, &counter.bus->bus, id + 1, answer, "e-1"); /* not ours */
        assert_int_equal(counter.bus->count, 0);
        errands_end(&counter.errands, &counter.bus->bus, id, answer, "e-1");
        assert_non_null(strstr(counter.bus->publication[0].payload, "\"epoch\":\"e-1\",\"seq\":9"));
        assert_outcome(&counter, "done", "");
        errands_end(&counter.errands, &counter.bus->bus, id, answer, "e-1"); /* only once */
        assert_int_equal(counter.bus->count, 0);
        json_decref(answer);
        close_counter(&counter);
}

static void the_gates_refusal_is_passed_on(void **state)
{
        (void)state;
        struct counter counter;
        json_t *request = NULL;
        open_counter(&counter);
        ask(&counter, GOOD, false);
        int64_t id = gate_hears(&counter, &request);
        json_decref(request);
        json_t *answer = json_pack("{s:{s:s, s:s}}", "error", "reason", "bad_request", "message",
                                   "access_point: there is no such access point");
        errands_end(&counter.errands, &counter.bus->bus, id, answer, "e-1");
        json_decref(answer);
        assert_outcome(&counter, "refused", "bad_request");
        close_counter(&counter);
}

static void a_bad_command_is_refused_without_the_gate(void **state)
{
        (void)state;
        struct counter counter;
        json_t *request = NULL;
        open_counter(&counter);
        ask(&counter, "{}", false);
        assert_int_equal(gate_hears(&counter, &request), 0);
        assert_outcome(&counter, "refused", "bad_request");
        close_counter(&counter);
}

static void a_retained_command_is_written_down_by_the_gate(void **state)
{
        (void)state;
        struct counter counter;
        json_t *request = NULL;
        open_counter(&counter);
        ask(&counter, GOOD, true);
        assert_true(gate_hears(&counter, &request) > 0);
        assert_string_equal(json_string_value(json_object_get(request, "refused")), "retained");
        json_decref(request);
        close_counter(&counter);
}

static void without_the_gate_a_command_is_refused_at_once(void **state)
{
        (void)state;
        struct counter counter;
        open_counter(&counter);
        counter.link.is_up = false;
        ask(&counter, GOOD, false);
        assert_outcome(&counter, "refused", "gate_not_running");
        ask(&counter, GOOD, true);
        assert_outcome(&counter, "refused", "retained");
        close_counter(&counter);
}

static void more_commands_than_the_table_holds_are_refused(void **state)
{
        (void)state;
        struct counter counter;
        open_counter(&counter);
        for (int i = 0; i < ERRANDS_MAX; i++)
                ask(&counter, GOOD, false);
        assert_int_equal(counter.bus->count, 0);
        ask(&counter, GOOD, false);
        assert_outcome(&counter, "refused", "unavailable");
        close_counter(&counter);
}

static void an_answer_that_never_comes_leaves_the_outcome_unknown(void **state)
{
        (void)state;
        struct counter counter;
        open_counter(&counter);
        ask(&counter, GOOD, false);
        errands_give_up(&counter.errands, &counter.bus->bus, 5000 + ERRAND_WAIT_MS - 1);
        assert_int_equal(counter.bus->count, 0);
        errands_give_up(&counter.errands, &counter.bus->bus, 5000 + ERRAND_WAIT_MS);
        assert_outcome(&counter, "unknown", "");
        close_counter(&counter);
}

static void who_does_not_ask_is_not_answered(void **state)
{
        (void)state;
        struct counter counter;
        open_counter(&counter);
        struct bus_message message = message_of("access", "{}");
        errands_begin(&counter.errands, &counter.bus->bus, &counter.link, &message, NOW_US, 5000);
        assert_int_equal(counter.bus->count, 0);
        close_counter(&counter);
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
                cmocka_unit_test(a_good_command_goes_to_the_gate_and_its_outcome_back),
                cmocka_unit_test(the_gates_refusal_is_passed_on),
                cmocka_unit_test(a_bad_command_is_refused_without_the_gate),
                cmocka_unit_test(a_retained_command_is_written_down_by_the_gate),
                cmocka_unit_test(without_the_gate_a_command_is_refused_at_once),
                cmocka_unit_test(more_commands_than_the_table_holds_are_refused),
                cmocka_unit_test(an_answer_that_never_comes_leaves_the_outcome_unknown),
                cmocka_unit_test(who_does_not_ask_is_not_answered),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
