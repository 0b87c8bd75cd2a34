/*
 * Fuzz: a message from the network becomes a command. The input is four parts with newlines
 * between: flags (r: retained, 0: QoS 0), the topic's leaf, the response topic ("": none), and the
 * payload, all the rest.
 */
#include "controller/publish/command_message.h"

#include "controller/flow.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROOT "stile/v1/acme/hq/gate-1"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next part as a heap string; *rest moves past its newline. */
static char *next_part(const uint8_t **rest, size_t *left)
{
        const uint8_t *end = *left > 0 ? memchr(*rest, '\n', *left) : NULL;
        size_t len = end ? (size_t)(end - *rest) : *left;
        char *part = strndup((const char *)*rest, len);
        *rest += end ? len + 1 : len;
        *left -= end ? len + 1 : len;
        return part;
}

/* Whatever came: what goes to the gate is well formed, and answers stay below our own topics. */
static void check(const struct command *command, const struct bus_message *message)
{
        static const char *const names[] = { "AccessDoor", "LockOpen", "LockOpenRelease",
                                             "LockDown", "LockDownRelease" };
        bool is_for_gate = command->verdict == COMMAND_GOOD || command->verdict == COMMAND_STALE ||
                           command->verdict == COMMAND_RETAINED;
        assert((command->fields != NULL) == is_for_gate);
        assert(strlen(command->complaint) < sizeof(command->complaint));
        assert((command->verdict == COMMAND_BAD) == (command->complaint[0] != '\0'));
        if (command->response_topic)
                assert(strncmp(command->response_topic, ROOT "/res/", strlen(ROOT "/res/")) == 0);
        if (!is_for_gate)
                return;
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                is_known = is_known || strcmp(command->name, names[i]) == 0;
        assert(is_known);
        assert(message->qos == 1);
        assert(message->is_retained == (command->verdict == COMMAND_RETAINED));
        assert((json_object_get(command->fields, "refused") != NULL) ==
               (command->verdict != COMMAND_GOOD));
        size_t nonce_len = strlen(command->nonce);
        assert(nonce_len >= COMMAND_NONCE_MIN && nonce_len <= COMMAND_NONCE_MAX);
        const char *actor = json_string_value(json_object_get(command->fields, "actor"));
        assert(actor && actor[0] != '\0' && strlen(actor) <= 64 && !strchr(actor, '\n'));
        const json_t *point = json_object_get(command->fields, "access_point");
        assert(!point ||
               (json_string_length(point) > 0 && json_string_length(point) < FLOW_ID_MAX));
        assert(point || strcmp(command->name, "AccessDoor") != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *flags = next_part(&data, &size);
        char *leaf = next_part(&data, &size);
        char *response_topic = next_part(&data, &size);
        char *topic = NULL;
        unsigned char *payload = malloc(size + 1);
        if (flags && leaf && response_topic && payload &&
            asprintf(&topic, ROOT "/cmd/%s", leaf) >= 0) {
                memcpy(payload, data, size);
                payload[size] = '\0';
                const struct bus_message message = {
                        .topic = topic,
                        .response_topic = response_topic[0] != '\0' ? response_topic : NULL,
                        .payload = payload,
                        .len = size,
                        .is_retained = strchr(flags, 'r') != NULL,
                        .qos = strchr(flags, '0') ? 0 : 1,
                };
                struct command_message read;
                command_message_read(&read, ROOT, &message, INT64_C(1795485600000000));
                check(&read, &message);
                command_message_deinit(&read);
        }
        free(topic);
        free(payload);
        free(response_topic);
        free(leaf);
        free(flags);
        return 0;
}
