#include "controller/local/command_event.h"

#include "common/rfc3339.h"
#include "common/wire_json.h"
#include "controller/flow.h"

#include <stdio.h>
#include <string.h>

#define ID_CHARACTERS    "abcdefghijklmnopqrstuvwxyz0123456789-"
#define NONCE_CHARACTERS ID_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

enum {
        EPOCH_LEN = 36,  /* a UUID as text */
        CHANGES_MAX = 32 /* options in one cmd/config */
};

static const struct {
        const char *leaf, *release, *name;
        bool needs_access_point;
} commands[] = {
        { "access", NULL, "AccessDoor", true },
        { "lockopen", NULL, "LockOpen", false },
        { "lockdown", NULL, "LockDown", false },
        { "release", "LockOpen", "LockOpenRelease", false },
        { "release", "LockDown", "LockDownRelease", false },
        { "sync", NULL, "Sync", false },
        { "config", NULL, "Config", false },
};

enum kind {
        A_TEXT,
        AN_OBJECT,
        AN_ARRAY,
        A_NUMBER, /* from 1 */
        TRUE_ONLY
};

/* One member of an object: what it must look like. */
struct member {
        const char *key;
        const char *leaf; /* only of this leaf; NULL: of all */
        bool is_optional;
        enum kind kind;
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
        { .key = "data", .kind = AN_OBJECT },
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
        { .key = "epoch",
          .leaf = "sync",
          .is_optional = true,
          .characters = ID_CHARACTERS,
          .min = EPOCH_LEN,
          .max = EPOCH_LEN },
        { .key = "from", .leaf = "sync", .is_optional = true, .kind = A_NUMBER },
        { .key = "registry", .leaf = "sync", .is_optional = true, .kind = TRUE_ONLY },
        { .key = "set", .leaf = "config", .is_optional = true, .kind = AN_OBJECT },
        { .key = "unset", .leaf = "config", .is_optional = true, .kind = AN_ARRAY },
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
        switch (member->kind) {
        case AN_OBJECT:
                return json_is_object(value) ? NULL : "an object is wanted";
        case AN_ARRAY:
                return json_is_array(value) ? NULL : "an array is wanted";
        case A_NUMBER:
                return json_integer_value(value) > 0 ? NULL : "a whole number from 1 is wanted";
        case TRUE_ONLY:
                return json_is_true(value) ? NULL : "true is wanted";
        case A_TEXT:
                break;
        }
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

static bool is_of_leaf(const struct member *member, const char *leaf)
{
        return !member->leaf || strcmp(member->leaf, leaf) == 0;
}

static bool is_member(const struct member *members, size_t count, const char *leaf, const char *key)
{
        for (size_t i = 0; i < count; i++)
                if (is_of_leaf(&members[i], leaf) && strcmp(members[i].key, key) == 0)
                        return true;
        return false;
}

/* A stranger's word is repeated only when it is harmless to read and to log. */
static const char *presentable(const char *key)
{
        size_t len = strspn(key, NONCE_CHARACTERS);
        return len > 0 && len <= 32 && key[len] == '\0' ? key : "a key";
}

static bool check_members(struct command *command, const char *leaf, json_t *object,
                          const struct member *members, size_t count)
{
        const char *key;
        json_t *value;
        json_object_foreach(object, key, value)
        {
                if (!is_member(members, count, leaf, key))
                        return complain(command, presentable(key), "is not known here");
        }
        for (size_t i = 0; i < count; i++) {
                const char *wrong =
                        what_is_wrong(&members[i], json_object_get(object, members[i].key));
                if (wrong && is_of_leaf(&members[i], leaf))
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

bool command_is_leaf(const char *leaf)
{
        for (size_t i = 0; i < ARRAY_LEN(commands); i++)
                if (strcmp(commands[i].leaf, leaf) == 0)
                        return true;
        return false;
}

/* Options by name, and texts: what they may be is the gate's to know. */
static bool check_changes(struct command *command, const json_t *data)
{
        const char *name;
        json_t *value;
        size_t index;
        json_object_foreach(json_object_get(data, "set"), name, value)
        {
                const char *text = json_string_value(value);
                if (!text || has_control_characters(text) || has_control_characters(name))
                        return complain(command, "set", "names and plain texts are wanted");
        }
        json_array_foreach(json_object_get(data, "unset"), index, value)
        {
                const char *text = json_string_value(value);
                if (!text || has_control_characters(text))
                        return complain(command, "unset", "names are wanted");
        }
        return true;
}

/* What the members of one leaf must be together. */
static bool check_together(struct command *command, const char *leaf, const json_t *data)
{
        const json_t *epoch = json_object_get(data, "epoch"), *from = json_object_get(data, "from");
        size_t changes = json_object_size(json_object_get(data, "set")) +
                         json_array_size(json_object_get(data, "unset"));
        bool is_sync = strcmp(leaf, "sync") == 0, is_config = strcmp(leaf, "config") == 0;
        if ((is_sync || is_config) && json_object_get(data, "access_point"))
                return complain(command, "access_point", "is not known here");
        if (is_sync && (epoch != NULL) != (from != NULL))
                return complain(command, epoch ? "from" : "epoch", "is missing");
        if (is_sync && !epoch && !json_object_get(data, "registry"))
                return complain(command, "epoch", "is missing, and so is registry");
        if (is_config && changes == 0)
                return complain(command, "set", "is missing, and so is unset");
        if (changes > CHANGES_MAX)
                return complain(command, "set", "has too many options");
        return check_changes(command, data);
}

static bool read_data(struct command *command, const char *leaf, json_t *data, int64_t now_us)
{
        int64_t not_after_us = 0;
        if (!check_members(command, leaf, data, data_members, ARRAY_LEN(data_members)) ||
            !find_command(command, leaf, data) || !check_together(command, leaf, data))
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
        static const char *const copied[] = { "access_point", "actor", "reason",
                                              "not_after",    "epoch", "from",
                                              "registry",     "set",   "unset" };
        const char *refused =
                command->verdict == COMMAND_GOOD ? NULL : command_refusal(command->verdict);
        json_t *fields = json_pack("{s:s, s:s, s:s, s:s*}", "name", command->name, "nonce",
                                   command->nonce, "origin", "mqtt", "refused", refused);
        for (size_t i = 0; i < ARRAY_LEN(copied); i++)
                if (json_object_get(data, copied[i]))
                        json_object_set(fields, copied[i], json_object_get(data, copied[i]));
        return fields;
}

void command_read_event(struct command *command, const char *leaf, const unsigned char *bytes,
                        size_t len, int64_t now_us)
{
        *command = (struct command){ .verdict = COMMAND_GOOD, .name = "" };
        json_t *event = wire_json_load(bytes, len);
        json_t *data = json_object_get(event, "data");
        if (!command_is_leaf(leaf))
                command->verdict = COMMAND_UNSUPPORTED;
        else if (!event)
                complain(command, "payload", "a JSON object within bounds is wanted");
        else if (check_members(command, leaf, event, envelope_members,
                               ARRAY_LEN(envelope_members)) &&
                 read_data(command, leaf, data, now_us))
                command->fields = make_fields(command, data);
        json_decref(event);
}

void command_deinit(struct command *command)
{
        json_decref(command->fields);
        command->fields = NULL;
}
