/*
 * Each question names the index that answers it: there are no statistics by which SQLite could
 * choose, and a wrong choice reads everything. Areas are ranges of names (names.h). Events are read
 * by their time; those of few journals by the time in each, or a quiet gate's would be looked for
 * among all those of a large fleet. Where a page goes on, ?2 is no later than ?3, and only rows of
 * that very time are left to tell apart: said as "before ?3", SQLite would take that for the bound
 * instead of ?2, and begin with the newest row of all.
 */
#include "drivers/archive/archive_sql.h"
#include "drivers/archive/history_sqlite_private.h"

#define EVENT_COLUMNS                                                                              \
        "one.at, one.stream, one.seq, gate.name, one.id, one.received, one.event, one.reason,"     \
        " one.direction, one.credential_class, one.clock, one.access_point, one.subject,"          \
        " one.grant_seq, one.flags"

#define EVENT_FILTER                                                                               \
        " one.at >= ?1 AND one.at <= ?2"                                                           \
        " AND (one.at <> ?3 OR (one.stream, one.seq) < (?4, ?5))"                                  \
        " AND (?8 = '' OR one.event = ?8) AND (?9 = '' OR one.reason = ?9)"                        \
        " AND (?10 IS NULL OR one.subject = ?10)"                                                  \
        " AND (?11 OR one.event NOT IN ('SilentAlarm', 'Duress'))"

#define VISIT_COLUMNS                                                                              \
        "visit.id, site.name, subject, entered, left_at, left_assumed,"                            \
        " (SELECT name FROM gate WHERE gate.id = gate_in),"                                        \
        " (SELECT name FROM gate WHERE gate.id = gate_out), credential_class"

/* Other people's stays, by one index, that may touch one of the person's: those of a usual length,
 * long ones, those that last. */
#define NEAR(index)                                                                                \
        "SELECT mine.*, other.* FROM mine CROSS JOIN visit AS other INDEXED BY " index             \
        " ON other.site = place AND other.start <= high AND other.subject <> ?1"
#define NEAR_SHORT                                                                                 \
        NEAR("visit_site")                                                                         \
        " AND other.start >= low - " STAY_LONG " AND other.left_at >= low"                         \
        " AND other.left_at - other.start <= " STAY_LONG
#define NEAR_LONG                                                                                  \
        NEAR("visit_long")                                                                         \
        " AND other.left_at - other.start > " STAY_LONG " AND other.left_at >= low"
#define NEAR_OPEN NEAR("visit_open") " AND other.left_at IS NULL"

const char *const history_sqlite_sql[HISTORY_STATEMENTS] = {
        [HISTORY_GATES] =
                "SELECT name, state, state_at, status, health, health_at,"
                " (SELECT newest FROM stream WHERE stream.gate = gate.id AND newest IS NOT NULL"
                "  ORDER BY stream.id DESC LIMIT 1),"
                " max(0, head - coalesce((SELECT contiguous FROM stream"
                "  WHERE stream.gate = gate.id AND stream.epoch = heard.epoch), 0)),"
                " (SELECT sum(last - first + 1) FROM loss JOIN stream ON stream.id = loss.stream"
                "  WHERE stream.gate = gate.id)"
                " FROM gate LEFT JOIN heard ON heard.gate = gate.id"
                " WHERE name >= ?1 AND name < ?2 AND name > ?3 ORDER BY name LIMIT ?4",
        [HISTORY_COUNT_STREAMS] = "SELECT count(*) FROM (SELECT 1 FROM gate CROSS JOIN stream"
                                  " ON stream.gate = gate.id WHERE name >= ?1 AND name < ?2"
                                  " LIMIT ?3)",
        [HISTORY_EVENTS] = "SELECT " EVENT_COLUMNS " FROM entry AS one INDEXED BY entry_at"
                           " CROSS JOIN stream ON stream.id = one.stream"
                           " CROSS JOIN gate ON gate.id = stream.gate"
                           " WHERE gate.name >= ?6 AND gate.name < ?7 AND" EVENT_FILTER
                           " ORDER BY one.at DESC, one.stream DESC, one.seq DESC LIMIT ?12",
        [HISTORY_EVENTS_OF_FEW] =
                "SELECT " EVENT_COLUMNS " FROM gate CROSS JOIN stream ON stream.gate = gate.id"
                " CROSS JOIN entry AS one ON one.rowid IN (SELECT one.rowid FROM entry AS one"
                "  INDEXED BY entry_stream WHERE one.stream = stream.id AND" EVENT_FILTER
                "  ORDER BY one.at DESC, one.seq DESC LIMIT ?12)"
                " WHERE gate.name >= ?6 AND gate.name < ?7"
                " ORDER BY one.at DESC, one.stream DESC, one.seq DESC LIMIT ?12",
        [HISTORY_INSIDE] =
                "SELECT " VISIT_COLUMNS " FROM site CROSS JOIN visit INDEXED BY visit_open"
                " ON visit.site = site.id AND left_at IS NULL"
                " WHERE site.name >= ?1 AND site.name < ?2 AND start >= ?3"
                " AND (start > ?3 OR visit.id > ?4)"
                " ORDER BY start, visit.id LIMIT ?5",
        [HISTORY_INSIDE_COUNTS] = "SELECT site.name, count(*)"
                                  " FROM site CROSS JOIN visit INDEXED BY visit_open"
                                  " ON visit.site = site.id AND left_at IS NULL"
                                  " WHERE site.name >= ?1 AND site.name < ?2"
                                  " GROUP BY site.name ORDER BY site.name",
        [HISTORY_VISITS] = "SELECT " VISIT_COLUMNS " FROM site CROSS JOIN visit INDEXED BY"
                           " visit_subject ON visit.subject = ?1 AND visit.site = site.id"
                           " WHERE site.name >= ?2 AND site.name < ?3 AND start < ?5"
                           " AND (left_at IS NULL OR left_at >= ?4)"
                           " ORDER BY start, left_at IS NULL, left_at, visit.id LIMIT ?6",
        [HISTORY_CONTACTS] =
                "WITH mine AS MATERIALIZED (SELECT visit.id AS of_visit, site AS place,"
                "  start - ?6 AS low, coalesce(left_at, ?7) + ?6 AS high, left_at IS NULL AS lasts"
                "  FROM site CROSS JOIN visit INDEXED BY visit_subject ON subject = ?1 AND"
                "  visit.site = site.id WHERE site.name >= ?2 AND site.name < ?3 AND start < ?5"
                "  AND (left_at IS NULL OR left_at >= ?4)),"
                " near AS (" NEAR_SHORT " UNION ALL " NEAR_LONG " UNION ALL " NEAR_OPEN ")"
                " SELECT " VISIT_COLUMNS ", max(start, low) AS begin,"
                " CASE WHEN left_at IS NOT NULL THEN min(high, left_at) WHEN lasts THEN 0"
                "  ELSE high END, of_visit FROM near AS visit JOIN site ON site.id = visit.site"
                " ORDER BY begin, visit.id, of_visit LIMIT ?8",
        [HISTORY_TALLIES] = "SELECT name, hour, entries, exits, denied, granted FROM tally"
                            " CROSS JOIN gate ON gate.id = tally.gate"
                            " WHERE hour >= ?1 AND hour < ?2 AND name >= ?3 AND name < ?4"
                            " ORDER BY hour, name",
        [HISTORY_HEALTH] = "SELECT hour, reports, data FROM gate"
                           " CROSS JOIN health ON health.gate = gate.id"
                           " WHERE name = ?1 AND hour >= ?2 AND hour < ?3 ORDER BY hour",
        [HISTORY_HEADS] = "SELECT id, highest FROM stream ORDER BY id",
        [HISTORY_ROWS_AFTER] = "SELECT " EVENT_COLUMNS " FROM entry AS one"
                               " CROSS JOIN stream ON stream.id = one.stream"
                               " CROSS JOIN gate ON gate.id = stream.gate"
                               " WHERE one.stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        [HISTORY_DELETION] =
                "SELECT entries, visits, refusals, at,"
                " (SELECT count(*) FROM entry WHERE at >= ?2 AND at < ?3 AND NOT " ROW_UNLIKELY
                ") + (SELECT count(*) FROM entry WHERE received >= ?2 AND received < ?3"
                "  AND " ROW_UNLIKELY "),"
                " (SELECT count(*) FROM site CROSS JOIN visit ON visit.site = site.id"
                "  WHERE start < ?3 AND left_at >= ?2 AND left_at < ?3),"
                " (SELECT count(*) FROM site CROSS JOIN visit ON visit.site = site.id"
                "  WHERE start < ?3 AND (left_at IS NULL OR left_at >= ?3))"
                " FROM (SELECT 1) LEFT JOIN deletion ON day = ?1",
};
