/* Scan videos: a code that somebody brings, holds with a hand that shakes, and takes away. */
#pragma once

#include "tests/bench/scan_rivals.h"

/* Prints what a camera's decoder reads of them, how soon, and what a frame costs. */
void scan_videos(struct scan_rivals *rivals, uint32_t seed);
