/* Journal history: reading and trimming what was written. */
#include "common/log.h"
#include "drivers/store/database.h"
#include "drivers/store/journal_row.h"
#include "drivers/store/journal_store.h"
#include "drivers/store/sqlite.h"

#include <limits.h>
#include <stdio.h>

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

/* What one trim takes: the oldest rows up to `last`. */
struct trim {
        uint64_t limit_seq; /* only rows up to here */
        int64_t before_us;  /* and older than this */
        int64_t kept_us;    /* where people were since then is not forgotten */
        size_t limit;
        struct passage *note; /* NULL, or the row that says what was lost */
        uint64_t first, last; /* found; 0: none may go */
        int64_t last_at_us;
};

static int find(struct journal *journal, struct trim *trim)
{
        int r = 0;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = journal->statement[JOURNAL_OLDEST];
        sqlite_bind_int(rows, 1, 0);
        for (size_t i = 0; i < trim->limit && (r = sqlite_step(rows)) > 0; i++) {
                uint64_t seq = (uint64_t)sqlite3_column_int64(rows, 0);
                int64_t at_us = sqlite3_column_int64(rows, 1);
                if (seq > trim->limit_seq || at_us >= trim->before_us)
                        break;
                if (trim->first == 0)
                        trim->first = seq;
                trim->last = seq;
                trim->last_at_us = at_us;
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

/* In one transaction with the note: rows that nobody acknowledged are never gone without it. */
static int write_note(struct journal *journal, const struct trim *trim, uint64_t acked)
{
        uint64_t first = trim->first > acked ? trim->first : acked + 1;
        (void)snprintf(trim->note->detail, sizeof(trim->note->detail),
                       "unacknowledged dropped: %llu-%llu", (unsigned long long)first,
                       (unsigned long long)trim->last);
        trim->note->seq = journal->info.head + 1;
        return journal_insert(journal, trim->note->seq, trim->note);
}

/* With the watermark: were it older on the disk than what is gone, an empty table would not tell
 * how far the sequence had come. *inside: see forget. Rows deleted. */
static int write_trim(struct journal *journal, const struct trim *trim, uint64_t acked, int *inside)
{
        sqlite3_stmt *delete = journal->statement[JOURNAL_TRIM],
                     *trimmed = journal->statement[JOURNAL_TRIMMED];
        int r = sqlite_run(journal->statement[JOURNAL_BEGIN]);
        if (r)
                return r;
        sqlite_bind_int(delete, 1, (int64_t)trim->last);
        r = sqlite_run(delete);
        if (r)
                return r;
        int count = sqlite3_changes(journal->db);
        sqlite_bind_int(trimmed, 1, (int64_t)acked);
        sqlite_bind_int(trimmed, 2, (int64_t)trim->last);
        sqlite_bind_int(trimmed, 3, trim->last_at_us);
        r = sqlite_run(trimmed);
        int64_t until_us = trim->last_at_us < trim->kept_us ? trim->last_at_us : trim->kept_us;
        if (!r && until_us > 0)
                r = forget(journal, until_us, inside);
        if (!r && trim->note && trim->last > journal->info.acked)
                r = write_note(journal, trim, journal->info.acked);
        if (!r)
                r = sqlite_run(journal->statement[JOURNAL_COMMIT]);
        return r ? r : count;
}

static int run(struct journal *journal, struct trim *trim)
{
        struct journal_info *info = &journal->info;
        int r = find(journal, trim);
        if (r || trim->last == 0)
                return r;
        bool is_noted = trim->note && trim->last > info->acked;
        uint64_t acked = trim->last > info->acked ? trim->last : info->acked;
        int inside = 0;
        r = write_trim(journal, trim, acked, &inside);
        if (r < 0) {
                database_roll_back(journal->db);
                return r;
        }
        info->acked = journal->acked_on_disk = acked;
        if (is_noted) {
                info->head = trim->note->seq;
                info->last_at_us = trim->note->at_us;
        }
        info->oldest = trim->last < info->head ? trim->last + 1 : 0;
        /* What is trimmed is gone whether or not the counting works. */
        if (inside > 0 && journal_load_inside(journal) != 0)
                log_warn("inside not counted anew", "rows=%d", r);
        return r;
}

int journal_trim(struct journal *journal, int64_t before_us, size_t limit)
{
        struct trim trim = { .limit_seq = journal->info.acked,
                             .before_us = before_us,
                             .kept_us = INT64_MAX,
                             .limit = limit < INT_MAX ? limit : INT_MAX };
        return run(journal, &trim);
}

int journal_make_room(struct journal *journal, int64_t kept_us, size_t limit)
{
        struct trim trim = { .limit_seq = journal->info.acked,
                             .before_us = INT64_MAX,
                             .kept_us = kept_us,
                             .limit = limit < INT_MAX ? limit : INT_MAX };
        return run(journal, &trim);
}

int journal_drop(struct journal *journal, int64_t kept_us, size_t limit, struct passage *note)
{
        struct trim trim = { .limit_seq = journal->info.head,
                             .before_us = INT64_MAX,
                             .kept_us = kept_us,
                             .limit = limit < INT_MAX ? limit : INT_MAX,
                             .note = note };
        return run(journal, &trim);
}

static int read_count(struct journal *journal, enum journal_statement which, int64_t *count)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = journal->statement[which];
        int r = sqlite_step(row);
        if (r > 0)
                *count = sqlite3_column_int64(row, 0);
        return r < 0 ? r : 0;
}

int journal_bytes(struct journal *journal, int64_t *bytes)
{
        int64_t pages = 0, unused = 0;
        int r = read_count(journal, JOURNAL_PAGES, &pages);
        if (!r)
                r = read_count(journal, JOURNAL_FREE_PAGES, &unused);
        *bytes = (pages - unused) * JOURNAL_PAGE;
        return r;
}
