/*
 * Lines port without lines: for demonstrations, training and tests. Outputs are remembered, inputs
 * are moved with drive().
 *
 * The queue of edges is bounded. When it is full an edge is left out, and when it has been read
 * empty every input whose last edge is not its level gets one more: so the edges always end at the
 * levels that stand, as those of a real chip do.
 */
#include "common/log.h"
#include "drivers/lines/line_drivers.h"
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
        QUEUE_MAX = 64
};

struct sim_line {
        bool is_output;
        bool is_on;
        bool is_told; /* inputs: the level of the last edge that was queued */
};

struct sim_lines {
        struct lines lines; /* the fd is an eventfd: readable while the queue is not empty */
        int count;
        struct sim_line line[LINES_MAX];
        struct line_edge queue[QUEUE_MAX];
        int head, waiting;
};

static struct sim_lines *self_of(struct lines *lines)
{
        return CONTAINER_OF(lines, struct sim_lines, lines);
}

static struct sim_line *line_at(struct lines *lines, int line)
{
        struct sim_lines *self = self_of(lines);
        return line >= 0 && line < self->count ? &self->line[line] : NULL;
}

/* Queues the edge that led to the line's level, if there is one to tell and room for it. */
static void tell(struct sim_lines *self, int index)
{
        struct sim_line *line = &self->line[index];
        if (line->is_told == line->is_on || self->waiting == QUEUE_MAX)
                return;
        if (self->waiting == 0)
                (void)eventfd_write(self->lines.fd, 1); /* it was 0: cannot fail */
        self->queue[(self->head + self->waiting) % QUEUE_MAX] =
                (struct line_edge){ .line = index, .is_on = line->is_on, .at_us = monotonic_us() };
        self->waiting++;
        line->is_told = line->is_on;
}

static int sim_read(struct lines *lines, struct line_edge *edge)
{
        struct sim_lines *self = self_of(lines);
        if (self->waiting == 0)
                return 0;
        *edge = self->queue[self->head];
        self->head = (self->head + 1) % QUEUE_MAX;
        if (--self->waiting > 0)
                return 1;
        eventfd_t ignored;
        (void)eventfd_read(self->lines.fd, &ignored);
        for (int i = 0; i < self->count; i++)
                if (!self->line[i].is_output)
                        tell(self, i);
        return 1;
}

static int sim_get(struct lines *lines, int index, bool *is_on)
{
        const struct sim_line *line = line_at(lines, index);
        if (!line)
                return -EINVAL;
        *is_on = line->is_on;
        return 0;
}

static int sim_set(struct lines *lines, int index, bool is_on)
{
        struct sim_line *line = line_at(lines, index);
        if (!line || !line->is_output)
                return -EINVAL;
        line->is_on = is_on;
        return 0;
}

static int sim_drive(struct lines *lines, int index, bool is_on)
{
        struct sim_line *line = line_at(lines, index);
        if (!line || line->is_output)
                return -EINVAL;
        line->is_on = is_on;
        tell(self_of(lines), index);
        return 0;
}

static void sim_close(struct lines *lines)
{
        close(lines->fd);
        free(self_of(lines));
}

static const struct lines_ops sim_ops = { .name = "sim",
                                          .set = sim_set,
                                          .get = sim_get,
                                          .read = sim_read,
                                          .drive = sim_drive,
                                          .close = sim_close };

int sim_lines_open(const char *chip, const struct line_spec *specs, int count, struct lines **lines)
{
        assert(count >= 0 && count <= LINES_MAX);
        *lines = NULL;
        for (int i = 0; i < count; i++)
                if (specs[i].line[0] == '\0') {
                        log_error("cannot open the line", "chip=%s line= name=%s why=\"%s\"", chip,
                                  specs[i].name, "no such line");
                        return -ENOENT;
                }
        struct sim_lines *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->lines =
                (struct lines){ .ops = &sim_ops, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
        if (self->lines.fd < 0) {
                int r = -errno;
                free(self);
                return r;
        }
        self->count = count;
        for (int i = 0; i < count; i++)
                self->line[i].is_output = specs[i].is_output;
        *lines = &self->lines;
        return 0;
}
