/*
 * Figures: tallies by hour, rolled up to the site's hours, days, weeks (from Monday) or months, and
 * by the areas one level below. Pure; bounded by the period asked for and the gates there are.
 */
#pragma once

#include "dashboard/ports/history.h"
#include <jansson.h>

enum {
        FIGURES_DAYS_MAX = 400
};

enum figures_by {
        FIGURES_HOUR,
        FIGURES_DAY,
        FIGURES_WEEK,
        FIGURES_MONTH
};

struct figures;

/* Days since 1970 of the site; `until` is the last. `area` is borrowed. NULL: no memory. */
struct figures *figures_new(const char *area, int64_t from_day, int64_t until_day,
                            enum figures_by by, int offset_min);
/* Accepts NULL; returns NULL. */
struct figures *figures_free(struct figures *figures);

/* The first hour, UTC, of the day that it is at the site. Where the offset is no whole hour, the
 * day begins with the hour that its midnight is in: tallies are by hour. */
int64_t figures_first_hour(int64_t now_us, int offset_min);

/* Which hours to ask for. */
int64_t figures_from_hour(const struct figures *figures);
int64_t figures_until_hour(const struct figures *figures);
/* For history_ops.tallies and gates; gates first, so that an area without anything is there. */
bool figures_add_gate(void *figures, const struct history_gate *gate);
bool figures_add(void *figures, const struct history_tally *tally);
/* After the gates: 0, or -ENOMEM when not all found room and nothing may be told. */
int figures_error(const struct figures *figures);

/* [{"start", "entries", …}] and [{"area", "entries", …}]. */
json_t *figures_rows(const struct figures *figures);
json_t *figures_areas(const struct figures *figures);
