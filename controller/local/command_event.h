/*
 * Command event: a command of the network, the CloudEvent that docs/mqtt.md, "Commands" describes,
 * read and checked. The one reader of it: stile-uplink reads what is not signed, stiled what is,
 * once it knows whose it is. Pure.
 */
#pragma once

#include "common/base.h"
#include <jansson.h>
#include <stdbool.h>

enum {
        COMMAND_AHEAD_S = 60, /* furthest `not_after` */
        COMMAND_NONCE_MIN = 8,
        COMMAND_NONCE_MAX = 64,
        COMMAND_LEAF_MAX = 16,
        COMMAND_SIGNED_MAX =
                9216 /* bytes of a signed one: the JSON's bound and what is around it */
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
};

/* Is there a cmd/{leaf}? */
bool command_is_leaf(const char *leaf);
/* What came on cmd/{leaf}; now_us is wall clock. */
void command_read_event(struct command *command, const char *leaf, const unsigned char *bytes,
                        size_t len, int64_t now_us);
void command_deinit(struct command *command);

/* "", stale, retained, unsupported, bad_request */
const char *command_refusal(enum command_verdict verdict);
