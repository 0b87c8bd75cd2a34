/* A made-up history of three gates, for what an archive of an older version must come to. */
#pragma once

#include "tests/contract/archive_rows.h"

#include <stdlib.h>

enum {
        PAST_ROWS = 600,
        PAST_GATES = 3,
        PAST_PEOPLE = 6,
        PAST_BATCH = 50
};

static const char *const past_gates[PAST_GATES] = { "a/b/c", "a/b/d", "a/e-2/c" };

/* Row n: of gate n % 3, its sequence n / 3 + 1. Many happen at once, some before 1970. */
static inline struct archive_row past_row(size_t n, unsigned *seed)
{
        static const char *const events[] = { "AccessTaken",   "AccessTaken",  "AccessTaken",
                                              "AccessGranted", "AccessDenied", "Started" };
        struct archive_row row = archive_row_of(n / PAST_GATES + 1);
        row.stream = n % PAST_GATES;
        row.event = events[rand_r(seed) % 6];
        row.direction = rand_r(seed) % 3 ? rand_r(seed) % 2 ? "entry" : "exit" : "";
        row.credential_class = rand_r(seed) % 2 ? "cccd" : "";
        row.at_us = (rand_r(seed) % 400 - 100) * INT64_C(600000000);
        row.subject[3] = (uint8_t)(rand_r(seed) % PAST_PEOPLE);
        return row;
}

/* All of it, as a collector would. */
static inline void past_store(struct archive *archive)
{
        unsigned seed = 3;
        struct archive_stream streams[PAST_GATES];
        struct archive_row rows[PAST_ROWS];
        for (size_t i = 0; i < PAST_GATES; i++)
                streams[i] = archive_stream_of(archive, past_gates[i]);
        for (size_t n = 0; n < PAST_ROWS; n++)
                rows[n] = past_row(n, &seed);
        for (size_t done = 0; done < PAST_ROWS; done += PAST_BATCH) {
                const struct archive_batch batch = { .rows = rows + done,
                                                     .count = PAST_BATCH,
                                                     .streams = streams,
                                                     .stream_count = PAST_GATES };
                assert_int_equal(archive_store(archive, &batch), 0);
        }
}
