#include "tests/scene/camera_light.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
        PASSES = 3
};

static float *new_samples(size_t count)
{
        float *samples = malloc(count * sizeof(*samples));
        if (!samples) {
                fputs("no memory for a drawn scene\n", stderr);
                abort();
        }
        return samples;
}

/* The mean over `radius` to either side, with a share of the next one: radii are no whole pixels.
 */
static void box_line(const float *from, float *to, int len, ptrdiff_t step, double radius)
{
        int whole = (int)radius;
        float part = (float)(radius - whole), weight = 1.0F / (float)(2 * radius + 1);
        float sum = 0;
#define CLAMPED(i) from[((i) < 0 ? 0 : (i) >= len ? len - 1 : (i)) * step]
        for (int i = -whole; i <= whole; i++)
                sum += CLAMPED(i);
        for (int i = 0; i < len; i++) {
                to[i * step] =
                        weight * (sum + part * (CLAMPED(i - whole - 1) + CLAMPED(i + whole + 1)));
                sum += CLAMPED(i + whole + 1) - CLAMPED(i - whole);
        }
#undef CLAMPED
}

void light_blur(struct light *light, double deviation_px)
{
        size_t count = (size_t)light->width * (size_t)light->height;
        float *other = new_samples(count);
        double radius = (sqrt(12 * deviation_px * deviation_px / (double)PASSES + 1) - 1) / 2;
        for (int pass = 0; pass < PASSES; pass++) {
                for (int y = 0; y < light->height; y++)
                        box_line(light->at + (ptrdiff_t)y * light->width,
                                 other + (ptrdiff_t)y * light->width, light->width, 1, radius);
                for (int x = 0; x < light->width; x++)
                        box_line(other + x, light->at + x, light->height, light->width, radius);
        }
        free(other);
}

static float between(const struct light *light, double x, double y)
{
        x = fmin(fmax(x, 0), light->width - 1.001);
        y = fmin(fmax(y, 0), light->height - 1.001);
        int left = (int)x, top = (int)y;
        float u = (float)(x - left), v = (float)(y - top);
        const float *at = light->at + (ptrdiff_t)top * light->width + left;
        return (1 - v) * ((1 - u) * at[0] + u * at[1]) +
               v * ((1 - u) * at[light->width] + u * at[light->width + 1]);
}

void light_smear(struct light *light, double len_px, double angle)
{
        size_t count = (size_t)light->width * (size_t)light->height;
        float *smeared = new_samples(count);
        int steps = 1 + (int)ceil(len_px);
        for (int y = 0; y < light->height; y++) {
                for (int x = 0; x < light->width; x++) {
                        float sum = 0;
                        for (int i = 0; i <= steps; i++) {
                                double along = len_px * ((double)i / steps - 0.5);
                                sum += between(light, x + along * cos(angle),
                                               y + along * sin(angle));
                        }
                        smeared[(size_t)y * (size_t)light->width + (size_t)x] =
                                sum / (float)(steps + 1);
                }
        }
        memcpy(light->at, smeared, count * sizeof(*smeared));
        free(smeared);
}

void light_expose(const struct light *light, double black, double white, double noise,
                  struct random *random, uint8_t *luma)
{
        size_t count = (size_t)light->width * (size_t)light->height;
        for (size_t i = 0; i < count; i++) {
                double value = black + (white - black) * (double)light->at[i] +
                               noise * random_normal(random);
                luma[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : lrint(value));
        }
}
