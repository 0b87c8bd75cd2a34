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
        JOURNAL_MOVE,
        JOURNAL_FORGIVE,
        JOURNAL_FORGIVE_ALL,
        JOURNAL_READ,
        JOURNAL_OLDEST,
        JOURNAL_TRIM,
        JOURNAL_FORGET,
        JOURNAL_TRIMMED,
        JOURNAL_STATEMENTS
};

struct journal {
        sqlite3 *db;
        sqlite3_stmt *statement[JOURNAL_STATEMENTS];
        struct journal_info info;
        uint64_t acked_on_disk;
        uint64_t inside; /* holders whose last direction is entry */
};
