/*
 * Exposure: what a camera is asked for while somebody's code is seen and cannot be read. Pure.
 *
 * A camera exposes for its whole frame: the bright screen of a phone burns out in a dark lobby, a
 * printed code before a window drowns. The region of the code is metered instead (aim_sight): much
 * of it white is one step less light, no white in it one step more, at most EXPOSURE_STEPS_MAX
 * either way, and a moment between two steps, for the camera to follow. After a read the exposure
 * stays as it is for a while, since the next in the queue holds up the same; when nobody shows
 * anything it returns to what was configured.
 */
#pragma once

#include "controller/decode/aim.h"

enum {
        EXPOSURE_STEPS_MAX = 3,
        EXPOSURE_AFTER_MS = 400,  /* unread for so long */
        EXPOSURE_STEP_MS = 300,   /* from one step to the next */
        EXPOSURE_STAY_MS = 10000, /* after the last code that was read */
        EXPOSURE_GONE_MS = 2000   /* without patterns and without a read before */
};

struct exposure {
        int step;                                    /* EV from what was configured */
        int64_t since_ms, seen_ms, step_ms, read_ms; /* monotonic; 0: never */
};

/* The step from now on. Times do not go back. */
int exposure_see(struct exposure *exposure, const struct aim_sight *sight, int64_t now_ms);
