/*
 * Fleet: what the collector remembers of the gates: a stream a journal, and what each gate said
 * last. Bounded: so many gates, and of a gate so many streams, of which those used last stay. All
 * of it can be forgotten: the archive and the gates know it too.
 */
#pragma once

#include "common/uuid.h"
#include "dashboard/ingest/entry.h"
#include "dashboard/ports/archive.h"

enum {
        FLEET_GATES_MAX = 131072,
        FLEET_STREAMS_MAX = 4 /* of one gate, beside those that wait for a commit */
};

static const size_t FLEET_NO_SLOT = SIZE_MAX;

struct fleet_stream {
        struct fleet_gate *gate;
        struct fleet_stream *next; /* of the same gate, used less recently */
        uint8_t epoch[UUID_LEN];
        struct archive_stream at;
        size_t slot;          /* in the batch that is gathered; FLEET_NO_SLOT: not in it */
        bool is_being_stored; /* in the one before */
        bool is_ack_due;
        uint64_t seen;    /* `contiguous` when last looked at */
        int64_t since_ms; /* nothing is missing, or rows arrive in order, until then */
        int64_t ask_ms;   /* not to be asked for before */
        int asks;         /* without an effect */
};

struct fleet_gate {
        char name[ARCHIVE_GATE_MAX];
        struct fleet_stream *streams; /* the one used last first */
        size_t stream_count;
        struct entry_status status; /* the last one that named a journal */
        bool has_status, is_online;
        bool is_in_line; /* of those to be told how far their rows are safe */
        struct fleet_gate *next_in_line;
        size_t news[ARCHIVE_NEWS_KINDS]; /* in the batch that is gathered, or FLEET_NO_SLOT */
};

struct fleet {
        struct fleet_gate **table; /* open addressing, a power of two; NULL: free */
        size_t capacity, count;
};

/* Starts empty: `struct fleet fleet = { 0 };` */
void fleet_deinit(struct fleet *fleet);

/* Finds or makes. NULL: no memory, or FLEET_GATES_MAX others. */
struct fleet_gate *fleet_gate(struct fleet *fleet, const char *name);
/* NULL: not remembered. Moves to the front. */
struct fleet_stream *fleet_find_stream(struct fleet_gate *gate, const uint8_t epoch[UUID_LEN]);
/* Remembers one; may forget another one of the gate that is in no batch. NULL: no memory. */
struct fleet_stream *fleet_add_stream(struct fleet_gate *gate, const uint8_t epoch[UUID_LEN],
                                      const struct archive_stream *at, int64_t now_ms);

/* For walking: the gate in a place of [0, capacity), or NULL. */
static inline struct fleet_gate *fleet_at(const struct fleet *fleet, size_t place)
{
        return fleet->table[place];
}
