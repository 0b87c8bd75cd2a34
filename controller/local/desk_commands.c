/* Desk: commands for the gate: who, why, until when, and never twice. */
#include "controller/local/desk_private.h"

#include "common/log.h"
#include "controller/flow_names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const int64_t AHEAD_MAX_US = COMMAND_AHEAD_S * INT64_C(1000000);

static const struct {
        const char *name;
        enum order_work work;
        enum gate_command command;
} commands[] = {
        { "AccessDoor", ORDER_GATE, COMMAND_ACCESS_DOOR },
        { "LockOpen", ORDER_GATE, COMMAND_LOCK_OPEN },
        { "LockOpenRelease", ORDER_GATE, COMMAND_LOCK_OPEN_RELEASE },
        { "LockDown", ORDER_GATE, COMMAND_LOCK_DOWN },
        { "LockDownRelease", ORDER_GATE, COMMAND_LOCK_DOWN_RELEASE },
        { "FireReset", ORDER_GATE, COMMAND_FIRE_RESET },
        { "Sync", ORDER_SYNC, COMMAND_ACCESS_DOOR },
        { "Config", ORDER_CONFIG, COMMAND_ACCESS_DOOR },
};

/* Reasons that stile-uplink may give for what it refused itself. */
static const enum reason refusals[] = { REASON_STALE, REASON_REPLAYED, REASON_RETAINED,
                                        REASON_UNAUTHORISED };

/* Cut at a character when it is too long. */
static void make_detail(const struct manager *signer, const char *actor, const char *reason,
                        char detail[FLOW_DETAIL_MAX])
{
        int wanted = signer ? snprintf(detail, FLOW_DETAIL_MAX, "[%s] %s: %s", signer->name, actor,
                                       reason)
                            : snprintf(detail, FLOW_DETAIL_MAX, "%s: %s", actor, reason);
        if (wanted < FLOW_DETAIL_MAX)
                return;
        size_t end = FLOW_DETAIL_MAX - 1;
        while (end > 0 && (detail[end - 1] & 0xc0) == 0x80)
                end--;
        /* The last character stays only if it is whole: its lead byte says how long it is. */
        unsigned char lead = end > 0 ? (unsigned char)detail[end - 1] : 0;
        size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
        if (end > 0 && end - 1 + len > FLOW_DETAIL_MAX - 1)
                detail[end - 1] = '\0';
}

/* "rules.passback=hard, -rules.declaration: reason": what was changed goes first. */
static void describe_changes(const json_t *fields, const char *reason, char *text, size_t size)
{
        const char *name;
        json_t *value;
        size_t index, len = 0;
        text[0] = '\0';
        json_object_foreach(json_object_get(fields, "set"), name, value)
        {
                const char *word = json_string_value(value);
                if (len < size)
                        len += (size_t)snprintf(text + len, size - len, "%s%s=%s", len ? ", " : "",
                                                name, word ? word : "");
        }
        json_array_foreach(json_object_get(fields, "unset"), index, value)
        {
                const char *word = json_string_value(value);
                if (len < size)
                        len += (size_t)snprintf(text + len, size - len, "%s-%s", len ? ", " : "",
                                                word ? word : "");
        }
        if (len < size)
                snprintf(text + len, size - len, ": %s", reason);
}

static int find_point(const struct desk *desk, struct fields *fields)
{
        if (!fields_have(fields, "access_point"))
                return -1;
        const char *id = fields_id(fields, "access_point");
        for (size_t i = 0; i < desk->settings->points; i++)
                if (strcmp(desk->settings->point[i].id, id) == 0)
                        return (int)i;
        fields_complain(fields, "access_point", "there is no such access point");
        return -1;
}

static void read_refusal(struct fields *fields, struct order *order)
{
        order->refused = REASON_NONE;
        if (!fields_have(fields, "refused"))
                return;
        const char *name = fields_text(fields, "refused", 32);
        for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
                if (strcmp(reason_name(refusals[i]), name) == 0)
                        order->refused = refusals[i];
        if (order->refused == REASON_NONE)
                fields_complain(fields, "refused", "no such reason");
}

static void read_name(struct fields *fields, struct order *order)
{
        const char *name = fields_text(fields, "name", 32);
        for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
                if (strcmp(commands[i].name, name) != 0)
                        continue;
                order->work = commands[i].work;
                order->command = commands[i].command;
                return;
        }
        fields_complain(fields, "name", "no such command");
}

static void read_order(const struct desk *desk, struct fields *fields, struct order *order)
{
        read_name(fields, order);
        order->point = find_point(desk, fields);
        const char *actor = fields_text(fields, "actor", 65);
        const char *reason = fields_text(fields, "reason", 257);
        order->nonce = fields_text(fields, "nonce", COMMAND_NONCE_MAX + 1);
        if (strlen(order->nonce) < COMMAND_NONCE_MIN)
                fields_complain(fields, "nonce", "8 to 64 characters are wanted");
        order->not_after_us = fields_time(fields, "not_after");
        if (order->not_after_us == 0)
                fields_complain(fields, "not_after", "an RFC 3339 time is wanted");
        read_refusal(fields, order);
        char changes[2 * FLOW_DETAIL_MAX];
        if (order->work == ORDER_CONFIG) {
                describe_changes(fields->object, reason, changes, sizeof(changes));
                reason = changes;
        }
        make_detail(order->signer, actor, reason, order->detail);
}

static bool is_seen(const struct desk *desk, const char *nonce)
{
        for (size_t i = 0; i < DESK_NONCES; i++)
                if (strcmp(desk->nonce[i], nonce) == 0)
                        return true;
        return false;
}

/* Of somebody who stands here. */
static enum reason judge_local(const struct desk *desk, const struct order *order)
{
        int64_t now_us = wall_us();
        if (order->not_after_us < now_us || order->not_after_us > now_us + AHEAD_MAX_US)
                return REASON_STALE;
        if (is_seen(desk, order->nonce))
                return REASON_REPLAYED;
        return order->work == ORDER_GATE ? REASON_NONE : REASON_UNAUTHORISED;
}

/* Of the network: the recorder judges time and nonce, whose memory outlives the process. A fire
 * release ends at the panel or by somebody who stands here. */
static enum reason judge_network(const struct desk *desk, const struct order *order)
{
        bool must_be_signed = desk->settings->commands.signatures == COMMAND_SIGNATURES_REQUIRED ||
                              order->work == ORDER_CONFIG;
        bool is_fire = order->work == ORDER_GATE && order->command == COMMAND_FIRE_RESET;
        return is_fire || (must_be_signed && !order->signer) ? REASON_UNAUTHORISED : REASON_NONE;
}

json_t *desk_refuse(struct desk *desk, const struct order *order, enum reason reason)
{
        struct to_recorder row = { .kind = RECORDER_PASSAGE,
                                   .point = order->point,
                                   .event = EVENT_COMMAND_REFUSED,
                                   .reason = reason };
        memcpy(row.detail, order->detail, sizeof(row.detail));
        if (!mailbox_put(desk->recorder, &row))
                log_error("refused command not recorded", "reason=%s", reason_name(reason));
        return fields_ok(
                json_pack("{s:s, s:s}", "outcome", "refused", "refusal", reason_name(reason)));
}

static bool to_gate(struct desk *desk, int slot, const struct order *order)
{
        struct to_gate message = { .kind = GATE_COMMAND,
                                   .point = order->point,
                                   .command = order->command,
                                   .client = slot,
                                   .connection = desk->server.client[slot].connection };
        memcpy(message.detail, order->detail, sizeof(message.detail));
        strcpy(desk->nonce[desk->next_nonce], order->nonce);
        desk->next_nonce = (desk->next_nonce + 1) % DESK_NONCES;
        return mailbox_put(desk->gate, &message);
}

static bool to_recorder(struct desk *desk, int slot, const struct order *order,
                        const struct fields *fields)
{
        struct to_recorder message = { .kind = RECORDER_COMMAND,
                                       .point = order->point,
                                       .command = order->command,
                                       .client = slot,
                                       .connection = desk->server.client[slot].connection,
                                       .not_after_us = order->not_after_us };
        strcpy(message.nonce, order->nonce);
        memcpy(message.detail, order->detail, sizeof(message.detail));
        if (order->work != ORDER_GATE) {
                message.request = desk_own_command(desk, slot, order, fields);
                if (!message.request)
                        return false;
        }
        if (mailbox_put(desk->recorder, &message))
                return true;
        request_free(message.request);
        return false;
}

json_t *desk_order(struct desk *desk, int slot, struct fields *fields, bool is_local,
                   const struct manager *signer)
{
        struct order order = { .point = -1, .signer = signer };
        read_order(desk, fields, &order);
        if (fields->why[0] != '\0')
                return fields_error("bad_request", fields->why);
        enum reason refusal = order.refused != REASON_NONE ? order.refused
                              : is_local                   ? judge_local(desk, &order)
                                                           : judge_network(desk, &order);
        if (refusal != REASON_NONE)
                return desk_refuse(desk, &order, refusal);
        char why[OVERRIDES_WHY_MAX];
        if (order.work == ORDER_CONFIG && !desk_check_config(desk, fields->object, why)) {
                json_decref(desk_refuse(desk, &order, REASON_BAD_REQUEST));
                return fields_error("bad_request", why);
        }
        bool is_passed_on =
                is_local ? to_gate(desk, slot, &order) : to_recorder(desk, slot, &order, fields);
        return is_passed_on ? NULL : fields_error("unavailable", "too much is waiting: try again");
}

json_t *desk_command(struct desk *desk, int slot, struct fields *fields)
{
        const char *origin = fields_text(fields, "origin", 8);
        bool is_local = strcmp(origin, "local") == 0;
        if (!is_local && strcmp(origin, "mqtt") != 0)
                fields_complain(fields, "origin", "local or mqtt is wanted");
        if (is_local && desk->server.client[slot].role != SERVER_ADMIN)
                fields_complain(fields, "origin", "this user's commands are the network's");
        if (fields->why[0] != '\0')
                return fields_error("bad_request", fields->why);
        return is_local ? desk_order(desk, slot, fields, true, NULL)
                        : desk_network_command(desk, slot, fields);
}

json_t *desk_line_drive(struct desk *desk, int slot, struct fields *fields)
{
        struct to_gate message = { .kind = GATE_DRIVE,
                                   .line = -1,
                                   .client = slot,
                                   .connection = desk->server.client[slot].connection };
        const char *name = fields_text(fields, "name", LINE_NAME_MAX);
        message.is_on = fields_bool(fields, "on", false);
        for (int i = 0; i < desk->plan->count; i++)
                if (strcmp(desk->plan->spec[i].name, name) == 0 && !desk->plan->spec[i].is_output)
                        message.line = i;
        if (message.line < 0)
                fields_complain(fields, "name", "there is no such input");
        if (fields->why[0] != '\0')
                return fields_error("bad_request", fields->why);
        if (!mailbox_put(desk->gate, &message))
                return fields_error("unavailable", "too much is waiting: try again");
        return NULL;
}

json_t *desk_outcome(const struct to_desk *message)
{
        if (message->error == -ENOTSUP)
                return fields_error("not_simulated", "the lines are real");
        if (message->error)
                return fields_error("storage", strerror(-message->error));
        if (message->refusal == REASON_NONE)
                return fields_ok(json_pack("{s:s}", "outcome", "done"));
        return fields_ok(json_pack("{s:s, s:s}", "outcome", "refused", "refusal",
                                   reason_name(message->refusal)));
}
