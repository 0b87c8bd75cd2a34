/* Desk, inside: what its files share. */
#pragma once

#include "controller/local/command_event.h"
#include "controller/local/desk.h"
#include "controller/local/fields.h"

/* Answers the request under way of a client: takes the reference, adds the id. */
void desk_answer(struct desk *desk, int slot, json_t *answer);

/* desk_serve.c: one request, answered here or handed to the thread whose it is. Takes the
 * reference. */
void desk_serve(struct desk *desk, int slot, json_t *question);
/* Asks in the name of a client: takes the reference. False: the recorder's mailbox is full. */
MUST_USE bool desk_ask_recorder(struct desk *desk, int slot, json_t *question, bool is_closing);

/* desk_status.c: adds everything but what the recorder has put in already. */
void desk_add_status(const struct desk *desk, json_t *status);
void desk_add_hello(const struct desk *desk, const struct server_client *client, json_t *hello);
json_t *desk_lines(const struct desk *desk);
/* Remembers what stile-uplink says of the broker. */
json_t *desk_uplink_state(struct desk *desk, struct fields *fields);

/* A command as it was read. */
enum order_work {
        ORDER_GATE, /* `command` is the gate's to carry out; the others are desk's */
        ORDER_SYNC,
        ORDER_CONFIG
};

struct order {
        enum order_work work;
        enum gate_command command;
        int point;
        int64_t not_after_us;
        const char *nonce;
        const struct manager *signer; /* NULL: nobody */
        enum reason refused;
        char detail[FLOW_DETAIL_MAX];
};

/* desk_commands.c: an answer now, or NULL: the outcome will be the answer. */
json_t *desk_command(struct desk *desk, int slot, struct fields *fields);
json_t *desk_order(struct desk *desk, int slot, struct fields *fields, bool is_local,
                   const struct manager *signer);
json_t *desk_line_drive(struct desk *desk, int slot, struct fields *fields);
/* Journals the refusal; its answer. */
json_t *desk_refuse(struct desk *desk, const struct order *order, enum reason reason);
/* The answer that an outcome makes. */
json_t *desk_outcome(const struct to_desk *message);

/* desk_network.c: as desk_command, for what comes by way of stile-uplink. */
json_t *desk_network_command(struct desk *desk, int slot, struct fields *fields);
/* Journals how many were too many, now and then. */
void desk_tell_flood(struct desk *desk);
/* May options be changed so? False: *why. */
MUST_USE bool desk_check_config(const struct desk *desk, const json_t *command,
                                char why[OVERRIDES_WHY_MAX]);
/* What desk will need of a command that is its own to carry out. NULL without memory. */
struct request *desk_own_command(const struct desk *desk, int slot, const struct order *order,
                                 const struct fields *fields);
/* Carries it out. The answer. */
json_t *desk_carry_out(struct desk *desk, const struct request *request);
