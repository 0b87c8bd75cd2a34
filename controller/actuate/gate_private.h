/* Gate, inside: what gate.c, gate_grants.c and gate_commands.c share. */
#pragma once

#include "controller/actuate/gate.h"

/* Tells the recorder; a full mailbox is counted on the board as a lost record. */
void gate_record(struct gate *gate, int point, enum event event, enum reason reason, uint64_t grant,
                 const char *detail);
/* Steps one lane, records what it raises, shows its outputs. */
void gate_step(struct gate *gate, int point, enum lane_input input, uint64_t grant, int64_t now_ms);
void gate_step_all(struct gate *gate, enum lane_input input, int64_t now_ms);
/* Drives what has changed of an access point's outputs and shows its state on the board. */
void gate_show(struct gate *gate, int point, int64_t now_ms);
void gate_cue(struct gate *gate, int point, enum signals_cue cue, int64_t now_ms);

/* gate_grants.c: grants between verdict and record. */
void gate_grants_verdict(struct gate *gate, const struct to_gate *message, int64_t now_ms);
void gate_grants_committed(struct gate *gate, uint64_t grant, int64_t now_ms);
void gate_grants_failed(struct gate *gate, uint64_t grant, int64_t now_ms);
void gate_grants_expire(struct gate *gate, int64_t now_ms);
int64_t gate_grants_next_ms(const struct gate *gate);
/* A grant of the gate's own: exit button (client -1) or AccessDoor command. */
void gate_grants_own(struct gate *gate, int point, enum event event, enum reason reason,
                     const char *detail, int client, uint64_t connection, int64_t now_ms);

/* gate_commands.c */
void gate_command(struct gate *gate, const struct to_gate *message, int64_t now_ms);
void gate_drive(struct gate *gate, const struct to_gate *message);
void gate_tell_outcome(struct gate *gate, int client, uint64_t connection, enum reason refusal,
                       int error);
/* Applies a change of the fire state to every lane and records it. */
void gate_fire(struct gate *gate, enum fire_change change, const char *detail, int64_t now_ms);
