/*
 * The feed's contract over AMQP, and what AMQP adds to it: the broker waits for our word. It needs
 * a RabbitMQ node, which tests/cluster/test_feed.py runs: it starts this program with
 * STILE_RABBIT="AMQP-PORT MQTT-PORT FD", and kills and starts the node when it reads a byte from
 * its end of the socket FD.
 */
#include "tests/contract/feed_contract.h"

#include "drivers/feed/amqp.h"

#include <unistd.h>

enum {
        QUIET_MS = 500 /* what a queue held before has come by then */
};

struct node {
        int amqp_port, mqtt_port, fd;
        char hosts[64], queue[64], folder[64], password_file[96];
        const char *exchange; /* NULL: the topics' own */
        int prefetch;
};

static struct feed *open_feed(struct feed_subject *subject)
{
        static const char *const bindings[] = { "stile/v1/+/+/+/entry", NULL };
        const struct node *node = subject->own;
        const struct feed_amqp_settings settings = { .hosts = node->hosts,
                                                     .virtual_host = "stile",
                                                     .user = FEED_USER,
                                                     .password_file = node->password_file,
                                                     .queue = node->queue,
                                                     .exchange = node->exchange,
                                                     .bindings = bindings,
                                                     .prefetch = node->prefetch,
                                                     .heartbeat_s = 5,
                                                     .reconnect_max_s = 1 };
        struct feed *feed = NULL;
        assert_int_equal(feed_amqp_open(&settings, &feed), 0);
        return feed;
}

static void kill_broker(struct feed_subject *subject)
{
        const struct node *node = subject->own;
        assert_int_equal(write(node->fd, "k", 1), 1);
}

static void start_broker(struct feed_subject *subject)
{
        const struct node *node = subject->own;
        char byte;
        assert_int_equal(read(node->fd, &byte, 1), 1);
}

static void write_password(const struct node *node, const char *password)
{
        FILE *file = fopen(node->password_file, "w");
        assert_non_null(file);
        fprintf(file, "%s\n", password);
        fclose(file);
}

static void what_is_settled_never_comes_again_and_what_is_not_does(void **state)
{
        struct feed_subject *subject = *state;
        struct feed *feed = feed_open_up(subject);
        feed_peer_say(&subject->gate, "one");
        feed_peer_say(&subject->gate, "two");
        feed_peer_say(&subject->gate, "three");
        (void)feed_await_entry(feed, "one");
        uint64_t second = feed_await_entry(feed, "two");
        (void)feed_await_entry(feed, "three");
        feed_settle(feed, second);
        /* Told before the end of the connection: the next message is behind it. */
        feed_peer_say(&subject->gate, "four");
        (void)feed_await_entry(feed, "four");
        subject->feed = feed_close(feed);

        feed = feed_open_up(subject);
        (void)feed_await_entry(feed, "three");
        feed_settle(feed, feed_await_entry(feed, "four"));
        feed_peer_say(&subject->gate, "five");
        feed_settle(feed, feed_await_entry(feed, "five"));
}

static void a_message_that_is_too_large_is_passed_over_for_good(void **state)
{
        struct feed_subject *subject = *state;
        struct feed *feed = feed_open_up(subject);
        char *large = calloc(1, FEED_AMQP_MESSAGE_MAX + 1);
        assert_non_null(large);
        feed_peer_put(&subject->gate, FEED_ENTRY, large, FEED_AMQP_MESSAGE_MAX + 1);
        free(large);
        feed_peer_say(&subject->gate, "small");
        feed_settle(feed, feed_await_entry(feed, "small"));
        feed_peer_say(&subject->gate, "next");
        feed_settle(feed, feed_await_entry(feed, "next"));
}

static uint64_t await_many(struct feed *feed, const char *payload, int count)
{
        uint64_t last = 0;
        for (int i = 0; i < count; i++)
                last = feed_await_entry(feed, payload);
        return last;
}

static void the_broker_hands_over_no_more_than_may_be_unsettled(void **state)
{
        struct feed_subject *subject = *state;
        struct node *node = subject->own;
        struct feed_event event;
        node->prefetch = 10;
        struct feed *feed = feed_open_up(subject);
        for (int i = 0; i < 25; i++)
                feed_peer_put(&subject->gate, FEED_ENTRY, "x", 1);
        feed_peer_flush(&subject->gate);
        uint64_t last = await_many(feed, "x", 10);
        assert_false(feed_next_within(feed, &event, 300));
        feed_settle(feed, last);
        feed_settle(feed, await_many(feed, "x", 10));
        feed_settle(feed, await_many(feed, "x", 5));
}

static void a_wrong_password_is_told_and_tried_again(void **state)
{
        struct feed_subject *subject = *state;
        struct feed_event event;
        write_password(subject->own, "wrong");
        subject->feed = subject->open(subject);
        for (int i = 0; i < 2; i++) {
                feed_await(subject->feed, FEED_DOWN, &event);
                assert_non_null(strstr(event.detail, "login: ACCESS_REFUSED"));
        }
}

static void an_exchange_that_is_missing_is_told_before_anything_is_heard(void **state)
{
        struct feed_subject *subject = *state;
        struct feed_event event;
        ((struct node *)subject->own)->exchange = "nowhere";
        subject->feed = subject->open(subject);
        for (int i = 0; i < 2; i++) {
                feed_await(subject->feed, FEED_DOWN, &event);
                assert_non_null(strstr(event.detail, "exchange: NOT_FOUND"));
        }
}

static void a_handle_of_an_earlier_connection_settles_nothing(void **state)
{
        struct feed_subject *subject = *state;
        struct feed *feed = feed_open_up(subject);
        feed_peer_say(&subject->gate, "one");
        uint64_t old = feed_await_entry(feed, "one");
        subject->kill_broker(subject);
        subject->start_broker(subject);
        feed_await_up(feed);
        feed_settle(feed, old);
        uint64_t again = feed_await_entry(feed, "one");
        assert_true(again > old);
        feed_settle(feed, again);
}

static void make_subject(void **state, const char *queue)
{
        struct feed_subject *subject = calloc(1, sizeof(*subject));
        struct node *node = calloc(1, sizeof(*node));
        assert_true(subject && node);
        *subject = (struct feed_subject){ .open = open_feed,
                                          .kill_broker = kill_broker,
                                          .start_broker = start_broker,
                                          .own = node };
        node->prefetch = 1000;
        assert_int_equal(sscanf(getenv("STILE_RABBIT"), "%d %d %d", &node->amqp_port,
                                &node->mqtt_port, &node->fd),
                         3);
        snprintf(node->hosts, sizeof(node->hosts), "127.0.0.1:%d", node->amqp_port);
        snprintf(node->queue, sizeof(node->queue), "%s", queue);
        strcpy(node->folder, "/tmp/stile-feed-XXXXXX");
        assert_non_null(mkdtemp(node->folder));
        snprintf(node->password_file, sizeof(node->password_file), "%s/password", node->folder);
        write_password(node, FEED_USER);
        feed_peer_connect(&subject->gate, node->mqtt_port);
        *state = subject;
}

/* Each test has a queue of its own. */
static int make(void **state)
{
        static int number;
        char queue[32];
        snprintf(queue, sizeof(queue), "contract-%d", ++number);
        make_subject(state, queue);
        return 0;
}

/* Not those that kill the node: 3.10 does not always find a queue again that was made a moment
 * before. They have the one that the node began with, and that holds what others said. */
static int make_for_death(void **state)
{
        struct feed_event event;
        make_subject(state, "stile-entries");
        struct feed *feed = feed_open_up(*state);
        while (feed_next_within(feed, &event, QUIET_MS)) {
                assert_int_equal(event.kind, FEED_MESSAGE);
                feed_settle(feed, event.message->handle);
                feed_message_free(event.message);
        }
        feed_close(feed);
        ((struct feed_subject *)*state)->feed = NULL;
        return 0;
}

static int unmake(void **state)
{
        struct feed_subject *subject = *state;
        struct node *node = subject->own;
        feed_close(subject->feed);
        feed_peer_close(&subject->gate);
        unlink(node->password_file);
        rmdir(node->folder);
        free(node);
        free(subject);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FEED_CONTRACT(make, unmake),
                FEED_TEST(what_is_settled_never_comes_again_and_what_is_not_does, make, unmake),
                FEED_TEST(a_message_that_is_too_large_is_passed_over_for_good, make, unmake),
                FEED_TEST(the_broker_hands_over_no_more_than_may_be_unsettled, make, unmake),
                FEED_TEST(a_wrong_password_is_told_and_tried_again, make, unmake),
                FEED_TEST(an_exchange_that_is_missing_is_told_before_anything_is_heard, make,
                          unmake),
                FEED_CONTRACT_OF_DEATH(make_for_death, unmake),
                FEED_TEST(a_handle_of_an_earlier_connection_settles_nothing, make_for_death,
                          unmake),
        };
        if (!getenv("STILE_RABBIT")) {
                print_message("1..0 # SKIP no RabbitMQ node: tests/cluster/test_feed.py has one\n");
                return 0;
        }
        mosquitto_lib_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
