/* Line drivers: the constructors of controller/ports/lines.h. */
#pragma once

#include "controller/ports/lines.h"

/*
 * Real lines, through libgpiod 1.6 or 2.x (the build decides). Needs a kernel that stamps edges
 * with CLOCK_MONOTONIC (5.7 and later). set, get and read cost a system call or a few; on a chip
 * behind I2C each lasts as long as the bus does.
 */
MUST_USE int gpiod_lines_open(const char *chip, const struct line_spec *specs, int count,
                              struct lines **lines);

/*
 * Simulated lines, moved by lines->ops->drive. Inputs start off. There is no contact that could
 * bounce: debounce_ms is taken as 0. `chip` does not matter; a line without a name is refused as
 * a chip would refuse it.
 */
MUST_USE int sim_lines_open(const char *chip, const struct line_spec *specs, int count,
                            struct lines **lines);
