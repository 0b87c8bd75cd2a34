/*
 * Ledger: which rows of a batch an archive does not have yet, when it keeps for each stream only
 * how far it goes (the head) and what is missing below that (the gaps). Pure.
 *
 * A row above the head is new, and what it leaves out becomes a gap. One in a gap is new, and
 * splits it. One in what was recorded as lost is new if it was not found before: whoever asks
 * knows. Everything else is there already, even if its day has been deleted since.
 */
#pragma once

#include "common/base.h"
#include <stdbool.h>

struct ledger_range {
        size_t stream;
        uint64_t first, last;
};

struct ledger_row {
        size_t stream, index; /* of the stream and the row in the batch */
        uint64_t seq;
        uint64_t gap_first, gap_last; /* the gap that it stands in; 0: in none */
        bool is_late;                 /* recorded as lost, and not found before */
        bool is_new;                  /* set by ledger_judge */
};

struct ledger {
        struct ledger_row *rows; /* in order of (stream, seq) after ledger_sort */
        size_t count;
        struct ledger_range *closed; /* gaps that are no longer: at most `count` */
        struct ledger_range *opened; /* gaps that are now: at most 2 * count */
        struct ledger_range *found;  /* single rows that had been lost: at most `count` */
        size_t closed_count, opened_count, found_count;
};

/* Room for `count` rows. 0 or -ENOMEM; ledger_deinit either way. */
MUST_USE int ledger_init(struct ledger *ledger, size_t count);
void ledger_deinit(struct ledger *ledger);
void ledger_sort(struct ledger *ledger);
/* Says what is new, and which gaps change. `heads`: of each stream; moved. */
void ledger_judge(struct ledger *ledger, uint64_t *heads);
