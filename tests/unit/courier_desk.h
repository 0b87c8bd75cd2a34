/* The courier with a fake bus; the test plays journal, broker and collector. */
#pragma once

#include "tests/check.h"

#include "controller/publish/courier.h"
#include "tests/fake/bus_fake.h"

#include <stdio.h>
#include <string.h>

enum {
        WINDOW = 4,
        NOW_MS = 1000000
};

#define EPOCH   "018f0000-0000-7000-8000-000000000001"
#define FOREIGN "018f0000-0000-7000-8000-00000000000f"
#define UP_AT   INT64_C(1795485600000000) /* 2026-11-24T02:00:00Z */
#define ROW_AT  (UP_AT + 1000000)

struct desk {
        struct courier courier;
        struct notice_source source;
        struct bus_fake *bus;
        int64_t now_us; /* as the gate's clock has it: rows are of ROW_AT */
        int64_t now_ms;
};

/* A gate with rows up to `head`, nothing acknowledged, a broker connected, following begun. */
static inline struct desk *open_wide_desk(bool is_by_collector, uint64_t head, size_t window)
{
        struct desk *desk = calloc(1, sizeof(*desk));
        assert_non_null(desk);
        desk->now_us = ROW_AT;
        desk->now_ms = NOW_MS;
        desk->bus = bus_fake_new();
        assert_non_null(desk->bus);
        notice_source_init(&desk->source, "acme", "hq", "gate-1");
        assert_int_equal(courier_init(&desk->courier, &desk->source, is_by_collector, window), 0);
        courier_gate(&desk->courier, EPOCH, head, 0, desk->now_ms);
        courier_up(&desk->courier, &desk->bus->bus, UP_AT, desk->now_ms);
        assert_true(courier_is_to_follow(&desk->courier, desk->now_ms));
        assert_false(courier_is_to_follow(&desk->courier, desk->now_ms));
        return desk;
}

static inline struct desk *open_desk(bool is_by_collector, uint64_t head)
{
        return open_wide_desk(is_by_collector, head, WINDOW);
}

static inline void close_desk(struct desk *desk)
{
        courier_deinit(&desk->courier);
        bus_fake_free(desk->bus);
        free(desk);
}

static inline void row_of(struct desk *desk, uint64_t seq, const char *epoch)
{
        char id[40];
        snprintf(id, sizeof(id), "018f0000-0000-7000-8000-%012llu", (unsigned long long)seq);
        json_t *event =
                json_pack("{s:I, s:s, s:s, s:s, s:s}", "seq", (json_int_t)seq, "epoch", epoch, "id",
                          id, "time", "2026-11-24T02:00:01.000Z", "event", "AccessTaken");
        courier_row(&desk->courier, event, desk->now_us, desk->now_ms);
        json_decref(event);
}

/* Rows first … last, as long as there is room; the last one that was taken. */
static inline uint64_t rows(struct desk *desk, uint64_t first, uint64_t last)
{
        uint64_t seq = first;
        while (seq <= last && courier_has_room(&desk->courier))
                row_of(desk, seq++, EPOCH);
        return seq - 1;
}

static inline uint64_t token_of(const struct desk *desk, size_t index)
{
        assert_true(index < desk->bus->count);
        return desk->bus->publication[index].token;
}

static inline uint64_t seq_of(const struct desk *desk, size_t index)
{
        assert_true(index < desk->bus->count);
        json_t *message = json_loads(desk->bus->publication[index].payload, 0, NULL);
        json_int_t seq =
                json_integer_value(json_object_get(json_object_get(message, "data"), "seq"));
        json_decref(message);
        return (uint64_t)seq;
}

static inline void puback(struct desk *desk, size_t index, int reason)
{
        courier_answered(&desk->courier, token_of(desk, index), reason, desk->now_ms);
}

static inline void collector_says(struct desk *desk, const char *text, bool is_retained)
{
        const struct bus_message message = { .topic = (char *)"stile/v1/acme/hq/gate-1/ack",
                                             .payload = (unsigned char *)text,
                                             .len = strlen(text),
                                             .is_retained = is_retained,
                                             .qos = 1 };
        courier_collected(&desk->courier, &message, desk->now_ms);
}

static inline void collector_has(struct desk *desk, const char *epoch, long long seq)
{
        char text[128];
        snprintf(text, sizeof(text), "{\"epoch\":\"%s\",\"seq\":%lld}", epoch, seq);
        collector_says(desk, text, false);
}
