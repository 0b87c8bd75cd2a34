/*
 * Motion: whether a frame shows anything that the one looked at last did not. Pure.
 *
 * Every eighth row is compared, cell by cell, with the frame that was looked at last, not with the
 * one before: what creeps in adds up. Noise differs everywhere, a code somewhere: a cell and its
 * neighbours that differ by half as much again as the middle one of all cells, and a level, are
 * news. A light that is switched changes more than half of the cells; so does a camera that looks
 * for its exposure: above MOTION_NOISE_MAX nothing counts as noise. One comparison costs about a
 * thousandth of a zbar pass.
 */
#pragma once

#include "controller/decode/image.h"

enum {
        MOTION_CELL_PX = 16,  /* a cell's side; the smallest code that zbar reads covers two */
        MOTION_NOISE_MAX = 16 /* grey levels that frames of one scene may differ by, on average */
};

struct motion {
        struct image rows;     /* every eighth row of the frame that was looked at last */
        uint32_t *differences; /* a cell's, summed; heap */
        size_t cells_size;
        int width_px, height_px; /* of that frame; 0: there is none */
};

#define MOTION_NONE ((struct motion){ .width_px = 0 })

void motion_deinit(struct motion *motion);
/* The frame is looked at now: later ones are compared with it. 0 or -ENOMEM, then there is none. */
MUST_USE int motion_keep(struct motion *motion, const struct frame *frame);
/* True, too, when there is none to compare with, or of another size. */
bool motion_is_new(struct motion *motion, const struct frame *frame);
