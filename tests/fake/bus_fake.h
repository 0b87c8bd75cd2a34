/* A bus for tests: keeps what was published; the test plays the broker by calling the code itself.
 */
#pragma once

#include "controller/ports/bus.h"

enum {
        BUS_FAKE_MAX = 20000
};

struct bus_fake_publication {
        char *topic, *payload, *content_type; /* content_type: NULL: the settings' */
        int qos;
        bool is_retained;
        uint64_t token;
        size_t correlation_len;
        unsigned char correlation[16];
};

struct bus_fake {
        struct bus bus;
        struct bus_fake_publication publication[BUS_FAKE_MAX];
        size_t count;
        int error; /* what publish answers; 0: takes it */
};

/* Heap; NULL without memory. bus_fake_free accepts NULL. */
struct bus_fake *bus_fake_new(void);
void bus_fake_free(struct bus_fake *fake);
/* Forgets what was published. */
void bus_fake_clear(struct bus_fake *fake);
