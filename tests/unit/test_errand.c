/* Errands: a command's way to the gate, and its outcome's way back. */
#include "tests/check.h"

#include "controller/publish/errand.h"
#include "tests/fake/bus_fake.h"
#include "tests/unit/command_maker.h"

#include <sys/socket.h>
#include <unistd.h>

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
