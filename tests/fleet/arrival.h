/*
 * Arrival: when people come to a gate. A pattern is a rate in people per minute and gate, by
 * straight lines between the points of its table; at its end it begins anew. Pure.
 *
 * Person n comes when the integral of the rate reaches n + jitter, jitter in [0, 1). So the moment
 * of any person is known without those before, and two runs with one seed are the same.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum {
        ARRIVAL_MINUTES_MAX = 180
};

struct arrival {
        int minutes;                            /* of the whole pattern */
        double people[ARRIVAL_MINUTES_MAX + 1]; /* that came by the end of minute i - 1 */
        double speed;                           /* minutes of the pattern in one real one */
};

/* `scale` multiplies the rates. False: there is no such pattern. */
MUST_USE bool arrival_init(struct arrival *arrival, const char *name, double scale, double speed);
/* Microseconds after the beginning at which `people` (a count and a fraction) have come. */
int64_t arrival_us(const struct arrival *arrival, double people);
/* The names and shapes, for --help. */
extern const char arrival_help[];
