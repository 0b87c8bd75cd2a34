/*
 * Places port: the register of places in scope, whether they have a gate or not, and how often each
 * was reminded. Drivers: SQLite and PostgreSQL (drivers/places). Called on many threads; may block.
 * Errors are -errno.
 */
#pragma once

#include "dashboard/ports/history.h"

enum {
        PLACES_NAME_MAX = 200,
        PLACES_CATEGORY_MAX = 64,
        PLACES_OWNER_MAX = 200,
        PLACES_DIVISION_MAX = 256,
        PLACES_NOTE_MAX = 500,
        PLACES_ESCALATE = 3 /* reminders after which somebody above is told */
};

/* Strings are borrowed for the call; "" is nothing. */
struct place {
        const char *site; /* "org/site": the names under which its gates report */
        const char *name, *category;
        const char *owner; /* who answers for it: a person or an office */
        const char *division; /* of the administration, as "Hà Nội/Ba Đình/Điện Biên"; any depth */
        bool is_in_scope;    /* of the order; else it is only known */
        int64_t reminders;   /* told by the driver */
        int64_t reminded_us; /* the last; 0: never */
};

struct places_reminder {
        int64_t at_us;
        const char *by, *note;
};

typedef bool places_visitor(void *context, const struct place *place);
typedef bool places_reminder_visitor(void *context, const struct places_reminder *reminder);

struct places;

struct places_ops {
        /* Each adds it, or changes what is there but for its reminders; all or nothing. */
        int (*put)(struct places *places, const struct place *place, size_t count);
        /* With its reminders. -ENOENT. */
        int (*remove)(struct places *places, const char *site);
        /* In order of the site, all of them. A visitor that returns false ends the walk. */
        int (*list)(struct places *places, places_visitor *visit, void *context);
        /* -ENOENT: there is no such place. */
        int (*remind)(struct places *places, const char *site,
                      const struct places_reminder *reminder);
        /* Of one place, newest first. */
        int (*reminders)(struct places *places, const char *site, places_reminder_visitor *visit,
                         void *context);
        void (*close)(struct places *places);
};

struct places {
        const struct places_ops *ops;
};

MUST_USE static inline int places_put(struct places *places, const struct place *place,
                                      size_t count)
{
        return places->ops->put(places, place, count);
}

MUST_USE static inline int places_remove(struct places *places, const char *site)
{
        return places->ops->remove(places, site);
}

MUST_USE static inline int places_list(struct places *places, places_visitor *visit, void *context)
{
        return places->ops->list(places, visit, context);
}

MUST_USE static inline int places_remind(struct places *places, const char *site,
                                         const struct places_reminder *reminder)
{
        return places->ops->remind(places, site, reminder);
}

MUST_USE static inline int places_reminders(struct places *places, const char *site,
                                            places_reminder_visitor *visit, void *context)
{
        return places->ops->reminders(places, site, visit, context);
}

/* Accepts NULL; returns NULL. */
static inline struct places *places_close(struct places *places)
{
        if (places)
                places->ops->close(places);
        return NULL;
}
