#include "tests/fake/lines_fake.h"

#include <string.h>

static int fake_set(struct lines *lines, int line, bool is_on)
{
        struct lines_fake *fake = CONTAINER_OF(lines, struct lines_fake, lines);
        if (fake->fail_with)
                return fake->fail_with;
        fake->is_on[line] = is_on;
        fake->sets++;
        return 0;
}

static int fake_get(struct lines *lines, int line, bool *is_on)
{
        struct lines_fake *fake = CONTAINER_OF(lines, struct lines_fake, lines);
        *is_on = fake->is_on[line];
        return fake->fail_with;
}

static int fake_read(struct lines *lines, struct line_edge *edge)
{
        struct lines_fake *fake = CONTAINER_OF(lines, struct lines_fake, lines);
        if (fake->fail_with)
                return fake->fail_with;
        if (fake->edges == 0)
                return 0;
        *edge = fake->edge[0];
        memmove(fake->edge, fake->edge + 1, --fake->edges * sizeof(fake->edge[0]));
        return 1;
}

static void fake_close(struct lines *lines)
{
        (void)lines;
}

void lines_fake_init(struct lines_fake *fake)
{
        static const struct lines_ops ops = { .name = "fake",
                                              .set = fake_set,
                                              .get = fake_get,
                                              .read = fake_read,
                                              .close = fake_close };
        *fake = (struct lines_fake){ .lines = { .ops = &ops, .fd = -1 } };
}

void lines_fake_move(struct lines_fake *fake, int line, bool is_on)
{
        fake->is_on[line] = is_on;
        fake->edge[fake->edges++] = (struct line_edge){ .line = line, .is_on = is_on };
}
