#include "controller/publish/command_message.h"

#include "common/base64.h"
#include "controller/flow.h"

#include <stdio.h>
#include <string.h>

#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

static bool complain(struct command *command, const char *what, const char *why)
{
        command->verdict = COMMAND_BAD;
        snprintf(command->complaint, sizeof(command->complaint), "%s: %s", what, why);
        return false;
}

/* Only root/res/{client}: else a command could make the gate publish wherever its rights reach. */
static bool is_response_topic(const char *root, const char *topic)
{
        size_t root_len = strlen(root);
        if (strncmp(topic, root, root_len) != 0 || strncmp(topic + root_len, "/res/", 5) != 0)
                return false;
        const char *client = topic + root_len + 5;
        size_t len = strspn(client, ID_CHARACTERS);
        return len > 0 && len < FLOW_ID_MAX && client[len] == '\0';
}

/* What surrounds the payload. `leaf` is set on true. */
static bool check_message(struct command_message *read, const char *root,
                          const struct bus_message *message, const char **leaf)
{
        struct command *command = &read->command;
        size_t root_len = strlen(root);
        if (message->response_topic && !is_response_topic(root, message->response_topic))
                return complain(command, "response topic", "is not this gate's res/{client}");
        if (message->correlation_len > COMMAND_CORRELATION_MAX)
                return complain(command, "correlation data", "is too long");
        read->response_topic = message->response_topic;
        if (strncmp(message->topic, root, root_len) != 0 ||
            strncmp(message->topic + root_len, "/cmd/", 5) != 0)
                return complain(command, "topic", "is not this gate's cmd/");
        *leaf = message->topic + root_len + 5;
        if (!command_is_leaf(*leaf)) {
                command->verdict = COMMAND_UNSUPPORTED;
                return false;
        }
        if (message->qos != 1)
                return complain(command, "qos", "1 is wanted");
        return true;
}

/* MQTT 3.1.1 names no content type. A COSE_Sign1 then says itself what it is: CBOR tag 18, a byte
 * with which no JSON text begins. */
static bool is_signed(const struct bus_message *message)
{
        if (message->content_type)
                return strcmp(message->content_type, COMMAND_SIGNED_TYPE) == 0;
        return message->len > 0 && message->payload[0] == COMMAND_SIGNED_BYTE;
}

static void wrap_signed(struct command *command, const char *leaf,
                        const struct bus_message *message)
{
        if (message->len == 0 || message->len > COMMAND_SIGNED_MAX) {
                complain(command, "payload", "a COSE_Sign1 within bounds is wanted");
                return;
        }
        char *base64 = base64_encode(message->payload, message->len);
        command->fields =
                json_pack("{s:s*, s:s, s:s}", "signed", base64, "leaf", leaf, "origin", "mqtt");
        free(base64);
}

void command_message_read(struct command_message *read, const char *root,
                          const struct bus_message *message, int64_t now_us)
{
        const char *leaf = NULL;
        *read = (struct command_message){ .command = { .verdict = COMMAND_GOOD, .name = "" } };
        struct command *command = &read->command;
        if (!check_message(read, root, message, &leaf))
                return;
        if (is_signed(message))
                wrap_signed(command, leaf, message);
        else
                command_read_event(command, leaf, message->payload, message->len, now_us);
        if (!command->fields || !message->is_retained)
                return;
        command->verdict = COMMAND_RETAINED;
        json_object_set_new(command->fields, "refused",
                            json_string(command_refusal(COMMAND_RETAINED)));
}

void command_message_deinit(struct command_message *read)
{
        command_deinit(&read->command);
}
