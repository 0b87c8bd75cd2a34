/*
 * Finder: a cheap look for QR finder patterns (the three square eyes of a code). Pure.
 *
 * It reads every third row once, which costs some 4 % of a zbar pass. What it is for: a frame full
 * of such patterns makes the slow reader try every triple of them, and has to be recognised before
 * the reader is asked; and a frame without any need not be read at all.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum {
        FINDER_SIDE_MAX = 8192, /* px of a frame's width or height */
        /*
         * Candidates of a frame that is still worth a zbar pass. Measured with
         * tests/bench/bench_decoder.c on x86_64, VGA, zbar 0.23.92, as multiples of a pass over a
         * frame with one card: zbar's cost grows with the cube of the patterns, and sparse ones
         * are the worst: 5 times at 16, 13 at 24, 30 at 32, 60 at 64. The 289 photos and frames
         * that zbar can read have 8 at most, four cards side by side 14, a version 34 code close
         * to the camera 14.
         */
        DECODER_CANDIDATES_DEFAULT = 16
};

struct finder_candidate {
        int x_px, y_px;  /* centre */
        float module_px; /* side of one module; the pattern is seven modules wide */
};

/*
 * Writes the distinct candidates of one frame and returns how many. Stops looking when `capacity`
 * (at least 1) are found. Dark on light only.
 *
 * The frame's shape must be possible and its sides within FINDER_SIDE_MAX. Whatever it shows, the
 * time stays in proportion to its size, and for each hit to the candidates known so far.
 */
int finder_find(const struct frame *frame, struct finder_candidate *found, int capacity);
