/*
 * Parts of bench_uplink.py:
 *
 *     uplink_parts journal FILE ROWS                        a gate's backlog
 *     uplink_parts collect PORT ROWS null|sqlite FILE BATCH  the collector's library, measured
 *
 * `null` stores nothing: an archive that only counts, as the floor of what storing costs.
 */
#include "controller/ports/journal.h"
#include "dashboard/ingest/collector.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/feed/feed_drivers.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
        CHUNK = 1000,
        NULL_STREAMS = 1024
};

/* Taken and not taken entries of many people, an hour old. */
static int write_journal(const char *path, size_t rows)
{
        static struct passage chunk[CHUNK];
        struct journal *journal = NULL;
        int r = journal_open(path, &journal);
        int64_t at_us = wall_us() - INT64_C(3600000000);
        for (size_t done = 0; !r && done < rows; done += CHUNK) {
                size_t count = rows - done < CHUNK ? rows - done : CHUNK;
                for (size_t i = 0; i < count; i++) {
                        struct passage *row = &chunk[i];
                        *row = (struct passage){ .at_us = at_us + (int64_t)(done + i) * 1000,
                                                 .event = EVENT_ACCESS_TAKEN,
                                                 .direction = DIRECTION_ENTRY,
                                                 .class = CREDENTIAL_CCCD };
                        strcpy(row->access_point, "entry");
                        snprintf(row->holder, sizeof(row->holder), "holder-%zu", (done + i) % 5000);
                        memcpy(row->subject, &(size_t){ 1 + (done + i) % 5000 }, sizeof(size_t));
                        if (done + i > 0)
                                row->grant_seq = done + i;
                }
                r = journal_append(journal, chunk, count);
        }
        journal_close(journal);
        return r;
}

/* ---- an archive that stores nothing ---- */

struct archive_null {
        struct archive archive;
        struct archive_stream stream[NULL_STREAMS];
        char gate[NULL_STREAMS][ARCHIVE_GATE_MAX];
        size_t streams;
};

static int open_stream(struct archive *archive, const char *gate,
                       const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream)
{
        struct archive_null *self = (struct archive_null *)archive;
        size_t i = 0;
        (void)epoch;
        while (i < self->streams && strcmp(self->gate[i], gate) != 0)
                i++;
        if (i == NULL_STREAMS)
                return -EDQUOT;
        if (i == self->streams) {
                strcpy(self->gate[i], gate);
                self->stream[i].id = (int64_t)i;
                self->streams++;
        }
        *stream = self->stream[i];
        return 0;
}

static int store(struct archive *archive, const struct archive_batch *batch)
{
        struct archive_null *self = (struct archive_null *)archive;
        for (size_t i = 0; i < batch->count; i++) {
                struct archive_row *row = &batch->rows[i];
                struct archive_stream *at = &self->stream[batch->streams[row->stream].id];
                row->is_new = row->seq > at->highest;
                if (row->is_new)
                        at->contiguous = at->highest = row->seq;
        }
        for (size_t i = 0; i < batch->stream_count; i++)
                batch->streams[i] = self->stream[batch->streams[i].id];
        return 0;
}

static int lose(struct archive *archive, struct archive_stream *stream, uint64_t until,
                const char *reason, int64_t now_us, uint64_t *lost)
{
        (void)archive;
        (void)stream;
        (void)until;
        (void)reason;
        (void)now_us;
        *lost = 0;
        return 0;
}

static void close_archive(struct archive *archive)
{
        free(archive);
}

static const struct archive_ops null_ops = { .name = "null",
                                             .open_stream = open_stream,
                                             .store = store,
                                             .lose = lose,
                                             .close = close_archive };

static int open_archive(const char *kind, const char *path, struct archive **archive)
{
        if (strcmp(kind, "sqlite") == 0)
                return archive_sqlite_open(path, archive);
        struct archive_null *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->archive.ops = &null_ops;
        *archive = &self->archive;
        return 0;
}

/* ---- the collector, until it has so many rows ---- */

static double resident_mib(void)
{
        long pages = 0;
        FILE *file = fopen("/proc/self/statm", "r");
        if (!file || fscanf(file, "%*s %ld", &pages) != 1)
                pages = 0;
        if (file)
                fclose(file);
        return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

struct progress {
        uint64_t rows;
        int64_t first_us;
        double start_mib, middle_mib;
};

/* True: all are there. */
static bool note(struct progress *progress, const struct collector *collector)
{
        uint64_t entries = collector->counts.entries;
        if (entries == 0 && progress->start_mib == 0 && collector->is_up) {
                puts("ready");
                fflush(stdout);
                progress->start_mib = resident_mib();
        }
        if (progress->first_us == 0 && !batch_is_empty(collector->gathered))
                progress->first_us = monotonic_us();
        if (progress->middle_mib == 0 && entries >= progress->rows / 2)
                progress->middle_mib = resident_mib();
        return entries >= progress->rows;
}

static void run(struct collector *collector, struct feed *feed, const struct storer *storer,
                struct progress *progress)
{
        struct feed_event event;
        while (!note(progress, collector)) {
                struct collector_time time = { monotonic_ms(), wall_us() };
                while (collector_has_room(collector) && feed_next(feed, &event) > 0)
                        collector_take(collector, &event, &time);
                collector_turn(collector, &time);
                int64_t left_ms = collector_due_ms(collector) - monotonic_ms();
                struct pollfd ready[] = { { .fd = collector_has_room(collector) ? feed->fd : -1,
                                            .events = POLLIN },
                                          { .fd = storer_fd(storer), .events = POLLIN } };
                (void)poll(ready, ARRAY_LEN(ready), left_ms > 0 ? (int)left_ms : 0);
        }
}

static void print_result(const struct collector *collector, const struct progress *progress)
{
        struct rusage usage;
        double seconds = (double)(monotonic_us() - progress->first_us) / 1e6;
        getrusage(RUSAGE_SELF, &usage);
        printf("{\"seconds\":%.3f,\"commits\":%llu,\"duplicates\":%llu,\"cpu_s\":%.2f,"
               "\"mib\":[%.1f,%.1f,%.1f]}\n",
               seconds, (unsigned long long)collector->counts.commits,
               (unsigned long long)collector->counts.duplicates,
               (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
               progress->start_mib, progress->middle_mib, resident_mib());
}

static int collect(int port, struct progress *progress, const char *kind, const char *path,
                   size_t batch)
{
        static const char *const topics[] = { "stile/v1/+/+/+/entry", "stile/v1/+/+/+/status",
                                              "stile/v1/+/+/+/birth", NULL };
        static struct collector collector;
        const struct feed_mqtt_settings mqtt = { .host = "127.0.0.1",
                                                 .port = port,
                                                 .client_id = "bench-collector",
                                                 .keepalive_s = 60,
                                                 .reconnect_max_s = 1,
                                                 .topics = topics };
        struct archive *archive = NULL;
        struct storer *storer = NULL;
        struct feed *feed = NULL;
        int r = open_archive(kind, path, &archive);
        if (!r)
                r = storer_open(archive, &storer);
        if (!r)
                r = feed_mqtt_open(&mqtt, &feed);
        if (!r) {
                const struct collector_settings settings = { .feed = feed,
                                                             .archive = archive,
                                                             .storer = storer,
                                                             .name = "bench",
                                                             .batch_rows = batch,
                                                             .batch_ms = 50,
                                                             .gap_ms = 3000 };
                collector_init(&collector, &settings, monotonic_ms());
                run(&collector, feed, storer, progress);
                print_result(&collector, progress);
                collector_deinit(&collector);
        }
        feed_close(feed);
        storer_close(storer);
        archive_close(archive);
        return r;
}

int main(int argc, char **argv)
{
        int r = -EINVAL;
        if (argc == 4 && strcmp(argv[1], "journal") == 0) {
                r = write_journal(argv[2], strtoull(argv[3], NULL, 10));
        } else if (argc == 7 && strcmp(argv[1], "collect") == 0) {
                struct progress progress = { .rows = strtoull(argv[3], NULL, 10) };
                r = collect(atoi(argv[2]), &progress, argv[4], argv[5],
                            strtoull(argv[6], NULL, 10));
        }
        if (r)
                fprintf(stderr, "uplink_parts: errno %d\n", -r);
        return r ? 1 : 0;
}
