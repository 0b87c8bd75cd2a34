/* The ladder of schema versions that both databases climb, on a ladder of its own. */
#include "drivers/store/database.h"
#include "drivers/store/sqlite.h"
#include "tests/contract/store_folder.h"

#include <errno.h>

enum {
        APPLICATION = 0x54657374
};

static const char *const ladder[] = {
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE card (person INTEGER REFERENCES person, number INTEGER)",
        "ALTER TABLE person ADD COLUMN level TEXT DEFAULT 'all'",
        /* A table that another refers to, built anew: foreign keys must not stand in the way. */
        "CREATE TABLE person_new (id INTEGER PRIMARY KEY, title TEXT, level TEXT);"
        "INSERT INTO person_new SELECT id, name, level FROM person;"
        "DROP TABLE person;"
        "ALTER TABLE person_new RENAME TO person",
};

static const char *const broken_ladder[] = {
        "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT);"
        "CREATE TABLE card (person INTEGER REFERENCES person, number INTEGER)",
        "ALTER TABLE person ADD COLUMN level TEXT; UPDATE person SET name = 'lost'; UPDATE nothing",
};

static struct database_schema schema_of(const char *const *steps, int version)
{
        return (struct database_schema){
                .application_id = APPLICATION,
                .page_size = 1024,
                .is_exclusive = true,
                .steps = steps,
                .version = version,
        };
}

static void make_version_one(const char *path)
{
        const struct database_schema schema = schema_of(ladder, 1);
        sqlite3 *db = NULL;
        assert_int_equal(database_open(path, &schema, &db), 0);
        assert_int_equal(sqlite_exec(db, "INSERT INTO person VALUES (1, 'An');"
                                         "INSERT INTO card VALUES (1, 77)"),
                         0);
        database_close(db);
}

static int64_t query(sqlite3 *db, const char *sql)
{
        int64_t value = -1;
        assert_int_equal(sqlite_query_int(db, sql, &value), 0);
        return value;
}

static void a_fresh_file_climbs_to_the_top(void **state)
{
        const struct store_folder *folder = *state;
        const struct database_schema schema = schema_of(ladder, 3);
        sqlite3 *db = NULL;
        assert_int_equal(database_open(folder->path, &schema, &db), 0);
        assert_int_equal(query(db, "PRAGMA user_version"), 3);
        assert_int_equal(query(db, "PRAGMA application_id"), APPLICATION);
        assert_int_equal(query(db, "PRAGMA page_size"), 1024);
        assert_int_equal(query(db, "PRAGMA synchronous"), 2);
        assert_int_equal(query(db, "PRAGMA foreign_keys"), 1);
        assert_int_equal(query(db, "PRAGMA trusted_schema"), 0);
        assert_int_equal(query(db, "PRAGMA secure_delete"), 1);
        assert_int_equal(query(db, "PRAGMA wal_autocheckpoint"), 100);
        assert_int_equal(query(db, "SELECT count(*) FROM person"), 0);
        database_close(db);
}

static void an_older_file_climbs_and_keeps_what_it_holds(void **state)
{
        const struct store_folder *folder = *state;
        make_version_one(folder->path);
        const struct database_schema schema = schema_of(ladder, 3);
        sqlite3 *db = NULL;
        for (int again = 0; again < 2; again++) {
                assert_int_equal(database_open(folder->path, &schema, &db), 0);
                assert_int_equal(query(db, "PRAGMA user_version"), 3);
                assert_int_equal(query(db, "SELECT title = 'An' AND level = 'all' FROM person"), 1);
                assert_int_equal(query(db, "SELECT number FROM card"), 77);
                assert_int_equal(sqlite_exec(db, "INSERT INTO card VALUES (2, 78)"), -ENOENT);
                database_close(db);
        }
}

static void a_step_that_fails_leaves_the_version_before_it(void **state)
{
        const struct store_folder *folder = *state;
        make_version_one(folder->path);
        const struct database_schema broken = schema_of(broken_ladder, 2);
        sqlite3 *db = NULL;
        assert_int_equal(database_open(folder->path, &broken, &db), -EPROTONOSUPPORT);
        assert_null(db);
        const struct database_schema schema = schema_of(ladder, 1);
        assert_int_equal(database_open(folder->path, &schema, &db), 0);
        assert_int_equal(query(db, "SELECT name = 'An' FROM person"), 1);
        assert_int_equal(query(db, "SELECT count(*) FROM pragma_table_info('person')"), 2);
        database_close(db);
}

static void a_newer_file_is_refused(void **state)
{
        const struct store_folder *folder = *state;
        const struct database_schema newer = schema_of(ladder, 3), older = schema_of(ladder, 2);
        sqlite3 *db = NULL;
        assert_int_equal(database_open(folder->path, &newer, &db), 0);
        db = database_close(db);
        assert_int_equal(database_open(folder->path, &older, &db), -EPROTONOSUPPORT);
        assert_null(db);
        assert_int_equal(store_sql_int(folder->path, "PRAGMA user_version"), 3);
}

static void a_file_cut_off_while_it_was_made_is_made_again(void **state)
{
        const struct store_folder *folder = *state;
        /* The header is there, the first step is not. */
        store_sql(folder->path, "PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; VACUUM");
        const struct database_schema schema = schema_of(ladder, 3);
        sqlite3 *db = NULL;
        assert_int_equal(database_open(folder->path, &schema, &db), 0);
        assert_int_equal(query(db, "PRAGMA user_version"), 3);
        database_close(db);
}

static void tables_without_our_mark_are_not_ours(void **state)
{
        const struct store_folder *folder = *state;
        store_sql(folder->path, "CREATE TABLE recipe (name TEXT)");
        const struct database_schema schema = schema_of(ladder, 3);
        sqlite3 *db = NULL;
        assert_int_equal(database_open(folder->path, &schema, &db), -EPROTONOSUPPORT);
        assert_int_equal(store_sql_int(folder->path, "SELECT count(*) FROM recipe"), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                IN_FOLDER(a_fresh_file_climbs_to_the_top),
                IN_FOLDER(an_older_file_climbs_and_keeps_what_it_holds),
                IN_FOLDER(a_step_that_fails_leaves_the_version_before_it),
                IN_FOLDER(a_newer_file_is_refused),
                IN_FOLDER(a_file_cut_off_while_it_was_made_is_made_again),
                IN_FOLDER(tables_without_our_mark_are_not_ours),
        };
        return cmocka_run_group_tests(tests, NULL, NULL);
}
