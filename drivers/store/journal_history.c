/* Journal history: reading and trimming what was written. */
#include "common/log.h"
#include "drivers/store/database.h"
#include "drivers/store/journal_row.h"
#include "drivers/store/journal_store.h"
#include "drivers/store/sqlite.h"

#include <limits.h>

/*
 * The first sequence at or after a time, by halving: a scan of a month would keep a person waiting,
 * an index on time would write a second page with every row. It relies on time never going back
 * from row to row, which the recorder sees to.
 */
static int seek(struct journal *journal, int64_t since_us, uint64_t *seq)
{
        uint64_t low = journal->info.oldest, high = journal->info.head + 1;
        while (low < high) {
                uint64_t middle = low + (high - low) / 2;
                CLEANUP(sqlite_reset)
                sqlite3_stmt *row = journal->statement[JOURNAL_OLDEST];
                sqlite_bind_int(row, 1, (int64_t)middle);
                int r = sqlite_step(row);
                if (r < 0)
                        return r;
                if (r == 0 || sqlite3_column_int64(row, 1) >= since_us)
                        high = middle;
                else
                        low = (uint64_t)sqlite3_column_int64(row, 0) + 1;
        }
        *seq = low;
        return 0;
}

static int read_from(struct journal *journal, uint64_t first, const struct journal_query *query,
                     struct passage *rows)
{
        size_t limit = query->limit < INT_MAX ? query->limit : INT_MAX;
        size_t count = 0, unreadable = 0;
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *select = journal->statement[JOURNAL_READ];
        sqlite_bind_int(select, 1, (int64_t)first);
        while (count < limit && (r = sqlite_step(select)) > 0) {
                unreadable += !journal_row_load(select, &rows[count]);
                if (query->until_us != 0 && rows[count].at_us >= query->until_us)
                        break;
                if (query->since_us == 0 || rows[count].at_us >= query->since_us)
                        count++;
        }
        if (unreadable > 0)
                log_warn("journal rows not readable", "after=%llu rows=%zu",
                         (unsigned long long)first, unreadable);
        return r < 0 ? r : (int)count;
}

int journal_read(struct journal *journal, const struct journal_query *query, struct passage *rows)
{
        if (query->after_seq >= journal->info.head)
                return 0;
        uint64_t first = query->after_seq + 1;
        if (query->since_us != 0) {
                uint64_t since = 0;
                int r = seek(journal, query->since_us, &since);
                if (r)
                        return r;
                if (since > first)
                        first = since;
        }
        return read_from(journal, first, query, rows);
}

/* The last of at most `limit` rows from the oldest on that may go. *last 0: none. */
static int find_trimmable(struct journal *journal, int64_t before_us, size_t limit, uint64_t *last,
                          int64_t *last_at_us)
{
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = journal->statement[JOURNAL_OLDEST];
        sqlite_bind_int(rows, 1, 0);
        for (size_t i = 0; i < limit && (r = sqlite_step(rows)) > 0; i++) {
                uint64_t seq = (uint64_t)sqlite3_column_int64(rows, 0);
                int64_t at_us = sqlite3_column_int64(rows, 1);
                if (seq > journal->info.acked || at_us >= before_us)
                        break;
                *last = seq;
                *last_at_us = at_us;
        }
        return r < 0 ? r : 0;
}

/* Where people were last is as personal as the rows that told. Those who are outside, nearly all of
 * them, change no count: *inside says how many others there were. */
static int forget(struct journal *journal, int64_t until_us, int *inside)
{
        sqlite3_stmt *forget = journal->statement[JOURNAL_FORGET];
        for (int is_inside = 0; is_inside < 2; is_inside++) {
                sqlite_bind_int(forget, 1, until_us);
                sqlite_bind_int(forget, 2, DIRECTION_ENTRY);
                sqlite_bind_int(forget, 3, is_inside);
                int r = sqlite_run(forget);
                if (r)
                        return r;
                *inside = sqlite3_changes(journal->db);
        }
        return 0;
}

/* With the watermark: were it older on the disk than what is gone, an empty table would not tell
 * how far the sequence had come. */
static int trim_up_to(struct journal *journal, uint64_t last, int64_t last_at_us)
{
        sqlite3_stmt *trim = journal->statement[JOURNAL_TRIM],
                     *trimmed = journal->statement[JOURNAL_TRIMMED];
        int r = sqlite_run(journal->statement[JOURNAL_BEGIN]);
        if (r)
                return r;
        sqlite_bind_int(trim, 1, (int64_t)last);
        r = sqlite_run(trim);
        if (r)
                return r;
        int count = sqlite3_changes(journal->db);
        sqlite_bind_int(trimmed, 1, (int64_t)journal->info.acked);
        sqlite_bind_int(trimmed, 2, (int64_t)last);
        sqlite_bind_int(trimmed, 3, last_at_us);
        int inside = 0;
        r = sqlite_run(trimmed);
        if (!r)
                r = forget(journal, last_at_us, &inside);
        if (!r)
                r = sqlite_run(journal->statement[JOURNAL_COMMIT]);
        if (r)
                return r;
        /* What is trimmed is gone whether or not the counting works. */
        if (inside > 0 && journal_load_inside(journal) != 0)
                log_warn("inside not counted anew", "rows=%d", count);
        return count;
}

int journal_trim(struct journal *journal, int64_t before_us, size_t limit)
{
        uint64_t last = 0;
        int64_t last_at_us = 0;
        int r = find_trimmable(journal, before_us, limit < INT_MAX ? limit : INT_MAX, &last,
                               &last_at_us);
        if (r || last == 0)
                return r;
        r = trim_up_to(journal, last, last_at_us);
        if (r < 0) {
                database_roll_back(journal->db);
                return r;
        }
        journal->acked_on_disk = journal->info.acked;
        journal->info.oldest = last < journal->info.head ? last + 1 : 0;
        return r;
}
