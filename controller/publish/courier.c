#include "controller/publish/courier.h"

#include "common/log.h"
#include "common/rfc3339.h"
#include "common/wire_json.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
        FULL_MS = 1000 /* the bus is full: with a window that fits it, by mistake only */
};

struct courier_slot {
        uint64_t seq; /* of the last row */
        size_t rows;
        bool is_done;
};

/* A late row that does not fit goes after those before it, in the same turn. */
static size_t slot_count(const struct courier *courier)
{
        return courier->window + 1;
}

int courier_init(struct courier *courier, const struct notice_source *source, bool is_by_collector,
                 size_t window)
{
        *courier = (struct courier){ .source = source,
                                     .is_by_collector = is_by_collector,
                                     .window = window,
                                     .first = 1, /* 0 is for what is not an entry */
                                     .next = 1 };
        courier->slots = calloc(slot_count(courier), sizeof(struct courier_slot));
        return courier->slots ? 0 : -ENOMEM;
}

void courier_deinit(struct courier *courier)
{
        parcel_drop(&courier->parcel);
        free(courier->slots);
        courier->slots = NULL;
}

static struct courier_slot *slot_of(const struct courier *courier, uint64_t token)
{
        return &courier->slots[token % slot_count(courier)];
}

/* Forgets what is under way; following begins again at the watermark, at `at_ms`. */
static void rewind_at(struct courier *courier, int64_t at_ms)
{
        parcel_drop(&courier->parcel);
        courier->first = courier->next;
        courier->sent = courier->acked;
        courier->untold = 0;
        courier->rewind_ms = at_ms;
}

/* The watermark moves: the collector or the broker is alive. */
static void advance(struct courier *courier, uint64_t seq, int64_t now_ms)
{
        bool is_again = courier->sent < courier->again_to;
        courier->acked = seq;
        courier->progress_ms = now_ms;
        if (courier->sent < seq && !is_again)
                courier->sent = seq;
        if (courier->is_stalled)
                log_info("collector acknowledges again", "acked=%llu", (unsigned long long)seq);
        courier->is_stalled = false;
}

void courier_gate(struct courier *courier, const char *epoch, uint64_t head, uint64_t acked,
                  int64_t now_ms)
{
        bool is_another = strcmp(courier->epoch, epoch) != 0;
        if (!is_another && head < courier->acked)
                log_warn("journal is shorter than what was acknowledged", "head=%llu acked=%llu",
                         (unsigned long long)head, (unsigned long long)courier->acked);
        if (is_another || head < courier->acked) {
                snprintf(courier->epoch, sizeof(courier->epoch), "%s", epoch);
                courier->head = courier->acked = 0;
        }
        if (head > courier->head)
                courier->head = head;
        if (acked > courier->acked)
                advance(courier, acked, now_ms);
        rewind_at(courier, now_ms);
}

void courier_up(struct courier *courier, struct bus *bus, int64_t at_us, int64_t now_ms)
{
        courier->bus = bus;
        courier->up_at_us = at_us;
        courier->batch = 0;
        courier->is_one_by_one = courier->is_parcel_refused = false;
        rewind_at(courier, now_ms);
}

void courier_down(struct courier *courier)
{
        courier->bus = NULL;
        rewind_at(courier, 0);
}

static bool is_working(const struct courier *courier)
{
        return courier->bus && courier->epoch[0] != '\0';
}

const char *courier_resend(struct courier *courier, const char *epoch, uint64_t from,
                           int64_t now_ms)
{
        if (!is_working(courier))
                return "unavailable";
        if (strcmp(epoch, courier->epoch) != 0)
                return "stale_epoch";
        if (from == 0 || from > courier->head)
                return "out_of_range";
        if (from > courier->sent)
                return ""; /* on its way */
        log_info("rows are sent again", "from=%llu acked=%llu", (unsigned long long)from,
                 (unsigned long long)courier->acked);
        rewind_at(courier, now_ms);
        courier->is_one_by_one = true;
        courier->again_to = courier->acked;
        if (from - 1 < courier->sent)
                courier->sent = from - 1;
        return "";
}

bool courier_has_room(const struct courier *courier)
{
        bool is_probing = courier->is_refused || courier->is_unheard;
        uint64_t window = is_probing ? 1 : courier->window;
        bool is_silent = courier->is_stalled || courier->batch == 0;
        uint64_t ahead = is_silent ? courier->window : COURIER_AHEAD_MAX;
        bool is_ahead = courier->sent >= courier->acked + ahead ||
                        (courier->batch == 0 && courier->untold >= COURIER_UNTOLD_MAX);
        return is_working(courier) && courier->rewind_ms == 0 &&
               courier_under_way(courier) < window && !(courier->is_by_collector && is_ahead);
}

static void look_for_stall(struct courier *courier, int64_t now_ms)
{
        bool is_waiting = courier->is_by_collector && courier->sent > courier->acked &&
                          courier_under_way(courier) == 0;
        if (!is_waiting || now_ms - courier->progress_ms < COURIER_STALL_MS)
                return;
        if (!courier->is_stalled)
                log_warn("collector does not acknowledge", "acked=%llu sent=%llu",
                         (unsigned long long)courier->acked, (unsigned long long)courier->sent);
        courier->is_stalled = true;
        rewind_at(courier, now_ms);
}

bool courier_is_to_follow(struct courier *courier, int64_t now_ms)
{
        if (!is_working(courier))
                return false;
        if (courier->rewind_ms == 0)
                look_for_stall(courier, now_ms);
        if (courier->rewind_ms == 0 || now_ms < courier->rewind_ms)
                return false;
        courier->rewind_ms = 0;
        courier->progress_ms = now_ms;
        return true;
}

static void not_published(struct courier *courier, uint64_t seq, int error, int64_t now_ms)
{
        if (error == -ENOTCONN)
                return; /* the bus is about to say so */
        log_error("entry not published", "seq=%llu errno=%d", (unsigned long long)seq, -error);
        rewind_at(courier, now_ms + (error == -EAGAIN ? FULL_MS : COURIER_RETRY_MS));
}

void courier_flush(struct courier *courier, int64_t now_ms)
{
        const struct courier_slot slot = { .seq = courier->parcel.seq,
                                           .rows = courier->parcel.count };
        if (slot.rows == 0)
                return;
        char *json = parcel_close(&courier->parcel);
        const struct notice notice = { .leaf = "entry",
                                       .json = json,
                                       .content_type = slot.rows > 1 ? PARCEL_CONTENT_TYPE : NULL,
                                       .qos = 1,
                                       .seq = slot.seq };
        int error = notice_publish(courier->source, courier->bus, &notice, courier->next);
        free(json);
        if (error)
                not_published(courier, slot.seq, error, now_ms);
        else
                *slot_of(courier, courier->next++) = slot;
}

/* Is it so old that nobody waits for it? */
static bool is_late(const json_t *event, int64_t now_us)
{
        int64_t at_us;
        const char *time = json_string_value(json_object_get(event, "time"));
        return time && rfc3339_parse(time, &at_us) && at_us < now_us - COURIER_LATE_US;
}

/* How many late rows may be in a message. */
static size_t rows_at_once(const struct courier *courier)
{
        bool is_alone = courier->is_refused || courier->is_unheard || courier->is_one_by_one ||
                        courier->is_parcel_refused || courier->batch == 0;
        return is_alone ? 1 : courier->batch;
}

void courier_row(struct courier *courier, const json_t *event, int64_t now_us, int64_t now_ms)
{
        uint64_t seq = (uint64_t)json_integer_value(json_object_get(event, "seq"));
        const char *epoch = json_string_value(json_object_get(event, "epoch"));
        if (seq != 0 && seq <= courier->sent)
                return; /* the collector had it already */
        char *json = epoch && strcmp(epoch, courier->epoch) == 0
                             ? notice_entry(courier->source, event, courier->up_at_us)
                             : NULL;
        if (!json) {
                not_published(courier, seq, -EBADMSG, now_ms);
                return;
        }
        bool is_of_before = is_late(event, now_us);
        size_t most = is_of_before ? rows_at_once(courier) : 1;
        if (!parcel_has_room(&courier->parcel, most, strlen(json)))
                courier_flush(courier, now_ms);
        if (courier->rewind_ms != 0) { /* the bus did not take those before */
                free(json);
                return;
        }
        if (courier->sent == courier->acked)
                courier->progress_ms = now_ms;
        parcel_add(&courier->parcel, json, seq);
        courier->sent = seq;
        courier->untold += is_of_before && courier->batch == 0;
        if (courier->head < seq)
                courier->head = seq;
        if (!parcel_has_room(&courier->parcel, most, 0))
                courier_flush(courier, now_ms);
}

static void refused(struct courier *courier, int reason, int64_t now_ms)
{
        if (!courier->is_refused)
                log_error("broker refuses entries", "seq=%llu reason=%d",
                          (unsigned long long)courier->acked + 1, reason);
        courier->is_refused = true;
        rewind_at(courier, now_ms + COURIER_RETRY_MS);
}

/* Each row alone may well be small enough for it. */
static void parcel_refused(struct courier *courier, int reason, int64_t now_ms)
{
        log_warn("broker refuses several rows in one message", "reason=%d", reason);
        courier->is_parcel_refused = true;
        rewind_at(courier, now_ms);
}

static void unheard(struct courier *courier, int64_t now_ms)
{
        if (!courier->is_unheard)
                log_warn("nobody subscribes to the entries", "reason=%d", BUS_NOT_HEARD);
        courier->is_unheard = true;
        rewind_at(courier, now_ms + COURIER_UNHEARD_MS);
}

static void taken(struct courier *courier, struct courier_slot *slot, int reason)
{
        slot->is_done = true;
        courier->published += slot->rows;
        if (courier->is_refused)
                log_info("broker takes entries again", "reason=%d", reason);
        if (courier->is_unheard)
                log_info("somebody subscribes to the entries", "reason=%d", reason);
        courier->is_refused = courier->is_unheard = false;
}

void courier_answered(struct courier *courier, uint64_t token, int reason, int64_t now_ms)
{
        if (token < courier->first || token >= courier->next)
                return; /* of before a rewind */
        struct courier_slot *slot = slot_of(courier, token);
        if (reason >= BUS_REFUSED) {
                if (slot->rows > 1)
                        parcel_refused(courier, reason, now_ms);
                else
                        refused(courier, reason, now_ms);
                return;
        }
        if (reason == BUS_NOT_HEARD && courier->is_by_collector) {
                unheard(courier, now_ms);
                return;
        }
        taken(courier, slot, reason);
        uint64_t seq = 0;
        while (courier->first < courier->next && slot_of(courier, courier->first)->is_done)
                seq = slot_of(courier, courier->first++)->seq;
        if (!courier->is_by_collector && seq > courier->acked)
                advance(courier, seq, now_ms);
}

/* Logged when it begins; the next good one ends it. */
static void disagree(struct courier *courier, const char *why)
{
        if (!courier->is_disagreeing)
                log_warn("acknowledgement ignored", "why=%s", why);
        courier->is_disagreeing = true;
}

void courier_collected(struct courier *courier, const struct bus_message *message, int64_t now_ms)
{
        if (!courier->is_by_collector || courier->epoch[0] == '\0')
                return;
        json_t *ack = wire_json_load(message->payload, message->len);
        const char *epoch = json_string_value(json_object_get(ack, "epoch"));
        const json_t *number = json_object_get(ack, "seq");
        const json_t *batch = json_object_get(ack, "batch");
        json_int_t seq = json_integer_value(number), rows = batch ? json_integer_value(batch) : 1;
        if (message->is_retained)
                disagree(courier, "retained");
        else if (!epoch || !json_is_integer(number) || seq < 0 || rows < 1)
                disagree(courier, "malformed");
        else if (strcmp(epoch, courier->epoch) != 0)
                disagree(courier, "epoch");
        else if ((uint64_t)seq > courier->head)
                disagree(courier, "past-the-head");
        else {
                courier->is_disagreeing = false;
                courier->batch = (size_t)rows;
                if ((uint64_t)seq > courier->acked) {
                        courier->is_one_by_one = false;
                        advance(courier, (uint64_t)seq, now_ms);
                }
        }
        json_decref(ack);
}
