/*
 * The archive on SQLite. A row's key is an index beside the rowid table: rows of all gates are
 * appended as they come, which was measured three times as fast as one tree in order of the key.
 * A stream's state is read within the transaction that moves it, so nobody's memory of it matters.
 */
#include "drivers/archive/archive_drivers.h"

#include "drivers/store/database.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

enum {
        REFUSALS_KEPT = 10000,
        REFUSAL_PAYLOAD_MAX = 4096, /* the beginning says what it was */
        REFUSAL_TOPIC_MAX = 256
};

static const char *const steps[] = {
        "CREATE TABLE gate (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
        "CREATE TABLE stream ("
        "  id INTEGER PRIMARY KEY, gate INTEGER NOT NULL REFERENCES gate, epoch BLOB NOT NULL,"
        "  contiguous INTEGER NOT NULL DEFAULT 0, highest INTEGER NOT NULL DEFAULT 0,"
        "  UNIQUE (gate, epoch));"
        "CREATE TABLE entry ("
        "  stream INTEGER NOT NULL REFERENCES stream, seq INTEGER NOT NULL, id BLOB NOT NULL,"
        "  at INTEGER NOT NULL, received INTEGER NOT NULL, event TEXT NOT NULL, reason TEXT,"
        "  direction TEXT, credential_class TEXT, clock TEXT, access_point TEXT, subject BLOB,"
        "  grant_seq INTEGER, flags INTEGER NOT NULL, more TEXT, UNIQUE (stream, seq));"
        "CREATE TABLE loss ("
        "  stream INTEGER NOT NULL REFERENCES stream, first INTEGER NOT NULL,"
        "  last INTEGER NOT NULL, reason TEXT NOT NULL, noticed INTEGER NOT NULL);"
        "CREATE TABLE refusal ("
        "  id INTEGER PRIMARY KEY, received INTEGER NOT NULL, topic TEXT NOT NULL,"
        "  reason TEXT NOT NULL, len INTEGER NOT NULL, payload BLOB)",
};

static const struct database_schema schema = {
        .application_id = 0x53746172, /* "Star" */
        .page_size = 4096,
        .steps = steps,
        .version = (int)ARRAY_LEN(steps),
};

enum {
        BEGIN,
        COMMIT,
        ADD_GATE,
        ADD_STREAM,
        ADD_ROW,
        ADD_LOSS,
        ADD_REFUSAL,
        TRIM_REFUSALS,
        MOVE_STREAM,
        FIND_STREAM,
        COUNT_STREAMS,
        READ_STREAM,
        LATER_ROWS,
        STATEMENTS
};

static const char *const sql[STATEMENTS] = {
        [BEGIN] = "BEGIN IMMEDIATE",
        [COMMIT] = "COMMIT",
        [ADD_GATE] = "INSERT INTO gate (name) VALUES (?1) ON CONFLICT DO NOTHING",
        [ADD_STREAM] = "INSERT INTO stream (gate, epoch) SELECT id, ?2 FROM gate WHERE name = ?1",
        [ADD_ROW] = "INSERT INTO entry VALUES"
                    " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
                    " ON CONFLICT DO NOTHING",
        [ADD_LOSS] = "INSERT INTO loss VALUES (?1, ?2, ?3, ?4, ?5)",
        [ADD_REFUSAL] = "INSERT INTO refusal (received, topic, reason, len, payload)"
                        " VALUES (?1, ?2, ?3, ?4, ?5)",
        [TRIM_REFUSALS] = "DELETE FROM refusal WHERE id <= (SELECT max(id) FROM refusal) - ?1",
        [MOVE_STREAM] = "UPDATE stream SET contiguous = ?2, highest = ?3 WHERE id = ?1",
        [FIND_STREAM] = "SELECT stream.id, contiguous, highest FROM stream JOIN gate"
                        " ON gate.id = stream.gate WHERE gate.name = ?1 AND epoch = ?2",
        [COUNT_STREAMS] = "SELECT count(*) FROM stream JOIN gate ON gate.id = stream.gate"
                          " WHERE gate.name = ?1",
        [READ_STREAM] = "SELECT id, contiguous, highest FROM stream WHERE id = ?1",
        [LATER_ROWS] = "SELECT seq FROM entry WHERE stream = ?1 AND seq > ?2 ORDER BY seq",
};

struct archive_sqlite {
        struct archive archive;
        sqlite3 *db;
        sqlite3_stmt *statement[STATEMENTS];
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
        sqlite3_stmt *rows = self->statement[FIND_STREAM];
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
        sqlite3_stmt *rows = self->statement[COUNT_STREAMS];
        sqlite_bind_text(rows, 1, gate);
        int r = sqlite_step(rows);
        if (r > 0)
                return sqlite3_column_int(rows, 0) < ARCHIVE_STREAMS_OF_GATE_MAX ? 0 : -EDQUOT;
        return r;
}

static int add_stream(struct archive_sqlite *self, const char *gate,
                      const uint8_t epoch[ARCHIVE_UUID_LEN])
{
        sqlite_bind_text(self->statement[ADD_GATE], 1, gate);
        int r = sqlite_run(self->statement[ADD_GATE]);
        if (r)
                return r;
        sqlite_bind_text(self->statement[ADD_STREAM], 1, gate);
        sqlite_bind_blob(self->statement[ADD_STREAM], 2, epoch, ARCHIVE_UUID_LEN);
        return sqlite_run(self->statement[ADD_STREAM]);
}

/* Commits what went well, undoes the rest. */
static int end(struct archive_sqlite *self, int r)
{
        if (!r)
                r = sqlite_run(self->statement[COMMIT]);
        if (r)
                database_roll_back(self->db);
        return r;
}

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
        r = sqlite_run(self->statement[BEGIN]);
        if (r)
                return r;
        r = end(self, add_stream(self, gate, epoch));
        if (r)
                return r;
        r = find_stream(self, gate, epoch, stream);
        return r > 0 ? 0 : r < 0 ? r : -EIO;
}

static int read_stream(struct archive_sqlite *self, struct archive_stream *stream)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = self->statement[READ_STREAM];
        sqlite_bind_int(rows, 1, stream->id);
        int r = sqlite_step(rows);
        if (r > 0)
                fill_stream(rows, stream);
        return r > 0 ? 0 : r < 0 ? r : -ENOENT;
}

static int write_stream(struct archive_sqlite *self, const struct archive_stream *stream)
{
        sqlite3_stmt *move = self->statement[MOVE_STREAM];
        sqlite_bind_int(move, 1, stream->id);
        sqlite_bind_int(move, 2, (int64_t)stream->contiguous);
        sqlite_bind_int(move, 3, (int64_t)stream->highest);
        return sqlite_run(move);
}

/* Moves `contiguous` over the rows that follow it without a gap; *next is the row after the gap, 0:
 * there is none. 0 or -errno. */
static int advance(struct archive_sqlite *self, struct archive_stream *stream, uint64_t *next)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = self->statement[LATER_ROWS];
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

static bool is_nobody(const uint8_t subject[16])
{
        static const uint8_t nobody[16];
        return memcmp(subject, nobody, sizeof(nobody)) == 0;
}

static int add_row(struct archive_sqlite *self, struct archive_row *row,
                   struct archive_stream *stream)
{
        sqlite3_stmt *add = self->statement[ADD_ROW];
        sqlite_bind_int(add, 1, stream->id);
        sqlite_bind_int(add, 2, (int64_t)row->seq);
        sqlite_bind_blob(add, 3, row->id, sizeof(row->id));
        sqlite_bind_int(add, 4, row->at_us);
        sqlite_bind_int(add, 5, row->received_us);
        sqlite_bind_text(add, 6, row->event);
        sqlite_bind_optional(add, 7, row->reason);
        sqlite_bind_optional(add, 8, row->direction);
        sqlite_bind_optional(add, 9, row->credential_class);
        sqlite_bind_optional(add, 10, row->clock);
        sqlite_bind_optional(add, 11, row->access_point);
        if (!is_nobody(row->subject))
                sqlite_bind_blob(add, 12, row->subject, sizeof(row->subject));
        if (row->grant_seq > 0)
                sqlite_bind_int(add, 13, (int64_t)row->grant_seq);
        sqlite_bind_int(add, 14, row->flags);
        sqlite_bind_optional(add, 15, row->more);
        int r = sqlite_run(add);
        if (r)
                return r;
        row->is_new = sqlite3_changes(self->db) > 0;
        if (row->is_new && row->seq == stream->contiguous + 1)
                stream->contiguous = row->seq;
        if (row->seq > stream->highest)
                stream->highest = row->seq;
        return 0;
}

static int add_refusals(struct archive_sqlite *self, const struct archive_batch *batch)
{
        sqlite3_stmt *add = self->statement[ADD_REFUSAL], *trim = self->statement[TRIM_REFUSALS];
        int r = 0;
        for (size_t i = 0; i < batch->refused && !r; i++) {
                const struct archive_refusal *refusal = &batch->refusals[i];
                char topic[REFUSAL_TOPIC_MAX];
                size_t len =
                        refusal->len < REFUSAL_PAYLOAD_MAX ? refusal->len : REFUSAL_PAYLOAD_MAX;
                strncpy(topic, refusal->topic, sizeof(topic) - 1);
                topic[sizeof(topic) - 1] = '\0';
                sqlite_bind_int(add, 1, refusal->received_us);
                sqlite_bind_text(add, 2, topic);
                sqlite_bind_text(add, 3, refusal->reason);
                sqlite_bind_int(add, 4, (int64_t)refusal->len);
                sqlite_bind_blob(add, 5, refusal->payload, len);
                r = sqlite_run(add);
        }
        if (r || batch->refused == 0)
                return r;
        sqlite_bind_int(trim, 1, REFUSALS_KEPT);
        return sqlite_run(trim);
}

/* Where rows waited for one that came now, and what follows from it. */
static int move_streams(struct archive_sqlite *self, const struct archive_batch *batch,
                        struct archive_stream *streams)
{
        int r = 0;
        uint64_t next;
        for (size_t i = 0; i < batch->stream_count && !r; i++) {
                if (streams[i].highest > streams[i].contiguous)
                        r = advance(self, &streams[i], &next);
                if (!r && batch->count > 0)
                        r = write_stream(self, &streams[i]);
        }
        return r;
}

static int store_all(struct archive_sqlite *self, const struct archive_batch *batch,
                     struct archive_stream *streams)
{
        int r = 0;
        for (size_t i = 0; i < batch->stream_count && !r; i++)
                r = read_stream(self, &streams[i]);
        for (size_t i = 0; i < batch->count && !r; i++)
                r = add_row(self, &batch->rows[i], &streams[batch->rows[i].stream]);
        if (!r)
                r = move_streams(self, batch, streams);
        return r ? r : add_refusals(self, batch);
}

static int store(struct archive *archive, const struct archive_batch *batch)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        size_t count = batch->stream_count;
        /* A batch that fails is as it was. */
        struct archive_stream *streams = calloc(count + 1, sizeof(struct archive_stream));
        if (!streams)
                return -ENOMEM;
        for (size_t i = 0; i < count; i++)
                streams[i] = batch->streams[i];
        int r = sqlite_run(self->statement[BEGIN]);
        if (!r)
                r = end(self, store_all(self, batch, streams));
        for (size_t i = 0; i < count && !r; i++)
                batch->streams[i] = streams[i];
        free(streams);
        return r;
}

static int add_loss(struct archive_sqlite *self, const struct archive_stream *stream, uint64_t last,
                    const char *reason, int64_t now_us)
{
        sqlite3_stmt *add = self->statement[ADD_LOSS];
        sqlite_bind_int(add, 1, stream->id);
        sqlite_bind_int(add, 2, (int64_t)stream->contiguous + 1);
        sqlite_bind_int(add, 3, (int64_t)last);
        sqlite_bind_text(add, 4, reason);
        sqlite_bind_int(add, 5, now_us);
        return sqlite_run(add);
}

static int lose_all(struct archive_sqlite *self, struct archive_stream *stream, uint64_t until,
                    const char *reason, int64_t now_us, uint64_t *lost)
{
        uint64_t next = 0;
        int r = read_stream(self, stream);
        if (!r)
                r = advance(self, stream, &next);
        for (int i = 0; i < ARCHIVE_LOSSES_MAX && !r && stream->contiguous < until; i++) {
                uint64_t last = next > 0 && next - 1 < until ? next - 1 : until;
                r = add_loss(self, stream, last, reason, now_us);
                *lost += last - stream->contiguous;
                stream->contiguous = last;
                if (!r)
                        r = advance(self, stream, &next);
        }
        return r ? r : write_stream(self, stream);
}

static int lose(struct archive *archive, struct archive_stream *stream, uint64_t until,
                const char *reason, int64_t now_us, uint64_t *lost)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        struct archive_stream moved = *stream;
        uint64_t count = 0;
        int r = sqlite_run(self->statement[BEGIN]);
        if (r)
                return r;
        r = end(self, lose_all(self, &moved, until, reason, now_us, &count));
        if (r)
                return r;
        *stream = moved;
        *lost = count;
        return 0;
}

static void close_archive(struct archive *archive)
{
        struct archive_sqlite *self = (struct archive_sqlite *)archive;
        sqlite_finalize_all(self->statement, STATEMENTS);
        database_close(self->db);
        free(self);
}

static const struct archive_ops ops = { .name = "sqlite",
                                        .open_stream = open_stream,
                                        .store = store,
                                        .lose = lose,
                                        .close = close_archive };

int archive_sqlite_open(const char *path, struct archive **archive)
{
        *archive = NULL;
        struct archive_sqlite *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->archive.ops = &ops;
        int r = database_open(path, &schema, &self->db);
        /* Batches are larger than a gate's single rows: so may the log be. */
        if (!r)
                r = sqlite_exec(self->db, "PRAGMA wal_autocheckpoint = 1000");
        if (!r)
                r = sqlite_prepare_all(self->db, sql, STATEMENTS, self->statement);
        if (r)
                close_archive(&self->archive);
        else
                *archive = &self->archive;
        return r;
}
