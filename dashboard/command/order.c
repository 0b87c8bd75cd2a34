#include "dashboard/command/order.h"

#include "common/cut.h"
#include "common/rfc3339.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* docs/mqtt.md: a release is a leaf of its own and names what it ends. */
static const struct {
        const char *name, *leaf, *release;
} commands[ORDER_COMMANDS] = {
        [ORDER_ACCESS_DOOR] = { "AccessDoor", "access", NULL },
        [ORDER_LOCK_OPEN] = { "LockOpen", "lockopen", NULL },
        [ORDER_LOCK_DOWN] = { "LockDown", "lockdown", NULL },
        [ORDER_LOCK_OPEN_RELEASE] = { "LockOpenRelease", "release", "LockOpen" },
        [ORDER_LOCK_DOWN_RELEASE] = { "LockDownRelease", "release", "LockDown" },
};

static const char *const states[] = {
        [ORDER_SENT] = "sent",
        [ORDER_DONE] = "done",
        [ORDER_REFUSED] = "refused",
        [ORDER_UNKNOWN] = "unknown",
        [ORDER_UNANSWERED] = "unanswered",
        [ORDER_NOT_SENT] = "not_sent",
};

bool order_command_parse(const char *name, enum order_command *command)
{
        for (int i = 0; i < ORDER_COMMANDS; i++)
                if (strcmp(name, commands[i].name) == 0) {
                        *command = (enum order_command)i;
                        return true;
                }
        return false;
}

const char *order_command_name(enum order_command command)
{
        return commands[command].name;
}

const char *order_state_name(enum order_state state)
{
        return states[state];
}

void order_name(int64_t wall_us, char id[UUID_TEXT_MAX])
{
        uint8_t noise[UUID_RANDOM_LEN] = { 0 };
        ssize_t got = getrandom(noise, sizeof(noise), 0); /* cannot fail for so few bytes */
        (void)got;
        uuid7_format(wall_us / 1000, noise, id);
}

void order_topic(const struct order *order, char topic[ORDER_TOPIC_MAX])
{
        snprintf(topic, ORDER_TOPIC_MAX, "stile/v1/%s/cmd/%s", order->gate,
                 commands[order->command].leaf);
}

void order_reply_topic(const struct order *order, const char *client, char topic[ORDER_TOPIC_MAX])
{
        snprintf(topic, ORDER_TOPIC_MAX, "stile/v1/%s/res/%s", order->gate, client);
}

char *order_format(const struct order *order, const char *client, int64_t wall_us)
{
        char source[FLOW_ID_MAX + 16], time[RFC3339_MAX], not_after[RFC3339_MAX];
        const char *point = order->access_point[0] != '\0' ? order->access_point : NULL;
        rfc3339_format(wall_us, time);
        rfc3339_format(wall_us + ORDER_FOR_S * INT64_C(1000000), not_after);
        snprintf(source, sizeof(source), "/dashboard/%s", client);
        json_t *event = json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s, s:s, s:s*, s:s*}}", "specversion",
                "1.0", "type", "stile.command.v1", "id", order->id, "source", source, "time", time,
                "datacontenttype", "application/json", "data", "actor", order->actor, "reason",
                order->reason, "not_after", not_after, "nonce", order->id, "access_point", point,
                "release", commands[order->command].release);
        char *text = event ? json_dumps(event, JSON_COMPACT) : NULL;
        json_decref(event);
        return text;
}

/* "stile/v1/org/site/gate/res/client" → "org/site/gate". */
static bool read_topic(const char *topic, const char *client, char gate[ARCHIVE_GATE_MAX])
{
        static const char root[] = "stile/v1/";
        if (strncmp(topic, root, sizeof(root) - 1) != 0)
                return false;
        const char *begin = topic + sizeof(root) - 1, *end = strstr(begin, "/res/");
        if (!end || (size_t)(end - begin) >= ARCHIVE_GATE_MAX ||
            strcmp(end + strlen("/res/"), client) != 0)
                return false;
        memcpy(gate, begin, (size_t)(end - begin));
        gate[end - begin] = '\0';
        return true;
}

static bool read_state(const char *word, enum order_state *state)
{
        static const enum order_state outcomes[] = { ORDER_DONE, ORDER_REFUSED, ORDER_UNKNOWN };
        for (size_t i = 0; word && i < ARRAY_LEN(outcomes); i++)
                if (strcmp(word, states[outcomes[i]]) == 0) {
                        *state = outcomes[i];
                        return true;
                }
        return false;
}

static void copy(const json_t *from, const char *key, char *to, size_t size)
{
        const char *text = json_string_value(json_object_get(from, key));
        cut_text(text ? text : "", to, size);
}

bool order_read_outcome(const struct feed_message *message, const char *client,
                        char gate[ARCHIVE_GATE_MAX], char id[UUID_TEXT_MAX],
                        struct order_outcome *outcome)
{
        if (!read_topic(message->topic, client, gate) ||
            message->correlation_len != UUID_TEXT_MAX - 1)
                return false;
        memcpy(id, message->correlation, UUID_TEXT_MAX - 1);
        id[UUID_TEXT_MAX - 1] = '\0';
        json_t *event = json_loadb((const char *)message->payload, message->len,
                                   JSON_REJECT_DUPLICATES, NULL);
        const json_t *data = json_object_get(event, "data");
        *outcome = (struct order_outcome){ .state = ORDER_UNKNOWN };
        bool is_good =
                read_state(json_string_value(json_object_get(data, "outcome")), &outcome->state);
        copy(data, "refusal", outcome->refusal, sizeof(outcome->refusal));
        copy(data, "message", outcome->message, sizeof(outcome->message));
        json_decref(event);
        return is_good;
}
