/*
 * The archive on PostgreSQL: what is older than it may be goes. A day of entries is a table, which
 * is dropped; stays and refusals are deleted, some at a time. Several collectors may do it at once.
 * And who wants to go.
 */
#include "controller/record/subject.h"
#include "drivers/archive/day.h"
#include "drivers/archive/postgres_private.h"
#include "drivers/archive/postgres_schema.h"

/* Runs a statement that gives a number. 0 or -errno. */
static int run(struct archive_postgres *self, const char *statement,
               const struct postgres_args *args, int64_t *number)
{
        PGresult *rows = NULL;
        const struct postgres_step step = { statement, args, &rows };
        int r = postgres_link_run(&self->link, &step, 1);
        if (!r)
                *number = postgres_get_int(PQgetvalue(rows, 0, 0));
        PQclear(rows);
        return r;
}

static int forget_day(struct archive_postgres *self, int64_t before_day, int64_t now_us,
                      struct archive_deletion *deletion)
{
        struct postgres_args *args = postgres_slot(self, SLOT_FORGOTTEN);
        int64_t rows = 0;
        postgres_add_date(args, (int32_t)(before_day - DAYS_TO_2000));
        postgres_add_int(args, now_us);
        int r = run(self, POSTGRES_FORGET_DAY, args, &rows);
        if (r || rows < 0)
                return r;
        deletion->entries = (uint64_t)rows;
        deletion->has_more = true;
        self->day_count = 0; /* one of those that are remembered may be it */
        return 0;
}

static int forget_some(struct archive_postgres *self, const char *statement, int64_t before_day,
                       int64_t now_us, uint64_t *deleted)
{
        struct postgres_args *args = postgres_slot(self, SLOT_FORGOTTEN);
        int64_t number = 0;
        postgres_add_int(args, before_day * DAY_US);
        postgres_add_int(args, ARCHIVE_FORGET_MAX);
        postgres_add_int(args, now_us);
        int r = run(self, statement, args, &number);
        if (!r)
                *deleted = (uint64_t)number;
        return r;
}

int postgres_forget(struct archive_postgres *self, int64_t before_day, int64_t now_us,
                    struct archive_deletion *deletion)
{
        int r = forget_day(self, before_day, now_us, deletion);
        if (!r)
                r = forget_some(self, POSTGRES_FORGET_STAYS, before_day, now_us, &deletion->stays);
        if (!r)
                r = forget_some(self, POSTGRES_FORGET_REST, before_day, now_us,
                                &deletion->refusals);
        if (deletion->stays >= ARCHIVE_FORGET_MAX || deletion->refusals >= ARCHIVE_FORGET_MAX)
                deletion->has_more = true;
        return r;
}

/* 1: a day was looked through, *day; 0: that was the last; -errno. */
static int erase_day(struct archive_postgres *self, const uint8_t subject[16], int64_t *day,
                     uint64_t *erased)
{
        PGresult *rows = NULL;
        struct postgres_args *args = postgres_slot(self, SLOT_FORGOTTEN);
        postgres_add_bytes(args, subject, 16);
        postgres_add_int(args, *day);
        const struct postgres_step step = { POSTGRES_ERASE_DAY, args, &rows };
        int r = postgres_link_run(&self->link, &step, 1);
        if (!r)
                r = PQntuples(rows) > 0;
        if (r > 0) {
                *day = postgres_get_int(PQgetvalue(rows, 0, 0));
                *erased += (uint64_t)postgres_get_int(PQgetvalue(rows, 0, 1));
        }
        PQclear(rows);
        return r;
}

int postgres_erase(struct archive_postgres *self, const uint8_t subject[16],
                   struct archive_deletion *erased)
{
        char text[SUBJECT_TEXT_MAX];
        int64_t number = 0;
        int64_t day = -1;
        int r;
        do
                r = erase_day(self, subject, &day, &erased->entries);
        while (r > 0);
        struct postgres_args *args = postgres_slot(self, SLOT_FORGOTTEN);
        postgres_add_bytes(args, subject, 16);
        if (!r)
                r = run(self, POSTGRES_ERASE_STAYS, args, &number);
        if (r)
                return r;
        erased->stays = (uint64_t)number;
        subject_format(subject, text);
        args = postgres_slot(self, SLOT_FORGOTTEN);
        postgres_add_bytes(args, text, SUBJECT_TEXT_MAX - 1);
        r = run(self, POSTGRES_ERASE_REST, args, &number);
        if (!r)
                erased->refusals = (uint64_t)number;
        return r;
}
