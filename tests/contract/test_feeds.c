/*
 * The feed port's contract, over MQTT against mosquitto, and over AMQP against a RabbitMQ node that
 * tests/cluster/test_feed.py runs: it starts this program with STILE_RABBIT="AMQP-PORT MQTT-PORT
 * FD", and kills and starts the node when it reads a byte from its end of the socket FD. Without
 * the variable only the MQTT half is run.
 */
#include "tests/check.h"

#include "drivers/feed/amqp.h"
#include "drivers/feed/feed_drivers.h"
#include "tests/contract/bus_contract.h"

#include <errno.h>
#include <mosquitto.h>

#define ROOT "stile/v1/acme/hq/gate-1/"
#define USER "test" /* and its password, at the private node */

static const char *const filters[] = { "stile/v1/+/+/+/entry", NULL };

enum {
        LIVING_TESTS = 8 /* those over AMQP that leave the node alone */
};

/* One driver and its broker. */
struct scene {
        bool is_amqp;
        struct broker mosquitto;
        int amqp_port, mqtt_port, node_fd;
        char hosts[64], queue[64], folder[64], password_file[96];
        const char *exchange;
        int prefetch;
};

static struct feed *open_feed(struct scene *scene)
{
        struct feed *feed = NULL;
        const struct feed_mqtt_settings mqtt = { .host = "127.0.0.1",
                                                 .port = scene->mqtt_port,
                                                 .client_id = "centre",
                                                 .keepalive_s = 5,
                                                 .reconnect_max_s = 1,
                                                 .topics = filters };
        const struct feed_amqp_settings amqp = { .hosts = scene->hosts,
                                                 .virtual_host = "stile",
                                                 .user = USER,
                                                 .password_file = scene->password_file,
                                                 .queue = scene->queue,
                                                 .exchange = scene->exchange,
                                                 .bindings = filters,
                                                 .prefetch = scene->prefetch,
                                                 .heartbeat_s = 5,
                                                 .reconnect_max_s = 1 };
        assert_int_equal(
                scene->is_amqp ? feed_amqp_open(&amqp, &feed) : feed_mqtt_open(&mqtt, &feed), 0);
        return feed;
}

/* False: nothing within the time. */
static bool next_within(struct feed *feed, struct feed_event *event, int timeout_ms)
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

/* Up again, after tries in vain. */
static void await_again(struct feed *feed)
{
        struct feed_event event;
        int64_t deadline_ms = monotonic_ms() + 2 * DEADLINE_MS;
        do {
                assert_true(monotonic_ms() < deadline_ms);
                assert_true(next_within(feed, &event, 2 * DEADLINE_MS));
        } while (event.kind == FEED_DOWN);
        assert_int_equal(event.kind, FEED_UP);
}

static void await_feed(struct feed *feed, int kind, struct feed_event *event)
{
        assert_true(next_within(feed, event, 2 * DEADLINE_MS));
        if ((int)event->kind != kind)
                fail_msg("event %d (%s) instead of %d", (int)event->kind, event->detail, kind);
}

static struct feed *open_up(struct scene *scene)
{
        struct feed_event event;
        struct feed *feed = open_feed(scene);
        await_feed(feed, FEED_UP, &event);
        return feed;
}

/* What other tests said. */
static void drain(struct feed *feed)
{
        struct feed_event event;
        while (next_within(feed, &event, 500)) {
                assert_int_equal(event.kind, FEED_MESSAGE);
                feed_settle(feed, event.message->handle);
                feed_message_free(event.message);
        }
}

static void count_published(struct mosquitto *peer, void *context, int mid)
{
        (void)peer;
        (void)mid;
        (*(int *)context)++;
}

static struct mosquitto *connect_peer(const struct scene *scene, const char *name, void *context)
{
        struct mosquitto *peer = mosquitto_new(name, true, context);
        assert_non_null(peer);
        mosquitto_username_pw_set(peer, USER, USER);
        assert_int_equal(mosquitto_connect(peer, "127.0.0.1", scene->mqtt_port, 60), 0);
        return peer;
}

/* A gate says so many things, and leaves when the broker has them. */
static void say(const struct scene *scene, const char *topic, const char *payload, size_t len,
                int times)
{
        int published = 0;
        struct mosquitto *peer = connect_peer(scene, "gate", &published);
        mosquitto_publish_callback_set(peer, count_published);
        for (int i = 0; i < times; i++)
                assert_int_equal(mosquitto_publish(peer, NULL, topic, (int)len, payload, 1, false),
                                 0);
        while (published < times)
                assert_int_equal(mosquitto_loop(peer, 1000, 1), MOSQ_ERR_SUCCESS);
        mosquitto_disconnect(peer);
        mosquitto_destroy(peer);
}

static void say_text(const struct scene *scene, const char *text)
{
        say(scene, ROOT "entry", text, strlen(text), 1);
}

/* Its handle; the message is freed. */
static uint64_t await_text(struct feed *feed, const char *text)
{
        struct feed_event event;
        await_feed(feed, FEED_MESSAGE, &event);
        uint64_t handle = event.message->handle;
        assert_string_equal(event.message->topic, ROOT "entry");
        assert_int_equal(event.message->len, strlen(text));
        assert_string_equal((const char *)event.message->payload, text);
        assert_false(event.message->is_retained);
        feed_message_free(event.message);
        return handle;
}

static void a_message_comes_with_its_topic_as_mqtt_has_it(void **state)
{
        struct scene *scene = *state;
        struct feed *feed = open_up(scene);
        say_text(scene, "one");
        say_text(scene, "two");
        uint64_t first = await_text(feed, "one");
        uint64_t second = await_text(feed, "two");
        assert_true(second > first);
        feed_settle(feed, second);
        feed_close(feed);
}

struct heard {
        bool is_subscribed;
        char topic[128], payload[128];
};

static void on_subscribed(struct mosquitto *peer, void *context, int mid, int count,
                          const int *granted)
{
        (void)peer;
        (void)mid;
        (void)count;
        (void)granted;
        ((struct heard *)context)->is_subscribed = true;
}

static void on_heard(struct mosquitto *peer, void *context, const struct mosquitto_message *message)
{
        struct heard *heard = context;
        (void)peer;
        snprintf(heard->topic, sizeof(heard->topic), "%s", message->topic);
        snprintf(heard->payload, sizeof(heard->payload), "%.*s", message->payloadlen,
                 (const char *)message->payload);
}

static void what_is_published_reaches_a_gate(void **state)
{
        struct scene *scene = *state;
        struct heard heard = { 0 };
        struct feed *feed = open_up(scene);
        struct mosquitto *gate = connect_peer(scene, "gate", &heard);
        mosquitto_subscribe_callback_set(gate, on_subscribed);
        mosquitto_message_callback_set(gate, on_heard);
        mosquitto_subscribe(gate, NULL, ROOT "cmd/+", 1);
        while (!heard.is_subscribed)
                assert_int_equal(mosquitto_loop(gate, 1000, 1), MOSQ_ERR_SUCCESS);
        const struct feed_publication command = { .topic = ROOT "cmd/sync",
                                                  .payload = "{\"from\":3}",
                                                  .len = 10,
                                                  .content_type = "application/json",
                                                  .expiry_s = 10 };
        assert_int_equal(feed_publish(feed, &command), 0);
        while (heard.topic[0] == '\0')
                assert_int_equal(mosquitto_loop(gate, 1000, 1), MOSQ_ERR_SUCCESS);
        assert_string_equal(heard.topic, ROOT "cmd/sync");
        assert_string_equal(heard.payload, "{\"from\":3}");
        mosquitto_destroy(gate);
        feed_close(feed);
}

static void nothing_is_published_before_the_owner_knows_of_a_connection(void **state)
{
        struct scene *scene = *state;
        struct feed *feed = open_feed(scene);
        const struct feed_publication ack = { .topic = ROOT "ack", .payload = "{}", .len = 2 };
        assert_int_equal(feed_publish(feed, &ack), -ENOTCONN);
        feed_close(feed);
}

static void a_broker_that_dies_is_told_and_one_that_is_back_is_found(void **state)
{
        struct scene *scene = *state;
        struct feed_event event;
        struct feed *feed = open_up(scene);
        char byte = 'k';
        drain(feed);
        if (scene->is_amqp) {
                assert_int_equal(write(scene->node_fd, &byte, 1), 1);
                assert_int_equal(read(scene->node_fd, &byte, 1), 1);
        } else {
                broker_kill(&scene->mosquitto);
                broker_start(&scene->mosquitto);
        }
        await_feed(feed, FEED_DOWN, &event);
        assert_true(event.detail[0] != '\0');
        await_again(feed);
        say_text(scene, "after");
        feed_settle(feed, await_text(feed, "after"));
        feed_close(feed);
}

/* Where the broker waits for our word (AMQP). */

static void what_is_settled_never_comes_again_and_what_is_not_does(void **state)
{
        struct scene *scene = *state;
        struct feed *feed = open_up(scene);
        say_text(scene, "one");
        say_text(scene, "two");
        say_text(scene, "three");
        (void)await_text(feed, "one");
        uint64_t second = await_text(feed, "two");
        (void)await_text(feed, "three");
        feed_settle(feed, second);
        /* Told before the end of the connection: the next message is behind it. */
        say_text(scene, "four");
        (void)await_text(feed, "four");
        feed_close(feed);

        feed = open_up(scene);
        (void)await_text(feed, "three");
        feed_settle(feed, await_text(feed, "four"));
        say_text(scene, "five");
        feed_settle(feed, await_text(feed, "five"));
        feed_close(feed);
}

static void a_handle_of_an_earlier_connection_settles_nothing(void **state)
{
        struct scene *scene = *state;
        struct feed *feed = open_up(scene);
        drain(feed);
        say_text(scene, "one");
        uint64_t old = await_text(feed, "one");
        char byte = 'k';
        assert_int_equal(write(scene->node_fd, &byte, 1), 1);
        assert_int_equal(read(scene->node_fd, &byte, 1), 1);
        await_again(feed);
        feed_settle(feed, old);
        uint64_t again = await_text(feed, "one");
        assert_true(again > old);
        feed_settle(feed, again);
        feed_close(feed);
}

static void a_message_that_is_too_large_is_passed_over_for_good(void **state)
{
        struct scene *scene = *state;
        struct feed *feed = open_up(scene);
        char *large = calloc(1, FEED_AMQP_MESSAGE_MAX + 1);
        assert_non_null(large);
        say(scene, ROOT "entry", large, FEED_AMQP_MESSAGE_MAX + 1, 1);
        free(large);
        say_text(scene, "small");
        feed_settle(feed, await_text(feed, "small"));
        say_text(scene, "next");
        feed_settle(feed, await_text(feed, "next"));
        feed_close(feed);
}

static void the_broker_hands_over_no_more_than_may_be_unsettled(void **state)
{
        struct scene *scene = *state;
        struct feed_event event;
        uint64_t last = 0;
        scene->prefetch = 10;
        struct feed *feed = open_up(scene);
        say(scene, ROOT "entry", "x", 1, 25);
        for (int i = 0; i < 10; i++)
                last = await_text(feed, "x");
        assert_false(next_within(feed, &event, 300));
        feed_settle(feed, last);
        for (int i = 0; i < 10; i++)
                last = await_text(feed, "x");
        feed_settle(feed, last);
        for (int i = 0; i < 5; i++)
                last = await_text(feed, "x");
        feed_settle(feed, last);
        feed_close(feed);
}

static void a_wrong_password_is_told_and_tried_again(void **state)
{
        struct scene *scene = *state;
        struct feed_event event;
        FILE *file = fopen(scene->password_file, "w");
        assert_non_null(file);
        fputs("wrong\n", file);
        fclose(file);
        struct feed *feed = open_feed(scene);
        for (int i = 0; i < 2; i++) {
                await_feed(feed, FEED_DOWN, &event);
                assert_non_null(strstr(event.detail, "login: ACCESS_REFUSED"));
        }
        feed_close(feed);
}

static void an_exchange_that_is_missing_is_told_before_anything_is_heard(void **state)
{
        struct scene *scene = *state;
        struct feed_event event;
        scene->exchange = "nowhere";
        struct feed *feed = open_feed(scene);
        for (int i = 0; i < 2; i++) {
                await_feed(feed, FEED_DOWN, &event);
                assert_non_null(strstr(event.detail, "exchange: NOT_FOUND"));
        }
        feed_close(feed);
}

static int prepare_mqtt(void **state)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        assert_non_null(scene);
        broker_prepare(&scene->mosquitto, "allow_anonymous true\n");
        broker_start(&scene->mosquitto);
        scene->mqtt_port = scene->mosquitto.port;
        *state = scene;
        return 0;
}

static int remove_mqtt(void **state)
{
        struct scene *scene = *state;
        broker_remove(&scene->mosquitto);
        free(scene);
        return 0;
}

static int prepare_amqp(void **state)
{
        static int number;
        struct scene *scene = calloc(1, sizeof(*scene));
        assert_non_null(scene);
        scene->is_amqp = true;
        scene->prefetch = 1000;
        assert_int_equal(sscanf(getenv("STILE_RABBIT"), "%d %d %d", &scene->amqp_port,
                                &scene->mqtt_port, &scene->node_fd),
                         3);
        snprintf(scene->hosts, sizeof(scene->hosts), "127.0.0.1:%d", scene->amqp_port);
        /* Each test has its own. Not those that kill the node: 3.10 does not always find a queue
         * again that was made a moment before. They come last, with the one that the node began
         * with. */
        if (++number <= LIVING_TESTS)
                snprintf(scene->queue, sizeof(scene->queue), "contract-%d", number);
        else
                strcpy(scene->queue, "stile-entries");
        strcpy(scene->folder, "/tmp/stile-feed-XXXXXX");
        assert_non_null(mkdtemp(scene->folder));
        snprintf(scene->password_file, sizeof(scene->password_file), "%s/password", scene->folder);
        FILE *file = fopen(scene->password_file, "w");
        assert_non_null(file);
        fputs(USER "\n", file);
        fclose(file);
        *state = scene;
        return 0;
}

static int remove_amqp(void **state)
{
        struct scene *scene = *state;
        unlink(scene->password_file);
        rmdir(scene->folder);
        free(scene);
        return 0;
}

#define OVER_MQTT(test)                                                                            \
        {                                                                                          \
                "over MQTT: " #test, test, prepare_mqtt, remove_mqtt, NULL                         \
        }
#define OVER_AMQP(test)                                                                            \
        {                                                                                          \
                "over AMQP: " #test, test, prepare_amqp, remove_amqp, NULL                         \
        }

int main(void)
{
        const struct CMUnitTest mqtt[] = {
                OVER_MQTT(a_message_comes_with_its_topic_as_mqtt_has_it),
                OVER_MQTT(what_is_published_reaches_a_gate),
                OVER_MQTT(nothing_is_published_before_the_owner_knows_of_a_connection),
                OVER_MQTT(a_broker_that_dies_is_told_and_one_that_is_back_is_found),
        };
        const struct CMUnitTest amqp[] = {
                OVER_AMQP(a_message_comes_with_its_topic_as_mqtt_has_it),
                OVER_AMQP(what_is_published_reaches_a_gate),
                OVER_AMQP(nothing_is_published_before_the_owner_knows_of_a_connection),
                OVER_AMQP(what_is_settled_never_comes_again_and_what_is_not_does),
                OVER_AMQP(a_message_that_is_too_large_is_passed_over_for_good),
                OVER_AMQP(the_broker_hands_over_no_more_than_may_be_unsettled),
                OVER_AMQP(a_wrong_password_is_told_and_tried_again),
                OVER_AMQP(an_exchange_that_is_missing_is_told_before_anything_is_heard),
                OVER_AMQP(a_broker_that_dies_is_told_and_one_that_is_back_is_found),
                OVER_AMQP(a_handle_of_an_earlier_connection_settles_nothing),
        };
        mosquitto_lib_init();
        if (getenv("STILE_RABBIT"))
                return cmocka_run_group_tests(amqp, NULL, NULL);
        if (access(BROKER_PROGRAM, X_OK) != 0) {
                print_message("1..0 # SKIP no %s\n", BROKER_PROGRAM);
                return 0;
        }
        return cmocka_run_group_tests(mqtt, NULL, NULL);
}
