/* Camera light: what lens and sensor make of a picture of light (0 black, 1 white). */
#pragma once

#include "tests/scene/random.h"

struct light {
        float *at; /* rows without padding */
        int width, height;
};

/* A lens out of focus, as three box blurs: `deviation_px` that of a normal one. */
void light_blur(struct light *light, double deviation_px);
/* A hand that moves `len_px` along `angle` while the shutter is open. */
void light_smear(struct light *light, double len_px, double angle);
/* Contrast, level, noise, eight bits. */
void light_expose(const struct light *light, double black, double white, double noise,
                  struct random *random, uint8_t *luma);
