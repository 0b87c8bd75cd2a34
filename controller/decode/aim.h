/*
 * Aim: what helps somebody whose code the camera sees and cannot read. Pure.
 *
 * Patterns of a code in view for AIM_AFTER_MS without a read make a hint, for a lamp or a display;
 * a read ends it, and so does a view without patterns. What never goes away is no code but a poster
 * or a grating: after AIM_LONGEST_MS the hint is withdrawn until the view was empty.
 */
#pragma once

#include "controller/decode/region.h"
#include <stdbool.h>
#include <stdint.h>

enum {
        AIM_AFTER_MS = 1000,
        AIM_LONGEST_MS = 8000,
        AIM_PATTERNS = 2, /* of one size and near each other: a single one is hardly ever a code */
        AIM_GONE_MS = 500 /* without patterns, or one that was missed for a frame */
};

enum aim_hint {
        AIM_NONE,
        AIM_LIGHT,   /* "too-dark": hardly any grey levels between ink and paper */
        AIM_CLOSER,  /* "closer": too few px to a module */
        AIM_FARTHER, /* "farther": part of it lies outside, or it is too near to be sharp */
        AIM_STEADY,  /* "hold-still" */
        AIM_HINTS
};

/* Stable: they are told to displays. "" for AIM_NONE. */
extern const char *const aim_hint_names[AIM_HINTS];

/* What one frame shows of a code. */
struct aim_sight {
        struct region region; /* patterns 0: nothing */
        int contrast;         /* grey levels between its darkest and lightest samples */
        int high;             /* its lightest sample */
        int white_percent;    /* of its samples that are as light as the sensor can tell */
        bool is_cut;          /* it reaches the frame's edge */
        bool is_moving;       /* the frame differs from the one before */
        bool is_read;
};

struct aim {
        int64_t since_ms, seen_ms; /* patterns without a read: since when, and when last */
        int64_t hint_ms;
        bool is_on, is_given_up;
        enum aim_hint hint;
};

/* What the region of a frame shows; is_moving and is_read are the caller's. */
struct aim_sight aim_sight(const struct frame *frame, const struct region *region);
/* The hint from now on. Times do not go back. */
enum aim_hint aim_see(struct aim *aim, const struct aim_sight *sight, int64_t now_ms);
