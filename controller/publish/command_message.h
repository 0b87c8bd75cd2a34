/*
 * Command message: a message from the network on cmd/… becomes a request to the gate or a refusal
 * (docs/mqtt.md, "Commands"). Pure. The gate checks everything that matters once more; what is
 * checked here keeps nonsense away from it and tells the sender what was wrong. A signed one is
 * handed on as it is: whose it is and what it says is the gate's to find out.
 */
#pragma once

#include "controller/local/command_event.h"
#include "controller/ports/bus.h"

#define COMMAND_SIGNED_TYPE "application/cose"

enum {
        COMMAND_CORRELATION_MAX = 256,
        COMMAND_SIGNED_BYTE = 0xd2 /* how a signed one begins: CBOR tag 18 (RFC 9052, 2) */
};

struct command_message {
        struct command command; /* of a signed one neither name nor nonce are known */
        /* Where the outcome goes: within the message, NULL where none was asked for or where it
         * may not go. */
        const char *response_topic;
};

/* Reads a message below root/cmd/, which must outlive what is read. */
void command_message_read(struct command_message *read, const char *root,
                          const struct bus_message *message, int64_t now_us);
void command_message_deinit(struct command_message *read);
