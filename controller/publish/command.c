#include "controller/publish/command.h"

#include "common/rfc3339.h"
#include "controller/flow.h"
#include "controller/publish/wire_json.h"

#include <stdio.h>
#include <string.h>

#define ID_CHARACTERS    "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NONCE_CHARACTERS ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

static const struct {
        const char *leaf, *release, *name;
        bool needs_access_point;
} commands[] = {
        { "access", NULL, "AccessDoor", true },
        { "lockopen", NULL, "LockOpen", false },
        { "lockdown", NULL, "LockDown", false },
        { "release", "LockOpen", "LockOpenRelease", false },
        { "release", "LockDown", "LockDownRelease", false },
};

/* One member of an object: what it must look like. */
struct member {
        const char *key;
        bool is_optional, is_object;
        const char *must_be;    /* exactly this; NULL: see below */
        const char *characters; /* only these; NULL: any but control characters */
        size_t min, max;        /* bytes */
};

static const struct member envelope_members[] = {
        { .key = "specversion", .must_be = "1.0" },
        { .key = "type", .must_be = "stile.command.v1" },
        { .key = "id", .min = 1, .max = 64 },
        { .key = "source", .min = 1, .max = 256 },
        { .key = "subject", .is_optional = true, .min = 1, .max = 64 },
        { .key = "time", .is_optional = true, .min = 1, .max = 64 },
        { .key = "datacontenttype", .is_optional = true, .must_be = "application/json" },
        { .key = "data", .is_object = true },
};

static const struct member data_members[] = {
        { .key = "actor", .min = 1, .max = 64 },
        { .key = "reason", .min = 1, .max = 128 },
        { .key = "not_after", .min = 1, .max = RFC3339_MAX - 1 },
        { .key = "nonce",
          .characters = NONCE_CHARACTERS,
          .min = COMMAND_NONCE_MIN,
          .max = COMMAND_NONCE_MAX },
        { .key = "access_point",
          .is_optional = true,
          .characters = ID_CHARACTERS,
          .min = 1,
          .max = FLOW_ID_MAX - 1 },
        { .key = "release", .is_optional = true, .min = 1, .max = 32 },
};

static bool complain(struct command *command, const char *key, const char *why)
{
        command->verdict = COMMAND_BAD;
        snprintf(command->complaint, sizeof(command->complaint), "%s: %s", key, why);
        return false;
}

static bool has_control_characters(const char *text)
{
        for (; *text; text++)
                if ((unsigned char)*text < ' ' || *text == 0x7f)
                        return true;
        return false;
}

/* NULL: it is as it must be. */
static const char *what_is_wrong(const struct member *member, const json_t *value)
{
        if (!value)
                return member->is_optional ? NULL : "is missing";
        if (member->is_object)
                return json_is_object(value) ? NULL : "an object is wanted";
        const char *text = json_string_value(value);
        if (!text)
                return "a string is wanted";
        if (member->must_be)
                return strcmp(text, member->must_be) == 0 ? NULL : "has another value";
        size_t len = json_string_length(value);
        if (len < member->min)
                return "is too short";
        if (len > member->max)
                return "is too long";
        bool is_well_formed = member->characters ? strspn(text, member->characters) == len
                                                 : !has_control_characters(text);
        return is_well_formed ? NULL : "has characters that are not allowed";
}

static bool is_member(const struct member *members, size_t count, const char *key)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(members[i].key, key) == 0)
                        return true;
        return false;
}

/* A stranger's word is repeated only when it is harmless to read and to log. */
static const char *presentable(const char *key)
{
        size_t len = strspn(key, NONCE_CHARACTERS);
        return len > 0 && len <= 32 && key[len] == '\0' ? key : "a key";
}

static bool check_members(struct command *command, json_t *object, const struct member *members,
                          size_t count)
{
        const char *key;
        json_t *value;
        json_object_foreach(object, key, value)
        {
                if (!is_member(members, count, key))
                        return complain(command, presentable(key), "is not known here");
        }
        for (size_t i = 0; i < count; i++) {
                const char *wrong =
                        what_is_wrong(&members[i], json_object_get(object, members[i].key));
                if (wrong)
                        return complain(command, members[i].key, wrong);
        }
        return true;
}

/* The command that leaf and `release` mean together. */
static bool find_command(struct command *command, const char *leaf, const json_t *data)
{
        const char *release = json_string_value(json_object_get(data, "release"));
        bool wants_release = false;
        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
                if (strcmp(commands[i].leaf, leaf) != 0)
                        continue;
                wants_release = commands[i].release != NULL;
                if (wants_release ? !release || strcmp(commands[i].release, release) != 0
                                  : release != NULL)
                        continue;
                command->name = commands[i].name;
                if (commands[i].needs_access_point && !json_object_get(data, "access_point"))
                        return complain(command, "access_point", "is missing");
                return true;
        }
        return complain(command, "release",
                        wants_release ? "LockOpen or LockDown is wanted" : "is for cmd/release");
}

static bool is_leaf_known(const char *leaf)
{
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                if (strcmp(commands[i].leaf, leaf) == 0)
                        return true;
        return false;
}

static bool read_data(struct command *command, const char *leaf, json_t *data, int64_t now_us)
{
        int64_t not_after_us = 0;
        if (!check_members(command, data, data_members, ARRAY_LEN(data_members)) ||
            !find_command(command, leaf, data))
                return false;
        snprintf(command->nonce, sizeof(command->nonce), "%s",
                 json_string_value(json_object_get(data, "nonce")));
        if (!rfc3339_parse(json_string_value(json_object_get(data, "not_after")), &not_after_us))
                return complain(command, "not_after", "a time of RFC 3339 is wanted");
        if (not_after_us <= now_us || not_after_us > now_us + COMMAND_AHEAD_S * INT64_C(1000000))
                command->verdict = COMMAND_STALE;
        return true;
}

const char *command_refusal(enum command_verdict verdict)
{
        switch (verdict) {
        case COMMAND_GOOD:
                return "";
        case COMMAND_STALE:
                return "stale";
        case COMMAND_RETAINED:
                return "retained";
        case COMMAND_UNSUPPORTED:
                return "unsupported";
        case COMMAND_BAD:
                return "bad_request";
        }
        return "";
}

static json_t *make_fields(const struct command *command, const json_t *data)
{
        const char *refused =
                command->verdict == COMMAND_GOOD ? NULL : command_refusal(command->verdict);
        return json_pack("{s:s, s:O*, s:O, s:O, s:O, s:s, s:s, s:s*}", "name", command->name,
                         "access_point", json_object_get(data, "access_point"), "actor",
                         json_object_get(data, "actor"), "reason", json_object_get(data, "reason"),
                         "not_after", json_object_get(data, "not_after"), "nonce", command->nonce,
                         "origin", "mqtt", "refused", refused);
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
static bool check_message(struct command *command, const char *root,
                          const struct bus_message *message, const char **leaf)
{
        size_t root_len = strlen(root);
        if (message->response_topic && !is_response_topic(root, message->response_topic))
                return complain(command, "response topic", "is not this gate's res/{client}");
        if (message->correlation_len > COMMAND_CORRELATION_MAX)
                return complain(command, "correlation data", "is too long");
        command->response_topic = message->response_topic;
        if (strncmp(message->topic, root, root_len) != 0 ||
            strncmp(message->topic + root_len, "/cmd/", 5) != 0)
                return complain(command, "topic", "is not this gate's cmd/");
        *leaf = message->topic + root_len + 5;
        if (!is_leaf_known(*leaf)) {
                command->verdict = COMMAND_UNSUPPORTED;
                return false;
        }
        if (message->qos != 1)
                return complain(command, "qos", "1 is wanted");
        return true;
}

void command_read(struct command *command, const char *root, const struct bus_message *message,
                  int64_t now_us)
{
        const char *leaf = NULL;
        *command = (struct command){ .verdict = COMMAND_GOOD, .name = "" };
        if (!check_message(command, root, message, &leaf))
                return;
        json_t *event = wire_json_load(message->payload, message->len);
        json_t *data = json_object_get(event, "data");
        if (!event)
                complain(command, "payload", "a JSON object within bounds is wanted");
        else if (check_members(command, event, envelope_members, ARRAY_LEN(envelope_members)) &&
                 read_data(command, leaf, data, now_us)) {
                if (message->is_retained)
                        command->verdict = COMMAND_RETAINED;
                command->fields = make_fields(command, data);
        }
        json_decref(event);
}

void command_deinit(struct command *command)
{
        json_decref(command->fields);
        command->fields = NULL;
}
