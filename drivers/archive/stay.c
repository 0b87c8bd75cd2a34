#include "drivers/archive/stay.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

void stay_book_clear(struct stay_book *book)
{
        book->count = 0;
}

void stay_book_deinit(struct stay_book *book)
{
        free(book->stays);
        *book = (struct stay_book){ 0 };
}

static int compare(const struct stay_event *a, const struct stay_event *b)
{
        if (a->at_us != b->at_us)
                return a->at_us < b->at_us ? -1 : 1;
        if (a->is_entry != b->is_entry)
                return a->is_entry ? 1 : -1;
        if (a->gate != b->gate)
                return a->gate < b->gate ? -1 : 1;
        return a->is_entry ? strcmp(a->credential_class, b->credential_class) : 0;
}

static struct stay_event exit_of(const struct stay *stay)
{
        return (struct stay_event){ .at_us = stay->left_us,
                                    .gate = stay->gate_out,
                                    .credential_class = "" };
}

/* The first of its events. */
static struct stay_event first_of(const struct stay *stay)
{
        if (!stay->is_entered)
                return exit_of(stay);
        return (struct stay_event){ .at_us = stay->entered_us,
                                    .is_entry = true,
                                    .gate = stay->gate_in,
                                    .credential_class = stay->credential_class };
}

/* Where the first stay stands that begins after the event; *is_known: one begins with it. */
static size_t place_of(const struct stay_book *book, const struct stay_event *event, bool *is_known)
{
        size_t place = book->count;
        *is_known = false;
        while (place > 0) {
                struct stay_event first = first_of(&book->stays[place - 1]);
                int order = compare(&first, event);
                *is_known = order == 0;
                if (order <= 0)
                        break;
                place--;
        }
        return place;
}

/* Room for one more, before which no pointer into the book may be kept. */
static int make_room(struct stay_book *book)
{
        if (book->count < book->size)
                return 0;
        size_t size = 2 * book->size + 8;
        struct stay *stays = realloc(book->stays, size * sizeof(*stays));
        if (!stays)
                return -ENOMEM;
        book->stays = stays;
        book->size = size;
        return 0;
}

static struct stay *insert(struct stay_book *book, size_t place)
{
        assert(book->stays); /* there is room */
        struct stay *at = &book->stays[place];
        memmove(at + 1, at, (book->count - place) * sizeof(*at));
        book->count++;
        *at = (struct stay){ .is_changed = true };
        return at;
}

int stay_book_add(struct stay_book *book, const struct stay *stay)
{
        struct stay_event first = first_of(stay);
        bool is_known;
        int r = make_room(book);
        if (r)
                return r;
        size_t place = place_of(book, &first, &is_known);
        if (is_known)
                return 0;
        struct stay *added = insert(book, place);
        *added = *stay;
        added->is_changed = added->is_moved = false;
        return 0;
}

static void enter(struct stay *stay, const struct stay_event *entry)
{
        stay->is_changed = stay->is_moved = stay->is_entered = true;
        stay->entered_us = entry->at_us;
        stay->gate_in = entry->gate;
        (void)snprintf(stay->credential_class, sizeof(stay->credential_class), "%s",
                       entry->credential_class);
}

static void leave(struct stay *stay, int64_t at_us, int64_t gate)
{
        stay->is_changed = stay->is_left = true;
        stay->left_us = at_us;
        stay->gate_out = gate;
        stay->is_left_assumed = false;
}

static void leave_assumed(struct stay *stay, int64_t at_us)
{
        leave(stay, at_us, 0);
        stay->is_left_assumed = true;
}

/* Begins a stay within `before`, which lasted beyond it: what ended that one ends the new one. */
static void enter_within(struct stay_book *book, size_t place, const struct stay_event *entry)
{
        struct stay *stay = insert(book, place);
        struct stay *before = stay - 1;
        *stay = *before;
        stay->id = 0;
        enter(stay, entry);
        leave_assumed(before, entry->at_us);
}

static void enter_outside(struct stay_book *book, size_t place, const struct stay_event *entry)
{
        struct stay *after = place < book->count ? &book->stays[place] : NULL;
        if (after && !after->is_entered) { /* its end was seen before its beginning */
                enter(after, entry);
                return;
        }
        struct stay *stay = insert(book, place);
        enter(stay, entry);
        if (place + 1 < book->count)
                leave_assumed(stay, stay[1].entered_us);
}

static void exit_within(struct stay_book *book, size_t place, const struct stay_event *event)
{
        struct stay *before = &book->stays[place - 1];
        if (before->is_left && !before->is_left_assumed) {
                struct stay *rest = insert(book, place);
                leave(rest, before->left_us, before->gate_out);
        }
        leave(before, event->at_us, event->gate);
}

int stay_book_note(struct stay_book *book, const struct stay_event *event)
{
        bool is_known, is_within = false;
        int r = make_room(book);
        if (r)
                return r;
        size_t place = place_of(book, event, &is_known);
        if (is_known)
                return 0;
        if (place > 0) {
                const struct stay *before = &book->stays[place - 1];
                struct stay_event end = exit_of(before);
                bool is_ended = before->is_left && !before->is_left_assumed;
                int order = is_ended ? compare(&end, event) : 1;
                if (order == 0)
                        return 0;
                is_within = before->is_entered && order > 0;
        }
        if (event->is_entry && is_within)
                enter_within(book, place, event);
        else if (event->is_entry)
                enter_outside(book, place, event);
        else if (is_within)
                exit_within(book, place, event);
        else
                leave(insert(book, place), event->at_us, event->gate);
        return 0;
}
