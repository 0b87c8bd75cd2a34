/*
 * Lines port: the digital inputs and outputs of the gate: relays, lamps, sensors, fire loop.
 *
 * The lines of a gate are opened together from an array of specifications and are then known by
 * their index in it. "On" is the logical state: the driver applies active-low. Outputs start off.
 * When the process ends, however it ends, the kernel takes the lines back. What they do then is the
 * board's: most let go of them (off, by the external resistor), Raspberry Pi OS keeps the last
 * level unless it is told otherwise (hardware/README.md says how). All operations belong to the
 * gate thread; none blocks longer than a register write.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

enum {
        LINES_MAX = 64,
        LINE_NAME_MAX = 64 /* "entry.pass-line" and its NUL; also the chip's name of a line */
};

enum line_bias {
        LINE_BIAS_AS_IS,
        LINE_BIAS_PULL_UP,
        LINE_BIAS_PULL_DOWN,
        LINE_BIAS_OFF
};

struct line_spec {
        char name[LINE_NAME_MAX]; /* ours: "entry.pass-line" */
        char line[LINE_NAME_MAX]; /* the chip's: a line name ("GPIO17") or an offset ("17") */
        bool is_output;
        bool is_active_low;
        enum line_bias bias;
        int debounce_ms; /* inputs: a level must stand this long; 0: report every edge */
};

struct line_edge {
        int line;      /* index into the specifications */
        bool is_on;    /* the logical level after the edge */
        int64_t at_us; /* CLOCK_MONOTONIC */
};

struct lines;

struct lines_ops {
        const char *name;
        /* Drives an output. 0 or -errno. */
        int (*set)(struct lines *lines, int line, bool is_on);
        /* The present logical level of an input, or of an output as driven. 0 or -errno. */
        int (*get)(struct lines *lines, int line, bool *is_on);
        /* Takes the next edge of the inputs. 1: *edge is filled; 0: none waits; -errno: lost. */
        int (*read)(struct lines *lines, struct line_edge *edge);
        /* Moves an input as the world outside would. NULL where the lines are real. */
        int (*drive)(struct lines *lines, int line, bool is_on);
        /* Outputs off, lines given back, memory freed. */
        void (*close)(struct lines *lines);
};

struct lines {
        const struct lines_ops *ops;
        int fd; /* readable (poll, epoll) while read() has something; owned by the driver */
};

/*
 * Opens all lines or none. `chip` is a label ("pinctrl-bcm2711"), name ("gpiochip0") or path.
 * 0 and *lines, or -errno and *lines == NULL after one log line that names chip, line and why.
 */
typedef int lines_open_fn(const char *chip, const struct line_spec *specs, int count,
                          struct lines **lines);

static inline int lines_set(struct lines *lines, int line, bool is_on)
{
        return lines->ops->set(lines, line, is_on);
}

static inline int lines_get(struct lines *lines, int line, bool *is_on)
{
        return lines->ops->get(lines, line, is_on);
}

static inline int lines_read(struct lines *lines, struct line_edge *edge)
{
        return lines->ops->read(lines, edge);
}

/* Accepts NULL; returns NULL. */
static inline struct lines *lines_close(struct lines *lines)
{
        if (lines)
                lines->ops->close(lines);
        return NULL;
}
