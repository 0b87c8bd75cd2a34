/*
 * Region: where in a frame a code may lie, from the finder patterns seen. Pure.
 *
 * Patterns of about one size that lie as near as those of one code, or of codes beside each other,
 * make one region: symbols of a structured append have to be read together.
 */
#pragma once

#include "controller/decode/finder.h"

enum {
        REGIONS_MAX = 3 /* of a frame that are looked at; those with the most patterns */
};

struct region {
        int left, top, width, height; /* px, within the frame, at least 1 × 1 */
        int patterns;
        float module_px;
};

/* Writes at most REGIONS_MAX regions, those with the most patterns first; returns how many. */
int region_find(const struct finder_candidate found[], int count, int width_px, int height_px,
                struct region regions[REGIONS_MAX]);
