/*
 * Nonces: which commands of the network were carried out, so that none is twice, whatever dies in
 * between. A small text file beside the journal.
 *
 *     stile nonces 1 FORGOTTEN        what was not to be carried out after this is forgotten
 *     NOT_AFTER NONCE                 µs since 1970; one line a command
 *
 * A line is durable before the gate hears of the command: a power cut leaves a command that was not
 * carried out, never one that may be again. Lines go when their time is over; FORGOTTEN is the
 * latest time of those that went, and nothing of before it is taken any more: so no clock that goes
 * back gives a command a second life. A line that is cut off at the end was never acted upon. Any
 * other damage might have been a nonce: then, and when the file cannot be read, nothing is taken
 * that could have been carried out before the start.
 *
 * Belongs to the recorder thread.
 */
#pragma once

#include "controller/local/command_event.h"

enum {
        NONCES_MAX = 2560, /* more than commands.per-minute lets through in a minute */
        NONCES_PATH_MAX = 128
};

struct nonces {
        char path[NONCES_PATH_MAX];
        int fd;               /* appends; -1: not open */
        int64_t forgotten_us; /* see above */
        size_t lines;         /* in the file, those of forgotten ones too */
        size_t count;
        struct nonce {
                int64_t not_after_us;
                char text[COMMAND_NONCE_MAX + 1];
        } nonce[NONCES_MAX];
};

/* Reads what is there; makes nothing. now_us is wall clock; ahead_us how far a command's time may
 * be ahead. What cannot be read is said in the log. */
void nonces_load(struct nonces *nonces, const char *path, int64_t now_us, int64_t ahead_us);
void nonces_deinit(struct nonces *nonces);

enum nonces_answer {
        NONCES_FRESH,     /* and it is durable that it was used */
        NONCES_FORGOTTEN, /* too old to know */
        NONCES_USED,
        NONCES_FULL,
        NONCES_FAILED /* the disk did not take it: *error */
};

/* Uses a nonce, if it can be used. Blocks for the disk. */
MUST_USE enum nonces_answer nonces_use(struct nonces *nonces, const char *text,
                                       int64_t not_after_us, int64_t now_us, int *error);
