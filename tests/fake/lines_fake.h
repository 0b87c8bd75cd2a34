/* Lines fake: outputs to look at, inputs to move, faults on demand. All in the test's own struct.
 */
#pragma once

#include "controller/ports/lines.h"

struct lines_fake {
        struct lines lines;
        bool is_on[LINES_MAX];
        struct line_edge edge[LINES_MAX];
        size_t edges, sets;
        int fail_with;
};

/* fd stays -1: tests call gate_turn themselves. */
void lines_fake_init(struct lines_fake *fake);
/* Moves an input as the world would. */
void lines_fake_move(struct lines_fake *fake, int line, bool is_on);
