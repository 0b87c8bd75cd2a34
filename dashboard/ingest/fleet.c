#include "dashboard/ingest/fleet.h"

#include <string.h>

enum {
        FIRST_CAPACITY = 64
};

/* FNV-1a. Names are given by whoever signs certificates, not by the gates. */
static size_t hash(const char *name)
{
        uint64_t value = UINT64_C(14695981039346656037);
        for (; *name; name++)
                value = (value ^ (unsigned char)*name) * UINT64_C(1099511628211);
        return (size_t)(value ^ (value >> 32));
}

/* Where it is or would be. */
static size_t place_of(struct fleet_gate *const *table, size_t capacity, const char *name)
{
        size_t place = hash(name) & (capacity - 1);
        while (table[place] && strcmp(table[place]->name, name) != 0)
                place = (place + 1) & (capacity - 1);
        return place;
}

static bool grow(struct fleet *fleet)
{
        size_t capacity = fleet->capacity ? 2 * fleet->capacity : FIRST_CAPACITY;
        struct fleet_gate **table = calloc(capacity, sizeof(struct fleet_gate *));
        if (!table)
                return false;
        for (size_t i = 0; i < fleet->capacity; i++)
                if (fleet->table[i])
                        table[place_of(table, capacity, fleet->table[i]->name)] = fleet->table[i];
        free(fleet->table);
        fleet->table = table;
        fleet->capacity = capacity;
        return true;
}

static void gate_free(struct fleet_gate *gate)
{
        struct fleet_stream *next;
        if (!gate)
                return;
        for (struct fleet_stream *stream = gate->streams; stream; stream = next) {
                next = stream->next;
                free(stream);
        }
        free(gate);
}

void fleet_deinit(struct fleet *fleet)
{
        for (size_t i = 0; i < fleet->capacity; i++)
                gate_free(fleet->table[i]);
        free(fleet->table);
        *fleet = (struct fleet){ 0 };
}

struct fleet_gate *fleet_gate(struct fleet *fleet, const char *name)
{
        /* At most half full: a search ends soon. */
        if (2 * fleet->count >= fleet->capacity && !grow(fleet))
                return NULL;
        size_t place = place_of(fleet->table, fleet->capacity, name);
        if (fleet->table[place] || fleet->count == FLEET_GATES_MAX)
                return fleet->table[place];
        struct fleet_gate *gate = calloc(1, sizeof(*gate));
        if (!gate)
                return NULL;
        strcpy(gate->name, name);
        for (size_t kind = 0; kind < ARCHIVE_NEWS_KINDS; kind++)
                gate->news[kind] = FLEET_NO_SLOT;
        fleet->table[place] = gate;
        fleet->count++;
        return gate;
}

static void put_first(struct fleet_gate *gate, struct fleet_stream *stream)
{
        stream->next = gate->streams;
        gate->streams = stream;
}

struct fleet_stream *fleet_find_stream(struct fleet_gate *gate, const uint8_t epoch[UUID_LEN])
{
        for (struct fleet_stream **link = &gate->streams; *link; link = &(*link)->next) {
                struct fleet_stream *stream = *link;
                if (memcmp(stream->epoch, epoch, UUID_LEN) != 0)
                        continue;
                *link = stream->next;
                put_first(gate, stream);
                return stream;
        }
        return NULL;
}

/* The one used least recently that nobody holds. False: all are held. */
static bool forget_one(struct fleet_gate *gate)
{
        struct fleet_stream **last = NULL;
        for (struct fleet_stream **link = &gate->streams; *link; link = &(*link)->next)
                if ((*link)->slot == FLEET_NO_SLOT && !(*link)->is_being_stored)
                        last = link;
        if (!last)
                return false;
        struct fleet_stream *stream = *last;
        *last = stream->next;
        free(stream);
        gate->stream_count--;
        return true;
}

struct fleet_stream *fleet_add_stream(struct fleet_gate *gate, const uint8_t epoch[UUID_LEN],
                                      const struct archive_stream *at, int64_t now_ms)
{
        struct fleet_stream *stream = malloc(sizeof(*stream));
        if (!stream)
                return NULL;
        while (gate->stream_count >= FLEET_STREAMS_MAX && forget_one(gate))
                ;
        *stream = (struct fleet_stream){ .gate = gate,
                                         .at = *at,
                                         .slot = FLEET_NO_SLOT,
                                         .seen = at->contiguous,
                                         .since_ms = now_ms };
        memcpy(stream->epoch, epoch, UUID_LEN);
        put_first(gate, stream);
        gate->stream_count++;
        return stream;
}
