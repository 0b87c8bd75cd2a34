/*
 * The archive on PostgreSQL: its life, and the finding of streams. postgres_store.c moves them,
 * postgres_schema.c has the tables and says how they belong together.
 */
#include "common/log.h"
#include "drivers/archive/archive_drivers.h"
#include "drivers/archive/names.h"
#include "drivers/archive/postgres_private.h"
#include "drivers/archive/postgres_schema.h"

#include <errno.h>
#include <string.h>

void postgres_put_ids(struct archive_postgres *self, const struct archive_stream *streams,
                      size_t count)
{
        struct postgres_args *ids = postgres_slot(self, SLOT_IDS);
        postgres_add_array(ids, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(ids, streams[i].id);
}

static struct archive_stream stream_at(const PGresult *rows, int row)
{
        return (struct archive_stream){
                .id = postgres_get_int(PQgetvalue(rows, row, 0)),
                .contiguous = (uint64_t)postgres_get_int(PQgetvalue(rows, row, 1)),
                .highest = (uint64_t)postgres_get_int(PQgetvalue(rows, row, 2)),
        };
}

static int compare_ids(const void *a, const void *b)
{
        const struct archive_stream *left = a, *right = b;
        return left->id < right->id ? -1 : left->id > right->id;
}

int postgres_take_streams(const PGresult *rows, struct archive_stream *streams, size_t count)
{
        size_t found = (size_t)PQntuples(rows);
        struct archive_stream *sorted = calloc(found + 1, sizeof(struct archive_stream));
        int r = sorted ? 0 : -ENOMEM;
        for (size_t i = 0; i < found && !r; i++)
                sorted[i] = stream_at(rows, (int)i);
        if (!r)
                qsort(sorted, found, sizeof(struct archive_stream), compare_ids);
        for (size_t i = 0; i < count && !r; i++) {
                const struct archive_stream *at = bsearch(
                        &streams[i], sorted, found, sizeof(struct archive_stream), compare_ids);
                if (at)
                        streams[i] = *at;
                else
                        r = -ENOENT;
        }
        free(sorted);
        return r;
}

/* After a fault nothing that was remembered of the database counts, and nothing of a transaction
 * may be left. */
static int heard(struct archive_postgres *self, int r)
{
        if (r) {
                self->day_count = 0;
                postgres_link_leave(&self->link);
        }
        return r;
}

/* 1, 0 there is none, or -errno. */
static int find_stream(struct archive_postgres *self, const char *gate,
                       const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream)
{
        PGresult *rows = NULL;
        struct postgres_args *args = postgres_slot(self, SLOT_IDS);
        postgres_add_text(args, gate);
        postgres_add_bytes(args, epoch, ARCHIVE_UUID_LEN);
        const struct postgres_step find = { POSTGRES_FIND_STREAM, args, &rows };
        int r = postgres_link_run(&self->link, &find, 1);
        if (r)
                return r;
        r = PQntuples(rows) > 0;
        if (r > 0)
                *stream = stream_at(rows, 0);
        PQclear(rows);
        return r;
}

/* 0; -EDQUOT; -errno. So that a gate with too many does not make the database write. */
static int check_quota(struct archive_postgres *self, const char *gate)
{
        PGresult *rows = NULL;
        struct postgres_args *args = postgres_slot(self, SLOT_IDS);
        postgres_add_text(args, gate);
        const struct postgres_step count = { POSTGRES_COUNT_STREAM, args, &rows };
        int r = postgres_link_run(&self->link, &count, 1);
        if (r)
                return r;
        bool is_full = postgres_get_int(PQgetvalue(rows, 0, 0)) >= ARCHIVE_STREAMS_OF_GATE_MAX;
        PQclear(rows);
        return is_full ? -EDQUOT : 0;
}

static int add_stream(struct archive_postgres *self, const char *gate,
                      const uint8_t epoch[ARCHIVE_UUID_LEN])
{
        char its_site[HISTORY_SITE_MAX];
        struct postgres_args *site = postgres_slot(self, SLOT_ROWS);
        struct postgres_args *name = postgres_slot(self, SLOT_IDS);
        struct postgres_args *stream = postgres_slot(self, SLOT_SEQS);
        names_site(gate, its_site);
        postgres_add_text(site, its_site);
        postgres_add_text(name, gate);
        postgres_add_text(name, its_site);
        postgres_add_text(stream, gate);
        postgres_add_bytes(stream, epoch, ARCHIVE_UUID_LEN);
        postgres_add_int(stream, ARCHIVE_STREAMS_OF_GATE_MAX);
        const struct postgres_step steps[] = {
                { POSTGRES_BEGIN, NULL, NULL },    { POSTGRES_ADD_SITE, site, NULL },
                { POSTGRES_ADD_GATE, name, NULL }, { POSTGRES_ADD_STREAM, stream, NULL },
                { POSTGRES_COMMIT, NULL, NULL },
        };
        return postgres_link_run(&self->link, steps, ARRAY_LEN(steps));
}

static int open_stream(struct archive *archive, const char *gate,
                       const uint8_t epoch[ARCHIVE_UUID_LEN], struct archive_stream *stream)
{
        struct archive_postgres *self = (struct archive_postgres *)archive;
        int r = postgres_link_need(&self->link);
        if (!r)
                r = find_stream(self, gate, epoch, stream);
        if (r != 0)
                return r > 0 ? 0 : heard(self, r);
        r = check_quota(self, gate);
        if (!r)
                r = add_stream(self, gate, epoch);
        if (!r)
                r = find_stream(self, gate, epoch, stream);
        if (r == 0) /* others took the last places meanwhile */
                return -EDQUOT;
        return r > 0 ? 0 : r == -EDQUOT ? r : heard(self, r);
}

static int store(struct archive *archive, const struct archive_batch *batch)
{
        struct archive_postgres *self = (struct archive_postgres *)archive;
        int r = postgres_link_need(&self->link);
        return heard(self, r ? r : postgres_store(self, batch));
}

static uint64_t sum(const PGresult *rows)
{
        uint64_t all = 0;
        for (int i = 0; i < PQntuples(rows); i++)
                all += (uint64_t)postgres_get_int(PQgetvalue(rows, i, 0));
        return all;
}

/* The gaps up to `until`, and when there are no more of them what is beyond the last row. */
static int lose_all(struct archive_postgres *self, struct archive_stream *stream, uint64_t until,
                    const char *reason, int64_t now_us, uint64_t *lost)
{
        PGresult *gaps = NULL, *tail = NULL, *moved = NULL;
        struct postgres_args *ids = postgres_slot(self, SLOT_IDS);
        struct postgres_args *id = postgres_slot(self, SLOT_SEQS);
        struct postgres_args *loss = postgres_slot(self, SLOT_ROWS);
        struct postgres_args *rest = postgres_slot(self, SLOT_FOUND);
        postgres_put_ids(self, stream, 1);
        postgres_add_int(id, stream->id);
        postgres_add_int(rest, stream->id);
        postgres_add_int(rest, (int64_t)until);
        postgres_add_text(rest, reason);
        postgres_add_int(rest, now_us);
        postgres_add_int(loss, stream->id);
        postgres_add_int(loss, (int64_t)until);
        postgres_add_text(loss, reason);
        postgres_add_int(loss, now_us);
        postgres_add_int(loss, ARCHIVE_LOSSES_MAX - 1);
        const struct postgres_step steps[] = {
                { POSTGRES_BEGIN, NULL, NULL },      { POSTGRES_LOCK_STREAMS, ids, NULL },
                { POSTGRES_LOSE_GAPS, loss, &gaps }, { POSTGRES_LOSE_TAIL, rest, &tail },
                { POSTGRES_PASS_LOST, id, &moved },  { POSTGRES_COMMIT, NULL, NULL },
        };
        int r = postgres_link_run(&self->link, steps, ARRAY_LEN(steps));
        if (!r)
                r = postgres_take_streams(moved, stream, 1);
        if (!r)
                *lost = sum(gaps) + sum(tail);
        PQclear(gaps);
        PQclear(tail);
        PQclear(moved);
        return r;
}

static int lose(struct archive *archive, struct archive_stream *stream, uint64_t until,
                const char *reason, int64_t now_us, uint64_t *lost)
{
        struct archive_postgres *self = (struct archive_postgres *)archive;
        int r = postgres_link_need(&self->link);
        return heard(self, r ? r : lose_all(self, stream, until, reason, now_us, lost));
}

static int forget(struct archive *archive, int64_t before_day, int64_t now_us,
                  struct archive_deletion *deletion)
{
        struct archive_postgres *self = (struct archive_postgres *)archive;
        int r = postgres_link_need(&self->link);
        return heard(self, r ? r : postgres_forget(self, before_day, now_us, deletion));
}

static int erase(struct archive *archive, const uint8_t subject[16],
                 struct archive_deletion *erased)
{
        struct archive_postgres *self = (struct archive_postgres *)archive;
        int r = postgres_link_need(&self->link);
        return heard(self, r ? r : postgres_erase(self, subject, erased));
}

static void close_archive(struct archive *archive)
{
        struct archive_postgres *self = (struct archive_postgres *)archive;
        postgres_link_leave(&self->link);
        for (size_t i = 0; i < SLOTS; i++)
                postgres_args_deinit(&self->args[i]);
        free(self->link.conninfo);
        free(self);
}

static const struct archive_ops ops = { .name = "postgresql",
                                        .open_stream = open_stream,
                                        .store = store,
                                        .lose = lose,
                                        .forget = forget,
                                        .erase = erase,
                                        .close = close_archive };

bool archive_postgres_check(const char *conninfo, const char **why)
{
        return postgres_link_check(conninfo, why, NULL);
}

int archive_postgres_open(const char *conninfo, struct archive **archive)
{
        const char *why;
        *archive = NULL;
        struct archive_postgres *self = calloc(1, sizeof(*self));
        if (!self)
                return -ENOMEM;
        self->archive.ops = &ops;
        self->link.prepare = postgres_schema_prepare;
        self->link.application = "stile-collector";
        self->link.conninfo = strdup(conninfo);
        if (self->link.conninfo && postgres_link_check(conninfo, &why, self->link.name)) {
                *archive = &self->archive;
                return 0;
        }
        if (self->link.conninfo)
                log_error("not a connection", "why=%s", why);
        int r = self->link.conninfo ? -EINVAL : -ENOMEM;
        close_archive(&self->archive);
        return r;
}
