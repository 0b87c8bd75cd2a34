/*
 * Plan: which line of the chip does what, as the settings say: the array that the lines driver
 * opens, and for each access point the indexes into it.
 */
#pragma once

#include "controller/ports/lines.h"
#include "controller/settings.h"

enum {
        PLAN_NONE = -1
}; /* no such line is wired */

struct plan_point {
        int pass, release, sensor, button, tamper, green, red, buzzer;
};

struct plan {
        struct line_spec spec[LINES_MAX];
        int count;
        int fire, fire_reset;
        struct plan_point point[SETTINGS_POINTS_MAX];
};

/* From settings that settings_load accepted. */
void plan_init(struct plan *plan, const struct settings *settings);
