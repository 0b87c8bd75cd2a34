/*
 * An entry is filed under a day, and each day is a table of its own: old days are dropped, not
 * deleted, and a question about a time reads a few of them. That is why the database cannot keep
 * (stream, seq) unique by an index over everything, and need not: a stream's row is locked by
 * whoever stores into it, and says with its gaps what there is. It does so also when the day has
 * been dropped.
 */
#include "drivers/archive/postgres_schema.h"

#include "common/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of all collectors of a database: who makes tables does so alone. */
#define SCHEMA_LOCK "6008493617"

/* steps[n] brings version n to n + 1, in one transaction. */
static const char *const steps[] = {
        "CREATE TABLE gate (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        "  name text NOT NULL UNIQUE);"
        "CREATE TABLE stream ("
        "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        "  gate bigint NOT NULL REFERENCES gate, epoch uuid NOT NULL,"
        "  contiguous bigint NOT NULL DEFAULT 0, highest bigint NOT NULL DEFAULT 0,"
        "  UNIQUE (gate, epoch))"
        /* Moved with every batch: room for the next version beside the old one. */
        "  WITH (fillfactor = 50);"
        /* Below what a stream has or has passed over: missing so far; lost for ever; found later.
         */
        "CREATE TABLE gap (stream bigint NOT NULL, first bigint NOT NULL, last bigint NOT NULL,"
        "  PRIMARY KEY (stream, first));"
        "CREATE TABLE loss (stream bigint NOT NULL REFERENCES stream, first bigint NOT NULL,"
        "  last bigint NOT NULL, reason text NOT NULL, noticed bigint NOT NULL,"
        "  PRIMARY KEY (stream, first));"
        "CREATE TABLE found (stream bigint NOT NULL, seq bigint NOT NULL,"
        "  PRIMARY KEY (stream, seq));"
        "CREATE TABLE entry ("
        "  stream bigint NOT NULL, day date NOT NULL, flags integer NOT NULL,"
        "  seq bigint NOT NULL, at bigint NOT NULL, received bigint NOT NULL, id uuid NOT NULL,"
        "  event text NOT NULL, reason text, direction text, credential_class text, clock text,"
        "  access_point text, subject bytea, grant_seq bigint, more text,"
        "  PRIMARY KEY (stream, seq, day)) PARTITION BY RANGE (day);"
        "CREATE TABLE refusal ("
        "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, received bigint NOT NULL,"
        "  topic text NOT NULL, reason text NOT NULL, len bigint NOT NULL, payload bytea);"
        /* Attached, not created in place: that would wait for everybody who reads, and everybody
         * who writes would wait for it. */
        "CREATE FUNCTION archive_make_day(day date) RETURNS void LANGUAGE plpgsql AS $$"
        " DECLARE name text := 'entry_' || to_char(day, 'YYYY_MM_DD');"
        " BEGIN"
        "  PERFORM pg_advisory_xact_lock(" SCHEMA_LOCK ");"
        "  IF to_regclass(name) IS NULL THEN"
        "   EXECUTE format('CREATE TABLE %I (LIKE entry INCLUDING ALL)', name);"
        "   EXECUTE format('ALTER TABLE entry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',"
        "    name, day, day + 1);"
        "  END IF;"
        " END $$",
};

static const struct {
        const char *name, *sql;
} statements[] = {
        { POSTGRES_BEGIN, "BEGIN" },
        { POSTGRES_COMMIT, "COMMIT" },
        { POSTGRES_MAKE_DAY, "SELECT archive_make_day($1::date)" },
        { POSTGRES_FIND_STREAM, "SELECT stream.id, contiguous, highest FROM stream JOIN gate"
                                " ON gate.id = gate WHERE name = $1::text AND epoch = $2::uuid" },
        { POSTGRES_COUNT_STREAM, "SELECT count(*) FROM stream JOIN gate ON gate.id = gate"
                                 " WHERE name = $1::text" },
        /* Locks the gate, so that two collectors do not both count what there is room for. */
        { POSTGRES_ADD_GATE, "INSERT INTO gate (name) VALUES ($1::text)"
                             " ON CONFLICT (name) DO UPDATE SET name = excluded.name" },
        { POSTGRES_ADD_STREAM, "INSERT INTO stream (gate, epoch) SELECT id, $2::uuid FROM gate"
                               " WHERE name = $1::text AND $3::bigint >"
                               "  (SELECT count(*) FROM stream WHERE stream.gate = gate.id)"
                               " ON CONFLICT DO NOTHING" },
        { POSTGRES_READ_STREAMS, "SELECT id, contiguous, highest FROM stream"
                                 " WHERE id = ANY ($1::bigint[])" },
        /* In one order for everybody: else two could wait for each other. */
        { POSTGRES_LOCK_STREAMS, "SELECT id, contiguous, highest FROM stream"
                                 " WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE" },
        { POSTGRES_MOVE_STREAMS,
          "UPDATE stream SET highest = moved.highest, contiguous = coalesce("
          "  (SELECT min(first) - 1 FROM gap WHERE gap.stream = stream.id), moved.head)"
          " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS moved (id, head, highest)"
          " WHERE stream.id = moved.id RETURNING stream.id, stream.contiguous, stream.highest" },
        { POSTGRES_FIND_MISSING,
          "SELECT n, gap.first, gap.last"
          " FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS asked (stream, seq, n)"
          " LEFT JOIN LATERAL (SELECT first, last FROM gap WHERE gap.stream = asked.stream"
          "  AND first <= asked.seq ORDER BY first DESC LIMIT 1) AS gap ON gap.last >= asked.seq"
          " LEFT JOIN LATERAL (SELECT last FROM loss WHERE loss.stream = asked.stream"
          "  AND first <= asked.seq ORDER BY first DESC LIMIT 1) AS loss ON loss.last >= asked.seq"
          " WHERE gap.last IS NOT NULL OR (loss.last IS NOT NULL AND NOT EXISTS"
          "  (SELECT FROM found WHERE found.stream = asked.stream AND found.seq = asked.seq))" },
        { POSTGRES_CLOSE_GAPS, "DELETE FROM gap USING unnest($1::bigint[], $2::bigint[])"
                               " AS closed (stream, first) WHERE gap.stream = closed.stream"
                               " AND gap.first = closed.first" },
        { POSTGRES_OPEN_GAPS,
          "INSERT INTO gap SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])" },
        /* The part of a gap above `until` ($2) stays one. */
        { POSTGRES_LOSE_GAPS,
          "WITH gone AS (DELETE FROM gap WHERE stream = $1::bigint AND first IN"
          "  (SELECT first FROM gap WHERE stream = $1 AND first <= $2::bigint"
          "   ORDER BY first LIMIT $5::bigint) RETURNING first, last),"
          " kept AS (INSERT INTO gap SELECT $1, $2 + 1, last FROM gone WHERE last > $2)"
          " INSERT INTO loss SELECT $1, first, least(last, $2), $3::text, $4::bigint FROM gone"
          " RETURNING last - first + 1" },
        { POSTGRES_LOSE_TAIL,
          "INSERT INTO loss SELECT id, greatest(contiguous, highest) + 1, $2::bigint, $3::text,"
          " $4::bigint FROM stream WHERE id = $1::bigint AND greatest(contiguous, highest) < $2"
          " AND NOT EXISTS (SELECT FROM gap WHERE stream = $1 AND first <= $2)"
          " RETURNING last - first + 1" },
        { POSTGRES_PASS_LOST,
          "UPDATE stream SET contiguous = coalesce("
          "  (SELECT min(first) - 1 FROM gap WHERE gap.stream = stream.id),"
          "  greatest(contiguous, highest, (SELECT last FROM loss WHERE loss.stream = stream.id"
          "   ORDER BY first DESC LIMIT 1)))"
          " WHERE id = $1::bigint RETURNING id, contiguous, highest" },
        { POSTGRES_ADD_FOUND,
          "INSERT INTO found SELECT * FROM unnest($1::bigint[], $2::bigint[])" },
        /* A conflict there is none, unless somebody has put tables back that do not belong
         * together.
         */
        { POSTGRES_ADD_ROWS,
          "INSERT INTO entry SELECT * FROM unnest($1::bigint[], $2::date[],"
          " $3::bigint[]::integer[], $4::bigint[], $5::bigint[], $6::bigint[], $7::uuid[], "
          "$8::text[],"
          " $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bytea[],"
          " $15::bigint[], $16::text[]) ON CONFLICT DO NOTHING" },
        { POSTGRES_ADD_REFUSALS,
          "INSERT INTO refusal (received, topic, reason, len, payload) SELECT * FROM"
          " unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bytea[])" },
        { POSTGRES_TRIM, "DELETE FROM refusal WHERE id <="
                         " (SELECT max(id) FROM refusal) - $1::bigint" },
};

/* What the driver relies on, whatever the role, the database or the server have as defaults. A
 * stricter synchronous_commit than ours stays: off is the only one that forgets. */
static const char session[] =
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED;"
        "SET idle_in_transaction_session_timeout = '10s';"
        "SET statement_timeout = '15s';"
        "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
        " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)";

/* The version that the database has. 0 or -errno. */
static int read_version(struct postgres_link *link, const char *sql, int *version)
{
        PGresult *result = NULL;
        int r = postgres_link_exec(link, sql, &result);
        if (!r)
                *version =
                        PQntuples(result) > 0 ? (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;
        PQclear(result);
        return r;
}

static int migrate(struct postgres_link *link, int from)
{
        char note[128];
        const int ours = (int)ARRAY_LEN(steps);
        int r = 0;
        for (int at = from; at < ours && !r; at++)
                r = postgres_link_exec(link, steps[at], NULL);
        (void)snprintf(note, sizeof(note),
                       "DELETE FROM archive_version; INSERT INTO archive_version VALUES (%d)",
                       ours);
        if (!r)
                r = postgres_link_exec(link, note, NULL);
        if (!r && from > 0 && from < ours)
                log_info("database migrated", "connection=%s from=%d to=%d", link->name, from,
                         ours);
        return r;
}

/* Once more under the lock: another collector may have done it. */
static int make_tables(struct postgres_link *link)
{
        int version = 0;
        int r = postgres_link_exec(
                link,
                "BEGIN; SELECT pg_advisory_xact_lock(" SCHEMA_LOCK ");"
                "CREATE TABLE IF NOT EXISTS archive_version (version integer NOT NULL)",
                NULL);
        if (!r)
                r = read_version(link, "SELECT version FROM archive_version", &version);
        if (!r)
                r = migrate(link, version);
        return r ? r : postgres_link_exec(link, "COMMIT", NULL);
}

static int check_version(struct postgres_link *link)
{
        int version = 0;
        int r = read_version(link, "SELECT 1 WHERE to_regclass('archive_version') IS NOT NULL",
                             &version);
        if (!r && version > 0)
                r = read_version(link, "SELECT version FROM archive_version", &version);
        if (!r && version < (int)ARRAY_LEN(steps))
                return make_tables(link);
        if (!r && version > (int)ARRAY_LEN(steps)) {
                postgres_link_complain(link, "the database is of a newer version");
                return -EPROTONOSUPPORT;
        }
        return r;
}

static int check_encoding(struct postgres_link *link)
{
        const char *encoding = PQparameterStatus(link->conn, "server_encoding");
        if (encoding && strcmp(encoding, "UTF8") == 0)
                return 0;
        postgres_link_complain(link, "the database's encoding is not UTF8");
        return -EPROTONOSUPPORT;
}

int postgres_schema_prepare(struct postgres_link *link)
{
        int r = check_encoding(link);
        if (!r)
                r = postgres_link_exec(link, session, NULL);
        if (!r)
                r = check_version(link);
        for (size_t i = 0; i < ARRAY_LEN(statements) && !r; i++)
                r = postgres_link_name(link, statements[i].name, statements[i].sql);
        return r;
}
