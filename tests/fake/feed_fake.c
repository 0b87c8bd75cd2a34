#include "tests/fake/feed_fake.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static int next(struct feed *feed, struct feed_event *event)
{
        struct feed_fake *fake = (struct feed_fake *)feed;
        if (fake->first == fake->events)
                return 0;
        *event = fake->event[fake->first++];
        if (fake->first == fake->events)
                fake->first = fake->events = 0;
        return 1;
}

static void settle(struct feed *feed, uint64_t handle)
{
        struct feed_fake *fake = (struct feed_fake *)feed;
        assert(handle > fake->settled && handle <= fake->handle);
        fake->settled = handle;
}

static int publish(struct feed *feed, const struct feed_publication *publication)
{
        struct feed_fake *fake = (struct feed_fake *)feed;
        if (fake->error)
                return fake->error;
        assert(fake->published < FEED_FAKE_MAX);
        struct feed_fake_publication *kept = &fake->publication[fake->published++];
        assert(strlen(publication->topic) < sizeof(kept->topic));
        assert(publication->len < sizeof(kept->payload));
        strcpy(kept->topic, publication->topic);
        memcpy(kept->payload, publication->payload, publication->len);
        kept->payload[publication->len] = '\0';
        kept->expiry_s = publication->expiry_s;
        return 0;
}

static void close_feed(struct feed *feed)
{
        struct feed_event event;
        while (next(feed, &event))
                feed_message_free(event.message);
        free(feed);
}

static const struct feed_ops ops = {
        .name = "fake", .next = next, .settle = settle, .publish = publish, .close = close_feed
};

struct feed_fake *feed_fake_new(void)
{
        struct feed_fake *fake = calloc(1, sizeof(*fake));
        if (fake)
                fake->feed = (struct feed){ .ops = &ops, .fd = -1 };
        return fake;
}

void feed_fake_say(struct feed_fake *fake, const char *topic, const char *payload, bool is_retained)
{
        struct feed_message *message = calloc(1, sizeof(*message));
        assert(message && fake->events < FEED_FAKE_MAX);
        *message = (struct feed_message){ .topic = strdup(topic),
                                          .payload = (unsigned char *)strdup(payload),
                                          .len = strlen(payload),
                                          .is_retained = is_retained,
                                          .handle = ++fake->handle };
        fake->event[fake->events++] =
                (struct feed_event){ .kind = FEED_MESSAGE, .message = message };
}

void feed_fake_line(struct feed_fake *fake, bool is_up)
{
        fake->event[fake->events++] = (struct feed_event){ .kind = is_up ? FEED_UP : FEED_DOWN };
}

static bool ends_with(const char *text, const char *end)
{
        size_t len = strlen(text), end_len = strlen(end);
        return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

const struct feed_fake_publication *feed_fake_last(const struct feed_fake *fake, const char *leaf)
{
        for (size_t i = fake->published; i-- > 0;)
                if (ends_with(fake->publication[i].topic, leaf))
                        return &fake->publication[i];
        return NULL;
}

size_t feed_fake_count(const struct feed_fake *fake, const char *leaf)
{
        size_t count = 0;
        for (size_t i = 0; i < fake->published; i++)
                count += ends_with(fake->publication[i].topic, leaf);
        return count;
}
