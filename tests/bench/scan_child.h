/* Scan child: a rival that is another program (scan_rival.py), asked through pipes. */
#pragma once

#include "tests/bench/scan_rivals.h"

struct scan_child;

/* NULL: it is not installed, or does not start. */
struct scan_child *scan_child_start(const char *name);
/* Accepts NULL. */
void scan_child_stop(struct scan_child *child);
/* False: it has ended. */
bool scan_child_read(struct scan_child *child, const struct frame *frame,
                     struct scan_result *result);
