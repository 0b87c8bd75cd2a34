#include "dashboard/command/command_desk.h"

#include "common/rfc3339.h"
#include "dashboard/http/answer.h"
#include "dashboard/http/body.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char gates_root[] = "/api/v1/gates/", orders_root[] = "/api/v1/commands/",
                  leaf[] = "/commands";

/* A guard opens for one person; what holds a lane is a manager's. */
static bool may_give(const struct principal *who, const char *gate, enum order_command command)
{
        for (size_t i = 0; i < who->grant_count; i++) {
                const struct grant *grant = &who->grants[i];
                bool has_role = grant->role == ROLE_MANAGER ||
                                (grant->role == ROLE_GUARD && command == ORDER_ACCESS_DOOR);
                if (has_role && area_contains(grant->area, gate))
                        return true;
        }
        return false;
}

/* 1 to FLOW_ID_MAX - 1 of a-z, 0-9, -. */
static bool is_name(const char *text, size_t len)
{
        return len > 0 && len < FLOW_ID_MAX &&
               strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

/* "org/site/gate" and nothing else: it becomes part of a topic. */
static bool is_gate(const char *text, size_t len)
{
        int names = 0;
        for (const char *end = text + len;; text++) {
                const char *slash = memchr(text, '/', (size_t)(end - text));
                const char *stop = slash ? slash : end;
                if (!is_name(text, (size_t)(stop - text)))
                        return false;
                names++;
                if (!slash)
                        return names == 3;
                text = slash;
        }
}

static json_t *describe(const struct order *order, int64_t given_us,
                        const struct order_outcome *outcome)
{
        char given[RFC3339_MAX];
        rfc3339_format(given_us, given);
        const char *point = order->access_point[0] != '\0' ? order->access_point : NULL;
        const char *refusal = outcome->refusal[0] != '\0' ? outcome->refusal : NULL;
        const char *message = outcome->message[0] != '\0' ? outcome->message : NULL;
        return json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:s?, s:s?}", "id", order->id,
                         "gate", order->gate, "command", order_command_name(order->command),
                         "access_point", point, "actor", order->actor, "reason", order->reason,
                         "given", given, "state", order_state_name(outcome->state), "refusal",
                         refusal, "message", message);
}

static void answer_order(const struct command_desk *desk, const char *id, int wait_ms,
                         const struct principal *who, unsigned status,
                         struct web_response *response)
{
        struct order order;
        struct order_outcome outcome;
        int64_t given_us;
        if (!commander_ask(desk->commander, id, wait_ms, &order, &given_us, &outcome) ||
            !may_give(who, order.gate, order.command))
                answer_error(response, 404, "not_found",
                             "there is no such command, or not any more");
        else
                answer_json(response, status, describe(&order, given_us, &outcome));
}

/* Bytes, as the gate counts; no control characters. NULL: good; else the member that is not. */
static const char *read_order(const json_t *body, struct order *order)
{
        const char *command = json_string_value(json_object_get(body, "command"));
        const char *reason = json_string_value(json_object_get(body, "reason"));
        const char *point = json_string_value(json_object_get(body, "access_point"));
        if (!command || !order_command_parse(command, &order->command))
                return "command: AccessDoor, LockOpen, LockDown, LockOpenRelease or "
                       "LockDownRelease";
        if (!reason || reason[0] == '\0' || strlen(reason) >= ORDER_REASON_MAX)
                return "reason: 1 to 128 bytes";
        for (const char *c = reason; *c; c++)
                if ((unsigned char)*c < ' ' || *c == 0x7f)
                        return "reason: no control characters";
        snprintf(order->reason, sizeof(order->reason), "%s", reason);
        if (point && !is_name(point, strlen(point)))
                return "access_point: its name, or null";
        if (point)
                snprintf(order->access_point, sizeof(order->access_point), "%s", point);
        if (order->command == ORDER_ACCESS_DOOR && order->access_point[0] == '\0')
                return "access_point: AccessDoor needs one";
        return NULL;
}

static int note(const struct command_desk *desk, const struct principal *who,
                const struct order *order, const char *outcome)
{
        json_t *detail = json_pack("{s:s, s:s*, s:s}", "command",
                                   order_command_name(order->command), "access_point",
                                   order->access_point[0] != '\0' ? order->access_point : NULL,
                                   "reason", order->reason);
        int r = desk->audit.note(desk->audit.context, who, "command", order->gate, detail, outcome);
        json_decref(detail);
        return r;
}

static void give(const struct command_desk *desk, const char *gate,
                 const struct web_request *request, const struct principal *who,
                 struct web_response *response)
{
        static const struct body_member members[] = { { "command", BODY_TEXT },
                                                      { "reason", BODY_TEXT },
                                                      { "access_point", BODY_TEXT_OR_NULL },
                                                      { NULL, BODY_TEXT } };
        struct order order = { .command = ORDER_ACCESS_DOOR };
        snprintf(order.gate, sizeof(order.gate), "%s", gate);
        snprintf(order.actor, sizeof(order.actor), "%s", who->name);
        json_t *body = body_read(request, members, response);
        if (!body)
                return;
        const char *trouble = read_order(body, &order);
        json_decref(body);
        if (trouble) {
                answer_error(response, 400, "bad_request", trouble);
                return;
        }
        bool may = may_give(who, gate, order.command);
        /* Written down before it happens: a command that nobody can be asked about is not given. */
        int r = note(desk, who, &order, may ? "done" : "refused");
        if (r)
                answer_failure(response, r);
        else if (!may)
                answer_error(response, 403, "forbidden", "you may not give this command there");
        else if ((r = commander_give(desk->commander, &order)) == -ENOTCONN)
                answer_error(response, 503, "broker", "no broker is connected; nothing was sent");
        else if (r)
                answer_error(response, 503, "busy",
                             "too many commands are under way; nothing was sent");
        else
                answer_order(desk, order.id, desk->wait_ms, who, 202, response);
}

bool command_desk_handle(const struct command_desk *desk, const struct web_request *request,
                         const struct principal *who, struct web_response *response)
{
        const char *path = request->path;
        size_t len = strlen(path);
        bool is_order = strncmp(path, orders_root, sizeof(orders_root) - 1) == 0;
        bool is_gates = strncmp(path, gates_root, sizeof(gates_root) - 1) == 0 &&
                        len > sizeof(gates_root) + sizeof(leaf) - 2 &&
                        strcmp(path + len - (sizeof(leaf) - 1), leaf) == 0;
        if (!is_order && !is_gates)
                return false;
        char gate[ARCHIVE_GATE_MAX];
        const char *begin = path + sizeof(gates_root) - 1;
        size_t gate_len = is_gates ? (size_t)(path + len - (sizeof(leaf) - 1) - begin) : 0;
        if (request->method != (is_order ? WEB_GET : WEB_POST)) {
                answer_error(response, 405, "method_not_allowed", "see openapi.json");
        } else if (!desk->commander) {
                answer_error(response, 404, "not_found", "this dashboard commands no gates");
        } else if (is_order) {
                answer_order(desk, path + sizeof(orders_root) - 1, 0, who, 200, response);
        } else if (gate_len >= sizeof(gate) || !is_gate(begin, gate_len)) {
                answer_error(response, 404, "not_found", "that is no gate's name");
        } else {
                memcpy(gate, begin, gate_len);
                gate[gate_len] = '\0';
                give(desk, gate, request, who, response);
        }
        return true;
}
