/* The history's contract over a real PostgreSQL, and what is PostgreSQL's alone: a server that goes
 * and comes, an archive that is not there yet, one of version 1, and several collectors. */
#include "tests/contract/history_contract.h"
#include "tests/contract/history_dossier_contract.h"
#include "tests/contract/history_forget_contract.h"
#include "tests/contract/history_health_contract.h"
#include "tests/contract/history_people_contract.h"

#include "drivers/archive/archive_drivers.h"
#include "drivers/archive/postgres_steps.h"
#include "tests/contract/archive_past.h"
#include "tests/contract/postgres_server.h"

#include <errno.h>

struct scene {
        struct history_subject subject; /* first: the contract's tests take it */
        struct postgres_server *server;
        char conninfo[128];
};

static int make_place(void **state)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        if (!scene)
                return -1;
        scene->server = *state;
        postgres_server_add(scene->server, scene->conninfo, sizeof(scene->conninfo));
        assert_int_equal(archive_postgres_open(scene->conninfo, &scene->subject.archive), 0);
        assert_int_equal(history_postgres_open(scene->conninfo, &scene->subject.history), 0);
        *state = scene;
        return 0;
}

static int make_postgres(void **state)
{
        const struct archive_batch nothing = { 0 };
        if (make_place(state))
                return -1;
        const struct scene *scene = *state;
        return archive_store(scene->subject.archive, &nothing); /* which makes the tables */
}

static int unmake_postgres(void **state)
{
        struct scene *scene = *state;
        history_close(scene->subject.history);
        archive_close(scene->subject.archive);
        *state = scene->server;
        free(scene);
        return 0;
}

static int ask_heads(struct history_subject *subject)
{
        listen(subject, 100);
        return subject->history->ops->heads(subject->history, see_head, subject);
}

static void an_archive_that_is_not_there_yet_is_said_to_be_missing(void **state)
{
        struct scene *scene = *state;
        struct history_subject *subject = &scene->subject;
        assert_int_equal(ask_heads(subject), -ENOENT);
        (void)archive_stream_of(subject->archive, "a/b/c");
        assert_int_equal(ask_heads(subject), 0);
        assert_string_equal(subject->text, "0 ");
        postgres_sql(scene->conninfo, "UPDATE archive_version SET version = 99");
        subject->history = history_close(subject->history);
        assert_int_equal(history_postgres_open(scene->conninfo, &subject->history), 0);
        assert_int_equal(ask_heads(subject), -EPROTONOSUPPORT);
}

static void a_server_that_comes_back_is_found_by_the_next_call(void **state)
{
        struct scene *scene = *state;
        struct history_subject *subject = &scene->subject;
        enters(subject, 'A', "a/b/c", 1);
        ask_inside(subject, "");
        assert_int_equal(postgres_server_do(scene->server, "stop"), 0);
        assert_true(ask_heads(subject) < 0);
        assert_int_equal(ask_heads(subject), -ENOTCONN);
        assert_int_equal(postgres_server_do(scene->server, "start"), 0);
        ask_inside(subject, "");
        assert_string_equal(subject->text, "A a/b 1- ");
}

static void its_session_writes_nothing(void **state)
{
        struct scene *scene = *state;
        struct history_subject *subject = &scene->subject;
        enters(subject, 'A', "a/b/c", 1);
        assert_int_equal(ask_heads(subject), 0);
        assert_int_equal(postgres_sql_int(scene->conninfo,
                                          "SELECT count(*) FROM pg_stat_activity"
                                          " WHERE application_name = 'stile-dashboard'"),
                         1);
        /* Whatever a question would write, its transaction may not. */
        postgres_sql(scene->conninfo,
                     "CREATE TABLE seen (n integer);"
                     "CREATE FUNCTION note() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN"
                     " INSERT INTO seen VALUES (1); RETURN 1; END $$;"
                     "ALTER TABLE stream RENAME TO stream_table;"
                     "CREATE VIEW stream AS SELECT note() AS id, gate, epoch, contiguous,"
                     " highest, newest FROM stream_table");
        subject->history = history_close(subject->history);
        assert_int_equal(history_postgres_open(scene->conninfo, &subject->history), 0);
        assert_int_equal(ask_heads(subject), -EROFS);
        assert_int_equal(postgres_sql_int(scene->conninfo, "SELECT count(*) FROM seen"), 0);
}

struct counter {
        int taken, enough;
};

static bool count_tally(void *context, const struct history_tally *tally)
{
        struct counter *counter = context;
        assert_int_equal(tally->hour, ++counter->taken);
        return counter->taken < counter->enough;
}

static void figures_beyond_a_page_come_to_their_end_or_to_where_it_is_enough(void **state)
{
        struct scene *scene = *state;
        struct history_subject *subject = &scene->subject;
        static const int enough[] = { 20000, 12001, 5000, 7000, 1 };
        (void)archive_stream_of(subject->archive, "a/b/c");
        postgres_sql(scene->conninfo, "INSERT INTO tally SELECT gate.id, hour, 1, 0, 0, 0"
                                      " FROM gate, generate_series(1, 12001) AS hour");
        for (size_t i = 0; i < ARRAY_LEN(enough); i++) {
                struct counter counter = { .enough = enough[i] };
                assert_int_equal(subject->history->ops->tallies(subject->history, "", 0, 100000,
                                                                count_tally, &counter),
                                 0);
                assert_int_equal(counter.taken, enough[i] < 12001 ? enough[i] : 12001);
                assert_int_equal(ask_heads(subject), 0);
        }
}

static void add_past(PGconn *conn, size_t n, unsigned *seed)
{
        char sql[512], subject[33] = "";
        const struct archive_row row = past_row(n, seed);
        for (size_t i = 0; i < sizeof(row.subject); i++)
                (void)sprintf(subject + 2 * i, "%02x", row.subject[i]);
        (void)snprintf(sql, sizeof(sql),
                       "INSERT INTO entry (stream, day, flags, seq, at, received, id, event,"
                       " direction, credential_class, subject) VALUES (%zu, '2027-01-15', 0, %llu,"
                       " %lld, 1, '00000000-0000-0000-0000-000000000000', '%s', nullif('%s', ''),"
                       " nullif('%s', ''), nullif(decode('%s', 'hex'), decode(repeat('00', 16),"
                       " 'hex')))",
                       row.stream + 1, (unsigned long long)row.seq, (long long)row.at_us, row.event,
                       row.direction, row.credential_class, subject);
        PGresult *result = PQexec(conn, sql);
        assert_int_equal(PQresultStatus(result), PGRES_COMMAND_OK);
        PQclear(result);
}

/* Tables of version 1, by its SQL, with the past in them. */
static void write_version_1(const struct scene *scene)
{
        unsigned seed = 3;
        postgres_sql(scene->conninfo, postgres_schema_steps[0]);
        postgres_sql(scene->conninfo, "CREATE TABLE archive_version (version integer NOT NULL);"
                                      "INSERT INTO archive_version VALUES (1)");
        PGconn *conn = postgres_begin_sql(scene->conninfo, "SELECT archive_make_day('2027-01-15')");
        for (size_t i = 0; i < PAST_GATES; i++) {
                char sql[256];
                (void)snprintf(sql, sizeof(sql),
                               "INSERT INTO gate (name) VALUES ('%s'); INSERT INTO stream (gate,"
                               " epoch) SELECT id, '01020300-0000-0000-0000-000000000000' FROM gate"
                               " WHERE name = '%s'",
                               past_gates[i], past_gates[i]);
                postgres_sql(scene->conninfo, sql);
        }
        for (size_t n = 0; n < PAST_ROWS; n++)
                add_past(conn, n, &seed);
        PQfinish(conn);
        postgres_sql(scene->conninfo,
                     "UPDATE stream SET (contiguous, highest) = (SELECT max(seq), max(seq)"
                     " FROM entry WHERE stream = stream.id)");
}

/* Rows that are in one of the two places only. */
static int64_t differences(const struct scene *scene, const char *columns, const char *table)
{
        char sql[1024];
        int now = scene->server->places;
        (void)snprintf(sql, sizeof(sql),
                       "WITH one AS (SELECT %s FROM test%d.%s), two AS (SELECT %s FROM test%d.%s)"
                       " SELECT (SELECT count(*) FROM (SELECT * FROM one EXCEPT ALL SELECT * FROM"
                       " two) AS d) + (SELECT count(*) FROM (SELECT * FROM two EXCEPT ALL SELECT *"
                       " FROM one) AS d)",
                       columns, now - 1, table, columns, now, table);
        return postgres_sql_int(scene->conninfo, sql);
}

static void an_archive_of_version_1_comes_to_what_its_rows_say(void **state)
{
        struct scene *scene = *state;
        struct archive *now = NULL;
        const struct archive_batch nothing = { 0 };
        char conninfo[128];
        write_version_1(scene);
        assert_int_equal(archive_store(scene->subject.archive, &nothing), 0);
        assert_int_equal(postgres_sql_int(scene->conninfo, "SELECT version FROM archive_version"),
                         POSTGRES_SCHEMA_VERSION);
        postgres_server_add(scene->server, conninfo, sizeof(conninfo));
        assert_int_equal(archive_postgres_open(conninfo, &now), 0);
        past_store(now);
        archive_close(now);
        assert_true(postgres_sql_int(scene->conninfo, "SELECT count(*) FROM visit") > 50);
        assert_int_equal(
                differences(scene,
                            "site, subject, start, entered, left_at, left_assumed, gate_in,"
                            " gate_out, credential_class",
                            "visit"),
                0);
        assert_int_equal(differences(scene, "*", "tally"), 0);
        assert_int_equal(differences(scene, "*", "person"), 0);
        assert_int_equal(differences(scene, "name, site", "gate"), 0);
        assert_int_equal(differences(scene, "id, contiguous, highest, newest", "stream"), 0);
        /* And it is gone on with. */
        struct archive_stream stream = archive_stream_of(scene->subject.archive, past_gates[0]);
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, PAST_ROWS / PAST_GATES,
                                     PAST_ROWS / PAST_GATES + 1),
                         1);
}

enum {
        SHARERS = 3,
        SHARED_ROWS = 200
};

/* One gate's passages of the same people, through a collector of its own. */
static _Noreturn void share(const char *conninfo, int number)
{
        struct archive *archive = NULL;
        char gate[32];
        unsigned seed = (unsigned)number;
        if (archive_postgres_open(conninfo, &archive) < 0)
                _exit(1);
        (void)snprintf(gate, sizeof(gate), "a/b/g-%d", number);
        struct archive_stream stream = archive_stream_of(archive, gate);
        for (int done = 0; done < SHARED_ROWS; done += 5) {
                struct archive_row rows[5];
                for (int i = 0; i < 5; i++) {
                        /* No two at one moment, over all the gates. */
                        int minute = (done + i) * SHARERS + number;
                        rows[i] =
                                row_at(minute, "AccessTaken", rand_r(&seed) % 2 ? "entry" : "exit",
                                       (char)('A' + rand_r(&seed) % 3));
                        rows[i].seq = (uint64_t)(done + i + 1);
                }
                const struct archive_batch batch = {
                        .rows = rows, .count = 5, .streams = &stream, .stream_count = 1
                };
                if (archive_store(archive, &batch) < 0)
                        _exit(2);
        }
        archive_close(archive);
        _exit(0);
}

static void several_collectors_make_one_life_of_a_persons_passages(void **state)
{
        struct scene *scene = *state;
        pid_t sharers[SHARERS];
        for (int i = 0; i < SHARERS; i++)
                if ((sharers[i] = fork()) == 0)
                        share(scene->conninfo, i);
        for (int i = 0; i < SHARERS; i++) {
                int status;
                assert_int_equal(waitpid(sharers[i], &status, 0), sharers[i]);
                assert_int_equal(status, 0);
        }
        /* As the rows tell it, in order: what the next passage of a person was. */
        assert_int_equal(
                postgres_sql_int(
                        scene->conninfo,
                        "WITH told AS (SELECT subject, at, direction, lead(direction) OVER life AS"
                        "  next, lead(at) OVER life AS until, lag(direction) OVER life AS last"
                        "  FROM entry WINDOW life AS (PARTITION BY subject ORDER BY at)),"
                        " stays AS (SELECT subject, at AS entered, until AS left_at,"
                        "   coalesce(next = 'entry', false) AS assumed FROM told"
                        "   WHERE direction = 'entry'"
                        "  UNION ALL SELECT subject, NULL, at, false FROM told"
                        "   WHERE direction = 'exit' AND coalesce(last, 'exit') = 'exit'),"
                        " kept AS (SELECT subject, entered, left_at, left_assumed FROM visit)"
                        " SELECT (SELECT count(*) FROM (SELECT * FROM stays EXCEPT ALL SELECT * "
                        "FROM"
                        "  kept) AS d) + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT ALL "
                        "SELECT"
                        "  * FROM stays) AS d)"),
                0);
        assert_true(postgres_sql_int(scene->conninfo, "SELECT count(*) FROM visit") > 200);
}

#define POSTGRES_TEST(name) cmocka_unit_test_setup_teardown(name, make_postgres, unmake_postgres)
#define PLACE_TEST(name)    cmocka_unit_test_setup_teardown(name, make_place, unmake_postgres)

static int make_server(void **state)
{
        static struct postgres_server server;
        *state = &server;
        return postgres_server_make(&server);
}

static int remove_server(void **state)
{
        postgres_server_remove(*state);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                HISTORY_CONTRACT(make_postgres, unmake_postgres),
                HISTORY_HEALTH_CONTRACT(make_postgres, unmake_postgres),
                HISTORY_PEOPLE(make_postgres, unmake_postgres),
                HISTORY_FORGET(make_postgres, unmake_postgres),
                HISTORY_DOSSIER(make_postgres, unmake_postgres),
                PLACE_TEST(an_archive_that_is_not_there_yet_is_said_to_be_missing),
                POSTGRES_TEST(a_server_that_comes_back_is_found_by_the_next_call),
                POSTGRES_TEST(its_session_writes_nothing),
                POSTGRES_TEST(figures_beyond_a_page_come_to_their_end_or_to_where_it_is_enough),
                PLACE_TEST(an_archive_of_version_1_comes_to_what_its_rows_say),
                PLACE_TEST(several_collectors_make_one_life_of_a_persons_passages),
        };
        if (!postgres_is_installed()) {
                print_message("1..0 # SKIP PostgreSQL is not installed\n");
                return 0;
        }
        return cmocka_run_group_tests_name("postgresql", tests, make_server, remove_server);
}
