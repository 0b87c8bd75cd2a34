/* Desk: commands of the network: how many, whose, and those that are desk's own to carry out. */
#include "controller/local/desk_private.h"

#include "common/log.h"
#include "controller/flow_names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        TOPIC_MAX = 192
};

static void tell(struct desk *desk, struct rate *rate, const char *what)
{
        uint64_t refused = rate_tell(rate, monotonic_ms());
        struct to_recorder row = { .kind = RECORDER_PASSAGE,
                                   .point = -1,
                                   .event = EVENT_COMMAND_REFUSED,
                                   .reason = REASON_TOO_MANY };
        if (refused == 0)
                return;
        snprintf(row.detail, sizeof(row.detail), "%s refused: %llu", what,
                 (unsigned long long)refused);
        if (!mailbox_put(desk->recorder, &row))
                log_error("refused commands not recorded", "count=%llu",
                          (unsigned long long)refused);
}

void desk_tell_flood(struct desk *desk)
{
        tell(desk, &desk->rate, "commands");
        tell(desk, &desk->signed_rate, "signed commands");
}

/* NULL: it may be looked at. */
static json_t *refuse_too_many(struct desk *desk, struct rate *rate)
{
        if (rate_take(rate, desk->settings->commands.per_minute, monotonic_ms()))
                return NULL;
        desk_tell_flood(desk);
        return fields_ok(json_pack("{s:s, s:s}", "outcome", "refused", "refusal",
                                   reason_name(REASON_TOO_MANY)));
}

static enum reason reason_of(enum managers_answer answer)
{
        switch (answer) {
        case MANAGERS_GOOD:
                return REASON_NONE;
        case MANAGERS_DAMAGED:
                return REASON_UNREADABLE;
        case MANAGERS_UNKNOWN:
                return REASON_UNTRUSTED_ISSUER;
        case MANAGERS_FORGED:
                return REASON_BAD_SIGNATURE;
        case MANAGERS_FORBIDDEN:
                return REASON_UNAUTHORISED;
        }
        return REASON_UNAUTHORISED;
}

/* Of one that was not read, nothing is repeated but where it came and who signed it, if anybody. */
static struct order unread(const struct manager *signer, const char *leaf, const char *why)
{
        struct order order = { .point = -1, .signer = signer };
        snprintf(order.detail, sizeof(order.detail), "%s%s%scmd/%s%s%s", signer ? "[" : "",
                 signer ? signer->name : "", signer ? "] " : "", leaf, why[0] != '\0' ? ": " : "",
                 why);
        return order;
}

/* What a manager signed, whoever they may be. */
static json_t *serve_event(struct desk *desk, int slot, const char *leaf, const char *refused,
                           const struct manager *signer, const uint8_t *payload, size_t len)
{
        struct command command;
        json_t *answer = NULL;
        command_read_event(&command, leaf, payload, len, wall_us());
        desk->client[slot].said =
                json_pack("{s:s, s:s}", "command", command.name, "nonce", command.nonce);
        if (command.fields) {
                if (refused)
                        json_object_set_new(command.fields, "refused", json_string(refused));
                struct fields fields = fields_of(command.fields);
                answer = desk_order(desk, slot, &fields, false, signer);
        } else {
                const struct order order = unread(signer, leaf, command.complaint);
                json_decref(desk_refuse(desk, &order, REASON_BAD_REQUEST));
                answer = fields_error("bad_request", command.complaint);
        }
        command_deinit(&command);
        return answer;
}

static json_t *serve_signed(struct desk *desk, int slot, struct fields *fields)
{
        const struct settings *settings = desk->settings;
        uint8_t bytes[COMMAND_SIGNED_MAX];
        char topic[TOPIC_MAX];
        const struct manager *signer = NULL;
        const uint8_t *payload = NULL;
        size_t payload_len = 0;
        const char *leaf = fields_text(fields, "leaf", COMMAND_LEAF_MAX);
        const char *refused =
                fields_have(fields, "refused") ? fields_text(fields, "refused", 32) : NULL;
        size_t len = fields_base64(fields, "signed", bytes, sizeof(bytes));
        if (!command_is_leaf(leaf))
                fields_complain(fields, "leaf", "no such command");
        if (fields->why[0] != '\0')
                return fields_error("bad_request", fields->why);
        snprintf(topic, sizeof(topic), "stile/v1/%s/%s/%s/cmd/%s", settings->gate.org,
                 settings->gate.site, settings->gate.id, leaf);
        /* A role has the name of the leaf that it is about. */
        enum managers_answer answer = managers_open(
                &desk->managers, bytes, len, (enum manager_role)settings_parse_roles(leaf), topic,
                strlen(topic), &signer, &payload, &payload_len);
        json_t *too_many =
                refuse_too_many(desk, answer == MANAGERS_GOOD ? &desk->signed_rate : &desk->rate);
        if (too_many)
                return too_many;
        if (answer == MANAGERS_GOOD)
                return serve_event(desk, slot, leaf, refused, signer, payload, payload_len);
        const struct order order = unread(signer, leaf, "");
        return desk_refuse(desk, &order, reason_of(answer));
}

json_t *desk_network_command(struct desk *desk, int slot, struct fields *fields)
{
        if (fields_have(fields, "signed"))
                return serve_signed(desk, slot, fields);
        json_t *too_many = refuse_too_many(desk, &desk->rate);
        return too_many ? too_many : desk_order(desk, slot, fields, false, NULL);
}

/* The options of `base` as gate.conf alone has them now, changed as `command` says. */
static bool change_options(const struct desk *desk, const json_t *command,
                           struct overrides *overrides, char why[OVERRIDES_WHY_MAX])
{
        struct settings *base = malloc(sizeof(*base));
        FILE *complaints = fmemopen(why, OVERRIDES_WHY_MAX, "w");
        int error =
                base && complaints ? settings_load(base, desk->config_path, complaints) : -ENOMEM;
        if (complaints)
                fclose(complaints);
        why[OVERRIDES_WHY_MAX - 1] = '\0';
        why[strcspn(why, "\n")] = '\0';
        bool is_good = !error && overrides_change(overrides, json_object_get(command, "set"),
                                                  json_object_get(command, "unset"), base, why);
        free(base);
        return is_good;
}

bool desk_check_config(const struct desk *desk, const json_t *command, char why[OVERRIDES_WHY_MAX])
{
        struct overrides overrides = *desk->overrides;
        return change_options(desk, command, &overrides, why);
}

struct request *desk_own_command(const struct desk *desk, int slot, const struct order *order,
                                 const struct fields *fields)
{
        struct request *request = calloc(1, sizeof(*request));
        if (!request)
                return NULL;
        *request = (struct request){ .client = slot,
                                     .connection = desk->server.client[slot].connection,
                                     .question = json_copy((json_t *)fields->object) };
        json_object_set_new(request->question, "detail", json_string(order->detail));
        return request;
}

static void record(struct desk *desk, enum event event, enum reason reason, const json_t *question)
{
        struct to_recorder row = {
                .kind = RECORDER_PASSAGE, .point = -1, .event = event, .reason = reason
        };
        snprintf(row.detail, sizeof(row.detail), "%s",
                 json_string_value(json_object_get(question, "detail")));
        if (!mailbox_put(desk->recorder, &row))
                log_error("command not recorded", "event=%s", event_name(event));
}

/* The rows are stile-uplink's to send again: the answer tells it which. */
static json_t *carry_out_sync(struct desk *desk, const json_t *question)
{
        json_t *sync = json_object();
        static const char *const names[] = { "epoch", "from", "registry" };
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                if (json_object_get(question, names[i]))
                        json_object_set(sync, names[i], json_object_get(question, names[i]));
        record(desk, EVENT_SYNC_REQUESTED, REASON_COMMAND, question);
        return fields_ok(json_pack("{s:s, s:o}", "outcome", "done", "sync", sync));
}

/* gate.conf may have changed since the command was looked at. */
static json_t *carry_out_config(struct desk *desk, const json_t *question)
{
        char why[OVERRIDES_WHY_MAX];
        struct overrides changed = *desk->overrides;
        if (!change_options(desk, question, &changed, why)) {
                record(desk, EVENT_COMMAND_REFUSED, REASON_BAD_REQUEST, question);
                return fields_error("bad_request", why);
        }
        int error = overrides_save(&changed);
        if (error) {
                log_error("overrides not kept", "path=%s error=%s", changed.path, strerror(-error));
                record(desk, EVENT_COMMAND_REFUSED, REASON_DISK, question);
                return fields_error("storage", strerror(-error));
        }
        *desk->overrides = changed;
        record(desk, EVENT_CONFIG_CHANGED, REASON_COMMAND, question);
        desk->reload(desk->context);
        return fields_ok(json_pack("{s:s}", "outcome", "done"));
}

json_t *desk_carry_out(struct desk *desk, const struct request *request)
{
        const json_t *question = request->question;
        const char *name = json_string_value(json_object_get(question, "name"));
        return strcmp(name, "Sync") == 0 ? carry_out_sync(desk, question)
                                         : carry_out_config(desk, question);
}
