/*
 * What every feed must do, run over each of them with its real broker. A suite's set-up makes
 * *state a subject whose broker runs; the verbs of `peer` are a gate's, through the same broker.
 */
#pragma once

#include "tests/check.h"

#include "dashboard/ports/feed.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

enum {
        FEED_DEADLINE_MS = 20000
};

struct feed_subject {
        struct feed *feed; /* opened by the test */
        struct feed *(*open)(struct feed_subject *subject);
        void (*say)(struct feed_subject *subject, const char *topic, const char *payload);
        /* Waits for the next message to a gate; false: another one came. */
        bool (*hears)(struct feed_subject *subject, const char *topic, const void *payload,
                      size_t len);
        void (*kill_broker)(struct feed_subject *subject);
        void (*start_broker)(struct feed_subject *subject);
        void *own;
};

#define FEED_ENTRY "stile/v1/acme/hq/gate-1/entry"
#define FEED_ACK   "stile/v1/acme/hq/gate-1/ack"

static inline void feed_await_any(struct feed *feed, struct feed_event *event)
{
        int64_t deadline_ms = monotonic_ms() + FEED_DEADLINE_MS;
        while (feed_next(feed, event) == 0) {
                int64_t left_ms = deadline_ms - monotonic_ms();
                struct pollfd readable = { .fd = feed->fd, .events = POLLIN };
                assert_true(left_ms > 0);
                assert_true(poll(&readable, 1, (int)left_ms) >= 0);
        }
}

/* The next FEED_UP; failed tries before it are allowed. */
static inline void feed_await_up(struct feed *feed)
{
        struct feed_event event;
        do {
                feed_await_any(feed, &event);
        } while (event.kind == FEED_DOWN);
        assert_int_equal(event.kind, FEED_UP);
}

/* The next event must be this message. Its handle. */
static inline uint64_t feed_await_message(struct feed *feed, const char *topic, const char *payload)
{
        struct feed_event event;
        feed_await_any(feed, &event);
        assert_int_equal(event.kind, FEED_MESSAGE);
        assert_string_equal(event.message->topic, topic);
        assert_string_equal((const char *)event.message->payload, payload);
        assert_int_equal(event.message->len, strlen(payload));
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
        uint64_t last = 0;
        subject->feed = subject->open(subject);
        feed_await_up(subject->feed);
        for (int i = 0; i < 100; i++) {
                char payload[32];
                snprintf(payload, sizeof(payload), "{\"seq\":%d}", i);
                subject->say(subject, FEED_ENTRY, payload);
                uint64_t handle = feed_await_message(subject->feed, FEED_ENTRY, payload);
                assert_true(handle > last);
                last = handle;
                feed_settle(subject->feed, handle);
        }
}

static void what_is_published_reaches_the_gate_byte_by_byte(void **state)
{
        struct feed_subject *subject = *state;
        static const unsigned char bytes[] = { 0xd2, 0x84, 0x00, 0xff, 0x00 };
        subject->feed = subject->open(subject);
        feed_await_up(subject->feed);
        assert_int_equal(feed_say(subject->feed, FEED_ACK, bytes, sizeof(bytes)), 0);
        assert_true(subject->hears(subject, FEED_ACK, bytes, sizeof(bytes)));
}

static void nothing_is_published_without_a_connection(void **state)
{
        struct feed_subject *subject = *state;
        struct feed_event event;
        subject->feed = subject->open(subject);
        assert_int_equal(feed_say(subject->feed, FEED_ACK, "{}", 2), -ENOTCONN);
        feed_await_up(subject->feed);
        subject->kill_broker(subject);
        feed_await_any(subject->feed, &event);
        assert_int_equal(event.kind, FEED_DOWN);
        assert_int_equal(feed_say(subject->feed, FEED_ACK, "{}", 2), -ENOTCONN);
}

static void a_killed_broker_is_noticed_and_its_successor_found(void **state)
{
        struct feed_subject *subject = *state;
        struct feed_event event;
        subject->feed = subject->open(subject);
        feed_await_up(subject->feed);
        subject->say(subject, FEED_ENTRY, "{}");
        uint64_t before = feed_await_message(subject->feed, FEED_ENTRY, "{}");
        subject->kill_broker(subject);
        feed_await_any(subject->feed, &event);
        assert_int_equal(event.kind, FEED_DOWN);
        subject->start_broker(subject);
        feed_await_up(subject->feed);
        /* Of the connection that is gone: nothing happens. */
        feed_settle(subject->feed, before);
        /* A broker that kept the message brings it again. */
        subject->say(subject, FEED_ENTRY, "{\"after\":1}");
        do {
                feed_await_any(subject->feed, &event);
                assert_int_equal(event.kind, FEED_MESSAGE);
                bool is_new = strcmp((const char *)event.message->payload, "{}") != 0;
                assert_true(event.message->handle > before);
                feed_message_free(event.message);
                if (is_new)
                        break;
        } while (true);
}

static void what_nobody_takes_waits_and_none_is_lost(void **state)
{
        struct feed_subject *subject = *state;
        char payload[32];
        enum {
                MANY = 3000
        };
        subject->feed = subject->open(subject);
        feed_await_up(subject->feed);
        for (int i = 0; i < MANY; i++) {
                snprintf(payload, sizeof(payload), "{\"seq\":%d}", i);
                subject->say(subject, FEED_ENTRY, payload);
        }
        for (int i = 0; i < MANY; i++) {
                snprintf(payload, sizeof(payload), "{\"seq\":%d}", i);
                feed_settle(subject->feed, feed_await_message(subject->feed, FEED_ENTRY, payload));
        }
}

/* What it holds is the sanitizer's business. */
static void an_end_with_messages_waiting_is_quick(void **state)
{
        struct feed_subject *subject = *state;
        subject->feed = subject->open(subject);
        feed_await_up(subject->feed);
        for (int i = 0; i < 500; i++)
                subject->say(subject, FEED_ENTRY, "{}");
        (void)feed_await_message(subject->feed, FEED_ENTRY, "{}");
        int64_t begun_ms = monotonic_ms();
        subject->feed = feed_close(subject->feed);
        assert_true(monotonic_ms() - begun_ms < FEED_DEADLINE_MS);
}

#define FEED_TEST(name, setup, teardown) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define FEED_CONTRACT(setup, teardown)                                                             \
        FEED_TEST(messages_come_in_order_with_growing_handles, setup, teardown),                   \
                FEED_TEST(what_is_published_reaches_the_gate_byte_by_byte, setup, teardown),       \
                FEED_TEST(nothing_is_published_without_a_connection, setup, teardown),             \
                FEED_TEST(a_killed_broker_is_noticed_and_its_successor_found, setup, teardown),    \
                FEED_TEST(what_nobody_takes_waits_and_none_is_lost, setup, teardown),              \
                FEED_TEST(an_end_with_messages_waiting_is_quick, setup, teardown)
