/*
 * From SQLite to PostgreSQL: table by table with COPY, numbers kept, so that what refers to a row
 * still does. What the one knows by what it holds the other keeps in tables of their own: gaps,
 * found rows, people.
 */
#include "common/log.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/archive/archive_sql.h"
#include "drivers/archive/postgres_schema.h"
#include "drivers/archive/sqlite_private.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <string.h>

enum {
        SEND_BYTES = 1 << 16
};

#define ROW_DAY "date(CASE WHEN " ROW_UNLIKELY " THEN received ELSE at END / 1000000, 'unixepoch')"

static const struct {
        const char *name;
        const char *read;    /* SQLite's */
        const char *columns; /* PostgreSQL's, in that order */
} tables[] = {
        { "site", "SELECT id, name FROM site", "id, name" },
        { "gate", "SELECT id, name, site FROM gate", "id, name, site" },
        { "stream", "SELECT id, gate, lower(hex(epoch)), contiguous, highest, newest FROM stream",
          "id, gate, epoch, contiguous, highest, newest" },
        { "gap",
          "SELECT stream, before + 1, seq - 1 FROM (SELECT stream, seq, lag(seq, 1, contiguous)"
          "  OVER (PARTITION BY stream ORDER BY seq) AS before FROM stream CROSS JOIN entry"
          "  ON entry.stream = stream.id WHERE seq > contiguous) WHERE seq > before + 1",
          "stream, first, last" },
        { "loss", "SELECT stream, first, last, reason, noticed FROM loss",
          "stream, first, last, reason, noticed" },
        { "found",
          "SELECT stream, seq FROM found UNION SELECT entry.stream, seq FROM loss CROSS JOIN entry"
          " ON entry.stream = loss.stream AND seq BETWEEN first AND last",
          "stream, seq" },
        { "entry",
          "SELECT stream, " ROW_DAY ", flags, seq, at, received, lower(hex(id)), event, reason,"
          " direction, credential_class, clock, access_point, subject, grant_seq, more FROM entry",
          "stream, day, flags, seq, at, received, id, event, reason, direction, credential_class,"
          " clock, access_point, subject, grant_seq, more" },
        { "refusal", "SELECT received, topic, reason, len, payload FROM refusal ORDER BY id",
          "received, topic, reason, len, payload" },
        { "heard",
          "SELECT gate, state, state_at, status, lower(hex(epoch)), head, health, health_at"
          " FROM heard",
          "gate, state, state_at, status, epoch, head, health, health_at" },
        { "health", "SELECT gate, hour, reports, data FROM health", "gate, hour, reports, data" },
        { "tally", "SELECT gate, hour, entries, exits, granted, denied FROM tally",
          "gate, hour, entries, exits, granted, denied" },
        { "visit",
          "SELECT id, site, subject, start, entered, left_at, left_assumed, gate_in, gate_out,"
          " credential_class FROM visit",
          "id, site, subject, start, entered, left_at, left_assumed, gate_in, gate_out,"
          " credential_class" },
        { "person", "SELECT DISTINCT site, subject FROM visit", "site, subject" },
        { "deletion",
          "SELECT date(day * 86400, 'unixepoch'), entries, visits, refusals, at FROM deletion",
          "day, entries, visits, refusals, at" },
};

static const char days[] = "SELECT DISTINCT " ROW_DAY " FROM entry";

/* Numbers that the database gives itself go on after the last. */
static const char renumber[] =
        "SELECT setval(pg_get_serial_sequence(name, 'id'), number) FROM (VALUES"
        " ('site', (SELECT max(id) FROM site)), ('gate', (SELECT max(id) FROM gate)),"
        " ('stream', (SELECT max(id) FROM stream)), ('visit', (SELECT max(id) FROM visit)))"
        " AS last (name, number) WHERE number IS NOT NULL";

struct move {
        sqlite3 *from;
        struct postgres_link to;
        FILE *line; /* rows that have not been sent yet, in COPY's text format */
        char *bytes;
        size_t len;
};

static int complain(struct move *move, int error)
{
        postgres_link_complain(&move->to, PQerrorMessage(move->to.conn));
        return error;
}

static int run(struct move *move, const char *sql, ExecStatusType wanted)
{
        PGresult *result = PQexec(move->to.conn, sql);
        bool is_good = PQresultStatus(result) == wanted;
        PQclear(result);
        return is_good ? 0 : complain(move, -EIO);
}

static void put_text(FILE *line, const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++) {
                if (text[i] == '\\' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r') {
                        (void)fputc('\\', line);
                        (void)fputc(text[i] == '\t'   ? 't'
                                    : text[i] == '\n' ? 'n'
                                    : text[i] == '\r' ? 'r'
                                                      : '\\',
                                    line);
                } else {
                        (void)fputc(text[i], line);
                }
        }
}

static int put_column(struct move *move, sqlite3_stmt *row, int column)
{
        const unsigned char *bytes;
        char *text;
        switch (sqlite3_column_type(row, column)) {
        case SQLITE_NULL:
                (void)fputs("\\N", move->line);
                return 0;
        case SQLITE_BLOB:
                bytes = sqlite3_column_blob(row, column);
                (void)fputs("\\\\x", move->line);
                for (int i = 0; i < sqlite3_column_bytes(row, column); i++)
                        (void)fprintf(move->line, "%02x", bytes[i]);
                return 0;
        default:
                text = strdup((const char *)sqlite3_column_text(row, column));
                if (!text)
                        return -ENOMEM;
                postgres_mend(text, strlen(text));
                put_text(move->line, text, strlen(text));
                free(text);
                return 0;
        }
}

static int send_lines(struct move *move)
{
        if (fflush(move->line) != 0)
                return -ENOMEM;
        bool is_sent =
                move->len == 0 || PQputCopyData(move->to.conn, move->bytes, (int)move->len) == 1;
        rewind(move->line);
        return is_sent ? 0 : complain(move, -EIO);
}

static int copy_rows(struct move *move, sqlite3_stmt *rows, uint64_t *count)
{
        int r = 0, failed = 0;
        while (!failed && (r = sqlite_step(rows)) > 0) {
                int columns = sqlite3_column_count(rows);
                for (int i = 0; i < columns && !failed; i++) {
                        failed = put_column(move, rows, i);
                        (void)fputc(i + 1 < columns ? '\t' : '\n', move->line);
                }
                ++*count;
                if (!failed && ftell(move->line) >= SEND_BYTES)
                        failed = send_lines(move);
        }
        return failed ? failed : r ? r : send_lines(move);
}

static int end_copy(struct move *move, int error)
{
        bool is_ended = PQputCopyEnd(move->to.conn, error ? "gave up" : NULL) == 1;
        PGresult *result = PQgetResult(move->to.conn);
        bool is_good = is_ended && PQresultStatus(result) == PGRES_COMMAND_OK;
        int r = error ? error : is_good ? 0 : complain(move, -EIO);
        PQclear(result);
        while ((result = PQgetResult(move->to.conn)) != NULL)
                PQclear(result);
        return r;
}

static int prepare_rows(struct move *move, const char *sql, sqlite3_stmt **rows)
{
        return sqlite3_prepare_v2(move->from, sql, -1, rows, NULL) == SQLITE_OK
                       ? 0
                       : sqlite_errno(move->from);
}

static int copy_table(struct move *move, size_t table, uint64_t *count)
{
        char sql[512];
        sqlite3_stmt *rows = NULL;
        int r = prepare_rows(move, tables[table].read, &rows);
        (void)snprintf(sql, sizeof(sql), "COPY %s (%s) FROM STDIN", tables[table].name,
                       tables[table].columns);
        if (!r)
                r = run(move, sql, PGRES_COPY_IN);
        if (!r)
                r = end_copy(move, copy_rows(move, rows, count));
        sqlite3_finalize(rows);
        return r;
}

static int make_days(struct move *move)
{
        char sql[128];
        sqlite3_stmt *rows = NULL;
        int r = prepare_rows(move, days, &rows);
        while (!r && (r = sqlite_step(rows)) > 0) {
                (void)snprintf(sql, sizeof(sql), "SELECT archive_make_day('%s')",
                               (const char *)sqlite3_column_text(rows, 0));
                r = run(move, sql, PGRES_TUPLES_OK);
        }
        sqlite3_finalize(rows);
        return r;
}

/* 0; -ENOTEMPTY; -EIO. */
static int check_empty(struct move *move)
{
        PGresult *result = PQexec(move->to.conn, "SELECT 1 FROM gate LIMIT 1");
        int r = PQresultStatus(result) != PGRES_TUPLES_OK ? complain(move, -EIO)
                : PQntuples(result) > 0                   ? -ENOTEMPTY
                                                          : 0;
        PQclear(result);
        return r;
}

static int move_all(struct move *move, archive_move_teller *tell, void *context)
{
        int r = run(move,
                    "BEGIN; SET LOCAL statement_timeout = 0;"
                    "SET LOCAL idle_in_transaction_session_timeout = 0;"
                    "LOCK TABLE gate IN EXCLUSIVE MODE",
                    PGRES_COMMAND_OK);
        if (!r)
                r = check_empty(move);
        if (!r)
                r = make_days(move);
        for (size_t i = 0; i < ARRAY_LEN(tables) && !r; i++) {
                uint64_t count = 0;
                r = copy_table(move, i, &count);
                if (!r)
                        tell(context, tables[i].name, count);
        }
        if (!r)
                r = run(move, renumber, PGRES_TUPLES_OK);
        return r ? r : run(move, "COMMIT", PGRES_COMMAND_OK);
}

/* With nobody beside us, of this version. */
static int open_from(struct move *move, const char *path)
{
        int r = database_open(path, &archive_sqlite_schema, &move->from);
        if (!r)
                r = sqlite_exec(move->from, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
        return r;
}

static int open_to(struct move *move, const char *conninfo)
{
        const char *why;
        move->to.prepare = postgres_schema_prepare;
        move->to.conninfo = strdup(conninfo);
        if (!move->to.conninfo)
                return -ENOMEM;
        if (!postgres_link_check(conninfo, &why, move->to.name)) {
                log_error("not a connection", "why=%s", why);
                return -EINVAL;
        }
        int r = postgres_link_need(&move->to);
        /* One statement after the other, however long each takes. */
        if (!r && (!PQexitPipelineMode(move->to.conn) || PQsetnonblocking(move->to.conn, 0) != 0))
                r = complain(move, -EIO);
        return r;
}

int archive_move(const char *path, const char *conninfo, archive_move_teller *tell, void *context)
{
        struct move move = { 0 };
        move.line = open_memstream(&move.bytes, &move.len);
        int r = move.line ? open_from(&move, path) : -ENOMEM;
        if (!r)
                r = open_to(&move, conninfo);
        if (!r)
                r = move_all(&move, tell, context);
        postgres_link_leave(&move.to);
        free(move.to.conninfo);
        if (move.from) {
                database_roll_back(move.from);
                database_close(move.from);
        }
        if (move.line)
                (void)fclose(move.line);
        free(move.bytes);
        return r;
}
