/* What gates say of themselves, on its way through the collector: the last of each kind, soon, and
 * never a commit of its own for each gate. */
#include "tests/unit/collector_bench.h"

enum {
        NEWS_MS = COLLECTOR_NEWS_MS + 10 /* a step to be heard in */
};

static void say(struct bench *bench, const char *gate, const char *leaf, const char *data)
{
        char topic[128], payload[512];
        snprintf(topic, sizeof(topic), "stile/v1/acme/hq/%s/%s", gate, leaf);
        snprintf(payload, sizeof(payload),
                 "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/%s\",\"type\":"
                 "\"stile.%s.v1\",\"id\":\"x\",\"data\":%s}",
                 gate, leaf, data);
        feed_fake_say(bench->feed, topic, payload, false);
}

static void say_online(struct bench *bench, const char *gate, int head)
{
        char data[256];
        snprintf(data, sizeof(data),
                 "{\"state\":\"online\",\"epoch\":\"" EPOCH "\",\"head\":%d,\"acked\":%d}", head,
                 head);
        say(bench, gate, "status", data);
}

static const struct archive_fake_news *news_of(const struct bench *bench, const char *gate,
                                               enum archive_news_kind kind)
{
        for (size_t i = 0; i < bench->archive->news_count; i++)
                if (bench->archive->news[i].kind == kind &&
                    strcmp(bench->archive->news[i].gate, gate) == 0)
                        return &bench->archive->news[i];
        return NULL;
}

static void a_status_and_a_health_are_kept_as_they_were_said(void **state)
{
        struct bench *bench = *state;
        say_online(bench, "gate-1", 0);
        say(bench, "gate-1", "health", "{\"temperature_c\": 47.5, \"new\": [1, null]}");
        pass(bench, NEWS_MS);
        const struct archive_fake_news *status = news_of(bench, "acme/hq/gate-1", ARCHIVE_STATUS);
        const struct archive_fake_news *health = news_of(bench, "acme/hq/gate-1", ARCHIVE_HEALTH);
        assert_non_null(status);
        assert_non_null(health);
        assert_string_equal(status->state, "online");
        assert_string_equal(status->text, "{\"state\":\"online\",\"epoch\":\"" EPOCH
                                          "\",\"head\":0,\"acked\":0}");
        assert_true(status->received_us >= INT64_C(1800000000000000));
        assert_string_equal(health->text, "{\"temperature_c\":47.5,\"new\":[1,null]}");
        assert_int_equal(bench->archive->commits, 1);
}

static void many_gates_cost_one_commit_a_second_and_one_gate_is_told_of_once(void **state)
{
        struct bench *bench = *state;
        for (int round = 0; round < 5; round++) {
                for (int i = 0; i < 100; i++) {
                        char gate[32];
                        snprintf(gate, sizeof(gate), "gate-%d", i);
                        say(bench, gate, "health", "{}");
                }
                work(bench);
        }
        assert_int_equal(bench->archive->commits, 0);
        pass(bench, NEWS_MS);
        assert_int_equal(bench->archive->commits, 1);
        assert_int_equal(bench->archive->heard, 100);
        pass(bench, 10 * NEWS_MS);
        assert_int_equal(bench->archive->commits, 1);
}

static void more_gates_than_there_is_room_for_are_committed_at_once(void **state)
{
        struct bench *bench = *state;
        for (int i = 0; i < 2 * BATCH_NEWS_MAX + 1; i++) {
                char gate[32];
                snprintf(gate, sizeof(gate), "gate-%d", i);
                say(bench, gate, "health", "{}");
                work(bench);
        }
        assert_int_equal(bench->archive->commits, 2);
        assert_int_equal(bench->archive->heard, 2 * BATCH_NEWS_MAX);
        pass(bench, NEWS_MS);
        assert_int_equal(bench->archive->heard, 2 * BATCH_NEWS_MAX + 1);
}

static void news_go_with_a_batch_that_goes_before_them(void **state)
{
        struct bench *bench = *state;
        say(bench, "gate-1", "health", "{}");
        say_entry(bench, 1);
        pass(bench, BATCH_MS + 10);
        assert_int_equal(bench->archive->commits, 1);
        assert_non_null(news_of(bench, "acme/hq/gate-1", ARCHIVE_HEALTH));
}

static void a_will_changes_the_state_and_not_what_the_gate_had_said(void **state)
{
        struct bench *bench = *state;
        say_online(bench, "gate-1", 0);
        say(bench, "gate-1", "status", "{\"state\":\"offline\",\"reason\":\"connection_lost\"}");
        pass(bench, NEWS_MS);
        const struct archive_fake_news *news = news_of(bench, "acme/hq/gate-1", ARCHIVE_STATUS);
        assert_string_equal(news->state, "offline");
        assert_non_null(strstr(news->text, "\"head\":0"));
        assert_int_equal(bench->archive->heard, 1);
        say(bench, "gate-2", "status", "{\"state\":\"offline\",\"reason\":\"connection_lost\"}");
        say_online(bench, "gate-2", 0);
        pass(bench, NEWS_MS);
        news = news_of(bench, "acme/hq/gate-2", ARCHIVE_STATUS);
        assert_string_equal(news->state, "online");
        assert_non_null(strstr(news->text, "\"head\":0"));
}

static void nothing_is_settled_before_what_a_gate_said_is_stored(void **state)
{
        struct bench *bench = *state;
        bench->archive->error = -ENOSPC;
        say(bench, "gate-1", "health", "{}");
        pass(bench, 5 * NEWS_MS);
        assert_int_equal(bench->feed->settled, 0);
        say(bench, "gate-1", "health", "{\"n\":2}");
        work(bench);
        bench->archive->error = 0;
        pass(bench, 10 * NEWS_MS);
        assert_true(bench->feed->settled > 0);
        assert_string_equal(news_of(bench, "acme/hq/gate-1", ARCHIVE_HEALTH)->text, "{\"n\":2}");
}

static void an_end_keeps_what_gates_said_last(void **state)
{
        struct bench *bench = *state;
        say(bench, "gate-1", "health", "{}");
        work(bench);
        assert_int_equal(collector_flush(bench->collector, &bench->time), 0);
        assert_int_equal(bench->archive->heard, 1);
}

static void a_health_that_is_none_is_set_aside(void **state)
{
        struct bench *bench = *state;
        static char large[9000];
        memset(large, ' ', sizeof(large) - 1);
        say(bench, "gate-1", "health", "[]");
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/health", "{", false);
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/health", large, false);
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/health",
                      "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-2\",\"type\":"
                      "\"stile.health.v1\",\"data\":{}}",
                      false);
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/health",
                      "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                      "\"stile.status.v1\",\"data\":{}}",
                      false);
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/health",
                      "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                      "\"stile.health.v1\",\"data\":{}}",
                      true);
        pass(bench, NEWS_MS);
        static const char *const reasons[] = { "bad_field",    "bad_json",   "bad_json",
                                               "wrong_source", "wrong_type", "retained" };
        assert_int_equal(bench->archive->refusals, ARRAY_LEN(reasons));
        for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
                assert_string_equal(bench->archive->refusal[i], reasons[i]);
        assert_int_equal(bench->archive->heard, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, unmake)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_status_and_a_health_are_kept_as_they_were_said),
                TEST(many_gates_cost_one_commit_a_second_and_one_gate_is_told_of_once),
                TEST(more_gates_than_there_is_room_for_are_committed_at_once),
                TEST(news_go_with_a_batch_that_goes_before_them),
                TEST(a_will_changes_the_state_and_not_what_the_gate_had_said),
                TEST(nothing_is_settled_before_what_a_gate_said_is_stored),
                TEST(an_end_keeps_what_gates_said_last),
                TEST(a_health_that_is_none_is_set_aside),
        };
        return cmocka_run_group_tests_name("ingest news", tests, NULL, NULL);
}
