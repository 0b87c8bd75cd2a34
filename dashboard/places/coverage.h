/*
 * Coverage: the register of places beside what their gates do: who is equipped, who is active, who
 * is silent, rolled up over the administration's divisions. Pure; its memory is bounded by the
 * register.
 */
#pragma once

#include "dashboard/ports/places.h"
#include <jansson.h>

enum {
        COVERAGE_PLACES_MAX = 100000,
        COVERAGE_SILENT_DAYS = 3
};

struct coverage;

/* For places in this division and below; "" all. NULL: no memory. `division` is borrowed. */
struct coverage *coverage_new(const char *division, int64_t now_us);
/* Accepts NULL; returns NULL. */
struct coverage *coverage_free(struct coverage *coverage);

/* For places_list, then history_ops.gates and tallies (today's). Sites that are not in the register
 * are passed over. */
bool coverage_add_place(void *coverage, const struct place *place);
bool coverage_add_gate(void *coverage, const struct history_gate *gate);
bool coverage_add_tally(void *coverage, const struct history_tally *tally);
/* 0, or -ENOMEM, -E2BIG: not all found room and nothing may be told. */
MUST_USE int coverage_error(const struct coverage *coverage);

/* May somebody see this site? */
typedef bool coverage_filter(void *context, const char *site);

/* The places after `after` that pass, at most `limit`; *next is the last one's site, "" when that
 * was the end; borrowed. NULL: no memory. */
json_t *coverage_places(const struct coverage *coverage, const char *after, size_t limit,
                        coverage_filter *filter, void *context, const char **next);
/* Sums of the divisions one level below, in order of their names, and of all of them. */
json_t *coverage_divisions(const struct coverage *coverage, coverage_filter *filter, void *context);
json_t *coverage_total(const struct coverage *coverage, coverage_filter *filter, void *context);
