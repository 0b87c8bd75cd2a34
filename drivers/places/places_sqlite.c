#include "drivers/places/places_drivers.h"

#include "drivers/store/shared.h"
#include "drivers/store/sqlite.h"

#include <errno.h>
#include <stdlib.h>

enum statement {
        PUT,
        REMOVE,
        REMOVE_REMINDERS,
        LIST,
        FIND,
        REMIND,
        REMINDERS,
        STATEMENTS
};

static const char *const steps[] = {
        "CREATE TABLE place (site TEXT PRIMARY KEY, name TEXT NOT NULL, category TEXT NOT NULL,"
        "  owner TEXT NOT NULL, division TEXT NOT NULL, in_scope INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE reminder (id INTEGER PRIMARY KEY, site TEXT NOT NULL, at INTEGER NOT NULL,"
        "  by TEXT NOT NULL, note TEXT NOT NULL);"
        "CREATE INDEX reminder_site ON reminder (site, at)",
};

static const struct database_schema schema = {
        .application_id = 0x5374706c, /* "Stpl" */
        .page_size = 4096,
        .steps = steps,
        .version = (int)ARRAY_LEN(steps),
};

static const char *const sql[STATEMENTS] = {
        [PUT] = "INSERT INTO place VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET"
                " name = excluded.name, category = excluded.category, owner = excluded.owner,"
                " division = excluded.division, in_scope = excluded.in_scope",
        [REMOVE] = "DELETE FROM place WHERE site = ?1",
        [REMOVE_REMINDERS] = "DELETE FROM reminder WHERE site = ?1",
        [LIST] = "SELECT site, name, category, owner, division, in_scope,"
                 " (SELECT count(*) FROM reminder WHERE reminder.site = place.site),"
                 " (SELECT max(at) FROM reminder WHERE reminder.site = place.site)"
                 " FROM place ORDER BY site",
        [FIND] = "SELECT 1 FROM place WHERE site = ?1",
        [REMIND] = "INSERT INTO reminder (site, at, by, note) VALUES (?1, ?2, ?3, ?4)",
        [REMINDERS] = "SELECT at, by, note FROM reminder WHERE site = ?1 ORDER BY at DESC, id DESC",
};

struct places_sqlite {
        struct places places; /* first: the port's functions take it */
        struct shared_database *shared;
};

static struct shared_database *shared_of(struct places *places)
{
        return ((struct places_sqlite *)places)->shared;
}

static int put(struct shared_database *places, const struct place *place)
{
        sqlite3_stmt *add = places->statement[PUT];
        sqlite_bind_text(add, 1, place->site);
        sqlite_bind_text(add, 2, place->name);
        sqlite_bind_text(add, 3, place->category);
        sqlite_bind_text(add, 4, place->owner);
        sqlite_bind_text(add, 5, place->division);
        sqlite_bind_int(add, 6, place->is_in_scope);
        return sqlite_run(add);
}

static int put_places(struct places *places, const struct place *place, size_t count)
{
        SHARED_LOCKED(shared_of(places));
        int r = shared_begin(locked);
        if (r)
                return r;
        for (size_t i = 0; i < count && !r; i++)
                r = put(locked, &place[i]);
        return shared_end(locked, r);
}

static int remove_all(struct shared_database *places, const char *site)
{
        sqlite_bind_text(places->statement[REMOVE], 1, site);
        int r = sqlite_run(places->statement[REMOVE]);
        if (!r && sqlite3_changes(places->db) == 0)
                r = -ENOENT;
        sqlite_bind_text(places->statement[REMOVE_REMINDERS], 1, site);
        return r ? r : sqlite_run(places->statement[REMOVE_REMINDERS]);
}

static int remove_place(struct places *places, const char *site)
{
        SHARED_LOCKED(shared_of(places));
        int r = shared_begin(locked);
        return r ? r : shared_end(locked, remove_all(locked, site));
}

static int list_places(struct places *places, places_visitor *visit, void *context)
{
        SHARED_LOCKED(shared_of(places));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = locked->statement[LIST];
        int r;
        while ((r = sqlite_step(rows)) > 0) {
                const struct place place = {
                        .site = shared_text(rows, 0),
                        .name = shared_text(rows, 1),
                        .category = shared_text(rows, 2),
                        .owner = shared_text(rows, 3),
                        .division = shared_text(rows, 4),
                        .is_in_scope = sqlite3_column_int(rows, 5) != 0,
                        .reminders = sqlite3_column_int64(rows, 6),
                        .reminded_us = sqlite3_column_int64(rows, 7),
                };
                if (!visit(context, &place))
                        return 0;
        }
        return r;
}

/* 0 or -ENOENT or -errno. */
static int find(struct shared_database *places, const char *site)
{
        CLEANUP(sqlite_reset)
        sqlite3_stmt *row = places->statement[FIND];
        sqlite_bind_text(row, 1, site);
        int r = sqlite_step(row);
        return r > 0 ? 0 : r < 0 ? r : -ENOENT;
}

static int add_reminder(struct shared_database *places, const char *site,
                        const struct places_reminder *reminder)
{
        sqlite3_stmt *add = places->statement[REMIND];
        int r = find(places, site);
        if (r)
                return r;
        sqlite_bind_text(add, 1, site);
        sqlite_bind_int(add, 2, reminder->at_us);
        sqlite_bind_text(add, 3, reminder->by);
        sqlite_bind_text(add, 4, reminder->note);
        return sqlite_run(add);
}

static int remind_place(struct places *places, const char *site,
                        const struct places_reminder *reminder)
{
        SHARED_LOCKED(shared_of(places));
        int r = shared_begin(locked);
        return r ? r : shared_end(locked, add_reminder(locked, site, reminder));
}

static int list_reminders(struct places *places, const char *site, places_reminder_visitor *visit,
                          void *context)
{
        SHARED_LOCKED(shared_of(places));
        CLEANUP(sqlite_reset)
        sqlite3_stmt *rows = locked->statement[REMINDERS];
        int r;
        sqlite_bind_text(rows, 1, site);
        while ((r = sqlite_step(rows)) > 0) {
                const struct places_reminder reminder = { .at_us = sqlite3_column_int64(rows, 0),
                                                          .by = shared_text(rows, 1),
                                                          .note = shared_text(rows, 2) };
                if (!visit(context, &reminder))
                        return 0;
        }
        return r;
}

static void close_register(struct places *places)
{
        shared_close(shared_of(places));
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

int places_sqlite_open(const char *path, struct places **result)
{
        struct places_sqlite *self = calloc(1, sizeof(*self));
        *result = NULL;
        if (!self)
                return -ENOMEM;
        self->places.ops = &ops;
        int r = shared_open(path, &schema, sql, STATEMENTS, &self->shared);
        if (r)
                free(self);
        else
                *result = &self->places;
        return r;
}
