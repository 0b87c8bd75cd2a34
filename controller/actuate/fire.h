/*
 * Fire: when everything is free. Pure. The loop is normally closed: a broken wire and an alarm are
 * the same. Released stays released, also when the alarm is over, until somebody turns the key at
 * the panel while the loop is whole (EN 13637, NYC BC 1010.3: released until the system is reset).
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum fire_change {
        FIRE_UNCHANGED,
        FIRE_RELEASED,
        FIRE_RESET
};

struct fire {
        bool has_loop, is_whole, is_released;
};

/* `was_released`: a release was in force when the process before this one ended. */
void fire_init(struct fire *fire, bool has_loop, bool was_released);
MUST_USE enum fire_change fire_loop(struct fire *fire, bool is_whole);
MUST_USE enum fire_change fire_reset(struct fire *fire);
/* "none", "normal", "released" (loop open), "holding" (whole again, not reset yet). */
const char *fire_state(const struct fire *fire);
