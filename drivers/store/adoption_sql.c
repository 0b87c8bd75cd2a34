/* Adoption SQL: every statement. The tables stand in registry_sql.c. */
#include "drivers/store/adoption_store.h"

#define OF_CENTRE " WHERE origin IS NOT NULL"

const char *const adoption_statements[ADOPTION_STATEMENTS] = {
        [ADOPTION_BUCKETS] = "SELECT number, version, bytes, digest FROM bucket",
        [ADOPTION_LAST_ISSUE] =
                "SELECT version, issued_s FROM issue ORDER BY version DESC, issued_s DESC LIMIT 1",
        [ADOPTION_NOTE_BUCKET] = "REPLACE INTO bucket VALUES (?1, ?2, ?3, ?4)",
        /* A clock that was set back must not hide the newest one. */
        [ADOPTION_NOTE_ISSUE] =
                ("INSERT INTO issue VALUES"
                 " (max(?1, 1 + (SELECT coalesce(max(at_us), 0) FROM issue)), ?2, ?3)"),
        [ADOPTION_TRIM_ISSUES] =
                ("DELETE FROM issue WHERE at_us <="
                 " (SELECT at_us FROM issue ORDER BY at_us DESC LIMIT 1 OFFSET 1000)"),
        [ADOPTION_GONE_BUCKET] =
                "INSERT OR IGNORE INTO gone SELECT id FROM holder WHERE origin = ?1",
        [ADOPTION_FORGET_HOLDER_LEVELS] = ("DELETE FROM holder_level WHERE holder IN"
                                           " (SELECT id FROM holder WHERE origin = ?1)"),
        [ADOPTION_FORGET_DECLARATIONS] = "DELETE FROM declaration WHERE origin = ?1",
        [ADOPTION_FORGET_HOLDERS] = "DELETE FROM holder WHERE origin = ?1",
        [ADOPTION_FORGET_CREDENTIALS] = ("DELETE FROM credential WHERE lookup >= ?2 AND"
                                         " lookup <= ?3 AND origin IS NOT NULL"),
        [ADOPTION_FORGET_PERIODS] = ("DELETE FROM schedule_period WHERE schedule IN"
                                     " (SELECT id FROM schedule" OF_CENTRE ")"),
        [ADOPTION_FORGET_SCHEDULES] = ("DELETE FROM schedule" OF_CENTRE),
        [ADOPTION_FORGET_LEVEL_POINTS] =
                ("DELETE FROM level_point WHERE level IN (SELECT id FROM level" OF_CENTRE ")"),
        [ADOPTION_FORGET_LEVELS] = ("DELETE FROM level" OF_CENTRE),
        [ADOPTION_FORGET_AREA_POINTS] =
                ("DELETE FROM area_point WHERE area IN (SELECT id FROM area" OF_CENTRE ")"),
        [ADOPTION_FORGET_AREAS] = ("DELETE FROM area" OF_CENTRE),
        [ADOPTION_FORGET_SPECIAL_DAYS] = ("DELETE FROM special_day" OF_CENTRE),
        [ADOPTION_FORGET_BLOCKS] = "DELETE FROM block",
        [ADOPTION_FORGET_STOPS] = "DELETE FROM stop",
        [ADOPTION_GONE] = "INSERT OR IGNORE INTO gone VALUES (?1)",
        [ADOPTION_REMOVE_DECLARATION] = "DELETE FROM declaration WHERE holder = ?1",
        [ADOPTION_REMOVE_CREDENTIAL] = "DELETE FROM credential WHERE lookup = ?1",
        [ADOPTION_TAKE_POINT] = "DELETE FROM area_point WHERE point = ?1",
        [ADOPTION_PUT_BLOCK] = "REPLACE INTO block VALUES (?1, ?2)",
        [ADOPTION_REMOVE_BLOCK] = "DELETE FROM block WHERE holder = ?1",
        [ADOPTION_PUT_STOP] = "REPLACE INTO stop VALUES (?1, ?2, ?3, ?4)",
        [ADOPTION_REMOVE_STOP] = "DELETE FROM stop WHERE lookup = ?1 AND holder = ?2",
        [ADOPTION_SETTLE_CREDENTIALS] =
                ("DELETE FROM credential WHERE origin IS NULL AND holder IN (SELECT id FROM gone"
                 " WHERE NOT EXISTS (SELECT 1 FROM holder WHERE holder.id = gone.id))"),
        [ADOPTION_SETTLE_DECLARATIONS] =
                ("DELETE FROM declaration WHERE origin IS NULL AND holder IN (SELECT id FROM gone"
                 " WHERE NOT EXISTS (SELECT 1 FROM holder WHERE holder.id = gone.id))"),
        [ADOPTION_SETTLED] = "DELETE FROM gone",
        [ADOPTION_SCHEDULES] = ("SELECT id FROM schedule" OF_CENTRE " ORDER BY id"),
        [ADOPTION_LEVELS] = ("SELECT id, schedule FROM level" OF_CENTRE " ORDER BY id"),
        [ADOPTION_AREAS] = ("SELECT " REGISTRY_AREA_COLUMNS " FROM area" OF_CENTRE " ORDER BY id"),
        [ADOPTION_SPECIAL_DAYS] = ("SELECT year, month, day, name FROM special_day" OF_CENTRE
                                   " ORDER BY year, month, day"),
        [ADOPTION_HOLDERS] = ("SELECT " REGISTRY_HOLDER_COLUMN_NAMES
                              " FROM holder WHERE origin = ?1 ORDER BY id"),
        [ADOPTION_DECLARATIONS] = ("SELECT holder, result, at_us, until_us FROM declaration"
                                   " WHERE origin = ?1 ORDER BY holder"),
        [ADOPTION_CREDENTIALS] =
                ("SELECT " REGISTRY_CREDENTIAL_COLUMN_NAMES " FROM credential"
                 " WHERE lookup >= ?2 AND lookup <= ?3 AND origin IS NOT NULL ORDER BY lookup"),
        [ADOPTION_BLOCKS] = "SELECT holder, is_silent FROM block ORDER BY holder",
        [ADOPTION_STOPS] =
                "SELECT lookup, holder, at_us, until_us FROM stop ORDER BY lookup, holder",
};
