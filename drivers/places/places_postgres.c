/* The register of places in PostgreSQL, for dashboards on several machines. Whoever changes it
 * locks the table of places. */
#include "drivers/places/places_drivers.h"
#include "drivers/postgres/postgres_shared.h"

#include <errno.h>
#include <stdlib.h>

#define PLACES_LOCK             "places_lock"
#define PLACES_PUT              "places_put"
#define PLACES_REMOVE           "places_remove"
#define PLACES_REMOVE_REMINDERS "places_remove_reminders"
#define PLACES_LIST             "places_list"
#define PLACES_REMIND           "places_remind"
#define PLACES_REMINDERS        "places_reminders"

static const char *const steps[] = {
        "CREATE TABLE place (site text COLLATE \"C\" PRIMARY KEY, name text NOT NULL,"
        "  category text NOT NULL, owner text NOT NULL, division text NOT NULL,"
        "  in_scope boolean NOT NULL);"
        "CREATE TABLE reminder (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        "  site text COLLATE \"C\" NOT NULL, at bigint NOT NULL, by_whom text NOT NULL,"
        "  note text NOT NULL);"
        "CREATE INDEX reminder_site ON reminder (site, at)",
};

static const struct postgres_statement statements[] = {
        { PLACES_LOCK, "LOCK TABLE place IN SHARE ROW EXCLUSIVE MODE" },
        { PLACES_PUT, "INSERT INTO place VALUES ($1::text, $2::text, $3::text, $4::text, $5::text,"
                      " $6::bigint <> 0) ON CONFLICT (site) DO UPDATE SET name = excluded.name,"
                      " category = excluded.category, owner = excluded.owner,"
                      " division = excluded.division, in_scope = excluded.in_scope" },
        { PLACES_REMOVE, "DELETE FROM place WHERE site = $1::text" },
        { PLACES_REMOVE_REMINDERS, "DELETE FROM reminder WHERE site = $1::text" },
        { PLACES_LIST, "SELECT site, name, category, owner, division, in_scope::integer::bigint,"
                       " (SELECT count(*) FROM reminder WHERE reminder.site = place.site),"
                       " (SELECT max(at) FROM reminder WHERE reminder.site = place.site)"
                       " FROM place ORDER BY site" },
        { PLACES_REMIND, "INSERT INTO reminder (site, at, by_whom, note)"
                         " SELECT site, $2::bigint, $3::text, $4::text FROM place"
                         " WHERE site = $1::text" },
        { PLACES_REMINDERS, "SELECT at, by_whom, note FROM reminder WHERE site = $1::text"
                            " ORDER BY at DESC, id DESC" },
};

static const struct postgres_shared_plan plan = {
        .tables = { .version_table = "places_version",
                    .lock = "6008493619",
                    .steps = steps,
                    .version = (int)ARRAY_LEN(steps) },
        .statements = statements,
        .count = ARRAY_LEN(statements),
};

struct places_postgres {
        struct places places; /* first: the port's functions take it */
        struct postgres_shared *shared;
};

static struct postgres_shared *shared_of(struct places *places)
{
        return ((struct places_postgres *)places)->shared;
}

static int put(struct postgres_shared *locked, const struct place *place)
{
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, place->site);
        postgres_add_text(args, place->name);
        postgres_add_text(args, place->category);
        postgres_add_text(args, place->owner);
        postgres_add_text(args, place->division);
        postgres_add_int(args, place->is_in_scope);
        int r = postgres_shared_do(locked, PLACES_PUT);
        return r < 0 ? r : 0;
}

static int put_places(struct places *places, const struct place *place, size_t count)
{
        POSTGRES_LOCKED(shared_of(places));
        int r = postgres_shared_begin(locked, PLACES_LOCK);
        if (r)
                return r;
        for (size_t i = 0; i < count && !r; i++)
                r = put(locked, &place[i]);
        return postgres_shared_end(locked, r);
}

static int remove_place(struct places *places, const char *site)
{
        POSTGRES_LOCKED(shared_of(places));
        int r = postgres_shared_begin(locked, PLACES_LOCK);
        if (r)
                return r;
        postgres_add_text(postgres_shared_args(locked), site);
        r = postgres_shared_do(locked, PLACES_REMOVE);
        if (r == 0)
                r = -ENOENT;
        postgres_add_text(postgres_shared_args(locked), site);
        if (r > 0)
                r = postgres_shared_do(locked, PLACES_REMOVE_REMINDERS);
        return postgres_shared_end(locked, r < 0 ? r : 0);
}

static int list_places(struct places *places, places_visitor *visit, void *context)
{
        POSTGRES_LOCKED(shared_of(places));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        (void)postgres_shared_args(locked);
        int r = postgres_shared_ask(locked, PLACES_LIST, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct place place = {
                        .site = PQgetvalue(rows, row, 0),
                        .name = PQgetvalue(rows, row, 1),
                        .category = PQgetvalue(rows, row, 2),
                        .owner = PQgetvalue(rows, row, 3),
                        .division = PQgetvalue(rows, row, 4),
                        .is_in_scope = postgres_integer(rows, row, 5) != 0,
                        .reminders = postgres_integer(rows, row, 6),
                        .reminded_us = postgres_integer(rows, row, 7),
                };
                goes_on = visit(context, &place);
        }
        return r;
}

static int remind_place(struct places *places, const char *site,
                        const struct places_reminder *reminder)
{
        POSTGRES_LOCKED(shared_of(places));
        int r = postgres_shared_begin(locked, PLACES_LOCK);
        if (r)
                return r;
        struct postgres_args *args = postgres_shared_args(locked);
        postgres_add_text(args, site);
        postgres_add_int(args, reminder->at_us);
        postgres_add_text(args, reminder->by);
        postgres_add_text(args, reminder->note);
        r = postgres_shared_do(locked, PLACES_REMIND);
        return postgres_shared_end(locked, r < 0 ? r : r == 0 ? -ENOENT : 0);
}

static int list_reminders(struct places *places, const char *site, places_reminder_visitor *visit,
                          void *context)
{
        POSTGRES_LOCKED(shared_of(places));
        CLEANUP(postgres_clear)
        PGresult *rows = NULL;
        postgres_add_text(postgres_shared_args(locked), site);
        int r = postgres_shared_ask(locked, PLACES_REMINDERS, &rows);
        bool goes_on = r == 0;
        for (int row = 0; goes_on && row < PQntuples(rows); row++) {
                const struct places_reminder reminder = { .at_us = postgres_integer(rows, row, 0),
                                                          .by = PQgetvalue(rows, row, 1),
                                                          .note = PQgetvalue(rows, row, 2) };
                goes_on = visit(context, &reminder);
        }
        return r;
}

static void close_register(struct places *places)
{
        postgres_shared_close(shared_of(places));
        free(places);
}

static const struct places_ops ops = {
        .put = put_places,
        .remove = remove_place,
        .list = list_places,
        .remind = remind_place,
        .reminders = list_reminders,
        .close = close_register,
};

int places_postgres_open(const char *conninfo, struct places **result)
{
        struct places_postgres *self = calloc(1, sizeof(*self));
        *result = NULL;
        if (!self)
                return -ENOMEM;
        self->places.ops = &ops;
        int r = postgres_shared_open(conninfo, &plan, &self->shared);
        if (r)
                free(self);
        else
                *result = &self->places;
        return r;
}
