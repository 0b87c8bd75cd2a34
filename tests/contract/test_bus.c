/* The bus against a real broker (mosquitto), which is started, killed and started again. */
#include "tests/check.h"

#include "controller/enrol/identity.h"
#include "controller/enrol/site_ca.h"
#include "tests/contract/bus_contract.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>

#define ROOT "stile/v1/acme/hq/gate-1/"

static const char open_conf[] = "allow_anonymous true\n";
static const char acl_conf[] = "allow_anonymous true\nacl_file %s/acl\n";
static const char tls_conf[] =
        "cafile %s/ca.crt\ncertfile %s/server.crt\nkeyfile %s/server.key\n"
        "require_certificate true\nuse_identity_as_username true\nuse_username_as_clientid true\n";

static struct bus_settings settings_for(const struct broker *broker)
{
        return (struct bus_settings){ .host = "localhost",
                                      .port = broker->port,
                                      .client_id = "stile-acme-hq-gate-1",
                                      .keepalive_s = 5,
                                      .reconnect_max_s = 1,
                                      .in_flight = 10,
                                      .content_type = "application/cloudevents+json",
                                      .will_topic = ROOT "status",
                                      .will_payload = "gone",
                                      .subscriptions = { ROOT "ack", ROOT "cmd/+" } };
}

static struct bus *open_version(const struct broker *broker, bool is_mqtt_311)
{
        struct bus *bus = NULL;
        struct bus_settings settings = settings_for(broker);
        settings.is_mqtt_311 = is_mqtt_311;
        assert_int_equal(bus_open(&settings, &bus), 0);
        return bus;
}

static struct bus *open_bus(const struct broker *broker)
{
        return open_version(broker, false);
}

static struct bus *open_old(const struct broker *broker)
{
        struct bus *bus = open_version(broker, true);
        await_up(bus);
        return bus;
}

static struct bus *open_up(const struct broker *broker)
{
        struct bus *bus = open_bus(broker);
        await_up(bus);
        return bus;
}

/* Somebody else at the broker. */
static void count_published(struct mosquitto *peer, void *context, int mid)
{
        (void)peer;
        (void)mid;
        (*(int *)context)++;
}

/* Says something `times` times, with %d in the payload for its number, and leaves. */
static void say_often(const struct broker *broker, const char *topic, const char *payload,
                      bool is_retained, const mosquitto_property *properties, int times)
{
        int published = 0;
        struct mosquitto *peer = mosquitto_new("peer", true, &published);
        assert_non_null(peer);
        mosquitto_int_option(peer, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
        mosquitto_publish_callback_set(peer, count_published);
        assert_int_equal(mosquitto_connect(peer, "127.0.0.1", broker->port, 60), 0);
        for (int i = 0; i < times; i++) {
                char text[64];
                snprintf(text, sizeof(text), payload, i);
                assert_int_equal(mosquitto_publish_v5(peer, NULL, topic, (int)strlen(text), text, 1,
                                                      is_retained, properties),
                                 0);
        }
        while (published < times)
                assert_int_equal(mosquitto_loop(peer, DEADLINE_MS, 1), MOSQ_ERR_SUCCESS);
        mosquitto_disconnect(peer);
        mosquitto_destroy(peer);
}

static void say(const struct broker *broker, const char *topic, const char *payload,
                bool is_retained, const char *response_topic, const char *correlation)
{
        mosquitto_property *properties = NULL;
        if (response_topic)
                mosquitto_property_add_string(&properties, MQTT_PROP_RESPONSE_TOPIC,
                                              response_topic);
        if (correlation)
                mosquitto_property_add_binary(&properties, MQTT_PROP_CORRELATION_DATA, correlation,
                                              (uint16_t)strlen(correlation));
        say_often(broker, topic, payload, is_retained, properties, 1);
        mosquitto_property_free_all(&properties);
}

/* The broker is started by the test. */
static int prepare(void **state)
{
        if (access(BROKER_PROGRAM, X_OK) != 0)
                return 0;
        struct broker *broker = malloc(sizeof(*broker));
        assert_non_null(broker);
        broker_prepare(broker, open_conf);
        *state = broker;
        return 0;
}

static int start(void **state)
{
        prepare(state);
        if (*state)
                broker_start(*state);
        return 0;
}

static int stop(void **state)
{
        if (*state)
                broker_remove(*state);
        free(*state);
        return 0;
}

/* The broker of the test, or the test is skipped. */
static struct broker *broker_of(void **state)
{
        if (!*state) {
                print_message("skipped: no %s\n", BROKER_PROGRAM);
                skip();
        }
        return *state;
}

static void a_publication_is_acknowledged_with_its_token(void **state)
{
        struct bus *bus = open_up(broker_of(state));
        publish(bus, ROOT "ack", "one", 41); /* which it has itself subscribed */
        await_message(bus, ROOT "ack", "one", false);
        await_published(bus, 41, 0);
        publish(bus, ROOT "entry", "two", 42);
        await_published(bus, 42, BUS_NOT_HEARD);
        bus_close(bus);
}

static void qos_0_is_sent_and_not_reported(void **state)
{
        struct bus *bus = open_up(broker_of(state));
        const struct bus_publication unreported = { .topic = ROOT "ack", .payload = "unreported" };
        assert_int_equal(bus_publish(bus, &unreported), 0);
        await_message(bus, ROOT "ack", "unreported", false);
        publish(bus, ROOT "entry", "x", 7);
        await_published(bus, 7, BUS_NOT_HEARD);
        bus_close(bus);
}

static void a_command_comes_with_its_response_topic_and_correlation(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus *bus = open_up(broker);
        struct bus_event event;
        say(broker, ROOT "cmd/access", "{}", false, ROOT "res/desk", "c-1");
        await_event(bus, BUS_MESSAGE, &event);
        assert_string_equal(event.message->topic, ROOT "cmd/access");
        assert_string_equal(event.message->response_topic, ROOT "res/desk");
        assert_int_equal(event.message->correlation_len, 3);
        assert_memory_equal(event.message->correlation, "c-1", 3);
        assert_int_equal(event.message->qos, 1);
        assert_int_equal(event.message->len, 2);
        bus_message_free(event.message);

        say(broker, ROOT "cmd/access", "", false, NULL, NULL);
        await_event(bus, BUS_MESSAGE, &event);
        assert_null(event.message->response_topic);
        assert_null(event.message->content_type);
        assert_null(event.message->correlation);
        assert_int_equal(event.message->len, 0);
        bus_message_free(event.message);
        bus_close(bus);
}

static void a_message_says_of_what_kind_it_is(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus *bus = open_up(broker);
        struct bus_event event;
        mosquitto_property *properties = NULL;
        mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, "application/cose");
        say_often(broker, ROOT "cmd/access", "x", false, properties, 1);
        mosquitto_property_free_all(&properties);
        await_event(bus, BUS_MESSAGE, &event);
        assert_string_equal(event.message->content_type, "application/cose");
        bus_message_free(event.message);
        bus_close(bus);
}

static void the_correlation_goes_out_with_an_answer(void **state)
{
        struct bus *bus = open_up(broker_of(state));
        struct bus_event event;
        const struct bus_publication answer = { .topic = ROOT "ack",
                                                .payload = "{}",
                                                .correlation = (const unsigned char *)"a\0b",
                                                .correlation_len = 3 };
        assert_int_equal(bus_publish(bus, &answer), 0);
        await_event(bus, BUS_MESSAGE, &event);
        assert_int_equal(event.message->correlation_len, 3);
        assert_memory_equal(event.message->correlation, "a\0b", 3);
        bus_message_free(event.message);
        bus_close(bus);
}

static void a_retained_command_is_seen_as_one_live_and_later(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus *bus = open_up(broker);
        say(broker, ROOT "cmd/lockdown", "live", true, NULL, NULL);
        await_message(bus, ROOT "cmd/lockdown", "live", true);
        bus_close(bus);

        bus = open_bus(broker);
        struct bus_event event;
        bool is_up = false, has_come = false; /* in either order */
        while (!is_up || !has_come) {
                await_any(bus, &event);
                is_up = is_up || event.kind == BUS_UP;
                if (event.kind == BUS_MESSAGE) {
                        assert_true(event.message->is_retained);
                        has_come = true;
                        bus_message_free(event.message);
                }
        }
        bus_close(bus);
}

static void a_publication_that_the_acl_denies_is_refused_with_135(void **state)
{
        struct broker *broker = broker_of(state);
        broker_configure(broker, acl_conf);
        broker_write(broker, "acl", "topic write " ROOT "status\ntopic read #\n");
        broker_start(broker);
        struct bus *bus = open_up(broker);
        publish(bus, ROOT "entry", "denied", 1);
        await_published(bus, 1, MQTT_RC_NOT_AUTHORIZED);
        publish(bus, ROOT "status", "allowed", 2);
        await_published(bus, 2, BUS_NOT_HEARD);
        bus_close(bus);
}

static void in_3_1_1_a_publication_is_answered_with_0_whoever_hears_it(void **state)
{
        struct bus *bus = open_old(broker_of(state));
        publish(bus, ROOT "ack", "one", 41);
        await_message(bus, ROOT "ack", "one", false);
        await_published(bus, 41, 0);
        publish(bus, ROOT "entry", "two", 42);
        await_published(bus, 42, 0);
        bus_close(bus);
}

static void in_3_1_1_properties_neither_come_nor_go(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus *bus = open_old(broker);
        struct bus_event event;
        say(broker, ROOT "cmd/access", "{}", false, ROOT "res/desk", "c-1");
        await_event(bus, BUS_MESSAGE, &event);
        assert_string_equal(event.message->topic, ROOT "cmd/access");
        assert_int_equal(event.message->qos, 1);
        assert_null(event.message->response_topic);
        assert_null(event.message->correlation);
        bus_message_free(event.message);
        const struct bus_publication answer = { .topic = ROOT "ack",
                                                .payload = "{}",
                                                .expiry_s = 10,
                                                .response_topic = ROOT "res/x",
                                                .correlation = (const unsigned char *)"a",
                                                .correlation_len = 1 };
        assert_int_equal(bus_publish(bus, &answer), 0);
        await_message(bus, ROOT "ack", "{}", false);
        bus_close(bus);
}

static void in_3_1_1_a_retained_command_is_seen_as_one_only_when_it_was_there_before(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus *bus = open_old(broker);
        say(broker, ROOT "cmd/lockdown", "live", true, NULL, NULL);
        await_message(bus, ROOT "cmd/lockdown", "live", false);
        bus_close(bus);
        bus = open_version(broker, true);
        struct bus_event event;
        do
                await_any(bus, &event);
        while (event.kind != BUS_MESSAGE);
        assert_true(event.message->is_retained);
        bus_message_free(event.message);
        bus_close(bus);
}

static void a_message_beyond_the_limit_is_dropped_and_the_next_one_comes(void **state)
{
        struct bus *bus = open_old(broker_of(state));
        static char large[BUS_PACKET_MAX + 2];
        memset(large, 'x', sizeof(large) - 1);
        const struct bus_publication beyond = { .topic = ROOT "ack", .payload = large };
        const struct bus_publication next = { .topic = ROOT "ack", .payload = "small" };
        assert_int_equal(bus_publish(bus, &beyond), 0);
        assert_int_equal(bus_publish(bus, &next), 0);
        await_message(bus, ROOT "ack", "small", false);
        bus_close(bus);
}

static void a_broker_that_comes_later_is_found(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus_event event;
        struct bus *bus = open_bus(broker);
        const struct bus_publication early = { .topic = ROOT "entry", .payload = "", .qos = 1 };
        assert_int_equal(bus_publish(bus, &early), -ENOTCONN);
        await_event(bus, BUS_DOWN, &event);
        assert_string_equal(event.detail, "Connection refused");
        await_event(bus, BUS_DOWN, &event);
        broker_start(broker);
        await_up(bus);
        bus_close(bus);
}

static void a_killed_broker_is_noticed_and_its_successor_found(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus_event event;
        struct bus *bus = open_up(broker);
        broker_kill(broker);
        await_event(bus, BUS_DOWN, &event);
        assert_true(event.detail[0] != '\0');
        const struct bus_publication late = { .topic = ROOT "entry", .payload = "", .qos = 1 };
        assert_int_equal(bus_publish(bus, &late), -ENOTCONN);
        broker_start(broker);
        await_up(bus);
        publish(bus, ROOT "entry", "again", 5);
        await_published(bus, 5, BUS_NOT_HEARD);
        bus_close(bus);
}

/* libmosquitto would send it again by itself; then the journal's resend would be a duplicate. */
static void nothing_of_a_lost_connection_is_sent_or_reported_later(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus_event event;
        struct bus *bus = open_up(broker);
        kill(broker->pid, SIGSTOP);
        for (uint64_t token = 1; token <= 10; token++)
                publish(bus, ROOT "ack", "lost", token);
        const struct bus_publication eleventh = { .topic = ROOT "ack", .payload = "", .qos = 1 };
        assert_int_equal(bus_publish(bus, &eleventh), -EAGAIN);
        broker_kill(broker);
        broker_start(broker);
        await_event(bus, BUS_DOWN, &event);
        await_up(bus);
        publish(bus, ROOT "ack", "first of the new", 11);
        await_message(bus, ROOT "ack", "first of the new", false);
        await_published(bus, 11, 0);
        bus_close(bus);
}

/* The other life of this program: connects and ends as told. The exit status says how far it came.
 */
static int live_and_end(int port, bool is_polite)
{
        const struct broker broker = { .port = port };
        struct bus *bus = NULL;
        struct bus_event event = { .kind = BUS_DOWN };
        struct bus_settings settings = settings_for(&broker);
        settings.client_id = "child";
        settings.will_topic = ROOT "ack";
        if (bus_open(&settings, &bus) < 0)
                return 1;
        while (bus_next(bus, &event) == 0 || event.kind != BUS_UP) {
                struct pollfd readable = { .fd = bus->fd, .events = POLLIN };
                if (poll(&readable, 1, DEADLINE_MS) <= 0)
                        return 2;
        }
        if (is_polite)
                bus_close(bus);
        return 0;
}

static void run_child(const struct broker *broker, const char *manner)
{
        char port[16];
        int status = -1;
        snprintf(port, sizeof(port), "%d", broker->port);
        pid_t pid = fork();
        if (pid == 0) {
                execl("/proc/self/exe", "test_bus", manner, port, (char *)NULL);
                _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

static void the_will_is_for_a_sudden_end_only(void **state)
{
        struct broker *broker = broker_of(state);
        struct bus *watcher = open_up(broker);
        run_child(broker, "polite");
        publish(watcher, ROOT "ack", "no will before this", 1);
        await_message(watcher, ROOT "ack", "no will before this", false);
        await_published(watcher, 1, 0);
        run_child(broker, "sudden");
        await_message(watcher, ROOT "ack", "gone", true);
        bus_close(watcher);
}

static void events_that_nobody_takes_make_the_broker_wait_and_none_is_lost(void **state)
{
        enum {
                MANY = 600
        }; /* more than the bus holds for its owner */
        struct broker *broker = broker_of(state);
        struct bus *bus = open_up(broker);
        say_often(broker, ROOT "ack", "%d", false, NULL, MANY);
        for (int i = 0; i < MANY; i++) {
                char text[16];
                snprintf(text, sizeof(text), "%d", i);
                await_message(bus, ROOT "ack", text, false);
        }
        bus_close(bus);
}

static void make_one(struct site_ca *ca, const struct site_ca_order *order, const char *file,
                     enum ca_usage usage)
{
        struct identity identity;
        char *request = NULL, *pem = NULL;
        const char *why = NULL;
        assert_int_equal(identity_of_folder(&identity, ca->folder, file), 0);
        assert_int_equal(identity_begin(&identity, &request), 0);
        assert_int_equal(site_ca_issue(ca, order, request, (int64_t)time(NULL) * 1000000, &pem), 0);
        assert_int_equal(identity_finish(&identity, pem, NULL, usage, &why), 0);
        free(request);
        free(pem);
}

static void make_certificates(const struct broker *broker, const char *server_name)
{
        const struct site_ca_order server = { .kind = SITE_CA_SERVER,
                                              .name = "Stile site broker",
                                              .hosts = &server_name,
                                              .host_count = 1,
                                              .days = 1 };
        const struct site_ca_order gate = { .kind = SITE_CA_GATE,
                                            .name = "acme/hq/gate-1",
                                            .days = 1 };
        struct signing_key *key = NULL;
        struct site_ca ca;
        assert_int_equal(signing_key_new(SIGNING_P256, &key), 0);
        assert_int_equal(site_ca_make(broker->folder, key, (int64_t)time(NULL) * 1000000), 0);
        assert_int_equal(site_ca_open(&ca, broker->folder), 0);
        assert_int_equal(site_ca_unlock(&ca, key), 0);
        make_one(&ca, &server, "server", CA_SERVER);
        make_one(&ca, &gate, "gate", CA_CLIENT);
        site_ca_close(&ca);
}

/* What the bus says first, up or down, at a TLS broker whose certificate is for `server_name`. */
static void try_tls(struct broker *broker, const char *server_name, const char *certificate,
                    struct bus_event *event)
{
        struct bus *bus = NULL;
        char ca_file[128], certificate_file[128], private_key_file[128];
        broker_configure(broker, tls_conf);
        make_certificates(broker, server_name);
        broker_start(broker);
        snprintf(ca_file, sizeof(ca_file), "%s/ca.crt", broker->folder);
        snprintf(certificate_file, sizeof(certificate_file), "%s/%s.crt", broker->folder,
                 certificate);
        snprintf(private_key_file, sizeof(private_key_file), "%s/%s.key", broker->folder,
                 certificate);
        struct bus_settings settings = settings_for(broker);
        settings.ca_file = ca_file;
        settings.certificate_file = certificate_file;
        settings.private_key_file = private_key_file;
        assert_int_equal(bus_open(&settings, &bus), 0);
        await_any(bus, event);
        bus_close(bus);
}

static void tls_with_the_right_name_connects(void **state)
{
        struct bus_event event;
        try_tls(broker_of(state), "localhost", "gate", &event);
        assert_int_equal(event.kind, BUS_UP);
}

static void tls_with_another_name_does_not(void **state)
{
        struct bus_event event;
        try_tls(broker_of(state), "broker.example", "gate", &event);
        assert_int_equal(event.kind, BUS_DOWN);
        assert_non_null(strstr(event.detail, "host name verification failed"));
}

static void a_missing_certificate_is_a_failed_try_not_a_failed_start(void **state)
{
        struct bus_event event;
        try_tls(broker_of(state), "localhost", "no-such", &event);
        assert_int_equal(event.kind, BUS_DOWN);
        assert_non_null(strstr(event.detail, "certificate"));
}

#define TEST(name, setup) cmocka_unit_test_setup_teardown(name, setup, stop)

int main(int argc, char **argv)
{
        if (argc == 3)
                _exit(live_and_end((int)strtol(argv[2], NULL, 10), strcmp(argv[1], "polite") == 0));
        const struct CMUnitTest tests[] = {
                TEST(a_publication_is_acknowledged_with_its_token, start),
                TEST(qos_0_is_sent_and_not_reported, start),
                TEST(a_command_comes_with_its_response_topic_and_correlation, start),
                TEST(a_message_says_of_what_kind_it_is, start),
                TEST(the_correlation_goes_out_with_an_answer, start),
                TEST(the_will_is_for_a_sudden_end_only, start),
                TEST(events_that_nobody_takes_make_the_broker_wait_and_none_is_lost, start),
                TEST(a_publication_that_the_acl_denies_is_refused_with_135, prepare),
                TEST(a_broker_that_comes_later_is_found, prepare),
                TEST(a_killed_broker_is_noticed_and_its_successor_found, start),
                TEST(nothing_of_a_lost_connection_is_sent_or_reported_later, start),
                TEST(tls_with_the_right_name_connects, prepare),
                TEST(tls_with_another_name_does_not, prepare),
                TEST(a_missing_certificate_is_a_failed_try_not_a_failed_start, prepare),
                TEST(a_retained_command_is_seen_as_one_live_and_later, start),
                TEST(in_3_1_1_a_publication_is_answered_with_0_whoever_hears_it, start),
                TEST(in_3_1_1_properties_neither_come_nor_go, start),
                TEST(in_3_1_1_a_retained_command_is_seen_as_one_only_when_it_was_there_before,
                     start),
                TEST(a_message_beyond_the_limit_is_dropped_and_the_next_one_comes, start),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
