/*
 * The history on PostgreSQL: its session and statements. Areas are ranges of names (names.h).
 * Events are read by their time; those of few journals by the time in each, or a quiet gate's would
 * be looked for among all those of a large fleet.
 */
#include "drivers/archive/archive_sql.h"
#include "drivers/archive/history_postgres_private.h"
#include "drivers/archive/postgres_schema.h"
#include "drivers/postgres/postgres_tables.h"

#include <errno.h>

/* In order of bytes, whatever the database's order is. */
#define NAME      "name COLLATE \"C\""
#define GATE_NAME "gate.name COLLATE \"C\""
#define SITE_NAME "site.name COLLATE \"C\""

#define EVENT_COLUMNS                                                                              \
        "one.at, one.stream, one.seq, gate.name, one.id, one.received, one.event, one.reason,"     \
        " one.direction, one.credential_class, one.clock, one.access_point, one.subject,"          \
        " one.grant_seq, one.flags::bigint"

#define EVENT_FILTER                                                                               \
        " one.at >= $1::bigint AND one.at <= $2::bigint"                                           \
        " AND (one.at < $3::bigint"                                                                \
        "  OR (one.at = $3 AND (one.stream, one.seq) < ($4::bigint, $5::bigint)))"                 \
        " AND ($8::text = '' OR one.event = $8) AND ($9::text = '' OR one.reason = $9)"            \
        " AND ($10::bytea = '' OR one.subject = $10)"                                              \
        " AND ($11::bigint = 1 OR one.event NOT IN ('SilentAlarm', 'Duress'))"

#define VISIT_COLUMNS                                                                              \
        "visit.id, site.name, subject, entered, left_at, left_assumed::integer::bigint,"           \
        " (SELECT name FROM gate WHERE gate.id = gate_in),"                                        \
        " (SELECT name FROM gate WHERE gate.id = gate_out), credential_class"

/* Other people's stays, by one index, that may touch one of the person's: those of a usual length,
 * long ones, those that last. */
#define NEAR                                                                                       \
        "SELECT mine.*, other.* FROM mine CROSS JOIN LATERAL (SELECT * FROM visit AS other"        \
        " WHERE other.site = place AND other.start <= high AND other.subject <> $1::bytea"
#define NEAR_SHORT                                                                                 \
        NEAR " AND other.start >= low - " STAY_LONG " AND other.left_at >= low"                    \
             " AND other.left_at - other.start <= " STAY_LONG ") AS other"
#define NEAR_LONG                                                                                  \
        NEAR " AND other.left_at - other.start > " STAY_LONG " AND other.left_at >= low) AS other"
#define NEAR_OPEN NEAR " AND other.left_at IS NULL) AS other"

static const struct postgres_statement statements[] = {
        { HISTORY_BEGIN, "BEGIN" },
        { HISTORY_END, "COMMIT" },
        { HISTORY_GATES,
          "SELECT name, state, state_at, status, health, health_at,"
          " (SELECT newest FROM stream WHERE stream.gate = gate.id AND newest IS NOT NULL"
          "  ORDER BY stream.id DESC LIMIT 1),"
          " greatest(0, head - coalesce((SELECT contiguous FROM stream"
          "  WHERE stream.gate = gate.id AND stream.epoch = heard.epoch), 0)),"
          " (SELECT sum(last - first + 1)::bigint FROM loss JOIN stream ON stream.id = loss.stream"
          "  WHERE stream.gate = gate.id)"
          " FROM gate LEFT JOIN heard ON heard.gate = gate.id"
          " WHERE " NAME " >= $1::text AND " NAME " < $2::text AND " NAME " > $3::text"
          " ORDER BY " NAME " LIMIT $4::bigint" },
        { HISTORY_COUNT_STREAMS,
          "SELECT count(*) FROM (SELECT FROM gate JOIN stream ON stream.gate = gate.id"
          " WHERE " NAME " >= $1::text AND " NAME " < $2::text LIMIT $3::bigint) AS few" },
        { HISTORY_EVENTS,
          "SELECT " EVENT_COLUMNS " FROM entry AS one JOIN stream ON stream.id = one.stream"
          " JOIN gate ON gate.id = stream.gate"
          " WHERE " GATE_NAME " >= $6::text AND " GATE_NAME " < $7::text AND" EVENT_FILTER
          " ORDER BY one.at DESC, one.stream DESC, one.seq DESC LIMIT $12::bigint" },
        { HISTORY_EVENTS_OF_FEW,
          "SELECT " EVENT_COLUMNS " FROM gate JOIN stream ON stream.gate = gate.id"
          " CROSS JOIN LATERAL (SELECT * FROM entry AS one WHERE one.stream = stream.id"
          "  AND" EVENT_FILTER " ORDER BY one.at DESC, one.seq DESC LIMIT $12::bigint) AS one"
          " WHERE " GATE_NAME " >= $6::text AND " GATE_NAME " < $7::text"
          " ORDER BY one.at DESC, one.stream DESC, one.seq DESC LIMIT $12" },
        { HISTORY_INSIDE,
          "SELECT " VISIT_COLUMNS " FROM visit JOIN site ON site.id = visit.site"
          " WHERE left_at IS NULL AND " SITE_NAME " >= $1::text AND " SITE_NAME " < $2::text"
          " AND (start, visit.id) > ($3::bigint, $4::bigint)"
          " ORDER BY start, visit.id LIMIT $5::bigint" },
        { HISTORY_INSIDE_COUNTS,
          "SELECT name, inside FROM (SELECT site, count(*) AS inside FROM visit"
          "  WHERE left_at IS NULL GROUP BY site) AS counted JOIN site ON site.id = site"
          " WHERE " NAME " >= $1::text AND " NAME " < $2::text ORDER BY " NAME },
        { HISTORY_VISITS, "SELECT " VISIT_COLUMNS " FROM visit JOIN site ON site.id = visit.site"
                          " WHERE subject = $1::bytea"
                          " AND " SITE_NAME " >= $2::text AND " SITE_NAME " < $3::text"
                          " AND start < $5::bigint AND (left_at IS NULL OR left_at >= $4::bigint)"
                          " ORDER BY start, left_at NULLS LAST, visit.id LIMIT $6::bigint" },
        { HISTORY_CONTACTS,
          "WITH mine AS MATERIALIZED (SELECT visit.id AS of_visit, site AS place,"
          "  start - $6::bigint AS low, coalesce(left_at, $7::bigint) + $6 AS high,"
          "  left_at IS NULL AS lasts FROM visit JOIN site ON site.id = visit.site"
          "  WHERE subject = $1"
          "  AND " SITE_NAME " >= $2::text AND " SITE_NAME " < $3::text"
          "  AND start < $5::bigint AND (left_at IS NULL OR left_at >= $4::bigint)),"
          " near AS (" NEAR_SHORT " UNION ALL " NEAR_LONG " UNION ALL " NEAR_OPEN ")"
          " SELECT " VISIT_COLUMNS ", greatest(start, low) AS begun,"
          " CASE WHEN left_at IS NOT NULL THEN least(high, left_at) WHEN lasts THEN 0"
          "  ELSE high END, of_visit FROM near AS visit JOIN site ON site.id = visit.site"
          " ORDER BY begun, visit.id, of_visit LIMIT $8::bigint" },
        /* Their number has no limit: page by page of one moment. */
        { HISTORY_TALLIES,
          "DECLARE tallies NO SCROLL CURSOR FOR"
          " SELECT name, hour, entries, exits, denied, granted FROM tally"
          " JOIN gate ON gate.id = gate WHERE hour >= $1::bigint AND hour < $2::bigint"
          " AND " NAME " >= $3::text AND " NAME " < $4::text ORDER BY hour, " NAME },
        { HISTORY_MORE_TALLIES, "FETCH 5000 FROM tallies" },
        { HISTORY_HEALTH,
          "SELECT hour, reports, data FROM gate JOIN health ON health.gate = gate.id"
          " WHERE name = $1::text AND hour >= $2::bigint AND hour < $3::bigint"
          " ORDER BY hour" },
        { HISTORY_HEADS, "SELECT id, highest FROM stream ORDER BY id" },
        { HISTORY_ROWS_AFTER,
          "SELECT " EVENT_COLUMNS " FROM entry AS one JOIN stream ON stream.id = one.stream"
          " JOIN gate ON gate.id = stream.gate"
          " WHERE one.stream = $1::bigint AND seq > $2::bigint ORDER BY seq LIMIT $3::bigint" },
        { HISTORY_DELETION,
          "SELECT entries, visits, refusals, deletion.at,"
          " (SELECT count(*) FROM entry WHERE entry.day = $1::date),"
          " (SELECT count(*) FROM site CROSS JOIN LATERAL (SELECT FROM visit"
          "  WHERE visit.site = site.id AND start < $3::bigint AND left_at >= $2::bigint"
          "  AND left_at < $3) AS stay),"
          " (SELECT count(*) FROM site CROSS JOIN LATERAL (SELECT FROM visit"
          "  WHERE visit.site = site.id AND start < $3"
          "  AND (left_at IS NULL OR left_at >= $3)) AS stay)"
          " FROM (SELECT) AS one LEFT JOIN deletion ON deletion.day = $1" },
};

/* As the archive's session (postgres_tables.c), and it writes nothing. Plans are for the question
 * that is asked: most filters ask for nothing. */
static const char session[] =
        "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY;"
        "SET idle_in_transaction_session_timeout = '20s';"
        "SET statement_timeout = '15s';"
        "SET enable_seqscan = off; SET jit = off; SET plan_cache_mode = force_custom_plan";

static int check_version(struct postgres_link *link)
{
        int version = 0;
        int r = postgres_tables_version(link, "archive_version", &version);
        if (r)
                return r;
        if (version == POSTGRES_SCHEMA_VERSION)
                return 0;
        postgres_link_complain(link, version < POSTGRES_SCHEMA_VERSION
                                             ? "there is no archive of this version yet"
                                             : "the database is of a newer version");
        return version < POSTGRES_SCHEMA_VERSION ? -ENOENT : -EPROTONOSUPPORT;
}

int history_postgres_prepare(struct postgres_link *link)
{
        int r = postgres_link_exec(link, session, NULL);
        if (!r)
                r = check_version(link);
        return r ? r : postgres_tables_name(link, statements, ARRAY_LEN(statements));
}
