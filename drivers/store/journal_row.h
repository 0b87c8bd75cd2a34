/* Journal row: a passage as columns of the table, and back. */
#pragma once

#include "controller/flow.h"

#include <sqlite3.h>
#include <stdbool.h>

/* In the order that both functions expect. */
#define JOURNAL_ROW_COLUMNS                                                                        \
        "seq, at_us, event, reason, direction, class, clock, flags, grant_seq, access_point, "     \
        "holder, subject, detail, sealed"

/* Borrows `row` until the statement is reset. */
void journal_row_bind(sqlite3_stmt *insert, uint64_t seq, const struct passage *row);

/*
 * The row that `select` stands on. False: its columns cannot be what the journal wrote (the file
 * was edited, or a bit flipped, which SQLite has no checksum to notice). Then the row reads as a
 * fault of the database with the same sequence and time: who follows the journal meets neither a
 * gap nor a value out of range, and the rows around it stay good.
 */
bool journal_row_load(sqlite3_stmt *select, struct passage *row);
