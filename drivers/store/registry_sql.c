/* Registry SQL: its tables, and every statement. */
#include "drivers/store/registry_store.h"

enum {
        REGISTRY_VERSION = 3
};

/*
 * Everything is found by its key, so the tables are their own index (WITHOUT ROWID). The index on
 * level keeps the removal of a level from reading every holder's.
 */
static const char *const steps[REGISTRY_VERSION] = {
        "CREATE TABLE holder ("
        "  id TEXT PRIMARY KEY CHECK (id <> ''),"
        "  name TEXT NOT NULL,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  is_blocked INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE level ("
        "  id TEXT PRIMARY KEY CHECK (id <> '')) WITHOUT ROWID;"
        "CREATE TABLE level_point ("
        "  level TEXT REFERENCES level ON DELETE CASCADE,"
        "  point TEXT,"
        "  PRIMARY KEY (level, point)) WITHOUT ROWID;"
        "CREATE TABLE holder_level ("
        "  holder TEXT REFERENCES holder ON DELETE CASCADE,"
        "  level TEXT REFERENCES level,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  PRIMARY KEY (holder, level)) WITHOUT ROWID;"
        "CREATE INDEX holder_level_by_level ON holder_level (level);"
        "CREATE TABLE credential ("
        "  lookup BLOB PRIMARY KEY,"
        "  holder TEXT NOT NULL REFERENCES holder ON DELETE CASCADE,"
        "  class INTEGER NOT NULL,"
        "  hint TEXT,"
        "  from_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  revoked_us INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE INDEX credential_by_holder ON credential (holder);"
        "INSERT INTO level VALUES ('all');"
        "INSERT INTO level_point VALUES ('all', '*')",

        /* Flags and limits that few have are NULL, which takes no room in a million rows. */
        "ALTER TABLE holder ADD COLUMN role INTEGER;"
        "ALTER TABLE holder ADD COLUMN is_silent INTEGER;"
        "ALTER TABLE holder ADD COLUMN escort TEXT;"
        "ALTER TABLE credential ADD COLUMN is_duress INTEGER;"
        "ALTER TABLE credential ADD COLUMN uses_max INTEGER;"
        "ALTER TABLE credential ADD COLUMN day_uses_max INTEGER;"
        "CREATE TABLE schedule ("
        "  id TEXT PRIMARY KEY CHECK (id <> '')) WITHOUT ROWID;"
        "CREATE TABLE schedule_period ("
        "  schedule TEXT REFERENCES schedule ON DELETE CASCADE,"
        "  number INTEGER,"
        "  days INTEGER NOT NULL, from_min INTEGER NOT NULL, until_min INTEGER NOT NULL,"
        "  PRIMARY KEY (schedule, number)) WITHOUT ROWID;"
        "ALTER TABLE level ADD COLUMN schedule TEXT REFERENCES schedule;"
        "CREATE TABLE special_day ("
        "  year INTEGER, month INTEGER, day INTEGER, name TEXT NOT NULL,"
        "  PRIMARY KEY (year, month, day)) WITHOUT ROWID;"
        "CREATE TABLE area ("
        "  id TEXT PRIMARY KEY CHECK (id <> ''),"
        "  occupancy_limit INTEGER NOT NULL, passback INTEGER NOT NULL,"
        "  passback_reset_h INTEGER NOT NULL, passback_reset_min INTEGER NOT NULL) WITHOUT ROWID;"
        /* The key is what makes an access point be of one area. */
        "CREATE TABLE area_point ("
        "  point TEXT PRIMARY KEY,"
        "  area TEXT NOT NULL REFERENCES area ON DELETE CASCADE) WITHOUT ROWID;"
        "CREATE INDEX area_point_by_area ON area_point (area);"
        "CREATE TABLE declaration ("
        "  holder TEXT PRIMARY KEY REFERENCES holder ON DELETE CASCADE,"
        "  result INTEGER NOT NULL, at_us INTEGER NOT NULL, until_us INTEGER NOT NULL)"
        "  WITHOUT ROWID;"
        "CREATE TABLE revocation ("
        "  lookup BLOB, holder TEXT, at_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  PRIMARY KEY (lookup, holder)) WITHOUT ROWID",

        /* What came from the centre has an origin: its bucket's number + 1. The blocked list and
         * the centre's revocations stand beside our own: neither replaces the other. The indexes
         * cost a gate without a centre nothing. */
        "ALTER TABLE holder ADD COLUMN origin INTEGER;"
        "ALTER TABLE credential ADD COLUMN origin INTEGER;"
        "ALTER TABLE declaration ADD COLUMN origin INTEGER;"
        "ALTER TABLE schedule ADD COLUMN origin INTEGER;"
        "ALTER TABLE level ADD COLUMN origin INTEGER;"
        "ALTER TABLE area ADD COLUMN origin INTEGER;"
        "ALTER TABLE special_day ADD COLUMN origin INTEGER;"
        "CREATE INDEX holder_by_origin ON holder (origin) WHERE origin IS NOT NULL;"
        "CREATE INDEX declaration_by_origin ON declaration (origin) WHERE origin IS NOT NULL;"
        "CREATE TABLE block ("
        "  holder TEXT PRIMARY KEY, is_silent INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE stop ("
        "  lookup BLOB, holder TEXT, at_us INTEGER NOT NULL, until_us INTEGER NOT NULL,"
        "  PRIMARY KEY (lookup, holder)) WITHOUT ROWID;"
        "CREATE TABLE bucket ("
        "  number INTEGER PRIMARY KEY,"
        "  version INTEGER NOT NULL, bytes INTEGER NOT NULL, digest BLOB NOT NULL);"
        "CREATE TABLE issue ("
        "  at_us INTEGER PRIMARY KEY, version INTEGER NOT NULL, issued_s INTEGER NOT NULL)",
};

const struct database_schema registry_schema = {
        .application_id = 0x53747267, /* "Strg" */
        .page_size = 4096,
        .steps = steps,
        .version = REGISTRY_VERSION,
};

#define HOLDER_COLUMNS REGISTRY_HOLDER_COLUMN_NAMES
#define HOLDER_COLUMNS_OF_H                                                                        \
        "h.id, h.name, h.from_us, h.until_us, h.is_blocked, h.role, h.is_silent, h.escort"
#define CREDENTIAL_COLUMNS REGISTRY_CREDENTIAL_COLUMN_NAMES
#define DECLARATION_OF_H                                                                           \
        "(SELECT result FROM declaration AS d WHERE d.holder = h.id),"                             \
        " (SELECT at_us FROM declaration AS d WHERE d.holder = h.id),"                             \
        " (SELECT until_us FROM declaration AS d WHERE d.holder = h.id)"
/* NULL: not on the blocked list. */
#define LISTED_OF(holder) "(SELECT is_silent FROM block AS b WHERE b.holder = " holder ")"
#define AREA_COLUMNS      REGISTRY_AREA_COLUMNS

const char *const registry_queries[REGISTRY_QUERIES] = {
        [REGISTRY_FIND_BEGIN] = "BEGIN",
        [REGISTRY_FIND_END] = "COMMIT",
        [REGISTRY_FIND] =
                ("SELECT c.lookup, c.holder, c.class, c.hint, c.from_us, c.until_us,"
                 " c.revoked_us, c.is_duress, c.uses_max, c.day_uses_max,"
                 " " HOLDER_COLUMNS_OF_H ", " DECLARATION_OF_H ", " LISTED_OF(
                         "c.holder") ", EXISTS (SELECT 1 FROM stop WHERE lookup = ?1 AND holder = "
                                     "'')"
                                     " FROM credential AS c JOIN holder AS h ON h.id = c.holder"
                                     " WHERE c.lookup = ?1"),
        [REGISTRY_FIND_LEVELS] =
                ("SELECT p.from_us, p.until_us, l.schedule FROM holder_level AS p"
                 " JOIN level AS l ON l.id = p.level"
                 " WHERE p.holder = ?1 AND EXISTS (SELECT 1 FROM level_point AS q"
                 "   WHERE q.level = p.level AND q.point IN ('*', ?2)) ORDER BY p.level"),
        [REGISTRY_FIND_LEVEL] = ("SELECT schedule FROM level AS l WHERE l.id = ?1 AND EXISTS"
                                 " (SELECT 1 FROM level_point AS q"
                                 "   WHERE q.level = l.id AND q.point IN ('*', ?2))"),
        [REGISTRY_FIND_AREA] =
                ("SELECT a.id, a.occupancy_limit, a.passback, a.passback_reset_h,"
                 " a.passback_reset_min FROM area_point AS p JOIN area AS a ON a.id = p.area"
                 " WHERE p.point = ?1"),
        [REGISTRY_IS_SPECIAL] = ("SELECT 1 FROM special_day WHERE year IN (0, ?1) AND month = ?2"
                                 " AND day = ?3"),
        [REGISTRY_IS_REVOKED] =
                ("SELECT EXISTS (SELECT 1 FROM revocation WHERE (lookup = ?1 AND holder = '')"
                 " OR (lookup = x'' AND holder = ?2 AND at_us >= ?3)) OR EXISTS"
                 " (SELECT 1 FROM stop WHERE (lookup = ?1 AND holder = '')"
                 " OR (lookup = zeroblob(32) AND holder = ?2 AND at_us >= ?3)), " LISTED_OF("?2")),
        [REGISTRY_IS_STOPPED] = "SELECT 1 FROM stop WHERE lookup = ?1 AND holder = ''",
        [REGISTRY_HOLDER] = ("SELECT " HOLDER_COLUMNS_OF_H ", " DECLARATION_OF_H
                             " FROM holder AS h WHERE h.id = ?1"),
        [REGISTRY_HOLDERS] =
                ("SELECT " HOLDER_COLUMNS " FROM holder WHERE id > ?1 ORDER BY id LIMIT ?2"),
        [REGISTRY_DECLARATION] =
                "SELECT result, at_us, until_us FROM declaration WHERE holder = ?1",
        [REGISTRY_HOLDER_LEVELS] = ("SELECT level, from_us, until_us FROM holder_level"
                                    " WHERE holder = ?1 ORDER BY level"),
        [REGISTRY_LEVELS] = "SELECT id, schedule FROM level WHERE id > ?1 ORDER BY id LIMIT ?2",
        [REGISTRY_LEVEL_POINTS] = "SELECT point FROM level_point WHERE level = ?1 ORDER BY point",
        [REGISTRY_CREDENTIALS] = ("SELECT " CREDENTIAL_COLUMNS " FROM credential"
                                  " WHERE lookup > ?1 ORDER BY lookup LIMIT ?2"),
        [REGISTRY_CREDENTIALS_OF] = ("SELECT " CREDENTIAL_COLUMNS " FROM credential"
                                     " WHERE holder = ?3 AND lookup > ?1 ORDER BY lookup LIMIT ?2"),
        [REGISTRY_SCHEDULE] = "SELECT id FROM schedule WHERE id = ?1",
        [REGISTRY_SCHEDULES] = "SELECT id FROM schedule WHERE id > ?1 ORDER BY id LIMIT ?2",
        [REGISTRY_SCHEDULE_PERIODS] = ("SELECT days, from_min, until_min FROM schedule_period"
                                       " WHERE schedule = ?1 ORDER BY number"),
        [REGISTRY_AREAS] = ("SELECT " AREA_COLUMNS " FROM area WHERE id > ?1 ORDER BY id LIMIT ?2"),
        [REGISTRY_AREA_POINTS] = "SELECT point FROM area_point WHERE area = ?1 ORDER BY point",
        [REGISTRY_SPECIAL_DAYS] =
                ("SELECT year, month, day, name FROM special_day"
                 " WHERE (year, month, day) > (?1, ?2, ?3) ORDER BY year, month, day LIMIT ?4"),
        [REGISTRY_REVOCATIONS] =
                ("SELECT lookup, holder, at_us, until_us FROM revocation"
                 " WHERE (lookup, holder) > (?1, ?2) ORDER BY lookup, holder LIMIT ?3"),
        [REGISTRY_COUNTS] = ("SELECT (SELECT count(*) FROM holder),"
                             " (SELECT count(*) FROM credential), (SELECT count(*) FROM level)"),
        [REGISTRY_ISSUE_AT] = ("SELECT next.at_us, i.at_us, i.version, i.issued_s FROM"
                               " (SELECT min(at_us) AS at_us FROM issue WHERE at_us > ?1) AS next"
                               " LEFT JOIN issue AS i ON i.at_us ="
                               "  (SELECT max(at_us) FROM issue WHERE at_us <= ?1)"),
};

const char *const registry_changes[REGISTRY_CHANGES] = {
        [REGISTRY_BEGIN] = "BEGIN IMMEDIATE",
        [REGISTRY_COMMIT] = "COMMIT",
        [REGISTRY_SAVEPOINT] = "SAVEPOINT change",
        [REGISTRY_RELEASE] = "RELEASE change",
        /* Not REPLACE: it deletes first, and the credentials would go with the holder. */
        [REGISTRY_PUT_HOLDER] =
                ("INSERT INTO holder (" HOLDER_COLUMNS ", origin)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                 " ON CONFLICT (id) DO UPDATE SET name = ?2, from_us = ?3, until_us = ?4,"
                 " is_blocked = ?5, role = ?6, is_silent = ?7, escort = ?8, origin = ?9"),
        [REGISTRY_CLEAR_HOLDER_LEVELS] = "DELETE FROM holder_level WHERE holder = ?1",
        [REGISTRY_PUT_HOLDER_LEVEL] = "INSERT INTO holder_level VALUES (?1, ?2, ?3, ?4)",
        [REGISTRY_REMOVE_HOLDER] = "DELETE FROM holder WHERE id = ?1",
        [REGISTRY_IS_OURS_HOLDER] = "SELECT origin IS NULL FROM holder WHERE id = ?1",
        [REGISTRY_IS_OURS_LEVEL] = "SELECT origin IS NULL FROM level WHERE id = ?1",
        [REGISTRY_IS_OURS_SCHEDULE] = "SELECT origin IS NULL FROM schedule WHERE id = ?1",
        [REGISTRY_IS_OURS_AREA] = "SELECT origin IS NULL FROM area WHERE id = ?1",
        [REGISTRY_IS_OURS_DECLARATION] = "SELECT origin IS NULL FROM declaration WHERE holder = ?1",
        [REGISTRY_IS_OURS_CREDENTIAL] = "SELECT origin IS NULL FROM credential WHERE lookup = ?1",
        [REGISTRY_ARE_OURS_CREDENTIALS] = ("SELECT count(origin) = 0 FROM credential"
                                           " WHERE holder = ?1 AND revoked_us = 0"),
        [REGISTRY_IS_OURS_SPECIAL_DAY] = ("SELECT origin IS NULL FROM special_day"
                                          " WHERE year = ?1 AND month = ?2 AND day = ?3"),
        [REGISTRY_ENROLLED_FOR] = "SELECT holder = ?2 FROM credential WHERE lookup = ?1",
        [REGISTRY_PUT_CREDENTIAL] = ("REPLACE INTO credential (" CREDENTIAL_COLUMNS ", origin)"
                                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
        /* A second revocation does not move the first. */
        [REGISTRY_REVOKE] =
                ("UPDATE credential SET revoked_us ="
                 " CASE revoked_us WHEN 0 THEN ?2 ELSE revoked_us END WHERE lookup = ?1"),
        [REGISTRY_REVOKE_HOLDER] =
                "UPDATE credential SET revoked_us = ?2 WHERE holder = ?1 AND revoked_us = 0",
        [REGISTRY_PUT_LEVEL] = ("INSERT INTO level (id, schedule, origin) VALUES (?1, ?2, ?3)"
                                " ON CONFLICT (id) DO UPDATE SET schedule = ?2, origin = ?3"),
        [REGISTRY_CLEAR_LEVEL_POINTS] = "DELETE FROM level_point WHERE level = ?1",
        [REGISTRY_PUT_LEVEL_POINT] = "INSERT OR IGNORE INTO level_point VALUES (?1, ?2)",
        [REGISTRY_REMOVE_LEVEL] = "DELETE FROM level WHERE id = ?1",
        [REGISTRY_PUT_DECLARATION] =
                ("REPLACE INTO declaration (holder, result, at_us, until_us, origin)"
                 " VALUES (?1, ?2, ?3, ?4, ?5)"),
        /* Of two for the same the longer holds; of a holder, also the later. */
        [REGISTRY_PUT_REVOCATION] =
                ("INSERT INTO revocation (lookup, holder, at_us, until_us) VALUES (?1, ?2, ?3, ?4)"
                 " ON CONFLICT (lookup, holder) DO UPDATE SET"
                 " at_us = CASE ?2 WHEN '' THEN at_us ELSE max(at_us, ?3) END, until_us ="
                 " CASE WHEN until_us = 0 OR ?4 = 0 THEN 0 ELSE max(until_us, ?4) END"),
        [REGISTRY_TRIM_REVOCATIONS] =
                "DELETE FROM revocation WHERE until_us <> 0 AND until_us < ?1",
        [REGISTRY_TRIM_VISITORS] =
                ("DELETE FROM holder WHERE role = ?2 AND until_us <> 0 AND until_us < ?1"
                 " AND NOT is_blocked AND origin IS NULL"),
        [REGISTRY_PUT_SCHEDULE] = ("INSERT INTO schedule (id, origin) VALUES (?1, ?2)"
                                   " ON CONFLICT (id) DO UPDATE SET origin = ?2"),
        [REGISTRY_CLEAR_PERIODS] = "DELETE FROM schedule_period WHERE schedule = ?1",
        [REGISTRY_PUT_PERIOD] = "INSERT INTO schedule_period VALUES (?1, ?2, ?3, ?4, ?5)",
        [REGISTRY_REMOVE_SCHEDULE] = "DELETE FROM schedule WHERE id = ?1",
        [REGISTRY_PUT_AREA] =
                ("INSERT INTO area (" AREA_COLUMNS ", origin) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                 " ON CONFLICT (id) DO UPDATE SET occupancy_limit = ?2, passback = ?3,"
                 " passback_reset_h = ?4, passback_reset_min = ?5, origin = ?6"),
        [REGISTRY_CLEAR_AREA_POINTS] = "DELETE FROM area_point WHERE area = ?1",
        /* Named twice is no harm; of another area, the key is taken. */
        [REGISTRY_PUT_AREA_POINT] = ("INSERT INTO area_point SELECT ?1, ?2 WHERE NOT EXISTS"
                                     " (SELECT 1 FROM area_point WHERE point = ?1 AND area = ?2)"),
        [REGISTRY_REMOVE_AREA] = "DELETE FROM area WHERE id = ?1",
        [REGISTRY_PUT_SPECIAL_DAY] = ("REPLACE INTO special_day (year, month, day, name, origin)"
                                      " VALUES (?1, ?2, ?3, ?4, ?5)"),
        [REGISTRY_REMOVE_SPECIAL_DAY] =
                "DELETE FROM special_day WHERE year = ?1 AND month = ?2 AND day = ?3",
};
