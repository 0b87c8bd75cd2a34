/* GPIO API over libgpiod 1.6 (Debian 12). */
#include "drivers/lines/gpio_api.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

struct gpio_line {
        struct gpiod_line *line; /* the chip keeps it */
        int fd;                  /* of an input's edges; the library keeps it; -1: an output */
};

const bool gpio_debounces = false; /* the kernel's first interface has no debouncer */

int gpio_chip_label(struct gpiod_chip *chip, char label[LINE_NAME_MAX])
{
        (void)snprintf(label, LINE_NAME_MAX, "%s", gpiod_chip_label(chip));
        return 0;
}

int gpio_chip_find(struct gpiod_chip *chip, const char *name)
{
        struct gpiod_line *line = gpiod_chip_find_line(chip, name);
        return line ? (int)gpiod_line_offset(line) : -errno;
}

int gpio_line_user(struct gpiod_chip *chip, unsigned int offset, char user[LINE_NAME_MAX])
{
        struct gpiod_line *line = gpiod_chip_get_line(chip, offset);
        if (!line)
                return -errno;
        const char *consumer = gpiod_line_consumer(line);
        (void)snprintf(user, LINE_NAME_MAX, "%s", consumer ? consumer : "");
        return gpiod_line_is_used(line);
}

static int request_flags(const struct line_spec *spec)
{
        int flags = spec->is_active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
        switch (spec->bias) {
        case LINE_BIAS_AS_IS:
                break;
        case LINE_BIAS_PULL_UP:
                flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
                break;
        case LINE_BIAS_PULL_DOWN:
                flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
                break;
        case LINE_BIAS_OFF:
                flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
                break;
        }
        return flags;
}

/* Reading an edge must never wait, and the library has no option for that. */
static int request_edges(struct gpiod_line *line, int flags, int *fd)
{
        if (gpiod_line_request_both_edges_events_flags(line, GPIO_CONSUMER, flags) < 0)
                return -errno;
        *fd = gpiod_line_event_get_fd(line);
        if (fcntl(*fd, F_SETFL, O_NONBLOCK) < 0) {
                int r = -errno;
                gpiod_line_release(line);
                return r;
        }
        return 0;
}

int gpio_line_request(struct gpiod_chip *chip, unsigned int offset, const struct line_spec *spec,
                      struct gpio_line **line)
{
        struct gpiod_line *ours = gpiod_chip_get_line(chip, offset);
        if (!ours)
                return -errno;
        struct gpio_line *new = malloc(sizeof(*new));
        if (!new)
                return -ENOMEM;
        *new = (struct gpio_line){ .line = ours, .fd = -1 };
        int r = 0;
        if (!spec->is_output)
                r = request_edges(ours, request_flags(spec), &new->fd);
        else if (gpiod_line_request_output_flags(ours, GPIO_CONSUMER, request_flags(spec), 0) < 0)
                r = -errno;
        if (r < 0) {
                free(new);
                return r;
        }
        *line = new;
        return 0;
}

struct gpio_line *gpio_line_release(struct gpio_line *line)
{
        if (line)
                gpiod_line_release(line->line);
        free(line);
        return NULL;
}

int gpio_line_set(struct gpio_line *line, bool is_on)
{
        return gpiod_line_set_value(line->line, is_on) < 0 ? -errno : 0;
}

int gpio_line_get(struct gpio_line *line)
{
        int level = gpiod_line_get_value(line->line);
        return level < 0 ? -errno : level;
}

int gpio_line_fd(const struct gpio_line *line)
{
        return line->fd;
}

int gpio_line_next(struct gpio_line *line, bool *is_on, int64_t *at_us)
{
        struct gpiod_line_event event;
        if (gpiod_line_event_read_fd(line->fd, &event) < 0)
                return errno == EAGAIN ? 0 : -errno;
        *is_on = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
        *at_us = (int64_t)event.ts.tv_sec * 1000000 + event.ts.tv_nsec / 1000;
        return 1;
}
