/* Camera text: what the codes of drawn scenes say. */
#pragma once

#include "tests/scene/camera_sim.h"
#include "tests/scene/random.h"

/* Writes a text of that kind (not CAMERA_SIM_NOTHING) into `text`; returns its length. */
size_t camera_text(struct random *random, enum camera_sim_text kind, uint8_t *text, size_t size);
