/*
 * Courier: carries the journal's rows to the broker in order and learns how far they are safe.
 *
 * It keeps no rows: the journal does. At most `window` publications are without their PUBACK; what
 * was under way when a connection ends is forgotten, and following begins again at the watermark.
 *
 * The watermark moves in one of two ways. By PUBACK: to the last row before the first that is not
 * acknowledged. By collector: only by the collector's message `ack`, which it sends after its own
 * COMMIT; then rows run ahead of the watermark, up to COURIER_AHEAD_MAX. Until its first word on a
 * connection they do so by a window only, and by COURIER_UNTOLD_MAX late ones: that word comes
 * soon, and not behind what a fleet that is back has poured out meanwhile, row by row. When the
 * collector says nothing for COURIER_STALL_MS the rows are sent again, a window of them at a time
 * until it speaks. A refusal (MQTT v5 reason >= 128) is no acknowledgement: one row is tried again
 * every COURIER_RETRY_MS until the broker takes it. A PUBACK that says that nobody subscribes
 * (reason 16) is none for a collector either: one row is tried every COURIER_UNHEARD_MS until
 * somebody does.
 *
 * Where the collector says that it takes several rows in one message, those that are late anyway
 * go so: an outage is made up for sooner, and who listens for what happens now hears single rows.
 * They go one by one again after a collector asked for rows again, until it acknowledges some: it
 * may be another one, of before, or find one among the rows that it cannot read.
 *
 * No clock, no thread; publishes through the bus port and logs faults when they begin and end.
 */
#pragma once

#include "controller/ports/bus.h"
#include "controller/ports/journal.h"
#include "controller/publish/notice.h"
#include "controller/publish/parcel.h"

enum {
        COURIER_AHEAD_MAX = 10000,
        COURIER_UNTOLD_MAX = 10,
        COURIER_STALL_MS = 60000,
        COURIER_RETRY_MS = 30000,
        COURIER_UNHEARD_MS = 2000,
        COURIER_LATE_US = 3000000 /* rows older than this are not waited for */
};

struct courier_slot;

struct courier {
        const struct notice_source *source;
        bool is_by_collector;
        size_t window;
        struct courier_slot *slots;
        uint64_t first, next; /* tokens under way: [first, next) */
        struct bus *bus;      /* NULL: down */
        int64_t up_at_us;
        char epoch[JOURNAL_EPOCH_MAX]; /* "": the gate is not known yet */
        uint64_t head;                 /* last row that is known of */
        uint64_t acked;                /* the watermark */
        uint64_t sent;                 /* last row published since following began */
        uint64_t again_to;             /* up to here rows are sent although they are acknowledged */
        int64_t progress_ms;           /* when the watermark moved, or waiting for it began */
        int64_t rewind_ms;             /* when to follow anew; 0: no need */
        struct parcel parcel;          /* what goes out with the next flush */
        size_t batch;  /* rows in a message, as the collector says; 0: it has said nothing yet */
        size_t untold; /* late rows that went without a word of it */
        bool is_one_by_one;     /* until it acknowledges something */
        bool is_parcel_refused; /* by the broker of this connection */
        bool is_stalled, is_refused, is_unheard, is_disagreeing;
        uint64_t published; /* rows that the broker has taken, resends too */
};

/* `source` is borrowed. 0 or -ENOMEM. */
MUST_USE int courier_init(struct courier *courier, const struct notice_source *source,
                          bool is_by_collector, size_t window);
void courier_deinit(struct courier *courier);

/* The gate is there. Another epoch than before, or fewer rows than were acknowledged (somebody put
 * back an old copy): nothing of it is acknowledged but what the gate says. */
void courier_gate(struct courier *courier, const char *epoch, uint64_t head, uint64_t acked,
                  int64_t now_ms);
void courier_up(struct courier *courier, struct bus *bus, int64_t at_us, int64_t now_ms);
void courier_down(struct courier *courier);

/* Somebody asks for the rows from `from` on once more, also for such as are acknowledged. "", or
 * why not: stale_epoch, out_of_range (past the head), unavailable. A connection that ends forgets
 * it. */
MUST_USE const char *courier_resend(struct courier *courier, const char *epoch, uint64_t from,
                                    int64_t now_ms);

/* Should rows be read now? */
bool courier_has_room(const struct courier *courier);
/* True once when rows must be followed anew, after courier->sent. To be asked often. */
MUST_USE bool courier_is_to_follow(struct courier *courier, int64_t now_ms);

/* One row of the journal as the local protocol's event. Only while courier_has_room. It may wait
 * for others, until courier_flush. `now_us` is the clock that rows have their time from. */
void courier_row(struct courier *courier, const json_t *event, int64_t now_us, int64_t now_ms);
/* No more rows at the moment: what there is goes out. */
void courier_flush(struct courier *courier, int64_t now_ms);
/* The broker's answer to an entry. */
void courier_answered(struct courier *courier, uint64_t token, int reason, int64_t now_ms);
/* The collector's message on leaf `ack`. */
void courier_collected(struct courier *courier, const struct bus_message *message, int64_t now_ms);

/* Publications without their PUBACK. */
static inline uint64_t courier_under_way(const struct courier *courier)
{
        return courier->next - courier->first;
}
