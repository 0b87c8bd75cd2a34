/*
 * Fuzz: a message from the network becomes a command. The input is four parts with newlines
 * between: flags (r: retained, 0: QoS 0, s: signed), the topic's leaf, the response topic ("":
 * none), and the payload, all the rest.
 */
#include "controller/publish/command_message.h"

#include "controller/flow.h"
#include "controller/local/fields.h"
#include "controller/validate/manager.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define ROOT   "stile/v1/acme/hq/gate-1"
#define NOW_US INT64_C(1795485600000000)

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

/* The first key of RFC 8032, 7.1, so that a genuine message can be in the corpus. */
static const uint8_t manager_der[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70,
                                       0x03, 0x21, 0x00, 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1,
                                       0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07,
                                       0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
                                       0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };

static const struct managers *managers(void)
{
        static struct managers one;
        struct signature_key_info info;
        if (one.count == 0) {
                struct manager *manager = &one.manager[0];
                int error =
                        signature_key_read(manager_der, sizeof(manager_der), &manager->key, &info);
                assert(!error);
                memcpy(manager->kid, info.kid, sizeof(manager->kid));
                strcpy(manager->name, "mai");
                manager->roles = MANAGER_ACCESS | MANAGER_SYNC;
                one.count = 1;
        }
        return &one;
}

/* What was read is well formed. */
static void check_command(const struct command *command)
{
        static const char *const names[] = { "AccessDoor", "LockOpen",        "LockOpenRelease",
                                             "LockDown",   "LockDownRelease", "Sync",
                                             "Config" };
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                is_known = is_known || strcmp(command->name, names[i]) == 0;
        assert(is_known);
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

/* What stiled does with a signed one: the bytes come to it as they were sent, and what a manager
 * has not signed is not read. */
static void check_signed(const struct command *read, const struct bus_message *message)
{
        static uint8_t bytes[COMMAND_SIGNED_MAX];
        const char *leaf = json_string_value(json_object_get(read->fields, "leaf"));
        struct fields fields = fields_of(read->fields);
        const struct manager *who = NULL;
        const uint8_t *payload = NULL;
        size_t payload_len = 0;
        size_t len = fields_base64(&fields, "signed", bytes, sizeof(bytes));
        assert(len == message->len && memcmp(bytes, message->payload, len) == 0);
        enum managers_answer answer =
                managers_open(managers(), bytes, len, MANAGER_ACCESS, message->topic,
                              strlen(message->topic), &who, &payload, &payload_len);
        assert((who != NULL) == (answer == MANAGERS_GOOD || answer == MANAGERS_FORBIDDEN));
        if (answer != MANAGERS_GOOD)
                return;
        assert(payload >= bytes && payload + payload_len <= bytes + len);
        struct command command;
        command_read_event(&command, leaf, payload, payload_len, NOW_US);
        if (command.fields)
                check_command(&command);
        command_deinit(&command);
}

/* Whatever came: what goes to the gate is well formed, and answers stay below our own topics. */
static void check(const struct command_message *read, const struct bus_message *message)
{
        const struct command *command = &read->command;
        bool is_for_gate = command->verdict == COMMAND_GOOD || command->verdict == COMMAND_STALE ||
                           command->verdict == COMMAND_RETAINED;
        assert((command->fields != NULL) == is_for_gate);
        assert(strlen(command->complaint) < sizeof(command->complaint));
        assert((command->verdict == COMMAND_BAD) == (command->complaint[0] != '\0'));
        if (read->response_topic)
                assert(strncmp(read->response_topic, ROOT "/res/", strlen(ROOT "/res/")) == 0);
        if (!is_for_gate)
                return;
        assert(message->qos == 1);
        assert(message->is_retained == (command->verdict == COMMAND_RETAINED));
        /* MQTT 3.1.1 names no type: there the first byte says that it is signed. */
        if (message->content_type ||
            (message->len > 0 && message->payload[0] == COMMAND_SIGNED_BYTE))
                check_signed(command, message);
        else
                check_command(command);
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
                        .content_type = strchr(flags, 's') ? (char *)COMMAND_SIGNED_TYPE : NULL,
                        .is_retained = strchr(flags, 'r') != NULL,
                        .qos = strchr(flags, '0') ? 0 : 1,
                };
                struct command_message read;
                command_message_read(&read, ROOT, &message, NOW_US);
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
