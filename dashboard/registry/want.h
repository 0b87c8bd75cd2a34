/*
 * Want: what a gate asks for, leaf `want` (docs/registry-sync.md). Read from a message that came
 * over the network. Pure.
 */
#pragma once

#include "controller/sync/part.h"

enum {
        WANT_BUCKETS_MAX = 16, /* of one message; what is beyond it is asked for again */
        WANT_PARTS_MAX = 8     /* of one message: what may be under way to one gate */
};

struct want_bucket {
        int bucket;
        uint64_t from;        /* version that the gate holds; 0: none */
        uint32_t part, count; /* the first part, and how many */
};

struct want_message {
        uint64_t manifest; /* version of the manifest that the gate goes by; 0: none */
        size_t buckets;
        struct want_bucket bucket[WANT_BUCKETS_MAX];
};

/* The CloudEvent's bytes. What is asked for beyond WANT_PARTS_MAX parts is cut off. False: not in
 * this form. */
MUST_USE bool want_read(const unsigned char *bytes, size_t len, struct want_message *want);
