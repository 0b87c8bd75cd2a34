#include "drivers/bus/connection_private.h"

#include "common/log.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static void on_publish(struct mosquitto *mosq, void *context, int mid, int reason,
                       const mosquitto_property *properties)
{
        struct connection *connection = context;
        (void)mosq;
        (void)properties;
        for (int i = 0; i < connection->outstanding_count; i++) {
                if (connection->outstanding[i].mid != mid)
                        continue;
                uint64_t token = connection->outstanding[i].token;
                connection->outstanding_count--;
                memmove(connection->outstanding + i, connection->outstanding + i + 1,
                        (size_t)(connection->outstanding_count - i) * sizeof(struct outstanding));
                connection->listener.published(connection->listener.context, token, reason);
                return;
        }
        /* QoS 0: libmosquitto reports it as soon as it is written. Nobody asked. */
}

static struct bus_message *copy_message(const struct mosquitto_message *from,
                                        const mosquitto_property *properties)
{
        struct bus_message *message = calloc(1, sizeof(*message));
        if (!message)
                return NULL;
        *message = (struct bus_message){ .topic = strdup(from->topic),
                                         .payload = malloc((size_t)from->payloadlen + 1),
                                         .len = (size_t)from->payloadlen,
                                         .is_retained = from->retain,
                                         .qos = from->qos };
        if (!message->topic || !message->payload) {
                bus_message_free(message);
                return NULL;
        }
        if (message->len > 0)
                memcpy(message->payload, from->payload, message->len);
        message->payload[message->len] = '\0';

        uint16_t correlation_len = 0;
        void *correlation = NULL;
        mosquitto_property_read_string(properties, MQTT_PROP_RESPONSE_TOPIC,
                                       &message->response_topic, false);
        mosquitto_property_read_string(properties, MQTT_PROP_CONTENT_TYPE, &message->content_type,
                                       false);
        mosquitto_property_read_binary(properties, MQTT_PROP_CORRELATION_DATA, &correlation,
                                       &correlation_len, false);
        message->correlation = correlation;
        message->correlation_len = correlation_len;
        return message;
}

static void on_message(struct mosquitto *mosq, void *context, const struct mosquitto_message *from,
                       const mosquitto_property *properties)
{
        struct connection *connection = context;
        (void)mosq;
        /* Asked not to; 3.1.1 cannot be asked. */
        bool is_large = from->payloadlen > BUS_PACKET_MAX;
        struct bus_message *message = is_large ? NULL : copy_message(from, properties);
        if (message)
                connection->listener.message(connection->listener.context, message);
        else
                log_error("message dropped", "bytes=%d errno=%d", from->payloadlen,
                          is_large ? EMSGSIZE : ENOMEM);
}

void connection_listen(struct connection *connection)
{
        mosquitto_publish_v5_callback_set(connection->mosq, on_publish);
        mosquitto_message_v5_callback_set(connection->mosq, on_message);
}

static int publication_properties(const struct connection *connection,
                                  const struct bus_publication *publication,
                                  mosquitto_property **properties)
{
        if (connection->settings->is_mqtt_311) /* has none */
                return MOSQ_ERR_SUCCESS;
        int rc = mosquitto_property_add_string(properties, MQTT_PROP_CONTENT_TYPE,
                                               publication->content_type
                                                       ? publication->content_type
                                                       : connection->settings->content_type);
        if (rc == MOSQ_ERR_SUCCESS && publication->response_topic)
                rc = mosquitto_property_add_string(properties, MQTT_PROP_RESPONSE_TOPIC,
                                                   publication->response_topic);
        if (rc == MOSQ_ERR_SUCCESS && publication->correlation_len > 0)
                rc = mosquitto_property_add_binary(properties, MQTT_PROP_CORRELATION_DATA,
                                                   publication->correlation,
                                                   (uint16_t)publication->correlation_len);
        if (rc == MOSQ_ERR_SUCCESS && publication->expiry_s > 0)
                rc = mosquitto_property_add_int32(properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
                                                  (uint32_t)publication->expiry_s);
        return rc;
}

int connection_publish(struct connection *connection, const struct bus_publication *publication)
{
        mosquitto_property *properties = NULL;
        int mid = 0;
        size_t len = publication->len > 0 ? publication->len : strlen(publication->payload);
        assert(publication->qos == 0 ||
               connection->outstanding_count < connection->settings->in_flight);
        int rc = publication_properties(connection, publication, &properties);
        if (rc == MOSQ_ERR_SUCCESS)
                rc = mosquitto_publish_v5(connection->mosq, &mid, publication->topic, (int)len,
                                          publication->payload, publication->qos,
                                          publication->is_retained, properties);
        int error = errno;
        mosquitto_property_free_all(&properties);
        switch (rc) {
        case MOSQ_ERR_SUCCESS:
                break;
        case MOSQ_ERR_OVERSIZE_PACKET:
        case MOSQ_ERR_PAYLOAD_SIZE:
                return -EMSGSIZE;
        case MOSQ_ERR_INVAL:
        case MOSQ_ERR_MALFORMED_UTF8:
        case MOSQ_ERR_QOS_NOT_SUPPORTED:
                return -EINVAL;
        default:
                /* Also NO_CONN, after which libmosquitto has queued it: the handle goes, and the
                 * queue with it. */
                connection->is_up = false;
                connection_note_error(connection, rc, error);
                return -EPIPE;
        }
        if (publication->qos > 0)
                connection->outstanding[connection->outstanding_count++] =
                        (struct outstanding){ .mid = mid, .token = publication->token };
        return 0;
}
