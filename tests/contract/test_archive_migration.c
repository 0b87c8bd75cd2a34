/* An SQLite archive of version 1, made by version 1's SQL: its rows come to the stays, figures and
 * names that they would have come to had they been stored by this version. */
#include "tests/check.h"

#include "drivers/archive/archive_drivers.h"
#include "tests/contract/archive_past.h"
#include "tests/contract/store_folder.h"

static const char version_1[] =
        "PRAGMA journal_mode = WAL;"
        "PRAGMA application_id = 1400136050;" /* 0x53746172 */
        "PRAGMA user_version = 1;"
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
        "  reason TEXT NOT NULL, len INTEGER NOT NULL, payload BLOB);"
        "INSERT INTO gate VALUES (1, 'a/b/c'), (2, 'a/b/d'), (3, 'a/e-2/c');"
        "INSERT INTO stream VALUES (1, 1, x'01020300000000000000000000000000', 0, 0),"
        " (2, 2, x'01020300000000000000000000000000', 0, 0),"
        " (3, 3, x'01020300000000000000000000000000', 0, 0)";

static void write_version_1(const char *path)
{
        unsigned seed = 3;
        sqlite3 *db = NULL;
        sqlite3_stmt *add = NULL;
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db,
                                            "INSERT INTO entry VALUES (?1, ?2, x'00', ?3, 1, ?4,"
                                            " NULL, nullif(?5, ''), nullif(?6, ''), NULL, NULL,"
                                            " nullif(?7, zeroblob(16)), NULL, 0, NULL)",
                                            -1, &add, NULL),
                         SQLITE_OK);
        for (size_t n = 0; n < PAST_ROWS; n++) {
                struct archive_row row = past_row(n, &seed);
                sqlite3_bind_int64(add, 1, (int64_t)row.stream + 1);
                sqlite3_bind_int64(add, 2, (int64_t)row.seq);
                sqlite3_bind_int64(add, 3, row.at_us);
                sqlite3_bind_text(add, 4, row.event, -1, SQLITE_STATIC);
                sqlite3_bind_text(add, 5, row.direction, -1, SQLITE_STATIC);
                sqlite3_bind_text(add, 6, row.credential_class, -1, SQLITE_STATIC);
                sqlite3_bind_blob(add, 7, row.subject, 16, SQLITE_TRANSIENT);
                assert_int_equal(sqlite3_step(add), SQLITE_DONE);
                sqlite3_reset(add);
        }
        sqlite3_finalize(add);
        assert_int_equal(sqlite3_exec(db,
                                      "UPDATE stream SET (contiguous, highest) = (SELECT max(seq),"
                                      " max(seq) FROM entry WHERE stream = stream.id); COMMIT",
                                      NULL, NULL, NULL),
                         SQLITE_OK);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void store_now(const char *path)
{
        struct archive *archive = NULL;
        assert_int_equal(archive_sqlite_open(path, &archive), 0);
        past_store(archive);
        archive_close(archive);
}

/* What the two files have in one table or the other only. */
static int64_t differences(const char *old, const char *new, const char *columns, const char *from)
{
        char sql[2048];
        char attach[STORE_PATH_MAX + 64];
        sqlite3 *db = NULL;
        sqlite3_stmt *row = NULL;
        (void)snprintf(attach, sizeof(attach), "ATTACH '%s' AS other", new);
        (void)snprintf(sql, sizeof(sql),
                       "WITH one AS (SELECT %s FROM main.%s), two AS (SELECT %s FROM other.%s)"
                       " SELECT (SELECT count(*) FROM (SELECT * FROM one EXCEPT SELECT * FROM two))"
                       " + (SELECT count(*) FROM (SELECT * FROM two EXCEPT SELECT * FROM one))"
                       " + abs((SELECT count(*) FROM one) - (SELECT count(*) FROM two))",
                       columns, from, columns, from);
        assert_int_equal(sqlite3_open(old, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, attach, NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_step(row), SQLITE_ROW);
        int64_t count = sqlite3_column_int64(row, 0);
        sqlite3_finalize(row);
        assert_int_equal(sqlite3_close(db), SQLITE_OK);
        return count;
}

static void an_archive_of_version_1_comes_to_what_its_rows_say(void **state)
{
        const struct store_folder *folder = *state;
        struct archive *archive = NULL;
        char now[STORE_PATH_MAX + 32];
        (void)snprintf(now, sizeof(now), "%s-now", folder->path);
        write_version_1(folder->path);
        assert_int_equal(archive_sqlite_open(folder->path, &archive), 0);
        archive_close(archive);
        store_now(now);
        assert_int_equal(store_sql_int(folder->path, "PRAGMA user_version"), 4);
        assert_true(store_sql_int(folder->path, "SELECT count(*) FROM visit") > 50);
        assert_true(store_sql_int(folder->path, "SELECT count(*) FROM tally") > 50);
        assert_int_equal(differences(folder->path, now,
                                     "site, hex(subject), start, entered, left_at, left_assumed,"
                                     " gate_in, gate_out, credential_class",
                                     "visit"),
                         0);
        assert_int_equal(differences(folder->path, now,
                                     "hour, gate, entries, exits, granted, denied", "tally"),
                         0);
        assert_int_equal(differences(folder->path, now, "id, name, site", "gate"), 0);
        assert_int_equal(differences(folder->path, now, "id, name", "site"), 0);
        assert_int_equal(
                differences(folder->path, now, "id, contiguous, highest, newest", "stream"), 0);
        store_assert_intact(folder->path);
        /* And it is gone on with. */
        assert_int_equal(archive_sqlite_open(folder->path, &archive), 0);
        struct archive_stream stream = archive_stream_of(archive, past_gates[0]);
        assert_int_equal(
                ARCHIVE_PUT(archive, &stream, PAST_ROWS / PAST_GATES, PAST_ROWS / PAST_GATES + 1),
                1);
        archive_close(archive);
}

static void an_empty_archive_of_version_1_is_taken_over(void **state)
{
        const struct store_folder *folder = *state;
        struct archive *archive = NULL;
        store_sql(folder->path, version_1);
        assert_int_equal(archive_sqlite_open(folder->path, &archive), 0);
        archive_close(archive);
        assert_int_equal(store_sql_int(folder->path, "SELECT count(*) FROM visit"), 0);
        assert_int_equal(store_sql_int(folder->path, "SELECT count(*) FROM site"), 2);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(an_archive_of_version_1_comes_to_what_its_rows_say),
                IN_FOLDER(an_empty_archive_of_version_1_is_taken_over),
        };
        return cmocka_run_group_tests_name("archive migration", tests, NULL, NULL);
}
