/*
 * Lines port on the GPIO character device.
 *
 * One epoll set stands for all lines: it holds the descriptor of every input and a timer. An edge
 * goes from the kernel's queue through the line's debouncer and waits, at most one for each line,
 * until it is the oldest of all: so edges of different lines come out in the order of their times.
 * The timer is set to the next moment at which there is something to do without the kernel having
 * anything to say: when a level will have stood long enough, or at once while an edge waits.
 *
 * An edge can get lost in the kernel (its queue is short), a level cannot: whenever a line's queue
 * is found empty its level is read, and if that is not where the edges led, it counts as an edge.
 */
#include "drivers/lines/debounce.h"
#include "drivers/lines/gpio_api.h"
#include "drivers/lines/gpio_find.h"
#include "drivers/lines/line_drivers.h"
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum {
        TIMER = LINES_MAX, /* in the epoll set, after the lines' indices */
        TAKEN_MAX = 32     /* edges of one line at a time: a chattering contact must not hold us */
};

struct line {
        struct gpio_line *gpio; /* NULL: not requested (yet) */
        bool is_output;
        bool is_driven;           /* outputs: as set last */
        bool is_debounced;        /* inputs: by us */
        bool has_edge;            /* inputs: the debouncer's change has not been taken yet */
        bool is_behind;           /* inputs: the kernel may have more edges */
        struct debounce debounce; /* inputs */
};

struct gpiod_lines {
        struct lines lines;
        struct gpiod_chip *chip;
        int timer_fd;
        int count;
        struct line line[LINES_MAX];
};

static struct gpiod_lines *self_of(struct lines *lines)
{
        return CONTAINER_OF(lines, struct gpiod_lines, lines);
}

static struct line *line_at(struct lines *lines, int line)
{
        struct gpiod_lines *self = self_of(lines);
        return line >= 0 && line < self->count ? &self->line[line] : NULL;
}

/* The queue is empty: the level itself has the last word. 0 or -errno. */
static int settle(struct line *line, int64_t now_us)
{
        int level = gpio_line_get(line->gpio);
        if (level < 0)
                return level;
        if (line->debounce.seen != (level > 0))
                line->has_edge = debounce_feed(&line->debounce, level > 0, now_us);
        else
                line->has_edge = debounce_advance(&line->debounce, now_us);
        return 0;
}

/* Lets the kernel's edges through the debouncer until one counts. 0 or -errno. */
static int refill(struct line *line)
{
        for (int i = 0; i < TAKEN_MAX && !line->has_edge; i++) {
                int64_t now_us = monotonic_us(); /* first: what we then do not see comes later */
                int64_t at_us;
                bool is_on;
                int r = gpio_line_next(line->gpio, &is_on, &at_us);
                line->is_behind = r > 0;
                if (r < 0)
                        return r;
                if (r == 0)
                        return settle(line, now_us);
                line->has_edge = debounce_feed(&line->debounce, is_on, at_us);
        }
        return 0;
}

/* When the line wants to be looked at again, whatever its queue says. */
static int64_t line_due(const struct line *line)
{
        if (line->is_output)
                return DEBOUNCE_NEVER;
        return line->has_edge || line->is_behind ? 1 : debounce_due(&line->debounce);
}

static void set_timer(struct gpiod_lines *self)
{
        int64_t due_us = DEBOUNCE_NEVER;
        for (int i = 0; i < self->count; i++)
                if (line_due(&self->line[i]) < due_us)
                        due_us = line_due(&self->line[i]);
        struct itimerspec when = { 0 }; /* all zero: off, and no longer readable */
        if (due_us != DEBOUNCE_NEVER) {
                when.it_value.tv_sec = due_us / 1000000;
                when.it_value.tv_nsec = due_us % 1000000 * 1000;
        }
        (void)timerfd_settime(self->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

/* Refills every line that may have something. 0, or the -errno of the first that fails. */
static int refill_all(struct gpiod_lines *self)
{
        struct epoll_event ready[LINES_MAX + 1];
        int count = epoll_wait(self->lines.fd, ready, (int)ARRAY_LEN(ready), 0);
        if (count < 0)
                return errno == EINTR ? 0 : -errno;
        int r = 0;
        for (int i = 0; i < count && r == 0; i++)
                if (ready[i].data.u32 != TIMER)
                        r = refill(&self->line[ready[i].data.u32]);
        int64_t now_us = monotonic_us();
        for (int i = 0; i < self->count && r == 0; i++)
                if (line_due(&self->line[i]) <= now_us)
                        r = refill(&self->line[i]);
        return r;
}

static int gpiod_read(struct lines *lines, struct line_edge *edge)
{
        struct gpiod_lines *self = self_of(lines);
        int r = refill_all(self);
        if (r < 0)
                return r;
        struct line *first = NULL;
        for (int i = 0; i < self->count; i++) {
                struct line *line = &self->line[i];
                if (line->has_edge && (!first || line->debounce.at_us < first->debounce.at_us))
                        first = line;
        }
        if (first) {
                *edge = (struct line_edge){ .line = (int)(first - self->line),
                                            .is_on = first->debounce.is_on,
                                            .at_us = first->debounce.at_us };
                first->has_edge = false;
                (void)refill(first); /* a line that is lost is so at the next read, too */
        }
        set_timer(self);
        return first ? 1 : 0;
}

static int gpiod_get(struct lines *lines, int index, bool *is_on)
{
        struct line *line = line_at(lines, index);
        if (!line)
                return -EINVAL;
        if (line->is_output) {
                *is_on = line->is_driven;
                return 0;
        }
        if (!line->is_debounced) {
                int r = gpio_line_get(line->gpio);
                if (r >= 0)
                        *is_on = r > 0;
                return r < 0 ? r : 0;
        }
        int r = refill(line);
        if (r < 0)
                return r;
        *is_on = line->debounce.is_on;
        set_timer(self_of(lines));
        return 0;
}

static int gpiod_set(struct lines *lines, int index, bool is_on)
{
        struct line *line = line_at(lines, index);
        if (!line || !line->is_output)
                return -EINVAL;
        int r = gpio_line_set(line->gpio, is_on);
        if (r == 0)
                line->is_driven = is_on;
        return r;
}

/* Also what ends a failed open. */
static void gpiod_close(struct lines *lines)
{
        struct gpiod_lines *self = self_of(lines);
        /* Off before they are let go of: a line without an owner may keep its level. */
        for (int i = 0; i < self->count; i++)
                if (self->line[i].gpio && self->line[i].is_output)
                        gpio_line_set(self->line[i].gpio, false);
        for (int i = 0; i < self->count; i++)
                gpio_line_release(self->line[i].gpio);
        if (self->chip)
                gpiod_chip_close(self->chip);
        if (self->timer_fd >= 0)
                close(self->timer_fd);
        if (self->lines.fd >= 0)
                close(self->lines.fd);
        free(self);
}

static const struct lines_ops gpiod_ops = { .name = "gpiod",
                                            .set = gpiod_set,
                                            .get = gpiod_get,
                                            .read = gpiod_read,
                                            .close = gpiod_close };

static int watch(struct gpiod_lines *self, int fd, uint32_t index)
{
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = index };
        return epoll_ctl(self->lines.fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_set(struct gpiod_lines *self)
{
        self->lines.fd = epoll_create1(EPOLL_CLOEXEC);
        if (self->lines.fd < 0)
                return -errno;
        self->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (self->timer_fd < 0)
                return -errno;
        return watch(self, self->timer_fd, TIMER);
}

static int open_line(struct gpiod_lines *self, int index, unsigned int offset,
                     const struct line_spec *spec)
{
        struct line *line = &self->line[index];
        line->is_output = spec->is_output;
        int r = gpio_line_request(self->chip, offset, spec, &line->gpio);
        if (r < 0 || spec->is_output)
                return r;
        line->is_debounced = !gpio_debounces && spec->debounce_ms > 0;
        r = gpio_line_get(line->gpio);
        if (r < 0)
                return r;
        debounce_init(&line->debounce, line->is_debounced ? spec->debounce_ms : 0, r > 0);
        return watch(self, gpio_line_fd(line->gpio), (uint32_t)index);
}

int gpiod_lines_open(const char *chip, const struct line_spec *specs, int count,
                     struct lines **lines)
{
        assert(count >= 0 && count <= LINES_MAX);
        *lines = NULL;
        unsigned int offsets[LINES_MAX];
        struct gpiod_lines *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        *self = (struct gpiod_lines){ .lines = { .ops = &gpiod_ops, .fd = -1 },
                                      .timer_fd = -1,
                                      .count = count };
        int r = gpio_find_chip(chip, &self->chip);
        if (r == 0)
                r = gpio_find_lines(self->chip, chip, specs, count, offsets);
        if (r == 0)
                r = open_set(self);
        /* Inputs first: if one of them fails, no output has been touched. */
        for (int pass = 0; pass < 2; pass++)
                for (int i = 0; i < count && r == 0; i++) {
                        if (specs[i].is_output != (pass == 1))
                                continue;
                        r = open_line(self, i, offsets[i], &specs[i]);
                        if (r < 0)
                                gpio_complain(chip, &specs[i], strerror(-r));
                }
        if (r < 0) {
                gpiod_close(&self->lines);
                return r;
        }
        *lines = &self->lines;
        return 0;
}
