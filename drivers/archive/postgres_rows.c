/* The archive on PostgreSQL: a batch's rows and refusals as arguments, and the days of rows. */
#include "drivers/archive/day.h"
#include "drivers/archive/postgres_private.h"
#include "drivers/archive/postgres_schema.h"

#include <string.h>

enum {
        REFUSALS_KEPT = 10000,
        REFUSAL_PAYLOAD_MAX = 4096, /* the beginning says what it was */
        REFUSAL_TOPIC_MAX = 256
};

/* In days since 2000-01-01, as PostgreSQL counts them. A day that cannot be would only be one table
 * more. */
static int32_t day_of(const struct archive_row *row)
{
        return (int32_t)(day_of_row(row) - DAYS_TO_2000);
}

static void put_day(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_date(args, day_of(row));
}

static void put_flags(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_int(args, row->flags);
}

static void put_seq(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_int(args, (int64_t)row->seq);
}

static void put_at(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_int(args, row->at_us);
}

static void put_received(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_int(args, row->received_us);
}

static void put_id(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_bytes(args, row->id, sizeof(row->id));
}

static void put_event(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_text(args, row->event);
}

static void put_reason(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_optional(args, row->reason);
}

static void put_direction(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_optional(args, row->direction);
}

static void put_class(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_optional(args, row->credential_class);
}

static void put_clock(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_optional(args, row->clock);
}

static void put_access_point(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_optional(args, row->access_point);
}

static void put_subject(struct postgres_args *args, const struct archive_row *row)
{
        static const uint8_t nobody[sizeof(row->subject)];
        if (memcmp(row->subject, nobody, sizeof(nobody)) == 0)
                postgres_put_null(args);
        else
                postgres_put_bytes(args, row->subject, sizeof(row->subject));
}

static void put_grant(struct postgres_args *args, const struct archive_row *row)
{
        if (row->grant_seq == 0)
                postgres_put_null(args);
        else
                postgres_put_int(args, (int64_t)row->grant_seq);
}

static void put_more(struct postgres_args *args, const struct archive_row *row)
{
        postgres_put_optional(args, row->more);
}

/* In the order of the table `entry`, of which the first column is the stream's id. */
static const struct {
        enum postgres_type type;
        void (*put)(struct postgres_args *args, const struct archive_row *row);
} columns[] = {
        { POSTGRES_DATE, put_day },       { POSTGRES_INT, put_flags },
        { POSTGRES_INT, put_seq },        { POSTGRES_INT, put_at },
        { POSTGRES_INT, put_received },   { POSTGRES_UUID, put_id },
        { POSTGRES_TEXT, put_event },     { POSTGRES_TEXT, put_reason },
        { POSTGRES_TEXT, put_direction }, { POSTGRES_TEXT, put_class },
        { POSTGRES_TEXT, put_clock },     { POSTGRES_TEXT, put_access_point },
        { POSTGRES_BYTES, put_subject },  { POSTGRES_INT, put_grant },
        { POSTGRES_TEXT, put_more },
};

const struct postgres_args *postgres_put_rows(struct archive_postgres *self,
                                              const struct archive_batch *batch)
{
        struct postgres_args *args = postgres_slot(self, SLOT_ROWS);
        size_t fresh = 0;
        for (size_t i = 0; i < batch->count; i++)
                fresh += batch->rows[i].is_new;
        postgres_add_array(args, POSTGRES_INT, fresh);
        for (size_t i = 0; i < batch->count; i++)
                if (batch->rows[i].is_new)
                        postgres_put_int(args, batch->streams[batch->rows[i].stream].id);
        for (size_t column = 0; column < ARRAY_LEN(columns); column++) {
                postgres_add_array(args, columns[column].type, fresh);
                for (size_t i = 0; i < batch->count; i++)
                        if (batch->rows[i].is_new)
                                columns[column].put(args, &batch->rows[i]);
        }
        return args;
}

const struct postgres_args *postgres_put_refusals(struct archive_postgres *self,
                                                  const struct archive_batch *batch)
{
        struct postgres_args *args = postgres_slot(self, SLOT_REFUSALS);
        const struct archive_refusal *refusals = batch->refusals;
        size_t count = batch->refused;
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, refusals[i].received_us);
        postgres_add_array(args, POSTGRES_TEXT, count);
        for (size_t i = 0; i < count; i++) {
                char topic[REFUSAL_TOPIC_MAX];
                strncpy(topic, refusals[i].topic, sizeof(topic) - 1);
                topic[sizeof(topic) - 1] = '\0';
                postgres_put_text(args, topic);
        }
        postgres_add_array(args, POSTGRES_TEXT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_text(args, refusals[i].reason);
        postgres_add_array(args, POSTGRES_INT, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_int(args, (int64_t)refusals[i].len);
        postgres_add_array(args, POSTGRES_BYTES, count);
        for (size_t i = 0; i < count; i++)
                postgres_put_bytes(args, refusals[i].payload,
                                   refusals[i].len < REFUSAL_PAYLOAD_MAX ? refusals[i].len
                                                                         : REFUSAL_PAYLOAD_MAX);
        return args;
}

const struct postgres_args *postgres_put_kept(struct archive_postgres *self)
{
        struct postgres_args *args = postgres_slot(self, SLOT_TRIM);
        postgres_add_int(args, REFUSALS_KEPT);
        return args;
}

static bool is_known(const struct archive_postgres *self, int32_t day)
{
        for (size_t i = 0; i < POSTGRES_DAYS_KNOWN && i < self->day_count; i++)
                if (self->days[i] == day)
                        return true;
        return false;
}

static int make_day(struct archive_postgres *self, int32_t day)
{
        struct postgres_args *args = postgres_slot(self, SLOT_DAYS);
        postgres_add_date(args, day);
        const struct postgres_step make = { POSTGRES_MAKE_DAY, args, NULL };
        int r = postgres_link_run(&self->link, &make, 1);
        if (!r) /* the oldest that is remembered makes room */
                self->days[self->day_count++ % POSTGRES_DAYS_KNOWN] = day;
        return r;
}

int postgres_make_days(struct archive_postgres *self, const struct archive_batch *batch)
{
        int r = 0;
        for (size_t i = 0; i < batch->count && !r; i++) {
                int32_t day = day_of(&batch->rows[i]);
                if (!is_known(self, day))
                        r = make_day(self, day);
        }
        return r;
}
