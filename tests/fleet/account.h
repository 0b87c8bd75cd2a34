/* Account: what a fleet's run came to, as JSON: of every gate the head, the watermark, how much was
 * sent, and a digest of all rows (story.h) to compare the centre's table with. */
#pragma once

#include "tests/fleet/sim_gate.h"

struct account {
        const struct plan *plan;
        const struct sim_gate *gates;
        int64_t begin_ms;
        int64_t all_up_ms;  /* when all were connected first; 0: never */
        int64_t quiet_ms;   /* when nobody came any more; 0: not yet */
        int64_t settled_ms; /* when all was acknowledged after that; 0: never */
};

struct tally {
        int up, settled;
        uint64_t head, acked, sent, resent, published, connections, cuts, commands, refused;
};

void account_count(const struct account *account, struct tally *tally);
/* A line on stdout. */
void account_progress(const struct account *account, int64_t now_ms);
/* Writes the plan's report file. 0, or -errno, everything said. */
MUST_USE int account_write(const struct account *account, int64_t now_ms);
