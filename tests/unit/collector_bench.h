/* A collector between a feed and an archive that are ours, and what gates say to it. */
#pragma once

#include "tests/check.h"

#include "dashboard/ingest/collector.h"
#include "tests/fake/archive_fake.h"
#include "tests/fake/feed_fake.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define EPOCH   "018f0000-0000-7000-8000-0000000000ee"
#define EPOCH_2 "018f0000-0000-7000-8000-0000000000ef"

enum {
        BATCH = 10,
        BATCH_MS = 50,
        GAP_MS = 1000
};

struct bench {
        struct feed_fake *feed;
        struct archive_fake *archive;
        struct storer *storer;
        struct collector *collector;
        struct collector_time time;
};

static inline struct collector_settings settings_of(const struct bench *bench)
{
        return (struct collector_settings){ .feed = &bench->feed->feed,
                                            .archive = &bench->archive->archive,
                                            .storer = bench->storer,
                                            .name = "centre",
                                            .batch_rows = BATCH,
                                            .batch_ms = BATCH_MS,
                                            .gap_ms = GAP_MS };
}

static inline int make(void **state)
{
        struct bench *bench = calloc(1, sizeof(*bench));
        assert_non_null(bench);
        bench->feed = feed_fake_new();
        bench->archive = archive_fake_new();
        bench->collector = malloc(sizeof(*bench->collector));
        bench->time = (struct collector_time){ .now_ms = 1000, .wall_us = 1800000000000000 };
        assert_true(bench->feed && bench->archive && bench->collector);
        assert_int_equal(storer_open(&bench->archive->archive, &bench->storer), 0);
        const struct collector_settings settings = settings_of(bench);
        collector_init(bench->collector, &settings, bench->time.now_ms);
        feed_fake_line(bench->feed, true);
        *state = bench;
        return 0;
}

static inline int unmake(void **state)
{
        struct bench *bench = *state;
        collector_deinit(bench->collector);
        feed_close(&bench->feed->feed);
        storer_close(bench->storer);
        archive_close(&bench->archive->archive);
        free(bench->collector);
        free(bench);
        return 0;
}

/* A turn, and what follows from the storer's answer. */
static inline void turn(struct bench *bench)
{
        collector_turn(bench->collector, &bench->time);
        while (storer_is_busy(bench->storer)) {
                struct pollfd answer = { .fd = storer_fd(bench->storer), .events = POLLIN };
                (void)poll(&answer, 1, -1);
                collector_turn(bench->collector, &bench->time);
        }
}

/* As the program's loop does it, but that it waits for the storer. */
static inline void work(struct bench *bench)
{
        struct feed_event event;
        for (;;) {
                if (!collector_has_room(bench->collector))
                        turn(bench);
                if (!collector_has_room(bench->collector) || !feed_next(&bench->feed->feed, &event))
                        break;
                collector_take(bench->collector, &event, &bench->time);
        }
        turn(bench);
}

/* Time goes by in small steps. */
static inline void pass(struct bench *bench, int64_t ms)
{
        for (int64_t end = bench->time.now_ms + ms; bench->time.now_ms < end;) {
                bench->time.now_ms += 10;
                bench->time.wall_us += 10000;
                work(bench);
        }
}

/* The length. */
static inline int format_entry(char *text, size_t size, const char *gate, const char *epoch,
                               int seq)
{
        return snprintf(
                text, size,
                "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/%s\",\"type\":"
                "\"stile.entry.v1\",\"id\":\"01a20b82-970d-705a-8d0f-%012d\",\"time\":"
                "\"2026-11-24T03:03:58.959Z\",\"data\":{\"epoch\":\"%s\",\"seq\":%d,\"event\":"
                "\"AccessTaken\",\"decided\":{\"offline\":false,\"clock\":\"synchronised\"}}}",
                gate, seq, epoch, seq);
}

static inline void say_entry_of(struct bench *bench, const char *gate, const char *epoch, int seq)
{
        char topic[128], payload[512];
        snprintf(topic, sizeof(topic), "stile/v1/acme/hq/%s/entry", gate);
        format_entry(payload, sizeof(payload), gate, epoch, seq);
        feed_fake_say(bench->feed, topic, payload, false);
}

/* Several rows in one message; `last` before `first`: none. */
static inline void say_entries(struct bench *bench, int first, int last)
{
        static char payload[65536];
        int used = 0;
        for (int seq = first; seq <= last; seq++) {
                payload[used++] = seq == first ? '[' : ',';
                used += format_entry(payload + used, sizeof(payload) - (size_t)used, "gate-1",
                                     EPOCH, seq);
        }
        snprintf(payload + used, sizeof(payload) - (size_t)used, "]");
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/entry", payload, false);
}

static inline void say_entry(struct bench *bench, int seq)
{
        say_entry_of(bench, "gate-1", EPOCH, seq);
}

static inline void say_status(struct bench *bench, const char *epoch, int head, int acked,
                              int oldest)
{
        char payload[512];
        snprintf(payload, sizeof(payload),
                 "{\"specversion\":\"1.0\",\"source\":\"/stile/acme/hq/gate-1\",\"type\":"
                 "\"stile.status.v1\",\"id\":\"x\",\"data\":{\"state\":\"online\",\"epoch\":\"%s\","
                 "\"head\":%d,\"acked\":%d,\"oldest\":%d}}",
                 epoch, head, acked, oldest);
        feed_fake_say(bench->feed, "stile/v1/acme/hq/gate-1/status", payload, true);
}

/* What the gate was told last; 0: nothing yet. */
static inline int acked(const struct bench *bench)
{
        const struct feed_fake_publication *ack = feed_fake_last(bench->feed, "/ack");
        return ack ? atoi(strstr(ack->payload, "\"seq\":") + 6) : 0;
}

static inline size_t asked(const struct bench *bench)
{
        return feed_fake_count(bench->feed, "gate-1/cmd/sync");
}
