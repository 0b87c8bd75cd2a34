/*
 * GPIO API: what the driver needs of libgpiod, the same over 1.6 (gpiod_v1.c) and 2.x (gpiod_v2.c).
 *
 * Every line is a request of its own, because 1.6 speaks the kernel's first interface, where lines
 * that are requested together share one set of flags and setting one of them sets them all. It
 * also keeps a chattering contact from pushing the edges of other lines out of a shared queue.
 * A gpiod_chip and what opens and closes it are the same in both versions.
 */
#pragma once

#include "controller/ports/lines.h"
#include <gpiod.h>

#define GPIO_CONSUMER "stiled"

struct gpio_line;

/* True: a line's edges come debounced as its specification asks. */
extern const bool gpio_debounces;

/* 0 or -errno. */
MUST_USE int gpio_chip_label(struct gpiod_chip *chip, char label[LINE_NAME_MAX]);

/* The offset of the line that the chip calls `name`, or -errno. */
MUST_USE int gpio_chip_find(struct gpiod_chip *chip, const char *name);

/* 1: the line is in use, by `user` (may be empty); 0: it is free; -EINVAL: no such line. */
MUST_USE int gpio_line_user(struct gpiod_chip *chip, unsigned int offset, char user[LINE_NAME_MAX]);

/* 0 and *line (an output is off from its first moment), or -errno and *line untouched. */
MUST_USE int gpio_line_request(struct gpiod_chip *chip, unsigned int offset,
                               const struct line_spec *spec, struct gpio_line **line);

/* Accepts NULL; returns NULL. To be called before the chip is closed. */
struct gpio_line *gpio_line_release(struct gpio_line *line);

/* 0 or -errno. */
int gpio_line_set(struct gpio_line *line, bool is_on);

/* The logical level, 0 or 1, or -errno. */
MUST_USE int gpio_line_get(struct gpio_line *line);

/* Of an input: readable while the kernel holds an edge of it. The line keeps it. */
int gpio_line_fd(const struct gpio_line *line);

/*
 * Takes the oldest edge that the kernel holds of an input. 1: level and CLOCK_MONOTONIC time are
 * filled; 0: none; -errno. The kernel holds 16 at most: of more, libgpiod 1.6 leaves out the newest
 * and 2.x the oldest. Its level is the one that was found when the edge was handled: two edges
 * in quick succession may both lead to the same.
 */
MUST_USE int gpio_line_next(struct gpio_line *line, bool *is_on, int64_t *at_us);
