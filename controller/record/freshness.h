/*
 * Freshness: how old the centre's registry was when a row was decided. It is not in the row: the
 * registry keeps which issue it was from when on, and rows that are read in order nearly all fall
 * into the span that was found for the one before. Belongs to the recorder thread.
 */
#pragma once

#include "controller/board.h"
#include "controller/flow.h"
#include "controller/ports/registry.h"

/* All zero: nothing was found yet. */
struct freshness {
        struct registry_issue issue; /* found last */
};

/* Seconds; 0 also where the gate's clock was behind the centre's. -1: the row is not one that the
 * rules decided, there was no registry, or nobody knows. */
int64_t freshness_age_s(struct freshness *freshness, struct registry *registry,
                        const struct board *board, const struct passage *row);
