#include "drivers/feed/amqp_link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#if __has_include(<rabbitmq-c/amqp.h>) /* librabbitmq 0.12 and newer, which warns of the old names \
                                        */
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

enum {
        CHANNEL = 1,
        FRAME_MAX = 131072,
        PORT_PLAIN = 5672,
        PORT_TLS = 5671,
        USER_TIMEOUT_MS = 10000, /* unanswered data this old: the line is dead */
        TOPIC_MAX = 256,
        PASSWORD_MAX = 256,
        PERSISTENT = 2
};

/* RabbitMQ takes the name from the certificate and ignores this; librabbitmq 0.11 takes an empty
 * one for a lack of memory. */
static const char *const OF_CERTIFICATE = "certificate";
static const char *const GATES = "amq.topic"; /* the MQTT plugin's exchange */

/*
 * Two connections: a broker that runs out of memory or disk space stops reading from connections
 * that publish, and one that both consumes and publishes could then not even settle what would free
 * the space.
 */
struct amqp_link {
        amqp_connection_state_t hearing, speaking;
        const char *queue, *exchange; /* heard; spoken to */
        char detail[FEED_DETAIL_MAX];
};

static void set_detail(struct amqp_link *link, const char *phrase, const char *why)
{
        snprintf(link->detail, sizeof(link->detail), "%s: %s", phrase, why);
}

/* What the broker or the library said. False: it was not a success, and is told in `detail`. */
static bool is_good(struct amqp_link *link, const char *phrase, amqp_rpc_reply_t reply)
{
        if (reply.reply_type == AMQP_RESPONSE_NORMAL)
                return true;
        if (reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION) {
                /* connection.close and channel.close begin alike: a code, then the broker's text */
                amqp_bytes_t text = { 0 };
                if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD)
                        text = ((amqp_connection_close_t *)reply.reply.decoded)->reply_text;
                else if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD)
                        text = ((amqp_channel_close_t *)reply.reply.decoded)->reply_text;
                snprintf(link->detail, sizeof(link->detail), "%s: %.*s", phrase, (int)text.len,
                         text.bytes ? (const char *)text.bytes : "");
        } else if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
                set_detail(link, phrase, amqp_error_string2(reply.library_error));
        } else {
                set_detail(link, phrase, "no answer");
        }
        return false;
}

/* "name:port", or "name", or "[::1]:port". */
static int split_host(const char *text, int port, char host[256])
{
        const char *colon = strrchr(text, ':');
        size_t len = colon ? (size_t)(colon - text) : strlen(text);
        bool is_bracketed = len >= 2 && text[0] == '[' && text[len - 1] == ']';
        snprintf(host, 256, "%.*s", (int)(is_bracketed ? len - 2 : len),
                 text + (is_bracketed ? 1 : 0));
        return colon ? (int)strtol(colon + 1, NULL, 10) : port;
}

static amqp_socket_t *make_socket(struct amqp_link *link, amqp_connection_state_t state,
                                  const struct feed_amqp_settings *settings)
{
        if (!settings->ca_file)
                return amqp_tcp_socket_new(state);
        amqp_socket_t *socket = amqp_ssl_socket_new(state);
        if (!socket)
                return NULL;
        amqp_ssl_socket_set_verify_peer(socket, 1);
        amqp_ssl_socket_set_verify_hostname(socket, 1);
        int r = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST);
        if (r == AMQP_STATUS_OK)
                r = amqp_ssl_socket_set_cacert(socket, settings->ca_file);
        if (r != AMQP_STATUS_OK) {
                set_detail(link, settings->ca_file, amqp_error_string2(r));
                return NULL;
        }
        if (settings->certificate_file) {
                r = amqp_ssl_socket_set_key(socket, settings->certificate_file,
                                            settings->private_key_file);
                if (r != AMQP_STATUS_OK) {
                        set_detail(link, settings->certificate_file, amqp_error_string2(r));
                        return NULL;
                }
        }
        return socket;
}

/* The file's first line. */
static bool read_password(struct amqp_link *link, const char *path, char password[PASSWORD_MAX])
{
        FILE *file = fopen(path, "re");
        bool is_read = file && fgets(password, PASSWORD_MAX, file);
        if (!is_read)
                set_detail(link, path, file ? "is empty" : strerror(errno));
        else
                password[strcspn(password, "\r\n")] = '\0';
        if (file)
                fclose(file);
        return is_read;
}

static bool log_in(struct amqp_link *link, amqp_connection_state_t state,
                   const struct feed_amqp_settings *settings)
{
        char password[PASSWORD_MAX] = "";
        if (settings->user && !read_password(link, settings->password_file, password))
                return false;
        amqp_rpc_reply_t reply = settings->user
                                         ? amqp_login(state, settings->virtual_host, 1, FRAME_MAX,
                                                      settings->heartbeat_s, AMQP_SASL_METHOD_PLAIN,
                                                      settings->user, password)
                                         : amqp_login(state, settings->virtual_host, 1, FRAME_MAX,
                                                      settings->heartbeat_s,
                                                      AMQP_SASL_METHOD_EXTERNAL, OF_CERTIFICATE);
        explicit_bzero(password, sizeof(password));
        if (!is_good(link, "login", reply))
                return false;
        amqp_channel_open(state, CHANNEL);
        return is_good(link, "channel", amqp_get_rpc_reply(state));
}

/* NULL: `detail` says why. */
static amqp_connection_state_t connect_to(struct amqp_link *link,
                                          const struct feed_amqp_settings *settings,
                                          const char *where)
{
        char host[256];
        int port = split_host(where, settings->ca_file ? PORT_TLS : PORT_PLAIN, host);
        struct timeval patience = { .tv_sec = AMQP_LINK_PATIENCE_S };
        amqp_connection_state_t state = amqp_new_connection();
        amqp_socket_t *socket = state ? make_socket(link, state, settings) : NULL;
        int r = AMQP_STATUS_NO_MEMORY;
        if (!socket)
                goto fail;
        amqp_set_handshake_timeout(state, &patience);
        amqp_set_rpc_timeout(state, &patience);
        r = amqp_socket_open_noblock(socket, host, port, &patience);
        if (r != AMQP_STATUS_OK)
                goto fail;
        int timeout_ms = USER_TIMEOUT_MS;
        if (setsockopt(amqp_get_sockfd(state), IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
                       sizeof(timeout_ms)) == 0 &&
            log_in(link, state, settings))
                return state;
        r = AMQP_STATUS_SOCKET_ERROR;
fail:
        if (link->detail[0] == '\0')
                set_detail(link, where, amqp_error_string2(r));
        if (state)
                amqp_destroy_connection(state);
        return NULL;
}

/* An MQTT topic or filter as a routing or binding key, or back: as the broker's MQTT plugin does
 * it, so that no dot in a topic passes for a level of it. */
static void translate(char *text)
{
        for (; *text; text++) {
                if (*text == '/')
                        *text = '.';
                else if (*text == '.')
                        *text = '/';
                else if (*text == '+')
                        *text = '*';
        }
}

static bool consume(struct amqp_link *link, const struct feed_amqp_settings *settings)
{
        amqp_bytes_t queue = amqp_cstring_bytes(settings->queue);
        amqp_table_entry_t entries[] = {
                { .key = amqp_cstring_bytes("x-queue-type"),
                  .value = { .kind = AMQP_FIELD_KIND_UTF8,
                             .value.bytes = amqp_cstring_bytes(settings->is_passing ? "classic"
                                                                                    : "quorum") } },
                { .key = amqp_cstring_bytes("x-max-length"),
                  .value = { .kind = AMQP_FIELD_KIND_I32, .value.i32 = settings->queue_max } },
        };
        amqp_table_t arguments = { .num_entries = settings->queue_max > 0 ? 2 : 1,
                                   .entries = entries };
        amqp_boolean_t is_passing = settings->is_passing;
        amqp_queue_declare(link->hearing, CHANNEL, queue, 0, !is_passing, 0, is_passing, arguments);
        if (!is_good(link, "queue", amqp_get_rpc_reply(link->hearing)))
                return false;
        for (size_t i = 0; settings->bindings[i]; i++) {
                char key[TOPIC_MAX];
                snprintf(key, sizeof(key), "%s", settings->bindings[i]);
                translate(key);
                amqp_queue_bind(link->hearing, CHANNEL, queue, amqp_cstring_bytes(GATES),
                                amqp_cstring_bytes(key), amqp_empty_table);
                if (!is_good(link, "binding", amqp_get_rpc_reply(link->hearing)))
                        return false;
        }
        amqp_basic_qos(link->hearing, CHANNEL, 0, (uint16_t)settings->prefetch, 0);
        if (!is_good(link, "prefetch", amqp_get_rpc_reply(link->hearing)))
                return false;
        amqp_basic_consume(link->hearing, CHANNEL, queue, amqp_empty_bytes, 0, 0, 0,
                           amqp_empty_table);
        return is_good(link, "consume", amqp_get_rpc_reply(link->hearing));
}

/* Is it there? Else the first publication would end the connection, again and again. */
static bool find_exchange(struct amqp_link *link)
{
        amqp_exchange_declare(link->speaking, CHANNEL, amqp_cstring_bytes(link->exchange),
                              amqp_cstring_bytes("topic"), 1, 0, 0, 0, amqp_empty_table);
        return is_good(link, "exchange", amqp_get_rpc_reply(link->speaking));
}

int amqp_link_open(const struct feed_amqp_settings *settings, const char *host,
                   struct amqp_link **out, char detail[FEED_DETAIL_MAX])
{
        *out = NULL;
        struct amqp_link *link = calloc(1, sizeof(*link));
        if (!link) {
                snprintf(detail, FEED_DETAIL_MAX, "%s", strerror(ENOMEM));
                return -ENOMEM;
        }
        link->queue = settings->queue;
        link->exchange = settings->exchange ? settings->exchange : GATES;
        link->speaking = connect_to(link, settings, host);
        if (link->speaking && find_exchange(link))
                link->hearing = connect_to(link, settings, host);
        if (link->hearing && consume(link, settings)) {
                *out = link;
                return 0;
        }
        memcpy(detail, link->detail, FEED_DETAIL_MAX);
        amqp_link_close(link);
        return -ECONNREFUSED;
}

struct amqp_link *amqp_link_close(struct amqp_link *link)
{
        if (!link)
                return NULL;
        /* No goodbye: it would wait for the broker's. What is not settled goes to another at once,
         * because the connection ends. */
        if (link->hearing)
                amqp_destroy_connection(link->hearing);
        if (link->speaking)
                amqp_destroy_connection(link->speaking);
        free(link);
        return NULL;
}

int amqp_link_fd(const struct amqp_link *link)
{
        return amqp_get_sockfd(link->hearing);
}

/* Of what an MQTT client would have in the message's properties. False: no memory. */
static bool copy_properties(struct feed_message *message, const amqp_basic_properties_t *from)
{
        bool is_copied = true;
        if (from->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG)
                is_copied = (message->content_type = strndup(from->content_type.bytes,
                                                             from->content_type.len)) != NULL;
        if (is_copied && from->_flags & AMQP_BASIC_REPLY_TO_FLAG)
                is_copied = (message->response_topic =
                                     strndup(from->reply_to.bytes, from->reply_to.len)) != NULL;
        if (!is_copied || !(from->_flags & AMQP_BASIC_CORRELATION_ID_FLAG))
                return is_copied;
        message->correlation_len = from->correlation_id.len;
        message->correlation = malloc(message->correlation_len + 1);
        if (message->correlation && message->correlation_len > 0)
                memcpy(message->correlation, from->correlation_id.bytes, message->correlation_len);
        return message->correlation != NULL;
}

static struct feed_message *copy_message(const amqp_envelope_t *envelope)
{
        struct feed_message *message = calloc(1, sizeof(*message));
        if (!message)
                return NULL;
        message->len = envelope->message.body.len;
        message->topic = strndup(envelope->routing_key.bytes, envelope->routing_key.len);
        message->payload = malloc(message->len + 1);
        if (!message->topic || !message->payload ||
            !copy_properties(message, &envelope->message.properties)) {
                feed_message_free(message);
                return NULL;
        }
        translate(message->topic);
        if (message->len > 0)
                memcpy(message->payload, envelope->message.body.bytes, message->len);
        message->payload[message->len] = '\0';
        return message;
}

/* A frame that is not a delivery: the broker closes, or tells something of no use to us. 0 or
 * -EPIPE. */
static int take_other_frame(struct amqp_link *link, amqp_connection_state_t state)
{
        amqp_frame_t frame;
        struct timeval now = { 0 };
        int r = amqp_simple_wait_frame_noblock(state, &frame, &now);
        if (r == AMQP_STATUS_TIMEOUT)
                return 0;
        if (r != AMQP_STATUS_OK) {
                set_detail(link, "lost", amqp_error_string2(r));
                return -EPIPE;
        }
        if (frame.frame_type != AMQP_FRAME_METHOD)
                return 0;
        amqp_rpc_reply_t reply = { .reply_type = AMQP_RESPONSE_SERVER_EXCEPTION,
                                   .reply = frame.payload.method };
        if (frame.payload.method.id == AMQP_CHANNEL_CLOSE_METHOD ||
            frame.payload.method.id == AMQP_CONNECTION_CLOSE_METHOD) {
                (void)is_good(link, "closed by the broker", reply);
                return -EPIPE;
        }
        if (frame.payload.method.id == AMQP_BASIC_CANCEL_METHOD) {
                set_detail(link, "closed by the broker", "the queue is gone");
                return -EPIPE;
        }
        return 0;
}

/* The other connection's heartbeats, and its end. */
static int keep_speaking(struct amqp_link *link)
{
        amqp_maybe_release_buffers(link->speaking);
        return take_other_frame(link, link->speaking);
}

int amqp_link_next(struct amqp_link *link, struct feed_message **message, uint64_t *tag)
{
        amqp_envelope_t envelope;
        struct timeval now = { 0 };
        *message = NULL;
        amqp_maybe_release_buffers(link->hearing);
        amqp_rpc_reply_t reply = amqp_consume_message(link->hearing, &envelope, &now, 0);
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
            reply.library_error == AMQP_STATUS_TIMEOUT)
                return keep_speaking(link);
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
            reply.library_error == AMQP_STATUS_UNEXPECTED_STATE)
                return take_other_frame(link, link->hearing);
        if (!is_good(link, "lost", reply))
                return -EPIPE;
        int result = 1;
        *tag = envelope.delivery_tag;
        if (envelope.message.body.len > FEED_AMQP_MESSAGE_MAX)
                result = -EMSGSIZE;
        else if ((*message = copy_message(&envelope)) == NULL)
                result = -ENOMEM;
        amqp_destroy_envelope(&envelope);
        return result;
}

int amqp_link_settle(struct amqp_link *link, uint64_t tag)
{
        int r = amqp_basic_ack(link->hearing, CHANNEL, tag, 1);
        if (r == AMQP_STATUS_OK)
                return 0;
        set_detail(link, "lost", amqp_error_string2(r));
        return -EPIPE;
}

int amqp_link_publish(struct amqp_link *link, const struct feed_publication *publication)
{
        char key[TOPIC_MAX], expiry[16];
        snprintf(key, sizeof(key), "%s", publication->topic);
        translate(key);
        amqp_basic_properties_t properties = { ._flags = AMQP_BASIC_DELIVERY_MODE_FLAG,
                                               .delivery_mode = PERSISTENT };
        if (publication->content_type) {
                properties._flags |= AMQP_BASIC_CONTENT_TYPE_FLAG;
                properties.content_type = amqp_cstring_bytes(publication->content_type);
        }
        if (publication->response_topic) {
                properties._flags |= AMQP_BASIC_REPLY_TO_FLAG;
                properties.reply_to = amqp_cstring_bytes(publication->response_topic);
        }
        if (publication->correlation_len > 0) {
                properties._flags |= AMQP_BASIC_CORRELATION_ID_FLAG;
                properties.correlation_id =
                        (amqp_bytes_t){ .len = publication->correlation_len,
                                        .bytes = (void *)publication->correlation };
        }
        if (publication->expiry_s > 0) {
                snprintf(expiry, sizeof(expiry), "%d", publication->expiry_s * 1000);
                properties._flags |= AMQP_BASIC_EXPIRATION_FLAG;
                properties.expiration = amqp_cstring_bytes(expiry);
        }
        amqp_bytes_t body = { .len = publication->len, .bytes = (void *)publication->payload };
        int r = amqp_basic_publish(link->speaking, CHANNEL, amqp_cstring_bytes(link->exchange),
                                   amqp_cstring_bytes(key), 0, 0, &properties, body);
        if (r == AMQP_STATUS_OK)
                return 0;
        set_detail(link, "lost", amqp_error_string2(r));
        return -EPIPE;
}

int amqp_link_consumers(struct amqp_link *link)
{
        /* Not over the other connection, which nobody reads from while memory or disk is scarce. */
        amqp_queue_declare_ok_t *queue =
                amqp_queue_declare(link->hearing, CHANNEL, amqp_cstring_bytes(link->queue), 1, 0, 0,
                                   0, amqp_empty_table);
        if (is_good(link, "queue", amqp_get_rpc_reply(link->hearing)) && queue)
                return (int)queue->consumer_count;
        return -EPIPE;
}

const char *amqp_link_detail(const struct amqp_link *link)
{
        return link->detail;
}
