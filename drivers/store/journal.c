/*
 * Journal port on SQLite.
 *
 * The file is locked for as long as it is open (locking_mode EXCLUSIVE): head, watermark and
 * presence count are kept in memory, so a second writer, say another stiled started by hand, would
 * give a sequence twice. It also keeps the log's index in our own memory, not in a mapped -shm
 * file. The price is that `sqlite3 journal.db` answers "database is locked" while stiled runs: ask
 * stilectl, or look at a copy of journal.db together with its -wal.
 */
#include "controller/ports/journal.h"

#include "common/log.h"
#include "common/uuid.h"
#include "controller/ports/digest.h"
#include "drivers/store/database.h"
#include "drivers/store/files.h"
#include "drivers/store/journal_row.h"
#include "drivers/store/journal_store.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

_Static_assert((int)JOURNAL_EPOCH_MAX == (int)UUID_TEXT_MAX, "an epoch is a UUID");

enum {
        JOURNAL_WATERMARK_EVERY = 100, /* rows */
        JOURNAL_VERSION = 3,
};

/* Sequences travel as JSON numbers. A larger one in a file was not counted up to by us. */
static const int64_t journal_seq_max = INT64_C(1) << 53;

/*
 * Rows have no constraints on purpose: the check at open would condemn the whole file for one
 * flipped bit, where journal_row_load loses one row. `trimmed` keeps the head and the time when
 * every row has been trimmed. A new value of an enum needs no migration, but a program that does
 * not know it reads such rows as faults: give it a step that only raises the version.
 */
static const char *const steps[JOURNAL_VERSION] = {
        "CREATE TABLE meta ("
        "  id INTEGER PRIMARY KEY CHECK (id = 1),"
        "  epoch TEXT NOT NULL,"
        "  acked INTEGER NOT NULL,"
        "  trimmed INTEGER NOT NULL,"
        "  trimmed_at_us INTEGER NOT NULL);"
        "CREATE TABLE passage ("
        "  seq INTEGER PRIMARY KEY,"
        "  at_us INTEGER, event INTEGER, reason INTEGER, direction INTEGER, class INTEGER,"
        "  clock INTEGER, flags INTEGER, grant_seq INTEGER,"
        "  access_point TEXT, holder TEXT, subject BLOB, detail TEXT);"
        "CREATE TABLE presence ("
        "  holder TEXT PRIMARY KEY,"
        "  direction INTEGER, since_us INTEGER, access_point TEXT) WITHOUT ROWID",

        "CREATE TABLE presence_by_area ("
        "  holder TEXT, area TEXT,"
        "  direction INTEGER, since_us INTEGER, access_point TEXT,"
        "  PRIMARY KEY (holder, area)) WITHOUT ROWID;"
        "INSERT INTO presence_by_area SELECT holder, '', direction, since_us, access_point"
        "  FROM presence;"
        "DROP TABLE presence;"
        "ALTER TABLE presence_by_area RENAME TO presence;"
        "CREATE TABLE use ("
        "  key BLOB PRIMARY KEY, total INTEGER, day INTEGER, on_day INTEGER) WITHOUT ROWID",

        "ALTER TABLE passage ADD COLUMN sealed BLOB",
};

static const struct database_schema schema = {
        .application_id = 0x53746a6e, /* "Stjn" */
        .page_size = JOURNAL_PAGE,
        .is_exclusive = true,
        .steps = steps,
        .version = JOURNAL_VERSION,
};

static const char *const sql[JOURNAL_STATEMENTS] = {
        [JOURNAL_BEGIN] = "BEGIN IMMEDIATE",
        [JOURNAL_COMMIT] = "COMMIT",
        [JOURNAL_LOAD_META] = "SELECT epoch, acked, trimmed, trimmed_at_us FROM meta",
        [JOURNAL_LOAD_ROWS] =
                ("SELECT (SELECT min(seq) FROM passage), (SELECT max(seq) FROM passage),"
                 " (SELECT at_us FROM passage ORDER BY seq DESC LIMIT 1)"),
        [JOURNAL_NEW_EPOCH] = "INSERT INTO meta VALUES (1, ?1, 0, 0, 0)",
        [JOURNAL_INSERT] =
                ("INSERT INTO passage (" JOURNAL_ROW_COLUMNS
                 ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"),
        [JOURNAL_MARK_LATE] = "UPDATE passage SET flags = flags | ?2 WHERE seq = ?1",
        [JOURNAL_WATERMARK] = "UPDATE meta SET acked = ?1",
        [JOURNAL_PRESENCE] = ("SELECT direction, since_us, access_point FROM presence"
                              " WHERE holder = ?1 AND area = ?2"),
        [JOURNAL_ELSEWHERE] = ("SELECT 1 FROM presence"
                               " WHERE holder = ?1 AND area <> ?2 AND direction = ?3"),
        [JOURNAL_MOVE] = "REPLACE INTO presence VALUES (?1, ?2, ?3, ?4, ?5)",
        [JOURNAL_LOAD_INSIDE] = "SELECT count(DISTINCT holder) FROM presence WHERE direction = ?1",
        [JOURNAL_LOAD_AREAS] = ("SELECT area, count(*) FROM presence WHERE direction = ?1"
                                " GROUP BY area"),
        [JOURNAL_USE] = ("INSERT INTO use VALUES (?1, 1, ?2, 1) ON CONFLICT (key) DO UPDATE SET"
                         " total = total + 1, day = ?2,"
                         " on_day = CASE day WHEN ?2 THEN on_day + 1 ELSE 1 END"),
        [JOURNAL_USES] = "SELECT total, day, on_day FROM use WHERE key = ?1",
        [JOURNAL_FORGIVE] = "DELETE FROM presence WHERE holder = ?1",
        [JOURNAL_FORGIVE_ALL] = "DELETE FROM presence",
        [JOURNAL_READ] =
                ("SELECT " JOURNAL_ROW_COLUMNS " FROM passage WHERE seq >= ?1 ORDER BY seq"),
        [JOURNAL_OLDEST] = "SELECT seq, at_us FROM passage WHERE seq >= ?1 ORDER BY seq",
        [JOURNAL_TRIM] = "DELETE FROM passage WHERE seq <= ?1",
        [JOURNAL_FORGET] = "DELETE FROM presence WHERE since_us <= ?1 AND (direction = ?2) = ?3",
        [JOURNAL_TRIMMED] = "UPDATE meta SET acked = ?1, trimmed = ?2, trimmed_at_us = ?3",
        [JOURNAL_PAGES] = "PRAGMA page_count",
        [JOURNAL_FREE_PAGES] = "PRAGMA freelist_count",
};

static int begin_epoch(struct journal *journal)
{
        uint8_t random[UUID_RANDOM_LEN];
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        int r = digest_random(random, sizeof(random));
        if (r)
                return r;
        uuid7_format((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, random,
                     journal->info.epoch);
        sqlite3_stmt *insert = journal->statement[JOURNAL_NEW_EPOCH];
        sqlite_bind_text(insert, 1, journal->info.epoch);
        return sqlite_run(insert);
}

/* Rows are missing at the end that the watermark knew: going on would give sequences twice. */
static bool adds_up(int64_t oldest, int64_t head, int64_t acked, int64_t trimmed)
{
        return oldest >= 0 && (oldest == 0 || oldest > trimmed) && trimmed >= 0 &&
               trimmed <= acked && acked <= head && head <= journal_seq_max;
}

static int load_rows(struct journal *journal, int64_t *oldest, int64_t *head)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = journal->statement[JOURNAL_LOAD_ROWS];
        int r = sqlite_step(rows);
        if (r <= 0)
                return r ? r : -EUCLEAN;
        bool is_empty = sqlite3_column_type(rows, 0) == SQLITE_NULL;
        *oldest = sqlite3_column_int64(rows, 0);
        *head = sqlite3_column_int64(rows, 1);
        journal->info.last_at_us = sqlite3_column_int64(rows, 2);
        return is_empty || *oldest > 0 ? 0 : -EUCLEAN;
}

static int load(struct journal *journal)
{
        int64_t oldest = 0, head = 0;
        int r = load_rows(journal, &oldest, &head);
        if (r)
                return r;
        CLEANUP(sqlite_reset)
        sqlite3_stmt *meta = journal->statement[JOURNAL_LOAD_META];
        r = sqlite_step(meta);
        if (r < 0)
                return r;
        if (r == 0)
                return head == 0 ? begin_epoch(journal) : -EUCLEAN;

        bool is_epoch = sqlite_column_copy(meta, 0, journal->info.epoch, JOURNAL_EPOCH_MAX) &&
                        strlen(journal->info.epoch) == JOURNAL_EPOCH_MAX - 1;
        int64_t acked = sqlite3_column_int64(meta, 1), trimmed = sqlite3_column_int64(meta, 2);
        if (oldest == 0) {
                head = trimmed;
                journal->info.last_at_us = sqlite3_column_int64(meta, 3);
        }
        if (!is_epoch || !adds_up(oldest, head, acked, trimmed))
                return -EUCLEAN;
        journal->info.oldest = (uint64_t)oldest;
        journal->info.head = (uint64_t)head;
        journal->info.acked = journal->acked_on_disk = (uint64_t)acked;
        return 0;
}

static void release(struct journal *journal)
{
        sqlite_finalize_all(journal->statement, JOURNAL_STATEMENTS);
        journal->db = database_close(journal->db);
}

static int open_once(struct journal *journal, const char *path)
{
        int r = database_open(path, &schema, &journal->db);
        if (r)
                return r;
        r = sqlite_prepare_all(journal->db, sql, JOURNAL_STATEMENTS, journal->statement);
        if (!r)
                r = load(journal);
        if (!r)
                r = journal_load_inside(journal);
        if (r) {
                log_error("journal not loaded", "path=%s errno=%d", path, -r);
                release(journal);
        }
        return r;
}

int journal_open(const char *path, struct journal **journal)
{
        struct journal *opened = calloc(1, sizeof(*opened));
        if (!opened)
                return -ENOMEM;
        int r = open_once(opened, path);
        if (r == -EUCLEAN) {
                r = files_set_aside(path, opened->info.set_aside);
                if (!r) {
                        opened->info.was_set_aside = true;
                        r = open_once(opened, path);
                }
        }
        if (r) {
                free(opened);
                return r;
        }
        *journal = opened;
        return 0;
}

static int write_watermark(struct journal *journal)
{
        sqlite3_stmt *update = journal->statement[JOURNAL_WATERMARK];
        sqlite_bind_int(update, 1, (int64_t)journal->info.acked);
        return sqlite_run(update);
}

struct journal *journal_close(struct journal *journal)
{
        if (!journal)
                return NULL;
        int r = journal->info.acked > journal->acked_on_disk ? write_watermark(journal) : 0;
        if (r)
                log_warn("watermark not written", "errno=%d", -r);
        release(journal);
        free(journal);
        return NULL;
}

void journal_info(const struct journal *journal, struct journal_info *info)
{
        *info = journal->info;
}

int journal_insert(struct journal *journal, uint64_t seq, const struct passage *row)
{
        sqlite3_stmt *insert = journal->statement[JOURNAL_INSERT];
        journal_row_bind(insert, seq, row);
        return sqlite_run(insert);
}

static int append_rows(struct journal *journal, const struct passage *rows, size_t count,
                       struct journal_inside *inside)
{
        for (size_t i = 0; i < count; i++) {
                int r = journal_insert(journal, journal->info.head + 1 + i, &rows[i]);
                if (!r && rows[i].event == EVENT_ACCESS_TAKEN)
                        r = journal_note_taken(journal, &rows[i], inside);
                if (r)
                        return r;
        }
        return 0;
}

int journal_append(struct journal *journal, struct passage *rows, size_t count)
{
        if (count == 0)
                return 0;
        uint64_t head = journal->info.head;
        struct journal_inside inside = journal->inside;
        bool is_watermark_due =
                journal->info.acked > journal->acked_on_disk &&
                (head + count) / JOURNAL_WATERMARK_EVERY > head / JOURNAL_WATERMARK_EVERY;
        int r = sqlite_run(journal->statement[JOURNAL_BEGIN]);
        if (!r)
                r = append_rows(journal, rows, count, &inside);
        if (!r && is_watermark_due)
                r = write_watermark(journal);
        if (!r)
                r = sqlite_run(journal->statement[JOURNAL_COMMIT]);
        if (r) {
                database_roll_back(journal->db);
                return r;
        }

        for (size_t i = 0; i < count; i++)
                rows[i].seq = head + 1 + i;
        if (journal->info.oldest == 0)
                journal->info.oldest = head + 1;
        if (is_watermark_due)
                journal->acked_on_disk = journal->info.acked;
        journal->info.head = head + count;
        journal->info.last_at_us = rows[count - 1].at_us;
        journal->inside = inside;
        return 0;
}

int journal_mark_late(struct journal *journal, uint64_t seq)
{
        sqlite3_stmt *update = journal->statement[JOURNAL_MARK_LATE];
        sqlite_bind_int(update, 1, (int64_t)seq);
        sqlite_bind_int(update, 2, PASSAGE_LATE);
        int r = sqlite_run(update);
        if (r)
                return r;
        return sqlite3_changes(journal->db) > 0 ? 0 : -ENOENT;
}

int journal_acknowledge(struct journal *journal, const char *epoch, uint64_t seq)
{
        if (strcmp(epoch, journal->info.epoch) != 0)
                return -ESTALE;
        if (seq > journal->info.head)
                return -ERANGE;
        if (seq > journal->info.acked)
                journal->info.acked = seq;
        return 0;
}
