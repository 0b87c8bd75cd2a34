/* Journal store: what the parts of the journal share: the connection, its statements, what is kept
 * in memory. The SQL stands in journal.c. */
#pragma once

#include "controller/ports/journal.h"

#include <sqlite3.h>

enum journal_statement {
        JOURNAL_BEGIN,
        JOURNAL_COMMIT,
        JOURNAL_LOAD_META,
        JOURNAL_LOAD_ROWS,
        JOURNAL_NEW_EPOCH,
        JOURNAL_INSERT,
        JOURNAL_MARK_LATE,
        JOURNAL_WATERMARK,
        JOURNAL_PRESENCE,
        JOURNAL_ELSEWHERE,
        JOURNAL_MOVE,
        JOURNAL_LOAD_INSIDE,
        JOURNAL_LOAD_AREAS,
        JOURNAL_USE,
        JOURNAL_USES,
        JOURNAL_FORGIVE,
        JOURNAL_FORGIVE_ALL,
        JOURNAL_READ,
        JOURNAL_OLDEST,
        JOURNAL_TRIM,
        JOURNAL_FORGET,
        JOURNAL_TRIMMED,
        JOURNAL_PAGES,
        JOURNAL_FREE_PAGES,
        JOURNAL_STATEMENTS
};

enum {
        JOURNAL_PAGE = 1024,   /* bytes; a row with its neighbours fits, a larger one writes more */
        JOURNAL_AREAS_MAX = 64 /* areas of one gate; of more, the occupancy is not known */
};

/* Holders whose last direction is entry: in all, each once, and by area. */
struct journal_inside {
        uint64_t all;
        size_t areas;
        struct {
                char id[FLOW_ID_MAX];
                uint64_t count;
        } area[JOURNAL_AREAS_MAX];
};

struct journal {
        sqlite3 *db;
        sqlite3_stmt *statement[JOURNAL_STATEMENTS];
        struct journal_info info;
        uint64_t acked_on_disk;
        struct journal_inside inside;
};

/* journal.c; inside a transaction. */
MUST_USE int journal_insert(struct journal *journal, uint64_t seq, const struct passage *row);
/* journal_presence.c; inside the transaction of an append. Counts in memory are the caller's to
 * keep or, when the transaction fails, to throw away. */
MUST_USE int journal_note_taken(struct journal *journal, const struct passage *row,
                                struct journal_inside *inside);
/* Counts from what is on the disk. */
MUST_USE int journal_load_inside(struct journal *journal);
