/*
 * The archive on SQLite: its life, and where streams are. A row's key is an index beside the rowid
 * table: rows of all gates are appended as they come, which was measured three times as fast as one
 * tree in order of the key. A stream's state is read within the transaction that moves it, so
 * nobody's memory of it matters.
 */
#include "drivers/store/sqlite.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/archive/names.h"
#include "drivers/archive/sqlite_private.h"

#include <errno.h>

enum {
        BUSY_MS = 5000
};

static void fill_stream(sqlite3_stmt *row, struct archive_stream *stream)
{
        *stream = (struct archive_stream){ .id = sqlite3_column_int64(row, 0),
                                           .contiguous = (uint64_t)sqlite3_column_int64(row, 1),
                                           .highest = (uint64_t)sqlite3_column_int64(row, 2) };
}

/* 1, 0 there is none, or -errno. */
static int find_stream(struct archive_sqlite *self, const char *gate,
                       const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = self->statement[SQL_FIND_STREAM];
        sqlite_bind_text(rows, 1, gate);
        sqlite_bind_blob(rows, 2, epoch, ARCHIVE_UUID_LEN);
        int r = sqlite_step(rows);
        if (r > 0)
                fill_stream(rows, stream);
        return r;
}

/* 0; -EDQUOT; -errno. */
static int check_quota(struct archive_sqlite *self, const char *gate)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = self->statement[SQL_COUNT_STREAMS];
        sqlite_bind_text(rows, 1, gate);
        int r = sqlite_step(rows);
        if (r > 0)
                return sqlite3_column_int(rows, 0) < ARCHIVE_STREAMS_OF_GATE_MAX ? 0 : -EDQUOT;
        return r;
}

int archive_sqlite_add_gate(struct archive_sqlite *self, const char *gate)
{
        char site[HISTORY_SITE_MAX];
        names_site(gate, site);
        sqlite_bind_text(self->statement[SQL_ADD_SITE], 1, site);
        int r = sqlite_run(self->statement[SQL_ADD_SITE]);
        if (r)
                return r;
        sqlite_bind_text(self->statement[SQL_ADD_GATE], 1, gate);
        sqlite_bind_text(self->statement[SQL_ADD_GATE], 2, site);
        return sqlite_run(self->statement[SQL_ADD_GATE]);
}

static int add_stream(struct archive_sqlite *self, const char *gate,
                      const uint8_t epoch[ARCHIVE_UUID_LEN])
{
        int r = archive_sqlite_add_gate(self, gate);
        if (r)
                return r;
        sqlite_bind_text(self->statement[SQL_ADD_STREAM], 1, gate);
        sqlite_bind_blob(self->statement[SQL_ADD_STREAM], 2, epoch, ARCHIVE_UUID_LEN);
        return sqlite_run(self->statement[SQL_ADD_STREAM]);
}

int archive_sqlite_begin(struct archive_sqlite *self, enum archive_sqlite_wait wait)
{
        static const char *const modes[] = { [ARCHIVE_SQLITE_DURABLE] = "PRAGMA synchronous = FULL",
                                             [ARCHIVE_SQLITE_SOON] =
                                                     "PRAGMA synchronous = NORMAL" };
        int r = self->wait == wait ? 0 : sqlite_exec(self->db, modes[wait]);
        if (r)
                return r;
        self->wait = wait;
        return sqlite_run(self->statement[SQL_BEGIN]);
}

int archive_sqlite_end(struct archive_sqlite *self, int r)
{
        if (!r)
                r = sqlite_run(self->statement[SQL_COMMIT]);
        if (r)
                database_roll_back(self->db);
        return r;
}

/* Of a stream nobody is told until rows of it are stored; their commit brings it to the disk, too.
 * (Not so where a database can crash and this program goes on with a stream that is gone.) */
static int open_stream(struct archive *archive, const char *gate,
                       const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        int r = find_stream(self, gate, epoch, stream);
        if (r != 0)
                return r > 0 ? 0 : r;
        r = check_quota(self, gate);
        if (r)
                return r;
        r = archive_sqlite_begin(self, ARCHIVE_SQLITE_SOON);
        if (r)
                return r;
        r = archive_sqlite_end(self, add_stream(self, gate, epoch));
        if (r)
                return r;
        r = find_stream(self, gate, epoch, stream);
        return r > 0 ? 0 : r < 0 ? r : -EIO;
}

int archive_sqlite_read_stream(struct archive_sqlite *self, struct archive_sqlite_stream *stream)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = self->statement[SQL_READ_STREAM];
        sqlite_bind_int(rows, 1, stream->at.id);
        int r = sqlite_step(rows);
        if (r > 0) {
                fill_stream(rows, &stream->at);
                stream->before = stream->at.contiguous;
                stream->place = (struct summary_place){ .gate = sqlite3_column_int64(rows, 3),
                                                        .site = sqlite3_column_int64(rows, 4) };
        }
        return r > 0 ? 0 : r < 0 ? r : -ENOENT;
}

int archive_sqlite_write_stream(struct archive_sqlite *self,
                                const struct archive_sqlite_stream *stream)
{
        sqlite3_stmt *move = self->statement[SQL_MOVE_STREAM];
        sqlite_bind_int(move, 1, stream->at.id);
        sqlite_bind_int(move, 2, (int64_t)stream->at.contiguous);
        sqlite_bind_int(move, 3, (int64_t)stream->at.highest);
        if (stream->has_newest)
                sqlite_bind_int(move, 4, stream->newest_us);
        return sqlite_run(move);
}

int archive_sqlite_advance(struct archive_sqlite *self, struct archive_stream *stream,
                           uint64_t *next)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = self->statement[SQL_LATER_ROWS];
        int r;
        sqlite_bind_int(rows, 1, stream->id);
        sqlite_bind_int(rows, 2, (int64_t)stream->contiguous);
        *next = 0;
        while ((r = sqlite_step(rows)) > 0) {
                *next = (uint64_t)sqlite3_column_int64(rows, 0);
                if (*next != stream->contiguous + 1)
                        return 0;
                stream->contiguous = *next;
                *next = 0;
        }
        return r;
}

static int add_loss(struct archive_sqlite *self, const struct archive_stream *stream, uint64_t last,
                    const char *reason, int64_t now_us)
{
        sqlite3_stmt *add = self->statement[SQL_ADD_LOSS];
        sqlite_bind_int(add, 1, stream->id);
        sqlite_bind_int(add, 2, (int64_t)stream->contiguous + 1);
        sqlite_bind_int(add, 3, (int64_t)last);
        sqlite_bind_text(add, 4, reason);
        sqlite_bind_int(add, 5, now_us);
        return sqlite_run(add);
}

static int lose_all(struct archive_sqlite *self, struct archive_sqlite_stream *moved,
                    uint64_t until, const char *reason, int64_t now_us, uint64_t *lost)
{
        struct archive_stream *stream = &moved->at;
        uint64_t next = 0;
        int r = archive_sqlite_read_stream(self, moved);
        if (!r)
                r = archive_sqlite_advance(self, stream, &next);
        for (int i = 0; i < ARCHIVE_LOSSES_MAX && !r && stream->contiguous < until; i++) {
                uint64_t last = next > 0 && next - 1 < until ? next - 1 : until;
                r = add_loss(self, stream, last, reason, now_us);
                *lost += last - stream->contiguous;
                stream->contiguous = last;
                if (!r)
                        r = archive_sqlite_advance(self, stream, &next);
        }
        return r ? r : archive_sqlite_write_stream(self, moved);
}

static int lose(struct archive *archive, struct archive_stream *stream, uint64_t until,
                const char *reason, int64_t now_us, uint64_t *lost)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        struct archive_sqlite_stream moved = { .at = *stream };
        uint64_t count = 0;
        int r = archive_sqlite_begin(self, ARCHIVE_SQLITE_DURABLE);
        if (r)
                return r;
        r = archive_sqlite_end(self, lose_all(self, &moved, until, reason, now_us, &count));
        if (r)
                return r;
        *stream = moved.at;
        *lost = count;
        return 0;
}

static void close_archive(struct archive *archive)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        sqlite_finalize_all(self->statement, SQL_STATEMENTS);
        stay_book_deinit(&self->book);
        database_close(self->db);
        free(self);
}

static const struct archive_ops ops = { .name = "sqlite",
                                        .open_stream = open_stream,
                                        .store = archive_sqlite_store,
                                        .lose = lose,
                                        .forget = archive_sqlite_forget,
                                        .erase = archive_sqlite_erase,
                                        .close = close_archive };

int archive_sqlite_open(const char *path, struct archive **archive)
{
        *archive = NULL;
        struct archive_sqlite *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->archive.ops = &ops;
        int r = database_open(path, &archive_sqlite_schema, &self->db);
        /* Somebody may be taking a person out beside the collector. */
        if (!r)
                sqlite3_busy_timeout(self->db, BUSY_MS);
        /* Batches are larger than a gate's single rows: so may the log be, and stay: people come in
         * no order, so a page of their stays is written often before it has to go into the file. */
        if (!r)
                r = sqlite_exec(self->db, "PRAGMA wal_autocheckpoint = 4000;"
                                          "PRAGMA journal_size_limit = 33554432;"
                                          "PRAGMA cache_size = -16384");
        if (!r)
                r = sqlite_prepare_all(self->db, archive_sqlite_sql, SQL_STATEMENTS,
                                       self->statement);
        if (r)
                close_archive(&self->archive);
        else
                *archive = &self->archive;
        return r;
}
