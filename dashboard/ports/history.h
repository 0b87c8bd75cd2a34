/*
 * History port: what the archive knows, for those who look: the dashboard. Reads only, on a
 * connection of its own beside the collector's. Drivers: SQLite and PostgreSQL (drivers/archive),
 * over the tables that the archive's driver keeps. Both pass one contract suite.
 *
 * A handle belongs to one thread and may block, at most HISTORY_WAIT_MS. Errors are -errno; after
 * one the same call may be made again. Strings and values that a visitor gets are borrowed for its
 * call; a visitor that returns false ends the walk, which is no error.
 *
 * Areas are paths of names: "org", "org/site", "org/site/gate"; "" is everything. Presence and
 * visits are per site: a journal's rows do not say an area within it. So the area of a gate has
 * none: who may see one gate does not see who is in its site. Times are microseconds since 1970; an
 * end of 0 is no end.
 */
#pragma once

#include "dashboard/ports/archive.h"

enum {
        HISTORY_WAIT_MS = 15000,
        HISTORY_SUBJECT_LEN = 16,
        HISTORY_SITE_MAX = 2 * FLOW_ID_MAX
};

/* --- Gates -------------------------------------------------------------------------------- */

struct history_gate {
        const char *gate;    /* "org/site/gate" */
        const char *state;   /* online, stopped, offline; "": it never said */
        int64_t state_us;    /* when the collector heard that; 0: never */
        const char *status;  /* data of the last one that named its journal: a JSON object; "" */
        const char *health;  /* the last health's data: a JSON object; "" */
        int64_t health_us;   /* 0: never */
        int64_t last_row_us; /* `at` of its newest entry; 0: none */
        uint64_t behind;     /* rows that its last status has and the archive has not */
        uint64_t lost;       /* rows recorded as lost */
};

typedef bool history_gate_visitor(void *context, const struct history_gate *gate);

/* --- Events -------------------------------------------------------------------------------- */

/* Newest `at` first; of equal ones by stream and seq, descending. */
struct history_place {
        int64_t at_us;
        int64_t stream;
        uint64_t seq;
};

struct history_event {
        struct history_place place;
        const char *gate;
        uint8_t id[ARCHIVE_UUID_LEN];
        int64_t received_us;
        const char *event, *reason, *direction, *credential_class, *clock, *access_point; /* "" */
        uint8_t subject[HISTORY_SUBJECT_LEN]; /* all zero: nobody */
        uint64_t grant_seq;                   /* 0: none */
        uint32_t flags;                       /* enum archive_flag */
};

typedef bool history_event_visitor(void *context, const struct history_event *event);

struct history_event_filter {
        const char *area;            /* "" all */
        int64_t from_us, until_us;   /* [from, until); until 0: no end */
        const char *event, *reason;  /* "": any */
        const uint8_t *subject;      /* NULL: anybody's */
        struct history_place before; /* continue after this one; all zero: from the newest */
        bool with_silent;            /* SilentAlarm, Duress */
        size_t limit;
};

/* --- Presence and visits --------------------------------------------------------------------- */

/* A stay in a site by one person, from a taken entry to a taken exit. */
struct history_visit {
        int64_t id;
        const char *site; /* "org/site" */
        uint8_t subject[HISTORY_SUBJECT_LEN];
        int64_t entered_us;             /* 0: not known, only the exit was seen */
        int64_t left_us;                /* 0: still inside */
        bool is_left_assumed;           /* no exit was seen: they entered again at left_us */
        const char *gate_in, *gate_out; /* names; "" where not known */
        const char *credential_class;   /* shown at the entry; "" */
};

typedef bool history_visit_visitor(void *context, const struct history_visit *visit);

/* Two stays that met. */
struct history_contact {
        struct history_visit visit; /* the other person's */
        int64_t from_us, until_us;  /* of the overlap, margin included; until 0: lasts */
        int64_t of_visit;           /* id of the visit that was asked about */
};

typedef bool history_contact_visitor(void *context, const struct history_contact *contact);

struct history_contact_query {
        const uint8_t *subject;
        const char *area;          /* sites in which the asker may look */
        int64_t from_us, until_us; /* of the subject's visits */
        int64_t margin_us;         /* added to both ends of the subject's stay */
        int64_t now_us;            /* a stay that lasts ends now */
        size_t limit;
};

/* --- Figures ---------------------------------------------------------------------------------- */

/* What one gate did in one hour; hours without anything are absent. */
struct history_tally {
        const char *gate;
        int64_t hour;            /* of the rows' `at`: hours since 1970, UTC */
        uint64_t entries, exits; /* taken */
        uint64_t denied, granted;
};

typedef bool history_tally_visitor(void *context, const struct history_tally *tally);

/* How one gate fared in one hour; hours in which it did not say are absent. */
struct history_health {
        int64_t hour;     /* of the time at which it came: hours since 1970, UTC */
        uint64_t reports; /* how often it said */
        const char *data; /* the last of them: a JSON object */
};

typedef bool history_health_visitor(void *context, const struct history_health *health);

/* --- Following ---------------------------------------------------------------------------------
 */

struct history_head {
        int64_t stream;
        uint64_t highest; /* rows up to here may be read; there may be gaps */
};

typedef bool history_head_visitor(void *context, const struct history_head *head);

/* --- Deletion -------------------------------------------------------------------------------- */

/* What became of one day (UTC), as archive_forget counts days. */
struct history_deletion {
        uint64_t entries, stays, refusals; /* deleted */
        int64_t last_us;                   /* when that was last; 0: never */
        uint64_t left_entries, left_stays; /* of that day, and there */
        uint64_t later_stays; /* begun up to then, and there: they ended later, or last */
};

struct history;

struct history_ops {
        const char *name;
        /* In order of the name, after `after` ("" from the first), at most `limit`. */
        int (*gates)(struct history *history, const char *area, const char *after, size_t limit,
                     history_gate_visitor *visit, void *context);
        int (*events)(struct history *history, const struct history_event_filter *filter,
                      history_event_visitor *visit, void *context);
        /* Who is inside, longest first, after the visit `after` (0 from the first): the open
         * visits, at most `limit`. */
        int (*inside)(struct history *history, const char *area, int64_t after_entered_us,
                      int64_t after_id, size_t limit, history_visit_visitor *visit, void *context);
        /* How many are inside, per site: visits with only `site` filled in, id the number. */
        int (*inside_counts)(struct history *history, const char *area,
                             history_visit_visitor *visit, void *context);
        /* One person's, oldest first, those that touch [from, until). */
        int (*visits)(struct history *history, const uint8_t subject[HISTORY_SUBJECT_LEN],
                      const char *area, int64_t from_us, int64_t until_us, size_t limit,
                      history_visit_visitor *visit, void *context);
        /* Who was with them: same site, overlapping stays, by time of the overlap. */
        int (*contacts)(struct history *history, const struct history_contact_query *query,
                        history_contact_visitor *visit, void *context);
        /* In order of hour, then gate. [from_hour, until_hour). */
        int (*tallies)(struct history *history, const char *area, int64_t from_hour,
                       int64_t until_hour, history_tally_visitor *visit, void *context);
        /* Of one gate ("org/site/gate"), in order of hour. [from_hour, until_hour). */
        int (*health)(struct history *history, const char *gate, int64_t from_hour,
                      int64_t until_hour, history_health_visitor *visit, void *context);
        /* Every stream's head: for who follows. */
        int (*heads)(struct history *history, history_head_visitor *visit, void *context);
        /* Rows of one stream with seq > after, in order. */
        int (*rows_after)(struct history *history, int64_t stream, uint64_t after, size_t limit,
                          history_event_visitor *visit, void *context);
        /* Of a day that is not deleted yet this counts what there is, which takes long. */
        int (*deletion)(struct history *history, int64_t day, struct history_deletion *deletion);
        void (*close)(struct history *history);
};

struct history {
        const struct history_ops *ops;
};

/* Accepts NULL; returns NULL. */
static inline struct history *history_close(struct history *history)
{
        if (history)
                history->ops->close(history);
        return NULL;
}
