/*
 * GPIO find: which chip and which of its lines the settings mean. Requests nothing. Every failure
 * is said here, once, with chip, line and why.
 */
#pragma once

#include "controller/ports/lines.h"
#include <gpiod.h>

/* `name` is a label, a name or (with a slash) a path. 0 and *chip, open; -ENODEV: none is called
 * that; -errno. */
MUST_USE int gpio_find_chip(const char *name, struct gpiod_chip **chip);

/* Fills offsets[count]. 0, or the -errno of the first line that is missing, taken or named twice.
 */
MUST_USE int gpio_find_lines(struct gpiod_chip *chip, const char *chip_name,
                             const struct line_spec *specs, int count, unsigned int *offsets);

/* The log line of a line that cannot be had. */
void gpio_complain(const char *chip_name, const struct line_spec *spec, const char *why);
