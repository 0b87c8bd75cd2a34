/* The archive on PostgreSQL: what gates said of themselves. */
#include "drivers/archive/names.h"
#include "drivers/archive/postgres_private.h"
#include "drivers/archive/postgres_schema.h"

static void put_gate(struct postgres_args *args, const struct archive_news *news)
{
        postgres_put_text(args, news->gate);
}

static void put_site(struct postgres_args *args, const struct archive_news *news)
{
        char site[HISTORY_SITE_MAX];
        names_site(news->gate, site);
        postgres_put_text(args, site);
}

static void put_state(struct postgres_args *args, const struct archive_news *news)
{
        postgres_put_text(args, news->state);
}

static void put_received(struct postgres_args *args, const struct archive_news *news)
{
        postgres_put_int(args, news->received_us);
}

static void put_text(struct postgres_args *args, const struct archive_news *news)
{
        postgres_put_text(args, news->text);
}

static void put_epoch(struct postgres_args *args, const struct archive_news *news)
{
        if (news->has_journal)
                postgres_put_bytes(args, news->epoch, sizeof(news->epoch));
        else
                postgres_put_null(args);
}

static void put_head(struct postgres_args *args, const struct archive_news *news)
{
        if (news->has_journal)
                postgres_put_int(args, (int64_t)news->head);
        else
                postgres_put_null(args);
}

struct column {
        enum postgres_type type;
        void (*put)(struct postgres_args *args, const struct archive_news *news);
};

static const struct column gate_columns[] = { { POSTGRES_TEXT, put_gate },
                                              { POSTGRES_TEXT, put_site } };
static const struct column status_columns[] = {
        { POSTGRES_TEXT, put_gate }, { POSTGRES_TEXT, put_state }, { POSTGRES_INT, put_received },
        { POSTGRES_TEXT, put_text }, { POSTGRES_UUID, put_epoch }, { POSTGRES_INT, put_head },
};
static const struct column health_columns[] = { { POSTGRES_TEXT, put_gate },
                                                { POSTGRES_TEXT, put_text },
                                                { POSTGRES_INT, put_received } };

/* Which news a step is about: kinds as bits. */
enum {
        STATUS = 1 << ARCHIVE_STATUS,
        HEALTH = 1 << ARCHIVE_HEALTH
};

static void add(struct archive_postgres *self, struct postgres_script *script,
                const struct archive_batch *batch, unsigned kinds, const char *statement,
                enum postgres_slot slot, const struct column *columns, size_t width)
{
        struct postgres_args *args = postgres_slot(self, slot);
        size_t count = 0;
        for (size_t i = 0; i < batch->news_count; i++)
                count += (kinds >> batch->news[i].kind) & 1;
        if (count == 0)
                return;
        for (size_t column = 0; column < width; column++) {
                postgres_add_array(args, columns[column].type, count);
                for (size_t i = 0; i < batch->news_count; i++)
                        if ((kinds >> batch->news[i].kind) & 1)
                                columns[column].put(args, &batch->news[i]);
        }
        postgres_add_step(script, statement, args, NULL);
}

void postgres_add_news(struct archive_postgres *self, struct postgres_script *script,
                       const struct archive_batch *batch)
{
        add(self, script, batch, STATUS | HEALTH, POSTGRES_HEAR_SITES, SLOT_NEWS_SITES,
            gate_columns + 1, 1);
        add(self, script, batch, STATUS | HEALTH, POSTGRES_HEAR_GATES, SLOT_NEWS_GATES,
            gate_columns, ARRAY_LEN(gate_columns));
        add(self, script, batch, STATUS, POSTGRES_HEAR_STATUS, SLOT_STATUS, status_columns,
            ARRAY_LEN(status_columns));
        add(self, script, batch, HEALTH, POSTGRES_HEAR_HEALTH, SLOT_HEALTH, health_columns,
            ARRAY_LEN(health_columns));
        add(self, script, batch, HEALTH, POSTGRES_KEEP_HEALTH, SLOT_HEALTH_HOURS, health_columns,
            ARRAY_LEN(health_columns));
}
