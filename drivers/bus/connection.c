#include "drivers/bus/connection_private.h"

#include "common/log.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum {
        RECEIVE_MAX = 200,     /* the default of 20 slows a subscriber to a third */
        USER_TIMEOUT_MS = 5000 /* unanswered data this old, a ping too: the line is dead */
};

void connection_set_detail(struct connection *connection, const char *phrase, const char *why)
{
        snprintf(connection->detail, sizeof(connection->detail), "%s%s%s", phrase,
                 phrase[0] != '\0' ? ": " : "", why);
}

void connection_note_error(struct connection *connection, int rc, int error)
{
        char text[64];
        if (connection->detail[0] != '\0')
                return;
        if (rc == MOSQ_ERR_ERRNO)
                connection_set_detail(connection, "", strerror_r(error, text, sizeof(text)));
        else if (rc == MOSQ_ERR_EAI)
                connection_set_detail(connection, "resolver", gai_strerror(error));
        else if (rc == MOSQ_ERR_KEEPALIVE) /* 2.0.11 has no words for it */
                connection_set_detail(connection, "", "the broker is silent");
        else
                connection_set_detail(connection, "", mosquitto_strerror(rc));
}

static void on_log(struct mosquitto *mosq, void *context, int level, const char *text)
{
        struct connection *connection = context;
        (void)mosq;
        if (level == MOSQ_LOG_ERR && connection->detail[0] == '\0')
                connection_set_detail(connection, "", text);
}

static void on_disconnect(struct mosquitto *mosq, void *context, int reason,
                          const mosquitto_property *properties)
{
        (void)mosq;
        (void)properties;
        if (reason >= BUS_REFUSED) /* the broker's word; smaller ones are libmosquitto's errors */
                connection_set_detail(context, "disconnected by the broker",
                                      mosquitto_reason_string(reason));
}

static void on_connect(struct mosquitto *mosq, void *context, int reason, int flags,
                       const mosquitto_property *properties)
{
        struct connection *connection = context;
        (void)flags;
        (void)properties;
        bool is_old = connection->settings->is_mqtt_311;
        if (reason != MQTT_RC_SUCCESS) {
                connection_set_detail(connection, "refused",
                                      is_old ? mosquitto_connack_string(reason)
                                             : mosquitto_reason_string(reason));
                return;
        }
        const char *const *topics = connection->settings->subscriptions;
        int count = 0;
        while (count < BUS_SUBSCRIPTIONS_MAX && topics[count])
                count++;
        /* Retain as published: otherwise a retained command looks like a fresh one to those who
         * were connected when it was sent. 3.1.1 cannot be asked for it. */
        int rc = mosquitto_subscribe_multiple(mosq, NULL, count, (char *const *)topics, 1,
                                              is_old ? 0 : MQTT_SUB_OPT_RETAIN_AS_PUBLISHED, NULL);
        if (rc != MOSQ_ERR_SUCCESS)
                connection_set_detail(connection, "subscribe", mosquitto_strerror(rc));
}

static void on_subscribe(struct mosquitto *mosq, void *context, int mid, int count,
                         const int *granted, const mosquitto_property *properties)
{
        struct connection *connection = context;
        (void)mosq;
        (void)mid;
        (void)properties;
        for (int i = 0; i < count; i++)
                if (granted[i] >= BUS_REFUSED)
                        connection->is_deaf = true;
        /* Up, it would send its rows and never hear that they are stored. A cluster that has just
         * lost a node refuses, and a moment later does not. */
        if (connection->is_deaf)
                connection_set_detail(connection, "subscription refused",
                                      "may this client read its topics?");
        if (connection->is_up || connection->is_deaf)
                return;
        connection->is_up = true;
        connection->detail[0] = '\0';
        connection->listener.up(connection->listener.context);
}

/* An encrypted key would make OpenSSL ask on a terminal that nobody sits at. */
static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
        (void)buffer;
        (void)size;
        (void)is_writing;
        (void)context;
        return 0;
}

static int set_will(struct mosquitto *mosq, const struct bus_settings *settings)
{
        mosquitto_property *properties = NULL;
        int rc = MOSQ_ERR_SUCCESS;
        if (!settings->is_mqtt_311)
                rc = mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE,
                                                   settings->content_type);
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_will_set_v5(mosq, settings->will_topic,
                                           (int)strlen(settings->will_payload),
                                           settings->will_payload, 1, true, properties);
        if (rc != MOSQ_ERR_SUCCESS) /* else they are libmosquitto's */
                mosquitto_property_free_all(&properties);
        return rc;
}

static int set_options(struct mosquitto *mosq, const struct bus_settings *settings)
{
        int rc =
                mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION,
                                     settings->is_mqtt_311 ? MQTT_PROTOCOL_V311 : MQTT_PROTOCOL_V5);
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_int_option(mosq, MOSQ_OPT_RECEIVE_MAXIMUM, RECEIVE_MAX);
        /* For a broker that does not say how many it takes; one that does overrides this. */
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_int_option(mosq, MOSQ_OPT_SEND_MAXIMUM, settings->in_flight);
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_int_option(mosq, MOSQ_OPT_TCP_NODELAY, 1);
        if (rc == MOSQ_ERR_SUCCESS && settings->will_topic)
                rc = set_will(mosq, settings);
        if (rc != MOSQ_ERR_SUCCESS || !settings->ca_file)
                return rc;
        rc = mosquitto_tls_set(mosq, settings->ca_file, NULL, settings->certificate_file,
                               settings->private_key_file, no_passphrase);
        if (rc == MOSQ_ERR_SUCCESS) /* 1: verify; tlsv1.2 is the least, not the only one */
                rc = mosquitto_tls_opts_set(mosq, 1, "tlsv1.2", NULL);
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_tls_insecure_set(mosq, false);
        return rc;
}

/*
 * Blocking on purpose: the asynchronous connect takes the first address only (localhost is ::1
 * first, and a broker may listen on 127.0.0.1), and in 2.0.11 it leaves want_write set during the
 * TLS handshake, which turns every event loop into a spin.
 */
static int begin(struct connection *connection)
{
        const struct bus_settings *settings = connection->settings;
        mosquitto_property *properties = NULL;
        int rc = MOSQ_ERR_SUCCESS;
        int error = 0;
        if (!settings->is_mqtt_311)
                rc = mosquitto_property_add_int32(&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE,
                                                  BUS_PACKET_MAX);
        if (rc == MOSQ_ERR_SUCCESS) {
                errno = 0;
                rc = mosquitto_connect_bind_v5(connection->mosq, settings->host, settings->port,
                                               settings->keepalive_s, NULL, properties);
                error = errno;
        }
        mosquitto_property_free_all(&properties);
        if (rc != MOSQ_ERR_SUCCESS) {
                connection_note_error(connection, rc, error);
                return -ECONNREFUSED;
        }
        int timeout_ms = USER_TIMEOUT_MS;
        if (setsockopt(mosquitto_socket(connection->mosq), IPPROTO_TCP, TCP_USER_TIMEOUT,
                       &timeout_ms, sizeof(timeout_ms)) < 0)
                log_warn("dead lines are noticed late", "errno=%d", errno);
        return 0;
}

int connection_open(const struct bus_settings *settings, const struct connection_listener *listener,
                    struct connection **out, char detail[BUS_DETAIL_MAX])
{
        *out = NULL;
        int error = -ENOMEM;
        struct connection *connection = calloc(1, sizeof(*connection));
        if (!connection)
                goto fail;
        connection->settings = settings;
        connection->listener = *listener;
        connection->outstanding = calloc((size_t)settings->in_flight, sizeof(struct outstanding));
        connection->mosq = mosquitto_new(settings->client_id, true, connection);
        if (!connection->outstanding || !connection->mosq)
                goto fail;
        mosquitto_log_callback_set(connection->mosq, on_log);
        mosquitto_connect_v5_callback_set(connection->mosq, on_connect);
        mosquitto_disconnect_v5_callback_set(connection->mosq, on_disconnect);
        mosquitto_subscribe_v5_callback_set(connection->mosq, on_subscribe);
        connection_listen(connection);
        error = set_options(connection->mosq, settings) == MOSQ_ERR_SUCCESS ? 0 : -EINVAL;
        if (error) {
                connection_set_detail(connection, "settings", "is a certificate file missing?");
                goto fail;
        }
        error = begin(connection);
        if (error)
                goto fail;
        *out = connection;
        return 0;

fail:
        snprintf(detail, BUS_DETAIL_MAX, "%s",
                 connection && connection->detail[0] != '\0' ? connection->detail
                                                             : strerror(-error));
        connection_close(connection);
        return error;
}

struct connection *connection_close(struct connection *connection)
{
        if (!connection)
                return NULL;
        if (connection->mosq && connection->is_up)
                (void)mosquitto_disconnect(connection->mosq); /* written at once: not threaded */
        if (connection->mosq)
                mosquitto_destroy(connection->mosq);
        free(connection->outstanding);
        free(connection);
        return NULL;
}

int connection_fd(const struct connection *connection)
{
        return mosquitto_socket(connection->mosq);
}

short connection_events(const struct connection *connection)
{
        /* Before the broker's CONNACK something always waits to be written, and 2.0.21 then wants
         * POLLOUT even where TLS must read first: asking for it would spin. step() writes. */
        if (connection->is_up && mosquitto_want_write(connection->mosq))
                return POLLIN | POLLOUT;
        return POLLIN;
}

bool connection_is_up(const struct connection *connection)
{
        return connection->is_up;
}

int connection_step(struct connection *connection, short revents)
{
        struct mosquitto *mosq = connection->mosq;
        int rc = MOSQ_ERR_SUCCESS;
        int error = 0;
        if (revents & (POLLIN | POLLERR | POLLHUP)) {
                rc = mosquitto_loop_read(mosq, 1);
                error = errno;
        }
        if (rc == MOSQ_ERR_SUCCESS && connection->is_deaf)
                rc = MOSQ_ERR_CONN_LOST;
        if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(mosq) >= 0 &&
            (revents & POLLOUT || !connection->is_up)) {
                rc = mosquitto_loop_write(mosq, 1);
                error = errno;
        }
        if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(mosq) >= 0)
                rc = mosquitto_loop_misc(mosq);
        if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(mosq) >= 0) {
                /* 2.0.11 takes a reset in the handshake for "try again", for ever. */
                if (!(revents & (POLLERR | POLLHUP)))
                        return 0;
                rc = MOSQ_ERR_CONN_LOST;
        }
        connection->is_up = false;
        /* The only way in which a broker of 3.1.1 can say no. */
        if (connection->settings->is_mqtt_311 && connection->outstanding_count > 0 &&
            rc != MOSQ_ERR_KEEPALIVE && connection->detail[0] == '\0')
                connection_set_detail(connection, "closed by the broker instead of an answer",
                                      "may this client publish?");
        connection_note_error(connection, rc == MOSQ_ERR_SUCCESS ? MOSQ_ERR_CONN_LOST : rc, error);
        return -EPIPE;
}

const char *connection_detail(const struct connection *connection)
{
        return connection->detail;
}
