/*
 * Names are written once: a site and a gate are numbers elsewhere. Of a stay, `start` is when it
 * begins as far as that is known; indexes are what history.h asks for, and no more: each costs
 * every row. A stay longer than STAY_LONG stands in an index of its own, so that who was there at a
 * time is found among those that began a bounded time before it.
 */
#include "drivers/archive/archive_sql.h"
#include "drivers/archive/sqlite_private.h"

#define SITE_OF_GATE "rtrim(rtrim(gate.name, 'abcdefghijklmnopqrstuvwxyz0123456789-'), '/')"
/* Rounded down, also before 1970. */
#define HOUR_OF_ROW "(at - ((at % 3600000000) + 3600000000) % 3600000000) / 3600000000"

#define OLD_ROWS                                                                                   \
        "(SELECT entry.rowid FROM entry CROSS JOIN stream ON stream.id = entry.stream"             \
        "  WHERE at < ?1 AND NOT " ROW_UNLIKELY " AND seq <= contiguous ORDER BY at LIMIT ?2)"
#define OLD_UNLIKELY_ROWS                                                                          \
        "(SELECT entry.rowid FROM entry CROSS JOIN stream ON stream.id = entry.stream"             \
        "  WHERE received < ?1 AND " ROW_UNLIKELY                                                  \
        " AND seq <= contiguous ORDER BY received LIMIT ?2)"
#define OLD "rowid IN (SELECT * FROM " OLD_ROWS " UNION ALL SELECT * FROM " OLD_UNLIKELY_ROWS ")"

/* Version 1's rows, in order, to stays: as stay.h says, each event and its neighbours. */
#define REPLAY_STAYS                                                                               \
        "INSERT INTO visit (site, subject, start, entered, left_at, left_assumed, gate_in,"        \
        "  gate_out, credential_class)"                                                            \
        " SELECT site, subject, at, CASE WHEN way THEN at END, CASE WHEN way THEN next ELSE at"    \
        "  END, way AND next_way IS 1, CASE WHEN way THEN gate END, CASE WHEN NOT way THEN gate"   \
        "  WHEN next_way IS 0 THEN next_gate END, class FROM"                                      \
        "  (SELECT *, lag(way) OVER life AS last_way, lead(way) OVER life AS next_way,"            \
        "    lead(at) OVER life AS next, lead(gate) OVER life AS next_gate FROM"                   \
        "    (SELECT DISTINCT site, subject, at, direction = 'entry' AS way, gate,"                \
        "      CASE direction WHEN 'entry' THEN credential_class END AS class"                     \
        "      FROM entry JOIN stream ON stream.id = entry.stream JOIN gate ON gate.id ="          \
        "      stream.gate WHERE event = 'AccessTaken' AND direction IN ('entry', 'exit') AND"     \
        "      subject IS NOT NULL)"                                                               \
        "    WINDOW life AS (PARTITION BY site, subject ORDER BY at, way, gate, class))"           \
        " WHERE way OR last_way IS NOT 1 ORDER BY at;"

#define REPLAY_FIGURES                                                                             \
        "INSERT INTO tally SELECT * FROM (SELECT " HOUR_OF_ROW " AS hour, gate,"                   \
        "  sum(event = 'AccessTaken' AND direction IS 'entry') AS entries,"                        \
        "  sum(event = 'AccessTaken' AND direction IS 'exit') AS exits,"                           \
        "  sum(event = 'AccessGranted') AS granted, sum(event = 'AccessDenied') AS denied"         \
        "  FROM entry JOIN stream ON stream.id = entry.stream GROUP BY 1, 2)"                      \
        " WHERE entries + exits + granted + denied > 0;"

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

        "CREATE TABLE site (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
        "INSERT INTO site (name) SELECT DISTINCT " SITE_OF_GATE " FROM gate ORDER BY 1;"
        "ALTER TABLE gate ADD COLUMN site INTEGER REFERENCES site;"
        "UPDATE gate SET site = (SELECT id FROM site WHERE site.name = " SITE_OF_GATE ");"
        /* `at` of the row `highest`. */
        "ALTER TABLE stream ADD COLUMN newest INTEGER;"
        "UPDATE stream SET newest = (SELECT at FROM entry"
        "  WHERE entry.stream = stream.id AND seq = highest);"
        "CREATE TABLE heard ("
        "  gate INTEGER PRIMARY KEY REFERENCES gate, state TEXT, state_at INTEGER, status TEXT,"
        "  epoch BLOB, head INTEGER, health TEXT, health_at INTEGER);"
        "CREATE TABLE tally ("
        "  hour INTEGER NOT NULL, gate INTEGER NOT NULL, entries INTEGER NOT NULL,"
        "  exits INTEGER NOT NULL, granted INTEGER NOT NULL, denied INTEGER NOT NULL,"
        "  PRIMARY KEY (hour, gate)) WITHOUT ROWID;"
        "CREATE TABLE visit ("
        "  id INTEGER PRIMARY KEY, site INTEGER NOT NULL REFERENCES site, subject BLOB NOT NULL,"
        "  start INTEGER NOT NULL, entered INTEGER, left_at INTEGER,"
        "  left_assumed INTEGER NOT NULL, gate_in INTEGER, gate_out INTEGER,"
        "  credential_class TEXT);" REPLAY_FIGURES REPLAY_STAYS
        "CREATE INDEX visit_subject ON visit (subject, site, start);"
        "CREATE INDEX visit_site ON visit (site, start);"
        /* So that who is inside is counted without the stays themselves. */
        "CREATE INDEX visit_open ON visit (site, start, left_at) WHERE left_at IS NULL;"
        "CREATE INDEX visit_long ON visit (site, start) WHERE left_at - start > " STAY_LONG ";"
        "CREATE INDEX entry_at ON entry (at);"
        "CREATE INDEX entry_stream ON entry (stream, at);"
        "CREATE INDEX loss_stream ON loss (stream)",

        /* What was found after it had been lost, and then deleted: it is not new either. */
        "CREATE TABLE found (stream INTEGER NOT NULL, seq INTEGER NOT NULL,"
        "  PRIMARY KEY (stream, seq)) WITHOUT ROWID;"
        "CREATE TABLE deletion ("
        "  day INTEGER PRIMARY KEY, entries INTEGER NOT NULL, visits INTEGER NOT NULL,"
        "  refusals INTEGER NOT NULL, at INTEGER NOT NULL);"
        "CREATE INDEX entry_unlikely ON entry (received) WHERE " ROW_UNLIKELY,

        "CREATE TABLE health ("
        "  gate INTEGER NOT NULL REFERENCES gate, hour INTEGER NOT NULL, reports INTEGER NOT NULL,"
        "  data TEXT NOT NULL, PRIMARY KEY (gate, hour)) WITHOUT ROWID",
};

const struct database_schema archive_sqlite_schema = {
        .application_id = 0x53746172, /* "Star" */
        .page_size = 4096,
        .steps = steps,
        .version = (int)ARRAY_LEN(steps),
};

const char *const archive_sqlite_sql[SQL_STATEMENTS] = {
        [SQL_BEGIN] = "BEGIN IMMEDIATE",
        [SQL_COMMIT] = "COMMIT",
        [SQL_ADD_SITE] = "INSERT INTO site (name) VALUES (?1) ON CONFLICT DO NOTHING",
        [SQL_ADD_GATE] = "INSERT INTO gate (name, site) SELECT ?1, id FROM site WHERE name = ?2"
                         " ON CONFLICT DO NOTHING",
        [SQL_ADD_STREAM] = "INSERT INTO stream (gate, epoch) SELECT id, ?2 FROM gate"
                           " WHERE name = ?1",
        /* Of one row given as values SQLite needs no savepoint, which costs as much as the row. */
        [SQL_ADD_ROW] = "INSERT INTO entry VALUES"
                        " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"
                        " ON CONFLICT DO NOTHING",
        [SQL_IS_LOST] = "SELECT 1 FROM loss WHERE stream = ?1 AND first <= ?2 AND last >= ?2"
                        " AND NOT EXISTS (SELECT 1 FROM found WHERE stream = ?1 AND seq = ?2)",
        [SQL_ADD_LOSS] = "INSERT INTO loss VALUES (?1, ?2, ?3, ?4, ?5)",
        [SQL_ADD_REFUSAL] = "INSERT INTO refusal (received, topic, reason, len, payload)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)",
        [SQL_TRIM_REFUSALS] = "DELETE FROM refusal WHERE id <="
                              " (SELECT max(id) FROM refusal) - ?1",
        [SQL_MOVE_STREAM] = "UPDATE stream SET contiguous = ?2, highest = ?3,"
                            " newest = coalesce(?4, newest) WHERE id = ?1",
        [SQL_FIND_STREAM] = "SELECT stream.id, contiguous, highest FROM stream JOIN gate"
                            " ON gate.id = stream.gate WHERE gate.name = ?1 AND epoch = ?2",
        [SQL_COUNT_STREAMS] = "SELECT count(*) FROM stream JOIN gate ON gate.id = stream.gate"
                              " WHERE gate.name = ?1",
        [SQL_READ_STREAM] = "SELECT stream.id, contiguous, highest, gate, site FROM stream"
                            " JOIN gate ON gate.id = stream.gate WHERE stream.id = ?1",
        [SQL_LATER_ROWS] = "SELECT seq FROM entry WHERE stream = ?1 AND seq > ?2 ORDER BY seq",
        [SQL_COUNT] = "INSERT INTO tally VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                      " ON CONFLICT DO UPDATE SET entries = entries + excluded.entries,"
                      " exits = exits + excluded.exits, granted = granted + excluded.granted,"
                      " denied = denied + excluded.denied",
        /* So many at one moment are no person's. */
        [SQL_FIND_STAYS] = "SELECT id, entered, left_at, left_assumed, gate_in, gate_out,"
                           " credential_class FROM visit WHERE subject = ?1 AND site = ?2 AND"
                           " start BETWEEN coalesce((SELECT max(start) FROM visit"
                           "  WHERE subject = ?1 AND site = ?2 AND start < ?3), ?3) AND"
                           " coalesce((SELECT min(start) FROM visit"
                           "  WHERE subject = ?1 AND site = ?2 AND start > ?3), ?3) LIMIT 64",
        [SQL_ADD_STAY] = "INSERT INTO visit (site, subject, start, entered, left_at, left_assumed,"
                         " gate_in, gate_out, credential_class)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        [SQL_END_STAY] = "UPDATE visit SET left_at = ?2, left_assumed = ?3, gate_out = ?4"
                         " WHERE id = ?1",
        [SQL_MOVE_STAY] = "UPDATE visit SET left_at = ?2, left_assumed = ?3, gate_out = ?4,"
                          " start = ?5, entered = ?5, gate_in = ?6, credential_class = ?7"
                          " WHERE id = ?1",
        [SQL_HEAR_STATUS] = "INSERT INTO heard (gate, state, state_at, status, epoch, head)"
                            " SELECT id, ?2, ?3, ?4, ?5, ?6 FROM gate WHERE name = ?1"
                            " ON CONFLICT DO UPDATE SET state = excluded.state, state_at ="
                            " excluded.state_at, status = CASE WHEN status IS NULL OR"
                            "  excluded.epoch IS NOT NULL THEN excluded.status ELSE status END,"
                            " epoch = coalesce(excluded.epoch, epoch),"
                            " head = coalesce(excluded.head, head)"
                            " WHERE state_at IS NULL OR state_at <= excluded.state_at",
        [SQL_HEAR_HEALTH] = "INSERT INTO heard (gate, health, health_at)"
                            " SELECT id, ?2, ?3 FROM gate WHERE name = ?1"
                            " ON CONFLICT DO UPDATE SET health = excluded.health,"
                            " health_at = excluded.health_at"
                            " WHERE health_at IS NULL OR health_at <= excluded.health_at",
        [SQL_KEEP_HEALTH] = "INSERT INTO health (gate, hour, reports, data)"
                            " SELECT id, ?3 / 3600000000, 1, ?2 FROM gate WHERE name = ?1"
                            " ON CONFLICT DO UPDATE SET reports = reports + 1, data ="
                            " excluded.data RETURNING reports, gate, hour",
        [SQL_TRIM_HEALTH] = "DELETE FROM health WHERE gate = ?1 AND hour <= ?2",
        [SQL_KEEP_FOUND] = "INSERT INTO found SELECT DISTINCT entry.stream, seq FROM entry"
                           " JOIN loss ON loss.stream = entry.stream AND seq BETWEEN first AND last"
                           " WHERE entry." OLD " ON CONFLICT DO NOTHING",
        [SQL_FORGET_ROWS] = "DELETE FROM entry WHERE " OLD " RETURNING CASE WHEN " ROW_UNLIKELY
                            " THEN received ELSE at END / " DAY_US_TEXT,
        [SQL_FORGET_STAYS] = "DELETE FROM visit WHERE id IN (SELECT visit.id FROM site"
                             " CROSS JOIN visit ON visit.site = site.id"
                             "  WHERE start < ?1 AND left_at < ?1 LIMIT ?2)"
                             " RETURNING left_at / " DAY_US_TEXT,
        [SQL_FORGET_REFUSALS] = "DELETE FROM refusal WHERE id IN (SELECT id FROM refusal"
                                " WHERE received < ?1 ORDER BY id LIMIT ?2)"
                                " RETURNING received / " DAY_US_TEXT,
        [SQL_COUNT_DELETED] = "INSERT INTO deletion VALUES (?1, ?2, ?3, ?4, ?5)"
                              " ON CONFLICT DO UPDATE SET entries = entries + excluded.entries,"
                              " visits = visits + excluded.visits, refusals = refusals +"
                              " excluded.refusals, at = max(at, excluded.at)",
        [SQL_LAST_ROW] = "SELECT coalesce(max(rowid), 0) FROM entry",
        [SQL_ERASE_ROWS] = "UPDATE entry SET subject = NULL, credential_class = NULL, more = NULL"
                           " WHERE rowid > ?2 AND rowid <= ?3 AND subject = ?1",
        [SQL_ERASE_STAYS] = "DELETE FROM visit WHERE subject = ?1",
        [SQL_ERASE_REFUSALS] = "DELETE FROM refusal WHERE instr(payload, CAST(?1 AS BLOB)) > 0",
};
