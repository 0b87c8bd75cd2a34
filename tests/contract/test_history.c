/* The history's contract over SQLite, and what is SQLite's alone: files that are not there, are of
 * another version or nobody's, and the plans by which it answers. */
#include "tests/contract/history_contract.h"
#include "tests/contract/history_dossier_contract.h"
#include "tests/contract/history_forget_contract.h"
#include "tests/contract/history_health_contract.h"
#include "tests/contract/history_people_contract.h"

#include "drivers/archive/archive_drivers.h"
#include "drivers/archive/history_sqlite_private.h"
#include "tests/contract/store_folder.h"

#include <errno.h>

struct scene {
        struct history_subject subject; /* first: the contract's tests take it */
        struct store_folder *folder;
};

static void open_history(struct scene *scene)
{
        assert_int_equal(history_sqlite_open(scene->folder->path, &scene->subject.history), 0);
}

static int make_sqlite(void **state)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        void *folder;
        if (!scene || store_folder_make(&folder))
                return -1;
        scene->folder = folder;
        assert_int_equal(archive_sqlite_open(scene->folder->path, &scene->subject.archive), 0);
        open_history(scene);
        *state = scene;
        return 0;
}

static int unmake_sqlite(void **state)
{
        struct scene *scene = *state;
        void *folder = scene->folder;
        history_close(scene->subject.history);
        archive_close(scene->subject.archive);
        free(scene);
        return store_folder_remove(&folder);
}

static void an_archive_that_nobody_has_open_is_read_too(void **state)
{
        struct scene *scene = *state;
        struct history_subject *subject = &scene->subject;
        enters(subject, 'A', "a/b/c", 1);
        subject->history = history_close(subject->history);
        subject->archive = archive_close(subject->archive);
        open_history(scene);
        ask_inside(subject, "");
        assert_string_equal(subject->text, "A a/b 1- ");
        /* The collector comes, writes and goes. */
        assert_int_equal(archive_sqlite_open(scene->folder->path, &subject->archive), 0);
        enters(subject, 'B', "a/b/c", 2);
        subject->archive = archive_close(subject->archive);
        ask_inside(subject, "");
        assert_string_equal(subject->text, "A a/b 1- B a/b 2- ");
}

static void an_archive_that_is_not_there_yet_is_said_to_be_missing(void **state)
{
        const struct store_folder *folder = *state;
        struct history *history;
        struct archive *archive;
        assert_int_equal(history_sqlite_open(folder->path, &history), -ENOENT);
        assert_null(history);
        assert_int_equal(store_size(folder->path, ""), -1);
        /* Made, and no table in it yet; of version 1. */
        store_sql(folder->path, "PRAGMA user_version = 0");
        assert_int_equal(history_sqlite_open(folder->path, &history), -ENOENT);
        assert_int_equal(unlink(folder->path), 0);
        store_sql(folder->path, "PRAGMA application_id = 1400136050; PRAGMA user_version = 1");
        assert_int_equal(history_sqlite_open(folder->path, &history), -ENOENT);
        assert_null(history);
        assert_int_equal(unlink(folder->path), 0);
        assert_int_equal(archive_sqlite_open(folder->path, &archive), 0);
        assert_int_equal(history_sqlite_open(folder->path, &history), 0);
        history_close(history);
        archive_close(archive);
}

static void a_newer_archive_and_what_is_none_are_left_alone(void **state)
{
        const struct store_folder *folder = *state;
        struct history *history;
        store_sql(folder->path, "PRAGMA application_id = 1400136050; PRAGMA user_version = 99");
        assert_int_equal(history_sqlite_open(folder->path, &history), -EPROTONOSUPPORT);
        store_sql(folder->path, "PRAGMA application_id = 1; PRAGMA user_version = 2");
        assert_int_equal(history_sqlite_open(folder->path, &history), -EPROTONOSUPPORT);
        FILE *file = fopen(folder->path, "w");
        assert_non_null(file);
        assert_true(fputs("this is no database, and longer than its header is: it has more than a"
                          " hundred bytes, which is what is read of it first",
                          file) >= 0);
        assert_int_equal(fclose(file), 0);
        assert_int_equal(history_sqlite_open(folder->path, &history), -EUCLEAN);
        assert_null(history);
}

static void it_writes_nothing(void **state)
{
        struct scene *scene = *state;
        const struct history_sqlite *history = (struct history_sqlite *)scene->subject.history;
        assert_int_equal(sqlite3_exec(history->db, "DELETE FROM site", NULL, NULL, NULL),
                         SQLITE_READONLY);
}

/* No question reads a table that grows with time from its beginning, or sorts all of it. */
static void every_question_is_answered_by_an_index(void **state)
{
        struct scene *scene = *state;
        const struct history_sqlite *history = (struct history_sqlite *)scene->subject.history;
        static const char *const scans[] = { "SCAN entry", "SCAN one",   "SCAN visit",
                                             "SCAN other", "SCAN tally", "SCAN loss" };
        for (int i = 0; i < HISTORY_STATEMENTS; i++) {
                char sql[4096];
                sqlite3_stmt *plan = NULL;
                (void)snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", history_sqlite_sql[i]);
                assert_int_equal(sqlite3_prepare_v2(history->db, sql, -1, &plan, NULL), SQLITE_OK);
                while (sqlite3_step(plan) == SQLITE_ROW) {
                        const char *step = (const char *)sqlite3_column_text(plan, 3);
                        for (size_t n = 0; n < ARRAY_LEN(scans); n++)
                                if (strncmp(step, scans[n], strlen(scans[n])) == 0)
                                        fail_msg("%d: %s", i, step);
                        if (getenv("STILE_PLANS"))
                                print_message("%d: %s\n", i, step);
                }
                sqlite3_finalize(plan);
        }
}

static bool take_none(void *context, const struct history_event *event)
{
        (void)context;
        (void)event;
        fail_msg("an event of another time");
        return false;
}

/* A day is looked for at its end, not from the newest row back to it. */
static void a_time_before_all_events_is_answered_without_reading_them(void **state)
{
        struct scene *scene = *state;
        const struct history_sqlite *history = (struct history_sqlite *)scene->subject.history;
        for (int minute = 1; minute <= 300; minute++)
                enters(&scene->subject, 'A', "a/b/c", minute);
        const struct history_event_filter filter = {
                .area = "", .event = "", .reason = "", .until_us = at_minute(0), .limit = 10
        };
        assert_int_equal(
                history->history.ops->events(scene->subject.history, &filter, take_none, NULL), 0);
        int steps = sqlite3_stmt_status(history->statement[HISTORY_EVENTS_OF_FEW],
                                        SQLITE_STMTSTATUS_VM_STEP, 0);
        assert_in_range(steps, 1, 300);
}

#define SQLITE_TEST(name) cmocka_unit_test_setup_teardown(name, make_sqlite, unmake_sqlite)

int main(void)
{
        const struct CMUnitTest tests[] = {
                HISTORY_CONTRACT(make_sqlite, unmake_sqlite),
                HISTORY_HEALTH_CONTRACT(make_sqlite, unmake_sqlite),
                HISTORY_PEOPLE(make_sqlite, unmake_sqlite),
                HISTORY_FORGET(make_sqlite, unmake_sqlite),
                HISTORY_DOSSIER(make_sqlite, unmake_sqlite),
                SQLITE_TEST(an_archive_that_nobody_has_open_is_read_too),
                IN_FOLDER(an_archive_that_is_not_there_yet_is_said_to_be_missing),
                IN_FOLDER(a_newer_archive_and_what_is_none_are_left_alone),
                SQLITE_TEST(it_writes_nothing),
                SQLITE_TEST(every_question_is_answered_by_an_index),
                SQLITE_TEST(a_time_before_all_events_is_answered_without_reading_them),
        };
        return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
