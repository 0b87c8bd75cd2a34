/* The archive's contract over a real PostgreSQL, and what is PostgreSQL's alone: days, several
 * writers, a server that dies, and what stands in the tables. */
#include "tests/contract/archive_contract.h"

#include "drivers/archive/archive_drivers.h"
#include "tests/contract/postgres_server.h"
#include "tests/fake/archive_fake.h"

#include <poll.h>

enum {
        KILLS = 6,
        BATCH = 20,
        SHARED_ROWS = 1000,
        HISTORIES = 30
};

#define DAY_US INT64_C(86400000000)

struct scene {
        struct archive_subject subject; /* first: the contract's tests take it */
        struct postgres_server *server;
        char conninfo[128];
};

static struct archive *open_postgres(const char *conninfo)
{
        struct archive *archive = NULL;
        assert_int_equal(archive_postgres_open(conninfo, &archive), 0);
        return archive;
}

static struct archive *reopen_postgres(struct archive_subject *subject)
{
        const struct scene *scene = (struct scene *)subject;
        archive_close(subject->archive);
        return open_postgres(scene->conninfo);
}

static int make_scene(void **state, struct postgres_server *server)
{
        struct scene *scene = calloc(1, sizeof(*scene));
        if (!scene)
                return -1;
        *scene = (struct scene){ .subject = { .reopen = reopen_postgres }, .server = server };
        *state = scene;
        return 0;
}

static int make_postgres(void **state)
{
        if (make_scene(state, *state))
                return -1;
        struct scene *scene = *state;
        postgres_server_add(scene->server, scene->conninfo, sizeof(scene->conninfo));
        scene->subject.archive = open_postgres(scene->conninfo);
        return 0;
}

static int make_latin(void **state)
{
        if (make_scene(state, *state))
                return -1;
        struct scene *scene = *state;
        postgres_server_conninfo(scene->server, "stile", scene->conninfo, sizeof(scene->conninfo));
        postgres_sql(scene->conninfo,
                     "CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'");
        postgres_server_conninfo(scene->server, "latin", scene->conninfo, sizeof(scene->conninfo));
        scene->subject.archive = open_postgres(scene->conninfo);
        return 0;
}

static int unmake_postgres(void **state)
{
        struct scene *scene = *state;
        archive_close(scene->subject.archive);
        *state = scene->server;
        free(scene);
        return 0;
}

static int64_t ask(const struct scene *scene, const char *sql)
{
        return postgres_sql_int(scene->conninfo, sql);
}

/* One row, as it is. */
static int put_row(struct scene *scene, struct archive_stream *stream, struct archive_row *row)
{
        const struct archive_batch batch = {
                .rows = row, .count = 1, .streams = stream, .stream_count = 1
        };
        return archive_store(scene->subject.archive, &batch);
}

static void every_column_is_what_the_row_said(void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        struct archive_row row = archive_row_of(1);
        row.id[0] = 0xab;
        row.subject[15] = 0xcd;
        row.grant_seq = 77;
        row.flags = ARCHIVE_LATE | ARCHIVE_OFFLINE;
        row.reason = "busy";
        row.more = "{\"lane\":2}";
        assert_int_equal(put_row(scene, &stream, &row), 0);
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 2), 1);
        assert_int_equal(ask(scene,
                             "SELECT count(*) FROM entry WHERE seq = 1 AND event = 'AccessTaken'"
                             " AND reason = 'busy' AND direction = 'entry' AND credential_class ="
                             " 'cccd' AND clock = 'synchronised' AND access_point = 'entry' AND"
                             " grant_seq = 77 AND flags = 33 AND more = '{\"lane\":2}' AND"
                             " id::text LIKE 'ab%' AND encode(subject, 'hex') LIKE '%cd' AND"
                             " at = 1800000000000000 AND received = 1800000000000001 AND"
                             " day = '2027-01-15'"),
                         1);
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry WHERE seq = 2 AND reason IS NULL"
                                    " AND subject IS NULL AND grant_seq IS NULL AND more IS NULL"),
                         1);
        assert_int_equal(ask(scene, "SELECT count(*) FROM stream JOIN gate ON gate.id = gate WHERE"
                                    " name = 'a/b/c' AND epoch::text LIKE '010203%'"),
                         1);
}

static void a_row_is_filed_under_its_day_and_one_of_a_wrong_clock_under_the_day_it_came(
        void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        const int64_t received_us = 1800000000000000; /* 2027-01-15 08:00 */
        const int64_t times[] = { received_us, received_us - 8 * INT64_C(3600000000) - 1,
                                  received_us - 30 * DAY_US, 0, received_us + 5 * DAY_US };
        for (size_t i = 0; i < ARRAY_LEN(times); i++) {
                struct archive_row row = archive_row_of(1 + i);
                row.at_us = times[i];
                row.received_us = received_us;
                assert_int_equal(put_row(scene, &stream, &row), 0);
        }
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry_2027_01_15"), 3);
        assert_int_equal(ask(scene, "SELECT seq FROM entry_2027_01_14"), 2);
        assert_int_equal(ask(scene, "SELECT seq FROM entry_2026_12_16"), 3);
        assert_int_equal(ask(scene, "SELECT at FROM entry WHERE seq = 4"), 0);
        assert_int_equal(ask(scene, "SELECT count(*) FROM pg_inherits"
                                    " WHERE inhparent = 'entry'::regclass"),
                         3);
}

static void a_day_that_was_dropped_does_not_come_again(void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 1, 2, 5), 3);
        postgres_sql(scene->conninfo, "DROP TABLE entry_2027_01_15");
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 1, 2, 5), 0);
        /* What is new finds no table: the call fails, and the next one makes it. */
        struct archive_row row = archive_row_of(3);
        assert_true(put_row(scene, &stream, &row) < 0);
        assert_int_equal(stream.contiguous, 2);
        assert_int_equal(put_row(scene, &stream, &row), 0);
        assert_true(row.is_new);
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry"), 1);
}

static void a_long_question_does_not_hold_up_a_new_day(void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        (void)ARCHIVE_PUT(scene->subject.archive, &stream, 1);
        PGconn *reader = postgres_begin_sql(scene->conninfo, "BEGIN; SELECT count(*) FROM entry");
        struct archive_row row = archive_row_of(2);
        row.at_us += DAY_US;
        assert_int_equal(put_row(scene, &stream, &row), 0);
        PQfinish(reader);
}

static void what_is_lost_stands_there_for_ever_and_the_rest_of_a_gap_stays_one(void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        uint64_t lost = 0;
        (void)ARCHIVE_PUT(scene->subject.archive, &stream, 1, 9);
        assert_int_equal(archive_lose(scene->subject.archive, &stream, 5, "not_held", 7, &lost), 0);
        assert_int_equal(lost, 4);
        assert_int_equal(stream.contiguous, 5);
        assert_int_equal(ask(scene, "SELECT count(*) FROM loss WHERE first = 2 AND last = 5 AND"
                                    " reason = 'not_held' AND noticed = 7"),
                         1);
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 6, 7, 8), 3);
        assert_int_equal(stream.contiguous, 9);
        assert_int_equal(ask(scene, "SELECT count(*) FROM gap"), 0);
        /* Found again, once. */
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 3, 3), 1);
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 3), 0);
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry WHERE seq = 3"), 1);
}

/* What it remembers of the stream says that row 2 is above all others: it is in a gap meanwhile. */
static void a_gap_that_another_collector_has_left_is_filled(void **state)
{
        struct scene *scene = *state;
        struct archive *other = open_postgres(scene->conninfo);
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        struct archive_stream others = archive_stream_of(other, "a/b/c");
        assert_int_equal(ARCHIVE_PUT(other, &others, 1, 3), 2);
        assert_int_equal(stream.highest, 0);
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 1, 2), 1);
        assert_int_equal(stream.contiguous, 3);
        assert_int_equal(ask(scene, "SELECT count(*) FROM gap"), 0);
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry"), 3);
        archive_close(other);
}

static void refusals_are_bounded_and_their_text_is_mended(void **state)
{
        struct scene *scene = *state;
        static unsigned char payload[5000];
        struct archive_refusal refusals[1000];
        char long_topic[300];
        for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
                refusals[i] = (struct archive_refusal){
                        .topic = "x", .reason = "bad_json", .payload = payload, .len = 1
                };
        refusals[0].len = sizeof(payload);
        refusals[1].topic = "\xff\xc3";
        /* Cut in the middle of a character. */
        memset(long_topic, 'y', sizeof(long_topic));
        memcpy(long_topic + 254, "\xc4\x91", 3);
        refusals[2].topic = long_topic;
        const struct archive_batch batch = { .refusals = refusals, .refused = ARRAY_LEN(refusals) };
        for (int i = 0; i < 12; i++)
                assert_int_equal(archive_store(scene->subject.archive, &batch), 0);
        assert_int_equal(ask(scene, "SELECT count(*) FROM refusal"), 10000);
        assert_int_equal(ask(scene, "SELECT max(len) FROM refusal"), 5000);
        assert_int_equal(ask(scene, "SELECT max(length(payload)) FROM refusal"), 4096);
        assert_int_equal(ask(scene, "SELECT count(*) FROM refusal WHERE topic = '\?\?'"), 10);
        assert_int_equal(ask(scene, "SELECT count(*) FROM refusal WHERE topic LIKE 'y%y?'"), 10);
}

/* Rows and losses at random, of one stream, over the archive and the fake: they say the same. */
static void live_a_history(struct archive *real, struct archive *fake, unsigned *seed)
{
        char gate[32];
        (void)snprintf(gate, sizeof(gate), "a/b/%u", *seed);
        struct archive_stream one = archive_stream_of(real, gate);
        struct archive_stream other = archive_stream_of(fake, gate);
        for (int i = 0; i < 12; i++) {
                struct archive_row rows[BATCH], same[BATCH];
                size_t count = 1 + (size_t)rand_r(seed) % BATCH;
                for (size_t n = 0; n < count; n++)
                        rows[n] = same[n] = archive_row_of(1 + (uint64_t)(rand_r(seed) % 60));
                const struct archive_batch batch = {
                        .rows = rows, .count = count, .streams = &one, .stream_count = 1
                };
                const struct archive_batch again = {
                        .rows = same, .count = count, .streams = &other, .stream_count = 1
                };
                assert_int_equal(archive_store(real, &batch), 0);
                assert_int_equal(archive_store(fake, &again), 0);
                for (size_t n = 0; n < count; n++)
                        assert_int_equal(rows[n].is_new, same[n].is_new);
                if (rand_r(seed) % 3 == 0) {
                        uint64_t until = (uint64_t)(rand_r(seed) % 70), lost = 0, as_many = 0;
                        assert_int_equal(archive_lose(real, &one, until, "x", 1, &lost), 0);
                        assert_int_equal(archive_lose(fake, &other, until, "x", 1, &as_many), 0);
                        assert_int_equal(lost, as_many);
                }
                assert_int_equal(one.contiguous, other.contiguous);
                assert_int_equal(one.highest, other.highest);
        }
}

static void any_history_is_told_as_the_fake_tells_it(void **state)
{
        struct scene *scene = *state;
        struct archive_fake *fake = archive_fake_new();
        unsigned seed = 11;
        assert_non_null(fake);
        for (int i = 0; i < HISTORIES; i++)
                live_a_history(scene->subject.archive, &fake->archive, &seed);
        archive_close(&fake->archive);
        assert_int_equal(ask(scene, "SELECT count(*) - count(DISTINCT (stream, seq)) FROM entry"),
                         0);
}

/* Stores all the rows in an order of its own; says how many were new. */
static _Noreturn void share(const char *conninfo, unsigned seed, int out)
{
        uint64_t seqs[SHARED_ROWS];
        uint64_t fresh = 0;
        struct archive *archive = open_postgres(conninfo);
        struct archive_stream stream = archive_stream_of(archive, "a/b/c");
        for (size_t i = 0; i < SHARED_ROWS; i++) {
                size_t at = (size_t)rand_r(&seed) % (i + 1);
                seqs[i] = seqs[at];
                seqs[at] = i + 1;
        }
        for (size_t i = 0; i < SHARED_ROWS; i += BATCH)
                fresh += archive_put(archive, &stream, seqs + i, BATCH);
        archive_close(archive);
        _exit(write(out, &fresh, sizeof(fresh)) == sizeof(fresh) ? 0 : 1);
}

static void several_that_store_the_same_rows_at_once_store_each_once(void **state)
{
        struct scene *scene = *state;
        enum {
                SHARERS = 3
        };
        int reports[2];
        uint64_t all = 0;
        pid_t sharers[SHARERS];
        /* An empty database: they meet over its tables, too. */
        assert_int_equal(pipe(reports), 0);
        for (unsigned i = 0; i < SHARERS; i++)
                if ((sharers[i] = fork()) == 0)
                        share(scene->conninfo, i, reports[1]);
        for (int i = 0; i < SHARERS; i++) {
                int status;
                assert_int_equal(waitpid(sharers[i], &status, 0), sharers[i]);
                assert_int_equal(status, 0);
        }
        for (int i = 0; i < SHARERS; i++) {
                uint64_t fresh;
                assert_int_equal(read(reports[0], &fresh, sizeof(fresh)), sizeof(fresh));
                all += fresh;
        }
        (void)close(reports[0]);
        (void)close(reports[1]);
        assert_int_equal(all, SHARED_ROWS);
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry"), SHARED_ROWS);
        assert_int_equal(ask(scene, "SELECT contiguous FROM stream"), SHARED_ROWS);
        assert_int_equal(ask(scene, "SELECT count(*) FROM gap"), 0);
}

/* Kills and starts the server, again and again. */
static pid_t torment(const struct postgres_server *server)
{
        pid_t child = fork();
        if (child != 0)
                return child;
        for (int i = 0; i < KILLS; i++)
                if (postgres_server_do(server, i % 2 ? "stop" : "kill") ||
                    postgres_server_do(server, "start"))
                        _exit(1);
        _exit(0);
}

static void every_acknowledged_row_is_there_after_each_kill_of_the_server(void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        uint64_t next = 1, failures = 0;
        int status = 0;
        pid_t tormentor = torment(scene->server);
        while (waitpid(tormentor, &status, WNOHANG) == 0) {
                struct archive_row rows[BATCH];
                for (size_t i = 0; i < BATCH; i++)
                        rows[i] = archive_row_of(next + i);
                const struct archive_batch batch = {
                        .rows = rows, .count = BATCH, .streams = &stream, .stream_count = 1
                };
                if (archive_store(scene->subject.archive, &batch) == 0) {
                        assert_int_equal(stream.contiguous, next + BATCH - 1);
                        next += BATCH;
                } else {
                        assert_int_equal(stream.contiguous, next - 1);
                        failures++;
                        poll(NULL, 0, 5); /* the caller's pause; nothing is waited for */
                }
        }
        assert_int_equal(status, 0);
        assert_true(failures > 0);
        /* A batch may have been stored whose answer the kill cut off. */
        const struct archive_batch look = { .streams = &stream, .stream_count = 1 };
        assert_int_equal(archive_store(scene->subject.archive, &look), 0);
        assert_true(stream.contiguous == next - 1 || stream.contiguous == next + BATCH - 1);
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry"), stream.contiguous);
        assert_int_equal(ask(scene, "SELECT count(DISTINCT seq) FROM entry"), stream.contiguous);
        assert_int_equal(ask(scene, "SELECT max(seq) FROM entry"), stream.contiguous);
        assert_int_equal(ask(scene, "SELECT sum(entries) FROM tally"), stream.contiguous);
}

static void without_a_server_each_call_says_so_and_the_next_one_finds_it(void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream;
        const struct archive_batch nothing = { 0 };
        assert_int_equal(postgres_server_do(scene->server, "stop"), 0);
        assert_int_equal(
                archive_open_stream(scene->subject.archive, "a/b/c", archive_epoch, &stream),
                -ENOTCONN);
        assert_int_equal(archive_store(scene->subject.archive, &nothing), -ENOTCONN);
        assert_int_equal(postgres_server_do(scene->server, "start"), 0);
        stream = archive_stream_of(scene->subject.archive, "a/b/c");
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 1), 1);
}

static void a_newer_database_is_left_alone(void **state)
{
        struct scene *scene = *state;
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        postgres_sql(scene->conninfo, "UPDATE archive_version SET version = 99");
        scene->subject.archive = reopen_postgres(&scene->subject);
        struct archive_row row = archive_row_of(1);
        assert_int_equal(put_row(scene, &stream, &row), -EPROTONOSUPPORT);
        assert_int_equal(ask(scene, "SELECT count(*) FROM entry"), 0);
}

static void a_database_that_cannot_hold_every_name_is_not_taken(void **state)
{
        struct scene *scene = *state;
        const struct archive_batch nothing = { 0 };
        assert_int_equal(archive_store(scene->subject.archive, &nothing), -EPROTONOSUPPORT);
        assert_int_equal(ask(scene, "SELECT count(*) FROM pg_tables WHERE tablename = 'gate'"), 0);
}

static void what_the_roles_defaults_weaken_the_session_mends(void **state)
{
        struct scene *scene = *state;
        postgres_sql(scene->conninfo,
                     "ALTER ROLE stile SET synchronous_commit = off;"
                     "ALTER ROLE stile SET default_transaction_isolation = 'serializable';"
                     "CREATE TABLE seen (durable text, isolation text);"
                     "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                     " INSERT INTO seen VALUES (current_setting('synchronous_commit'),"
                     " current_setting('transaction_isolation')); RETURN NEW; END $$");
        struct archive_stream stream = archive_stream_of(scene->subject.archive, "a/b/c");
        postgres_sql(scene->conninfo, "CREATE TRIGGER note AFTER INSERT ON entry"
                                      " FOR EACH ROW EXECUTE FUNCTION note()");
        assert_int_equal(ARCHIVE_PUT(scene->subject.archive, &stream, 1), 1);
        postgres_sql(scene->conninfo, "ALTER ROLE stile RESET ALL");
        assert_int_equal(ask(scene, "SELECT count(*) FROM seen WHERE durable = 'on' AND isolation ="
                                    " 'read committed'"),
                         1);
}

static void a_connection_string_with_a_password_in_it_is_not_taken(void **state)
{
        (void)state;
        struct archive *archive;
        const char *why = NULL;
        assert_int_equal(archive_postgres_open("host=x password=secret", &archive), -EINVAL);
        assert_null(archive);
        assert_int_equal(archive_postgres_open("sslpassword = secret", &archive), -EINVAL);
        assert_int_equal(archive_postgres_open("postgresql://a:secret@x/y", &archive), -EINVAL);
        assert_false(archive_postgres_check("host", &why));
        assert_null(strstr(why, "secret"));
        assert_true(archive_postgres_check("service=stile", &why));
        assert_true(archive_postgres_check("host=x passfile=/etc/stile/collector/pgpass", &why));
}

#define POSTGRES_TEST(name) cmocka_unit_test_setup_teardown(name, make_postgres, unmake_postgres)

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
                ARCHIVE_CONTRACT(make_postgres, unmake_postgres),
                POSTGRES_TEST(every_column_is_what_the_row_said),
                POSTGRES_TEST(
                        a_row_is_filed_under_its_day_and_one_of_a_wrong_clock_under_the_day_it_came),
                POSTGRES_TEST(a_day_that_was_dropped_does_not_come_again),
                POSTGRES_TEST(a_long_question_does_not_hold_up_a_new_day),
                POSTGRES_TEST(what_is_lost_stands_there_for_ever_and_the_rest_of_a_gap_stays_one),
                POSTGRES_TEST(a_gap_that_another_collector_has_left_is_filled),
                POSTGRES_TEST(refusals_are_bounded_and_their_text_is_mended),
                POSTGRES_TEST(any_history_is_told_as_the_fake_tells_it),
                POSTGRES_TEST(several_that_store_the_same_rows_at_once_store_each_once),
                POSTGRES_TEST(every_acknowledged_row_is_there_after_each_kill_of_the_server),
                POSTGRES_TEST(without_a_server_each_call_says_so_and_the_next_one_finds_it),
                POSTGRES_TEST(a_newer_database_is_left_alone),
                cmocka_unit_test_setup_teardown(a_database_that_cannot_hold_every_name_is_not_taken,
                                                make_latin, unmake_postgres),
                POSTGRES_TEST(what_the_roles_defaults_weaken_the_session_mends),
                cmocka_unit_test(a_connection_string_with_a_password_in_it_is_not_taken),
        };
        if (!postgres_is_installed()) {
                print_message("1..0 # SKIP PostgreSQL is not installed\n");
                return 0;
        }
        return cmocka_run_group_tests_name("postgresql", tests, make_server, remove_server);
}
