/*
 * What every feed must do, run over each of them with its real broker. A suite's set-up makes
 * *state a subject whose broker runs and has nothing waiting; its gate speaks MQTT.
 */
#pragma once

#include "tests/check.h"

#include "dashboard/ports/feed.h"
#include "tests/contract/feed_peer.h"

#include <errno.h>
#include <poll.h>

enum {
        FEED_DEADLINE_MS = 120000 /* a RabbitMQ node takes its time to be back */
};

struct feed_subject {
        struct feed *feed; /* opened by the test */
        struct feed_peer gate;
        struct feed *(*open)(struct feed_subject *subject);
        /* The first may already begin to start it; the second waits until it listens. */
        void (*kill_broker)(struct feed_subject *subject);
        void (*start_broker)(struct feed_subject *subject);
        void *own;
};

/* False: nothing within the time. */
static inline bool feed_next_within(struct feed *feed, struct feed_event *event, int timeout_ms)
{
        int64_t deadline_ms = monotonic_ms() + timeout_ms;
        while (feed_next(feed, event) == 0) {
                int64_t left_ms = deadline_ms - monotonic_ms();
                struct pollfd readable = { .fd = feed->fd, .events = POLLIN };
                if (left_ms <= 0)
                        return false;
                assert_true(poll(&readable, 1, (int)left_ms) >= 0);
        }
        return true;
}

static inline void feed_await(struct feed *feed, int kind, struct feed_event *event)
{
        assert_true(feed_next_within(feed, event, FEED_DEADLINE_MS));
        if ((int)event->kind != kind)
                fail_msg("event %d (%s) instead of %d", (int)event->kind, event->detail, kind);
}

/* The next FEED_UP; failed tries before it are allowed. */
static inline void feed_await_up(struct feed *feed)
{
        struct feed_event event;
        int64_t deadline_ms = monotonic_ms() + FEED_DEADLINE_MS;
        do {
                assert_true(monotonic_ms() < deadline_ms);
                assert_true(feed_next_within(feed, &event, FEED_DEADLINE_MS));
        } while (event.kind == FEED_DOWN);
        assert_int_equal(event.kind, FEED_UP);
}

static inline struct feed *feed_open_up(struct feed_subject *subject)
{
        subject->feed = subject->open(subject);
        feed_await_up(subject->feed);
        return subject->feed;
}

/* The next event must be this entry, as MQTT has its topic. Its handle. */
static inline uint64_t feed_await_entry(struct feed *feed, const char *payload)
{
        struct feed_event event;
        feed_await(feed, FEED_MESSAGE, &event);
        assert_string_equal(event.message->topic, FEED_ENTRY);
        assert_string_equal((const char *)event.message->payload, payload);
        assert_int_equal(event.message->len, strlen(payload));
        assert_false(event.message->is_retained);
        uint64_t handle = event.message->handle;
        feed_message_free(event.message);
        return handle;
}

static inline int feed_say(struct feed *feed, const char *topic, const void *payload, size_t len)
{
        return feed_publish(feed, &(struct feed_publication){ .topic = topic,
                                                              .payload = payload,
                                                              .len = len,
                                                              .content_type = "application/json",
                                                              .expiry_s = 10 });
}

static void messages_come_in_order_with_growing_handles(void **state)
{
        struct feed_subject *subject = *state;
        struct feed *feed = feed_open_up(subject);
        uint64_t last = 0;
        for (int i = 0; i < 100; i++) {
                char payload[32];
                snprintf(payload, sizeof(payload), "{\"seq\":%d}", i);
                feed_peer_say(&subject->gate, payload);
                uint64_t handle = feed_await_entry(feed, payload);
                assert_true(handle > last);
                last = handle;
                feed_settle(feed, handle);
        }
}

static void what_is_published_reaches_the_gate_byte_by_byte(void **state)
{
        struct feed_subject *subject = *state;
        static const unsigned char bytes[] = { 0xd2, 0x84, 0x00, 0xff, 0x00 };
        struct feed *feed = feed_open_up(subject);
        assert_int_equal(feed_say(feed, FEED_ACK, bytes, sizeof(bytes)), 0);
        assert_true(feed_peer_hears(&subject->gate, FEED_ACK, bytes, sizeof(bytes)));
}

static void nothing_is_published_before_the_owner_knows_of_a_connection(void **state)
{
        struct feed_subject *subject = *state;
        subject->feed = subject->open(subject);
        assert_int_equal(feed_say(subject->feed, FEED_ACK, "{}", 2), -ENOTCONN);
        feed_await_up(subject->feed);
        assert_int_equal(feed_say(subject->feed, FEED_ACK, "{}", 2), 0);
        assert_true(feed_peer_hears(&subject->gate, FEED_ACK, "{}", 2));
}

static void a_killed_broker_is_noticed_and_its_successor_found(void **state)
{
        struct feed_subject *subject = *state;
        struct feed_event event;
        struct feed *feed = feed_open_up(subject);
        feed_peer_say(&subject->gate, "{}");
        uint64_t before = feed_await_entry(feed, "{}");
        subject->kill_broker(subject);
        feed_await(feed, FEED_DOWN, &event);
        assert_true(event.detail[0] != '\0');
        assert_int_equal(feed_say(feed, FEED_ACK, "{}", 2), -ENOTCONN);
        subject->start_broker(subject);
        feed_await_up(feed);
        feed_peer_reconnect(&subject->gate);
        /* Of the connection that is gone: nothing happens. */
        feed_settle(feed, before);
        /* A broker that kept the message brings it again. */
        feed_peer_say(&subject->gate, "{\"after\":1}");
        bool is_new = false;
        while (!is_new) {
                feed_await(feed, FEED_MESSAGE, &event);
                is_new = strcmp((const char *)event.message->payload, "{}") != 0;
                assert_true(event.message->handle > before);
                feed_settle(feed, event.message->handle);
                feed_message_free(event.message);
        }
}

static void what_nobody_takes_waits_and_none_is_lost(void **state)
{
        struct feed_subject *subject = *state;
        struct feed *feed = feed_open_up(subject);
        char payload[32];
        enum {
                MANY = 3000
        };
        for (int i = 0; i < MANY; i++) {
                int len = snprintf(payload, sizeof(payload), "{\"seq\":%d}", i);
                feed_peer_put(&subject->gate, FEED_ENTRY, payload, (size_t)len);
        }
        feed_peer_flush(&subject->gate);
        for (int i = 0; i < MANY; i++) {
                snprintf(payload, sizeof(payload), "{\"seq\":%d}", i);
                feed_settle(feed, feed_await_entry(feed, payload));
        }
}

/* What it holds is the sanitizer's business. */
static void an_end_with_messages_waiting_is_quick(void **state)
{
        struct feed_subject *subject = *state;
        struct feed *feed = feed_open_up(subject);
        for (int i = 0; i < 500; i++)
                feed_peer_put(&subject->gate, FEED_ENTRY, "{}", 2);
        feed_peer_flush(&subject->gate);
        (void)feed_await_entry(feed, "{}");
        int64_t begun_ms = monotonic_ms();
        subject->feed = feed_close(feed);
        assert_true(monotonic_ms() - begun_ms < FEED_DEADLINE_MS);
}

/* In two parts: those that leave the broker alone, and those that do not. */
#define FEED_TEST(name, setup, teardown) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FEED_CONTRACT(setup, teardown)                                                             \
        FEED_TEST(messages_come_in_order_with_growing_handles, setup, teardown),                   \
                FEED_TEST(what_is_published_reaches_the_gate_byte_by_byte, setup, teardown),       \
                FEED_TEST(nothing_is_published_before_the_owner_knows_of_a_connection, setup,      \
                          teardown),                                                               \
                FEED_TEST(what_nobody_takes_waits_and_none_is_lost, setup, teardown),              \
                FEED_TEST(an_end_with_messages_waiting_is_quick, setup, teardown)
#define FEED_CONTRACT_OF_DEATH(setup, teardown)                                                    \
        FEED_TEST(a_killed_broker_is_noticed_and_its_successor_found, setup, teardown)
