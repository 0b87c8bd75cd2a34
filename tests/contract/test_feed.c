/* The feed's contract over MQTT, with a real mosquitto. And the whole of the collector's library in
 * one process: network thread, committing thread, SQLite. */
#include "tests/contract/feed_contract.h"

#include "dashboard/ingest/collector.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/feed/feed_drivers.h"
#include "tests/contract/bus_contract.h"
#include "tests/contract/store_folder.h"

static struct feed *open_feed(struct feed_subject *subject)
{
        static const char *const topics[] = { "stile/v1/+/+/+/entry", "stile/v1/+/+/+/status",
                                              NULL };
        const struct broker *broker = subject->own;
        const struct feed_mqtt_settings settings = { .host = "127.0.0.1",
                                                     .port = broker->port,
                                                     .client_id = "collector",
                                                     .keepalive_s = 10,
                                                     .reconnect_max_s = 1,
                                                     .topics = topics };
        struct feed *feed = NULL;
        assert_int_equal(feed_mqtt_open(&settings, &feed), 0);
        return feed;
}

static void kill_broker(struct feed_subject *subject)
{
        broker_kill(subject->own);
}

static void start_broker(struct feed_subject *subject)
{
        broker_start(subject->own);
}

static int make(void **state)
{
        struct feed_subject *subject = calloc(1, sizeof(*subject));
        struct broker *broker = calloc(1, sizeof(*broker));
        assert_true(subject && broker);
        *subject = (struct feed_subject){ .open = open_feed,
                                          .kill_broker = kill_broker,
                                          .start_broker = start_broker,
                                          .own = broker };
        broker_prepare(broker, "allow_anonymous true\nmax_queued_messages 0\n");
        broker_start(broker);
        feed_peer_connect(&subject->gate, broker->port);
        *state = subject;
        return 0;
}

static int unmake(void **state)
{
        struct feed_subject *subject = *state;
        feed_close(subject->feed);
        feed_peer_close(&subject->gate);
        broker_remove(subject->own);
        free(subject->own);
        free(subject);
        return 0;
}

static void say_row(struct feed_peer *gate, int seq)
{
        char payload[512];
        snprintf(payload, sizeof(payload),
                 "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                 "\"stile.entry.v1\",\"id\":\"01a20b82-970d-705a-8d0f-%012d\",\"time\":"
                 "\"2026-11-24T03:03:58.959Z\",\"data\":{\"epoch\":"
                 "\"018f0000-0000-7000-8000-0000000000ee\",\"seq\":%d,\"event\":\"AccessTaken\"}}",
                 seq, seq);
        feed_peer_say(gate, payload);
}

/* One turn of the program's loop. */
static void turn(struct collector *collector, struct feed *feed)
{
        struct feed_event event;
        struct collector_time time = { monotonic_ms(), 1800000000000000 };
        while (collector_has_room(collector) && feed_next(feed, &event) > 0)
                collector_take(collector, &event, &time);
        collector_turn(collector, &time);
        struct pollfd readable = { .fd = feed->fd, .events = POLLIN };
        (void)poll(&readable, 1, 20);
}

static void rows_go_from_a_gate_into_sqlite_while_the_broker_dies(void **state)
{
        struct feed_subject *subject = *state;
        static struct collector collector;
        struct archive *archive = NULL;
        struct storer *storer = NULL;
        void *folder = NULL;
        enum {
                ROWS = 500
        };
        assert_int_equal(store_folder_make(&folder), 0);
        const char *path = ((struct store_folder *)folder)->path;
        assert_int_equal(archive_sqlite_open(path, &archive), 0);
        assert_int_equal(storer_open(archive, &storer), 0);
        subject->feed = open_feed(subject);
        const struct collector_settings settings = { .feed = subject->feed,
                                                     .archive = archive,
                                                     .storer = storer,
                                                     .name = "collector",
                                                     .batch_rows = 20,
                                                     .batch_ms = 20,
                                                     .gap_ms = 60000 };
        collector_init(&collector, &settings, monotonic_ms());
        while (!collector.is_up)
                turn(&collector, subject->feed);
        for (int round = 0; round < 3; round++) {
                for (int seq = 1; seq <= ROWS; seq++)
                        say_row(&subject->gate, seq);
                while (collector.counts.entries < ROWS / 2)
                        turn(&collector, subject->feed);
                kill_broker(subject);
                while (collector.is_up)
                        turn(&collector, subject->feed);
                start_broker(subject);
                feed_peer_reconnect(&subject->gate);
                while (!collector.is_up)
                        turn(&collector, subject->feed);
        }
        for (int seq = 1; seq <= ROWS; seq++)
                say_row(&subject->gate, seq);
        while (collector.counts.entries < ROWS)
                turn(&collector, subject->feed);
        collector_deinit(&collector);
        storer_close(storer);
        archive_close(archive);
        assert_int_equal(store_sql_int(path, "SELECT count(*) FROM entry"), ROWS);
        assert_int_equal(store_sql_int(path, "SELECT contiguous FROM stream"), ROWS);
        assert_int_equal(store_folder_remove(&folder), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FEED_CONTRACT(make, unmake),
                FEED_CONTRACT_OF_DEATH(make, unmake),
                cmocka_unit_test_setup_teardown(
                        rows_go_from_a_gate_into_sqlite_while_the_broker_dies, make, unmake),
        };
        if (access(BROKER_PROGRAM, X_OK) != 0) {
                print_message("1..0 # SKIP no %s\n", BROKER_PROGRAM);
                return 0;
        }
        mosquitto_lib_init();
        return cmocka_run_group_tests(tests, NULL, NULL);
}
