#include "tests/fake/bus_fake.h"

#include <errno.h>
#include <string.h>

static int publish(struct bus *bus, const struct bus_publication *publication)
{
        struct bus_fake *fake = (struct bus_fake *)bus;
        if (fake->error)
                return fake->error;
        if (fake->count == BUS_FAKE_MAX)
                return -EAGAIN;
        struct bus_fake_publication *kept = &fake->publication[fake->count++];
        *kept = (struct bus_fake_publication){ .topic = strdup(publication->topic),
                                               .payload = strdup(publication->payload),
                                               .qos = publication->qos,
                                               .is_retained = publication->is_retained,
                                               .token = publication->token,
                                               .correlation_len = publication->correlation_len };
        if (publication->content_type)
                kept->content_type = strdup(publication->content_type);
        if (kept->correlation_len > 0 && kept->correlation_len <= sizeof(kept->correlation))
                memcpy(kept->correlation, publication->correlation, kept->correlation_len);
        return 0;
}

static int next(struct bus *bus, struct bus_event *event)
{
        (void)bus;
        (void)event;
        return 0;
}

static void close_bus(struct bus *bus)
{
        (void)bus;
}

struct bus_fake *bus_fake_new(void)
{
        static const struct bus_ops ops = {
                .name = "fake", .publish = publish, .next = next, .close = close_bus
        };
        struct bus_fake *fake = calloc(1, sizeof(*fake));
        if (fake)
                fake->bus = (struct bus){ .ops = &ops, .fd = -1 };
        return fake;
}

void bus_fake_clear(struct bus_fake *fake)
{
        for (size_t i = 0; i < fake->count; i++) {
                free(fake->publication[i].topic);
                free(fake->publication[i].payload);
                free(fake->publication[i].content_type);
        }
        fake->count = 0;
}

void bus_fake_free(struct bus_fake *fake)
{
        if (!fake)
                return;
        bus_fake_clear(fake);
        free(fake);
}
