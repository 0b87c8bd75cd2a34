#include "drivers/archive/postgres_schema.h"

#include "dashboard/ports/archive.h"
#include "drivers/archive/archive_sql.h"
#include "drivers/archive/postgres_steps.h"
#include "drivers/postgres/postgres_tables.h"

_Static_assert(ARCHIVE_HEALTH_HOURS == 744, "HEALTH_HOURS of archive_sql.h is that in words");

#define BIGINT_MIN "bigint '-9223372036854775808'"
#define BIGINT_MAX "bigint '9223372036854775807'"

static const struct postgres_statement statements[] = {
        { POSTGRES_BEGIN, "BEGIN" },
        { POSTGRES_COMMIT, "COMMIT" },
        { POSTGRES_MAKE_DAY, "SELECT archive_make_day($1::date)" },
        { POSTGRES_FIND_STREAM, "SELECT stream.id, contiguous, highest FROM stream JOIN gate"
                                " ON gate.id = gate WHERE name = $1::text AND epoch = $2::uuid" },
        { POSTGRES_COUNT_STREAM, "SELECT count(*) FROM stream JOIN gate ON gate.id = gate"
                                 " WHERE name = $1::text" },
        { POSTGRES_ADD_SITE, "INSERT INTO site (name) SELECT $1::text WHERE NOT EXISTS"
                             " (SELECT FROM site WHERE name = $1) ON CONFLICT DO NOTHING" },
        /* Locks the gate, so that two collectors do not both count what there is room for. */
        { POSTGRES_ADD_GATE, "INSERT INTO gate (name, site) SELECT $1::text, id FROM site"
                             " WHERE name = $2::text"
                             " ON CONFLICT (name) DO UPDATE SET name = excluded.name" },
        { POSTGRES_ADD_STREAM, "INSERT INTO stream (gate, epoch) SELECT id, $2::uuid FROM gate"
                               " WHERE name = $1::text AND $3::bigint >"
                               "  (SELECT count(*) FROM stream WHERE stream.gate = gate.id)"
                               " ON CONFLICT DO NOTHING" },
        { POSTGRES_READ_STREAMS, "SELECT id, contiguous, highest FROM stream"
                                 " WHERE id = ANY ($1::bigint[])" },
        /* In one order for everybody: else two could wait for each other. */
        { POSTGRES_LOCK_STREAMS,
          "SELECT stream.id, contiguous, highest, gate, site FROM stream"
          " JOIN gate ON gate.id = gate WHERE stream.id = ANY ($1::bigint[]) ORDER BY stream.id"
          " FOR UPDATE OF stream" },
        { POSTGRES_MOVE_STREAMS,
          "UPDATE stream SET highest = moved.highest, newest = coalesce(moved.newest,"
          "  stream.newest), contiguous = coalesce("
          "  (SELECT min(first) - 1 FROM gap WHERE gap.stream = stream.id), moved.head)"
          " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
          "  AS moved (id, head, highest, newest)"
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
        /* Makes them, or locks them as they are: what two collectors make of one person's passages
         * they make one after the other. */
        { POSTGRES_LOCK_PEOPLE,
          "INSERT INTO person SELECT * FROM unnest($1::bigint[], $2::bytea[]) AS asked (site,"
          " subject) ORDER BY site, subject ON CONFLICT (site, subject)"
          " DO UPDATE SET site = excluded.site WHERE false" },
        /* So many at one moment are no person's. Whole keys are compared, so that only their index
         * will do. */
        { POSTGRES_FIND_STAYS,
          "SELECT n, id, entered, left_at, left_assumed::integer::bigint, gate_in, gate_out,"
          " credential_class FROM unnest($1::bigint[], $2::bytea[], $3::bigint[])"
          "  WITH ORDINALITY AS asked (site, subject, at, n) CROSS JOIN LATERAL ("
          "  SELECT * FROM visit WHERE (visit.subject, visit.site, start) >= (asked.subject, "
          "asked.site,"
          "   coalesce((SELECT start FROM visit"
          "    WHERE (subject, site, start) >= (asked.subject, asked.site, " BIGINT_MIN ")"
          "    AND (subject, site, start) < (asked.subject, asked.site, at)"
          "    ORDER BY subject DESC, site DESC, start DESC LIMIT 1), at))"
          "   AND (visit.subject, visit.site, start) <= (asked.subject, asked.site,"
          "   coalesce((SELECT start FROM visit"
          "    WHERE (subject, site, start) > (asked.subject, asked.site, at)"
          "    AND (subject, site, start) <= (asked.subject, asked.site, " BIGINT_MAX ")"
          "    ORDER BY subject, site, start LIMIT 1), at))"
          "  LIMIT 64) AS stay ORDER BY n" },
        { POSTGRES_ADD_STAYS,
          "INSERT INTO visit (site, subject, start, entered, left_at, left_assumed, gate_in,"
          " gate_out, credential_class) SELECT site, subject, coalesce(entered, left_at), entered,"
          " left_at, assumed = 1, gate_in, gate_out, class FROM unnest($1::bigint[], $2::bytea[],"
          " $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])"
          " AS new (site, subject, entered, left_at, assumed, gate_in, gate_out, class)" },
        { POSTGRES_CHANGE_STAYS,
          "UPDATE visit SET start = coalesce(changed.entered, changed.left_at), entered ="
          " changed.entered, left_at = changed.left_at, left_assumed = assumed = 1, gate_in ="
          " changed.gate_in, gate_out = changed.gate_out, credential_class = class FROM"
          " unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
          " $6::bigint[], $7::text[]) AS changed (id, entered, left_at, assumed, gate_in,"
          " gate_out, class) WHERE visit.id = changed.id" },
        { POSTGRES_COUNT,
          "INSERT INTO tally SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[],"
          " $4::bigint[], $5::bigint[], $6::bigint[]) AS new (gate, hour, entries, exits, granted,"
          " denied) ORDER BY gate, hour ON CONFLICT (gate, hour) DO UPDATE SET"
          " entries = tally.entries + excluded.entries, exits = tally.exits + excluded.exits,"
          " granted = tally.granted + excluded.granted, denied = tally.denied + excluded.denied" },
        { POSTGRES_HEAR_SITES,
          "INSERT INTO site (name) SELECT DISTINCT name FROM unnest($1::text[]) AS heard (name)"
          " WHERE NOT EXISTS (SELECT FROM site WHERE site.name = heard.name) ORDER BY name"
          " ON CONFLICT DO NOTHING" },
        { POSTGRES_HEAR_GATES,
          "INSERT INTO gate (name, site) SELECT DISTINCT heard.name, site.id"
          " FROM unnest($1::text[], $2::text[]) AS heard (name, site)"
          " JOIN site ON site.name = heard.site"
          " WHERE NOT EXISTS (SELECT FROM gate WHERE gate.name = heard.name) ORDER BY heard.name"
          " ON CONFLICT DO NOTHING" },
        { POSTGRES_HEAR_STATUS,
          "INSERT INTO heard (gate, state, state_at, status, epoch, head)"
          " SELECT id, said.state, said.state_at, said.status, said.epoch, said.head FROM"
          " unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::uuid[], $6::bigint[])"
          "  AS said (name, state, state_at, status, epoch, head) JOIN gate ON gate.name ="
          " said.name ORDER BY id ON CONFLICT (gate) DO UPDATE SET state = excluded.state,"
          " state_at = excluded.state_at, status = CASE WHEN heard.status IS NULL OR"
          "  excluded.epoch IS NOT NULL THEN excluded.status ELSE heard.status END,"
          " epoch = coalesce(excluded.epoch, heard.epoch),"
          " head = coalesce(excluded.head, heard.head)"
          " WHERE heard.state_at IS NULL OR heard.state_at <= excluded.state_at" },
        { POSTGRES_HEAR_HEALTH,
          "INSERT INTO heard (gate, health, health_at) SELECT id, said.health, said.health_at FROM"
          " unnest($1::text[], $2::text[], $3::bigint[]) AS said (name, health, health_at)"
          " JOIN gate ON gate.name = said.name ORDER BY id"
          " ON CONFLICT (gate) DO UPDATE SET health = excluded.health,"
          " health_at = excluded.health_at"
          " WHERE heard.health_at IS NULL OR heard.health_at <= excluded.health_at" },
        /* A new hour takes the place of the gate's oldest. */
        { POSTGRES_KEEP_HEALTH,
          "WITH kept AS (INSERT INTO health SELECT id, said.at / 3600000000, 1, said.data FROM"
          "  unnest($1::text[], $2::text[], $3::bigint[]) AS said (name, data, at)"
          "  JOIN gate ON gate.name = said.name ORDER BY id"
          "  ON CONFLICT (gate, hour) DO UPDATE SET reports = health.reports + 1,"
          "  data = excluded.data RETURNING gate, hour, reports)"
          " DELETE FROM health USING kept WHERE kept.reports = 1 AND health.gate = kept.gate"
          "  AND health.hour <= kept.hour - " HEALTH_HOURS },
        { POSTGRES_FORGET_DAY, "SELECT archive_forget_day($1::date, $2::bigint)" },
        { POSTGRES_FORGET_STAYS,
          "SELECT archive_forget_stays($1::bigint, $2::bigint, $3::bigint)" },
        { POSTGRES_FORGET_REST,
          "WITH gone AS (DELETE FROM refusal WHERE id IN (SELECT id FROM refusal"
          "  WHERE received < $1::bigint ORDER BY id LIMIT $2::bigint) RETURNING received),"
          " counted AS (SELECT archive_count_deleted(day, 0, 0, number, $3::bigint) FROM"
          "  (SELECT date '1970-01-01' + (received / 86400000000)::integer AS day,"
          "   count(*) AS number FROM gone GROUP BY 1 ORDER BY 1) AS days)"
          " SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM counted)" },
        { POSTGRES_ERASE_DAY, "SELECT day, number"
                              " FROM archive_erase_day($1::bytea, date '1970-01-01' +"
                              " $2::bigint::integer)" },
        { POSTGRES_ERASE_STAYS, "SELECT archive_erase_stays($1::bytea)" },
        { POSTGRES_ERASE_REST, "WITH gone AS (DELETE FROM refusal WHERE"
                               " position($1::bytea in payload) > 0 RETURNING 1)"
                               " SELECT count(*) FROM gone" },
};

/* Whatever is found is found by an index, of tables that were empty a moment ago the planner thinks
 * otherwise; and plans do not depend on what the arrays hold, so they are made once. */
static const char session[] = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";

static const struct postgres_tables tables = { .version_table = "archive_version",
                                               .lock = SCHEMA_LOCK,
                                               .steps = postgres_schema_steps,
                                               .version = POSTGRES_SCHEMA_VERSION };

int postgres_schema_prepare(struct postgres_link *link)
{
        int r = postgres_tables_begin(link, &tables);
        if (!r)
                r = postgres_link_exec(link, session, NULL);
        return r ? r : postgres_tables_name(link, statements, ARRAY_LEN(statements));
}
