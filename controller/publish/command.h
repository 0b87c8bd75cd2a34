/*
 * Command: a message from the network on cmd/…, read and checked, becomes a request to the gate or
 * a refusal (docs/mqtt.md, "Commands"). Pure. The gate checks everything that matters once more;
 * what is checked here keeps nonsense away from it and tells the sender what was wrong.
 */
#pragma once

#include "controller/ports/bus.h"
#include <jansson.h>

enum {
        COMMAND_AHEAD_S = 60, /* furthest `not_after` */
        COMMAND_NONCE_MIN = 8,
        COMMAND_NONCE_MAX = 64,
        COMMAND_CORRELATION_MAX = 256
};

enum command_verdict {
        COMMAND_GOOD,
        COMMAND_STALE, /* past its not_after, or too far ahead */
        COMMAND_RETAINED,
        COMMAND_UNSUPPORTED, /* no such command, or not for the network */
        COMMAND_BAD          /* `complaint` names the field */
};

struct command {
        enum command_verdict verdict;
        char complaint[96];
        const char *name; /* AccessDoor, …; "" where it is not known; a constant string */
        char nonce[COMMAND_NONCE_MAX + 1]; /* "" where it could not be read */
        /* Of the local `command`: to be carried out, or, stale or retained, to be journaled as
         * refused. NULL for the other verdicts. */
        json_t *fields;
        /* Where the outcome goes: within the message, NULL where none was asked for or where it
         * may not go. */
        const char *response_topic;
};

/* Reads a message below root/cmd/. The message must outlive the command. */
void command_read(struct command *command, const char *root, const struct bus_message *message,
                  int64_t now_us);
void command_deinit(struct command *command);

/* "", stale, retained, unsupported, bad_request */
const char *command_refusal(enum command_verdict verdict);
