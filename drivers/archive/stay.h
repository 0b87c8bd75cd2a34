/*
 * Stay: what the taken entries and exits of one person in one site come to. Pure.
 *
 * In order of time every entry begins a stay, which the next event ends: an exit really, another
 * entry by assumption (the exit between them was not seen), none: it lasts. An exit that follows no
 * entry is a stay of which only the end is known. So each event touches its two neighbours only,
 * and the stays hold all of their events: one that comes late, from a gate that was offline, finds
 * its place among them, and any order of coming leads to the same stays. No entry is read again.
 *
 * Events are a set, in order of (time, exit before entry, gate, class): one that comes twice is
 * one.
 */
#pragma once

#include "dashboard/ports/archive.h"

struct stay_event {
        int64_t at_us;
        bool is_entry;
        int64_t gate;                 /* the archive's number */
        const char *credential_class; /* of an entry; "" */
};

struct stay {
        int64_t id; /* 0: not stored yet */
        bool is_entered, is_left;
        int64_t entered_us, left_us; /* where it is so; one of them is */
        bool is_left_assumed;
        int64_t gate_in, gate_out; /* 0: not known */
        char credential_class[ARCHIVE_WORD_MAX];
        bool is_changed; /* to be stored */
        bool is_moved;   /* it begins at another time, too */
};

/* The stays of one person around the events of a batch, in order. {0} is empty. */
struct stay_book {
        struct stay *stays;
        size_t count, size;
};

/* When it begins, as far as that is known: by this it is found. */
static inline int64_t stay_start_us(const struct stay *stay)
{
        return stay->is_entered ? stay->entered_us : stay->left_us;
}

/* Memory is kept. */
void stay_book_clear(struct stay_book *book);
void stay_book_deinit(struct stay_book *book);
/* One that is stored; once more is no harm. Before an event is noted, its neighbours have to be
 * here: all stays that start when it happened, at the last such time before, at the next one after.
 * 0 or -ENOMEM. */
MUST_USE int stay_book_add(struct stay_book *book, const struct stay *stay);
/* After all neighbours of all events were added. 0 or -ENOMEM. */
MUST_USE int stay_book_note(struct stay_book *book, const struct stay_event *event);
