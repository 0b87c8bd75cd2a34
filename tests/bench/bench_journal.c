/*
 * Bench: what a durable event costs in the journal, as a ratio to the floor of the same run: 128
 * bytes written behind each other, each with its fdatasync. Beside it the usual designs, made with
 * plain SQLite: a log and an outbox from which an acknowledgement deletes, in WAL and with a
 * rollback journal. In WAL it stands there twice: as lean as such a design can be, and with events
 * that have ids of their own (UUIDv7, the kindest to an index), as most have. Prints; judges
 * nothing.
 *
 *     bench_journal [entries [folder [folder on a device of its own]]]    default: 4000 in .
 *
 * The schemes take turns in short rounds, so that what else the machine does meets all alike. Every
 * entry is acknowledged ten entries later. Flushes are the calls of fsync and fdatasync, SQLite's
 * too. Bytes are what the device was told to write, from the kernel's count of it: only where
 * nothing else writes to it, hence the second folder (bench_journal.sh makes one).
 */
#include "common/uuid.h"
#include "controller/ports/journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
        ENTRIES = 4000,
        ROUND = 100,
        LAG = 10, /* entries between one and its acknowledgement */
        ENTRY_LEN = 128,
        PATH_LEN = 512,
        OUTBOX_LEN = 484, /* bytes of the event as JSON that docs/mqtt.md shows */
        SECTOR = 512
};

/* In place of the C library's, for SQLite as well: counted, then done. */
static long flushes;

int fdatasync(int fd)
{
        flushes++;
        return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
        flushes++;
        return (int)syscall(SYS_fsync, fd);
}

enum scheme_kind {
        RAW,         /* into a file whose blocks are there: no metadata to write */
        RAW_GROWING, /* into a file that grows */
        JOURNAL,
        JOURNAL_UNACKNOWLEDGED,
        JOURNAL_TAKEN,  /* a presence moves with it */
        OUTBOX_WAL,     /* the leanest: the log's sequence is the only key */
        OUTBOX_WAL_IDS, /* the log knows an event by its id, too */
        OUTBOX_ROLLBACK,
        OUTBOX_EXCLUSIVE, /* the same, its file is kept */
        SCHEMES
};

static const char *const names[SCHEMES] = {
        "raw append + fdatasync (floor)", "the same, file grows",           "journal",
        "journal, never acknowledged",    "journal, taken (presence)",      "log + outbox, WAL",
        "the same, event ids unique",     "log + outbox, rollback journal", "the same, exclusive",
};

struct scheme {
        enum scheme_kind kind;
        char path[PATH_LEN + 32];
        int fd;
        struct journal *journal;
        sqlite3 *db;
        sqlite3_stmt *log, *outbox, *acknowledge;
        int64_t *took_ns;
        int64_t total_ns; /* with acknowledgements */
        long entries, flushes, ack_flushes;
        double bytes; /* of the device, an entry; negative: not known */
};

static void check(int result, const char *what)
{
        if (result >= 0)
                return;
        fprintf(stderr, "%s: %s\n", what, strerror(-result));
        exit(1);
}

static void check_sqlite(int result, int expected, sqlite3 *db)
{
        if (result == expected)
                return;
        fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
        exit(1);
}

static int64_t now_ns(void)
{
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void run_sql(sqlite3 *db, const char *sql)
{
        check_sqlite(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, db);
}

static void prepare(sqlite3 *db, const char *sql, sqlite3_stmt **statement)
{
        check_sqlite(sqlite3_prepare_v2(db, sql, -1, statement, NULL), SQLITE_OK, db);
}

/* Plain SQLite: durable, the rest as it comes. Exclusive keeps the rollback journal's file, which
 * spares the folder's metadata. */
static void open_outbox(struct scheme *scheme)
{
        check_sqlite(sqlite3_open(scheme->path, &scheme->db), SQLITE_OK, scheme->db);
        if (scheme->kind == OUTBOX_EXCLUSIVE)
                run_sql(scheme->db, "PRAGMA locking_mode = EXCLUSIVE");
        bool is_wal = scheme->kind == OUTBOX_WAL || scheme->kind == OUTBOX_WAL_IDS;
        run_sql(scheme->db, is_wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE");
        run_sql(scheme->db, "PRAGMA synchronous = FULL;"
                            "CREATE TABLE log (seq INTEGER PRIMARY KEY, at_us INTEGER,"
                            " event INTEGER, reason INTEGER, direction INTEGER, class INTEGER,"
                            " clock INTEGER, flags INTEGER, grant_seq INTEGER, access_point TEXT,"
                            " holder TEXT, subject BLOB, detail TEXT, id TEXT);"
                            "CREATE TABLE outbox (seq INTEGER PRIMARY KEY, payload TEXT)");
        if (scheme->kind == OUTBOX_WAL_IDS)
                run_sql(scheme->db, "CREATE UNIQUE INDEX by_id ON log (id)");
        prepare(scheme->db,
                "INSERT INTO log VALUES"
                " (?1, ?2, 1, 0, 1, 2, 0, 0, 0, 'north-in', ?3, ?4, NULL, ?5)",
                &scheme->log);
        prepare(scheme->db, "INSERT INTO outbox VALUES (?1, ?2)", &scheme->outbox);
        prepare(scheme->db, "DELETE FROM outbox WHERE seq <= ?1", &scheme->acknowledge);
}

static void open_raw(struct scheme *scheme, long entries)
{
        static const char zeros[ENTRY_LEN];
        scheme->fd = open(scheme->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        check(scheme->fd < 0 ? -errno : 0, scheme->path);
        for (long i = 0; scheme->kind == RAW && i < entries; i++)
                check(pwrite(scheme->fd, zeros, sizeof(zeros), i * ENTRY_LEN) < 0 ? -errno : 0,
                      "write");
        check(fsync(scheme->fd) < 0 ? -errno : 0, "fsync");
}

static void open_scheme(struct scheme *scheme, enum scheme_kind kind, const char *folder,
                        long entries)
{
        *scheme = (struct scheme){ .kind = kind, .fd = -1, .bytes = -1 };
        (void)snprintf(scheme->path, sizeof(scheme->path), "%s/scheme-%d", folder, (int)kind);
        scheme->took_ns = calloc((size_t)entries, sizeof(scheme->took_ns[0]));
        check(scheme->took_ns ? 0 : -ENOMEM, "memory");
        if (kind <= RAW_GROWING)
                open_raw(scheme, entries);
        else if (kind <= JOURNAL_TAKEN)
                check(journal_open(scheme->path, &scheme->journal), "journal");
        else
                open_outbox(scheme);
}

static void close_scheme(struct scheme *scheme)
{
        static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
        if (scheme->fd >= 0)
                (void)close(scheme->fd);
        scheme->journal = journal_close(scheme->journal);
        (void)sqlite3_finalize(scheme->log);
        (void)sqlite3_finalize(scheme->outbox);
        (void)sqlite3_finalize(scheme->acknowledge);
        (void)sqlite3_close(scheme->db);
        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
                char path[PATH_LEN + 64];
                (void)snprintf(path, sizeof(path), "%s%s", scheme->path, suffixes[i]);
                (void)unlink(path);
        }
        free(scheme->took_ns);
        scheme->took_ns = NULL;
}

static void run_statement(sqlite3_stmt *statement)
{
        check_sqlite(sqlite3_step(statement), SQLITE_DONE, sqlite3_db_handle(statement));
        (void)sqlite3_reset(statement);
}

static void write_outbox(struct scheme *scheme, const struct passage *row, long seq)
{
        static char payload[OUTBOX_LEN + 1];
        char id[UUID_TEXT_MAX];
        memset(payload, 'x', OUTBOX_LEN);
        run_sql(scheme->db, "BEGIN IMMEDIATE");
        (void)sqlite3_bind_int64(scheme->log, 1, seq);
        (void)sqlite3_bind_int64(scheme->log, 2, row->at_us);
        (void)sqlite3_bind_text(scheme->log, 3, row->holder, -1, SQLITE_STATIC);
        (void)sqlite3_bind_blob(scheme->log, 4, row->subject, sizeof(row->subject), SQLITE_STATIC);
        if (scheme->kind == OUTBOX_WAL_IDS) {
                uuid7_format(row->at_us / 1000, row->subject, id);
                (void)sqlite3_bind_text(scheme->log, 5, id, -1, SQLITE_STATIC);
        }
        run_statement(scheme->log);
        (void)sqlite3_bind_int64(scheme->outbox, 1, seq);
        (void)sqlite3_bind_text(scheme->outbox, 2, payload, OUTBOX_LEN, SQLITE_STATIC);
        run_statement(scheme->outbox);
        run_sql(scheme->db, "COMMIT");
}

static void write_raw(const struct scheme *scheme, long entry)
{
        char bytes[ENTRY_LEN];
        memset(bytes, 'a' + (int)(entry % 26), sizeof(bytes));
        check(pwrite(scheme->fd, bytes, sizeof(bytes), entry * ENTRY_LEN) < 0 ? -errno : 0,
              "write");
        check(fdatasync(scheme->fd) < 0 ? -errno : 0, "fdatasync");
}

static void write_entry(struct scheme *scheme, long entry)
{
        struct passage row = {
                .at_us = INT64_C(1767250800000000) + entry * 500000,
                .event = scheme->kind == JOURNAL_TAKEN ? EVENT_ACCESS_TAKEN : EVENT_ACCESS_GRANTED,
                .direction = entry % 2 ? DIRECTION_EXIT : DIRECTION_ENTRY,
                .class = CREDENTIAL_CODE,
        };
        (void)snprintf(row.access_point, sizeof(row.access_point), "north-in");
        (void)snprintf(row.holder, sizeof(row.holder), "w-%08ld", entry * 7919 % 5000);
        memset(row.subject, (int)(entry % 251), sizeof(row.subject));
        if (scheme->fd >= 0)
                write_raw(scheme, entry);
        else if (scheme->journal)
                check(journal_append(scheme->journal, &row, 1), "append");
        else
                write_outbox(scheme, &row, entry + 1);
}

static void acknowledge(struct scheme *scheme, long entry)
{
        struct journal_info info;
        if (entry < 0 || scheme->fd >= 0 || scheme->kind == JOURNAL_UNACKNOWLEDGED)
                return;
        if (scheme->journal) {
                journal_info(scheme->journal, &info);
                check(journal_acknowledge(scheme->journal, info.epoch, (uint64_t)entry + 1), "ack");
                return;
        }
        (void)sqlite3_bind_int64(scheme->acknowledge, 1, entry + 1);
        run_statement(scheme->acknowledge);
}

static void run_round(struct scheme *scheme, long count)
{
        int64_t from_ns = now_ns();
        long from_flushes = flushes;
        for (long i = 0; i < count; i++) {
                int64_t before_ns = now_ns();
                write_entry(scheme, scheme->entries);
                scheme->took_ns[scheme->entries] = now_ns() - before_ns;
                long before = flushes;
                acknowledge(scheme, scheme->entries - LAG);
                scheme->ack_flushes += flushes - before;
                scheme->entries++;
        }
        scheme->flushes += flushes - from_flushes;
        scheme->total_ns += now_ns() - from_ns;
}

static int by_value(const void *a, const void *b)
{
        int64_t first = *(const int64_t *)a, second = *(const int64_t *)b;
        return (first > second) - (first < second);
}

/* Bytes that the folder's device was told to write since it is there; negative: not known. */
static int64_t device_bytes(const char *folder)
{
        struct stat info;
        char path[64];
        long long sectors = -1;
        if (stat(folder, &info) < 0)
                return -1;
        (void)snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major(info.st_dev),
                       minor(info.st_dev));
        FILE *file = fopen(path, "re");
        if (!file)
                return -1;
        if (fscanf(file, "%*s %*s %*s %*s %*s %*s %lld", &sectors) != 1)
                sectors = -1;
        (void)fclose(file);
        return sectors < 0 ? -1 : sectors * SECTOR;
}

/* One scheme alone on the device; what the file system writes for it later counts as well. */
static double measure_bytes(enum scheme_kind kind, const char *folder, long entries)
{
        struct scheme scheme;
        open_scheme(&scheme, kind, folder, entries);
        sync();
        int64_t before = device_bytes(folder);
        run_round(&scheme, entries);
        sync();
        int64_t after = device_bytes(folder);
        close_scheme(&scheme);
        return before < 0 || after < 0 ? -1 : (double)(after - before) / (double)entries;
}

static double percentile(const struct scheme *scheme, int percent)
{
        return (double)scheme->took_ns[scheme->entries * percent / 100] / 1e3;
}

static double rate(const struct scheme *scheme)
{
        return (double)scheme->entries * 1e9 / (double)scheme->total_ns;
}

static void print_table(struct scheme *schemes, long entries)
{
        printf("%-32s %9s %6s %8s %6s %8s %6s %9s %6s %8s %8s\n", "scheme", "commits/s", "ratio",
               "p50 us", "ratio", "p99 us", "ratio", "bytes", "ratio", "flushes", "per ack");
        for (int i = 0; i < SCHEMES; i++) {
                struct scheme *scheme = &schemes[i];
                qsort(scheme->took_ns, (size_t)entries, sizeof(scheme->took_ns[0]), by_value);
                printf("%-32s %9.0f %6.2f %8.1f %6.2f %8.1f %6.2f ", names[i], rate(scheme),
                       rate(scheme) / rate(&schemes[RAW]), percentile(scheme, 50),
                       percentile(scheme, 50) / percentile(&schemes[RAW], 50),
                       percentile(scheme, 99),
                       percentile(scheme, 99) / percentile(&schemes[RAW], 99));
                if (scheme->bytes < 0)
                        printf("%9s %6s ", "-", "-");
                else
                        printf("%9.0f %6.2f ", scheme->bytes, scheme->bytes / schemes[RAW].bytes);
                printf("%8.2f %8.2f\n", (double)scheme->flushes / (double)entries,
                       (double)scheme->ack_flushes / (double)entries);
        }
}

static void print_targets(const struct scheme *schemes)
{
        const struct scheme *raw = &schemes[RAW], *journal = &schemes[JOURNAL];
        printf("\nof the floor: commits/s %.2f (aim 0.65 or more), p50 %.2f (1.5 or less), "
               "p99 %.2f (4 or less)\n",
               rate(journal) / rate(raw), percentile(journal, 50) / percentile(raw, 50),
               percentile(journal, 99) / percentile(raw, 99));
        if (journal->bytes >= 0)
                printf("device bytes: %.2f of the floor (1.6 or less); 1/%.1f of the leanest log + "
                       "outbox, 1/%.1f with event ids (1/5 or less); 1/%.1f with a rollback "
                       "journal (1/20 or less)\n",
                       journal->bytes / raw->bytes, schemes[OUTBOX_WAL].bytes / journal->bytes,
                       schemes[OUTBOX_WAL_IDS].bytes / journal->bytes,
                       schemes[OUTBOX_ROLLBACK].bytes / journal->bytes);
        printf("flushes in acknowledgements: %ld; in all %+ld against none acknowledged\n",
               journal->ack_flushes, journal->flushes - schemes[JOURNAL_UNACKNOWLEDGED].flushes);
}

static void measure(const char *folder, const char *private_folder, long entries)
{
        struct scheme schemes[SCHEMES];
        for (int i = 0; i < SCHEMES; i++)
                open_scheme(&schemes[i], (enum scheme_kind)i, folder, entries);
        for (long done = 0, turn = 0; done < entries; done += ROUND, turn++)
                for (long i = 0; i < SCHEMES; i++) /* another one first each time */
                        run_round(&schemes[(i + turn) % SCHEMES], ROUND);
        for (int i = 0; private_folder && i < SCHEMES; i++)
                schemes[i].bytes = measure_bytes((enum scheme_kind)i, private_folder, entries);
        print_table(schemes, entries);
        print_targets(schemes);
        for (int i = 0; i < SCHEMES; i++)
                close_scheme(&schemes[i]);
}

int main(int argc, char **argv)
{
        char folder[PATH_LEN];
        long entries = argc > 1 ? strtol(argv[1], NULL, 10) : ENTRIES;
        entries -= entries % ROUND;
        if (entries < ROUND || entries > 10000000) {
                fputs("usage: bench_journal [entries [folder [folder on a device of its own]]]\n",
                      stderr);
                return 2;
        }
        (void)snprintf(folder, sizeof(folder), "%s/journal-XXXXXX", argc > 2 ? argv[2] : ".");
        if (!mkdtemp(folder)) {
                perror(folder);
                return 1;
        }
        printf("%ld entries a scheme in rounds of %d, acknowledged %d entries later; SQLite %s\n",
               entries, ROUND, LAG, sqlite3_libversion());
        measure(folder, argc > 3 ? argv[3] : NULL, entries);
        return rmdir(folder) ? 1 : 0;
}
