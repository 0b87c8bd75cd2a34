/*
 * Replay: which proofs and one-time codes have opened a lane already, so that each opens one once.
 * Pure; bounded; in memory: after a restart, what is older than the start is refused instead
 * (rules.h, started_us).
 *
 * A credential's proofs only grow: the newest that opened is all that must be kept. An entry is
 * needed for as long as its proof could be shown again, which is well under a minute.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        REPLAY_MAX = 512 /* lanes open less often than that while a proof lives */
};

struct replay {
        struct {
                uint8_t key[FLOW_USE_LEN];
                int64_t mark; /* time of a proof, step of a one-time code */
        } used[REPLAY_MAX];
        size_t next, count;
};

/* The newest mark of this credential that opened a lane; 0: none is known. */
int64_t replay_last(const struct replay *replay, const uint8_t lookup[FLOW_DIGEST_LEN]);
/* Takes the place of an older one of the same credential, else of the oldest of all. */
void replay_note(struct replay *replay, const uint8_t lookup[FLOW_DIGEST_LEN], int64_t mark);
