/* Desk, inside: what desk.c, desk_status.c and desk_commands.c share. */
#pragma once

#include "controller/local/desk.h"
#include "controller/local/fields.h"

/* Answers the request under way of a client: takes the reference, adds the id. */
void desk_answer(struct desk *desk, int slot, json_t *answer);

/* desk_status.c: adds everything but what the recorder has put in already. */
void desk_add_status(const struct desk *desk, json_t *status);
void desk_add_hello(const struct desk *desk, const struct server_client *client, json_t *hello);
json_t *desk_lines(const struct desk *desk);
/* Remembers what stile-uplink says of the broker. */
json_t *desk_uplink_state(struct desk *desk, struct fields *fields);

/* desk_commands.c: an answer now, or NULL: the gate's outcome will be the answer. */
json_t *desk_command(struct desk *desk, int slot, struct fields *fields);
json_t *desk_line_drive(struct desk *desk, int slot, struct fields *fields);
/* The answer that an outcome makes. */
json_t *desk_outcome(const struct to_desk *message);
