/*
 * An entry is filed under a day, and each day is a table of its own: old days are dropped, not
 * deleted, and a question about a time reads a few of them. That is why the database cannot keep
 * (stream, seq) unique by an index over everything, and need not: a stream's row is locked by
 * whoever stores into it, and says with its gaps what there is. It does so also when the day has
 * been dropped.
 */
#include "drivers/archive/postgres_steps.h"

#include "drivers/archive/archive_sql.h"

#define SITE_OF_GATE "regexp_replace(gate.name, '/[^/]*$', '')"

/* Version 1's rows, in order, to stays: as stay.h says, each event and its neighbours. */
#define REPLAY_STAYS                                                                               \
        "INSERT INTO visit (site, subject, start, entered, left_at, left_assumed, gate_in,"        \
        "  gate_out, credential_class)"                                                            \
        " SELECT site, subject, at, CASE WHEN way THEN at END, CASE WHEN way THEN next ELSE at"    \
        "  END, way AND next_way IS TRUE, CASE WHEN way THEN gate END, CASE WHEN NOT way THEN"     \
        "  gate WHEN NOT next_way THEN next_gate END, class FROM"                                  \
        "  (SELECT *, lag(way) OVER life AS last_way, lead(way) OVER life AS next_way,"            \
        "    lead(at) OVER life AS next, lead(gate) OVER life AS next_gate FROM"                   \
        "    (SELECT DISTINCT site, subject, at, direction = 'entry' AS way, gate,"                \
        "      CASE direction WHEN 'entry' THEN credential_class END AS class"                     \
        "      FROM entry JOIN stream ON stream.id = entry.stream JOIN gate ON gate.id ="          \
        "      stream.gate WHERE event = 'AccessTaken' AND direction IN ('entry', 'exit') AND"     \
        "      subject IS NOT NULL) AS event"                                                      \
        "    WINDOW life AS (PARTITION BY site, subject ORDER BY at, way, gate,"                   \
        "     class COLLATE \"C\" NULLS FIRST)) AS event"                                          \
        " WHERE way OR last_way IS NOT TRUE ORDER BY event.at;"

/* The hour is rounded down, also before 1970. */
#define REPLAY_FIGURES                                                                             \
        "INSERT INTO tally SELECT * FROM (SELECT gate,"                                            \
        "  (at - ((at % 3600000000) + 3600000000) % 3600000000) / 3600000000 AS hour,"             \
        "  count(*) FILTER (WHERE event = 'AccessTaken' AND direction = 'entry') AS entries,"      \
        "  count(*) FILTER (WHERE event = 'AccessTaken' AND direction = 'exit') AS exits,"         \
        "  count(*) FILTER (WHERE event = 'AccessGranted') AS granted,"                            \
        "  count(*) FILTER (WHERE event = 'AccessDenied') AS denied"                               \
        "  FROM entry JOIN stream ON stream.id = entry.stream GROUP BY 1, 2) AS figure"            \
        " WHERE entries + exits + granted + denied > 0;"

const char *const postgres_schema_steps[POSTGRES_SCHEMA_VERSION] = {
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

        "CREATE TABLE site (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        "  name text NOT NULL UNIQUE);"
        "INSERT INTO site (name) SELECT DISTINCT " SITE_OF_GATE " FROM gate ORDER BY 1;"
        "ALTER TABLE gate ADD COLUMN site bigint REFERENCES site;"
        "UPDATE gate SET site = (SELECT id FROM site WHERE site.name = " SITE_OF_GATE ");"
        "CREATE INDEX gate_bytes ON gate (name COLLATE \"C\");"
        "CREATE INDEX gate_site ON gate (site);"
        /* `at` of the row `highest`. */
        "ALTER TABLE stream ADD COLUMN newest bigint;"
        "UPDATE stream SET newest = (SELECT at FROM entry"
        "  WHERE entry.stream = stream.id AND seq = highest);"
        "CREATE TABLE heard ("
        "  gate bigint PRIMARY KEY REFERENCES gate, state text, state_at bigint, status text,"
        "  epoch uuid, head bigint, health text, health_at bigint) WITH (fillfactor = 50);"
        "CREATE TABLE tally ("
        "  gate bigint NOT NULL, hour bigint NOT NULL, entries bigint NOT NULL,"
        "  exits bigint NOT NULL, granted bigint NOT NULL, denied bigint NOT NULL,"
        "  PRIMARY KEY (gate, hour)) WITH (fillfactor = 70);"
        /* What is locked before a person's visits in a site are looked at: there may be none yet.
         */
        "CREATE TABLE person (site bigint NOT NULL, subject bytea NOT NULL,"
        "  PRIMARY KEY (site, subject));"
        "CREATE TABLE visit ("
        "  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        "  site bigint NOT NULL REFERENCES site, subject bytea NOT NULL, start bigint NOT NULL,"
        "  entered bigint, left_at bigint, left_assumed boolean NOT NULL, gate_in bigint,"
        "  gate_out bigint, credential_class text);" REPLAY_FIGURES REPLAY_STAYS
        "INSERT INTO person SELECT DISTINCT site, subject FROM visit;"
        "CREATE INDEX visit_subject ON visit (subject, site, start);"
        "CREATE INDEX visit_site ON visit (site, start);"
        "CREATE INDEX visit_open ON visit (site, start) WHERE left_at IS NULL;"
        "CREATE INDEX visit_long ON visit (site, start) WHERE left_at - start > " STAY_LONG ";"
        "CREATE INDEX entry_at ON entry (at);"
        "CREATE INDEX entry_stream ON entry (stream, at)",

        "CREATE TABLE deletion (day date PRIMARY KEY, entries bigint NOT NULL,"
        "  visits bigint NOT NULL, refusals bigint NOT NULL, at bigint NOT NULL);"
        "CREATE FUNCTION archive_count_deleted(gone date, rows bigint, stays bigint,"
        " others bigint, now bigint) RETURNS void LANGUAGE sql AS $$"
        "  INSERT INTO deletion VALUES (gone, rows, stays, others, now) ON CONFLICT (day)"
        "   DO UPDATE SET entries = deletion.entries + excluded.entries,"
        "    visits = deletion.visits + excluded.visits,"
        "    refusals = deletion.refusals + excluded.refusals,"
        "    at = greatest(deletion.at, excluded.at) $$;"
        /* Drops the oldest day before `until`: how many rows it had; -1: there is none; -2:
         * somebody reads, later. Nobody writes meanwhile: whoever has a day's table has its parent
         * first. */
        "CREATE FUNCTION archive_forget_day(until date, now bigint) RETURNS bigint"
        " LANGUAGE plpgsql AS $$"
        " DECLARE oldest text; number bigint;"
        " BEGIN"
        "  PERFORM set_config('lock_timeout', '2s', true);"
        "  PERFORM pg_advisory_xact_lock(" SCHEMA_LOCK ");"
        "  SELECT relname INTO oldest FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        "   WHERE inhparent = 'entry'::regclass AND relname < 'entry_' ||"
        "   to_char(until, 'YYYY_MM_DD') ORDER BY relname LIMIT 1;"
        "  IF oldest IS NULL THEN RETURN -1; END IF;"
        "  LOCK TABLE ONLY entry IN ACCESS EXCLUSIVE MODE;"
        "  EXECUTE format('SELECT count(*) FROM %I', oldest) INTO number;"
        "  EXECUTE format('DROP TABLE %I', oldest);"
        "  PERFORM archive_count_deleted(to_date(substr(oldest, 7), 'YYYY_MM_DD'), number, 0, 0,"
        "   now);"
        "  RETURN number;"
        " EXCEPTION WHEN lock_not_available THEN RETURN -2;"
        " END $$;"
        /* Locks people before their stays, as whoever stores does; who is locked comes later. */
        "CREATE FUNCTION archive_forget_stays(until bigint, most bigint, now bigint) RETURNS bigint"
        " LANGUAGE plpgsql AS $$"
        " DECLARE sites bigint[]; people bytea[]; number bigint;"
        " BEGIN"
        "  SELECT array_agg(who.site), array_agg(who.subject) INTO sites, people FROM"
        "   (SELECT person.site, person.subject FROM person WHERE (person.site, person.subject) IN"
        "    (SELECT visit.site, visit.subject FROM site CROSS JOIN LATERAL (SELECT * FROM visit"
        "      WHERE visit.site = site.id AND start < until AND left_at < until"
        "      ORDER BY start LIMIT most) AS visit LIMIT most)"
        "    ORDER BY person.site, person.subject FOR UPDATE SKIP LOCKED) AS who;"
        "  WITH gone AS (DELETE FROM visit USING unnest(sites, people) AS who (site, subject)"
        "    WHERE visit.site = who.site AND visit.subject = who.subject AND start < until"
        "    AND left_at < until RETURNING left_at),"
        "   counted AS (SELECT archive_count_deleted(day, 0, n, 0, now) FROM"
        "    (SELECT date '1970-01-01' + (left_at / 86400000000)::integer AS day, count(*) AS n"
        "     FROM gone GROUP BY 1 ORDER BY 1) AS days)"
        "  SELECT (SELECT count(*) FROM gone) + 0 * (SELECT count(*) FROM counted) INTO number;"
        "  DELETE FROM person USING unnest(sites, people) AS who (site, subject)"
        "   WHERE person.site = who.site AND person.subject = who.subject AND NOT EXISTS"
        "   (SELECT FROM visit WHERE visit.site = who.site AND visit.subject = who.subject);"
        "  RETURN number;"
        " END $$;"
        /* One day's table after another, for there is no index of people over entries: the first
         * day behind `past`, and how many rows of it; no row: there is none. */
        "CREATE FUNCTION archive_erase_day(who bytea, past date, OUT day bigint,"
        " OUT number bigint) RETURNS SETOF record LANGUAGE plpgsql AS $$"
        " DECLARE name text;"
        " BEGIN"
        "  SELECT relname INTO name FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        "   WHERE inhparent = 'entry'::regclass AND relname > 'entry_' ||"
        "   to_char(past, 'YYYY_MM_DD') ORDER BY relname LIMIT 1;"
        "  IF name IS NULL THEN RETURN; END IF;"
        "  EXECUTE format('UPDATE %I SET subject = NULL, credential_class = NULL, more = NULL"
        "   WHERE subject = $1', name) USING who;"
        "  GET DIAGNOSTICS number = ROW_COUNT;"
        "  day := to_date(substr(name, 7), 'YYYY_MM_DD') - date '1970-01-01';"
        "  RETURN NEXT;"
        " END $$;"
        "CREATE FUNCTION archive_erase_stays(who bytea) RETURNS bigint LANGUAGE plpgsql AS $$"
        " DECLARE number bigint;"
        " BEGIN"
        "  PERFORM FROM site JOIN person ON person.site = site.id AND person.subject = who"
        "   ORDER BY site.id FOR UPDATE OF person;"
        "  DELETE FROM visit WHERE subject = who;"
        "  GET DIAGNOSTICS number = ROW_COUNT;"
        "  DELETE FROM person USING site WHERE person.site = site.id AND person.subject = who;"
        "  RETURN number;"
        " END $$",

        "CREATE TABLE health ("
        "  gate bigint NOT NULL REFERENCES gate, hour bigint NOT NULL, reports bigint NOT NULL,"
        "  data text NOT NULL, PRIMARY KEY (gate, hour)) WITH (fillfactor = 50)",

        /* Asked of each stay, it cost a third of it; the site is the gate's, read in the same
         * transaction, and sites are never deleted. */
        "ALTER TABLE visit DROP CONSTRAINT visit_site_fkey",
};
