/* A feed for tests: hands out what the test puts in, keeps what was published and settled. */
#pragma once

#include "dashboard/ports/feed.h"

enum {
        FEED_FAKE_MAX = 4000
};

struct feed_fake_publication {
        char topic[160], payload[600];
        int expiry_s;
};

struct feed_fake {
        struct feed feed;
        struct feed_event event[FEED_FAKE_MAX];
        size_t first, events;
        struct feed_fake_publication publication[FEED_FAKE_MAX];
        size_t published;
        uint64_t handle;  /* of the last message put in */
        uint64_t settled; /* up to which messages were settled */
        int error;        /* what publish answers; 0: takes it */
};

/* Heap; NULL without memory. Its feed's close frees it. */
struct feed_fake *feed_fake_new(void);
void feed_fake_say(struct feed_fake *fake, const char *topic, const char *payload,
                   bool is_retained);
/* Up or down. */
void feed_fake_line(struct feed_fake *fake, bool is_up);
/* The last one whose topic ends so; NULL: none. */
const struct feed_fake_publication *feed_fake_last(const struct feed_fake *fake, const char *leaf);
size_t feed_fake_count(const struct feed_fake *fake, const char *leaf);
