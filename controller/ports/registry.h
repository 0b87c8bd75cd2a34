/*
 * Registry port: who may pass where and when. Implemented once per build (drivers/store), in a
 * database file of its own, so that a damaged journal does not lock people out, nor the reverse.
 *
 * Belongs to the recorder thread. Validity is [from, until) in wall clock µs; 0 means no limit.
 * Codes and card numbers are not stored: a credential's key is an HMAC of it (flow.h), and `hint`
 * keeps its last characters for people.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include "controller/validate/schedule.h"

struct registry;

enum {
        REGISTRY_LEVELS_MAX = 16, /* access levels of one holder */
        REGISTRY_HINT_MAX = 16,
        REGISTRY_POINTS_MAX = 64, /* access points of one level or area */
        REGISTRY_COVERS_MAX = REGISTRY_LEVELS_MAX + PASS_LEVELS_MAX
};

struct registry_validity {
        int64_t from_us, until_us;
};

enum registry_role {
        REGISTRY_WORKER,
        REGISTRY_VISITOR, /* pre-registered with a time window: the holder's validity */
        REGISTRY_ROLE_COUNT
};

/* Health declaration: enum rules_health's values, kept as a number. */
struct registry_declaration {
        int result;              /* 0: nothing was declared; 1 green, 2 amber, 3 red */
        int64_t at_us, until_us; /* until 0: as the rules say */
};

struct registry_holder {
        char id[FLOW_ID_MAX];
        char name[FLOW_NAME_MAX];
        enum registry_role role;
        bool is_blocked;
        bool is_silent;           /* blocked, and the attempt raises a silent alarm */
        char escort[FLOW_ID_MAX]; /* "": goes alone; "*": with any worker; else this holder */
        struct registry_validity validity;
        size_t levels;
        struct {
                char level[FLOW_ID_MAX];
                struct registry_validity validity;
        } level[REGISTRY_LEVELS_MAX];
};

struct registry_credential {
        uint8_t lookup[FLOW_DIGEST_LEN];
        enum credential_class class; /* what it is enrolled as; CREDENTIAL_CCCD is both cards'
                                        number */
        char holder[FLOW_ID_MAX];
        char hint[REGISTRY_HINT_MAX];
        struct registry_validity validity;
        int64_t revoked_us;         /* 0: not revoked */
        bool is_duress;             /* opens, and raises Duress */
        int uses_max, day_uses_max; /* taken entries; 0: no limit */
};

struct registry_level {
        char id[FLOW_ID_MAX];
        char schedule[FLOW_ID_MAX]; /* "": always */
        size_t points;
        char point[REGISTRY_POINTS_MAX][FLOW_ID_MAX]; /* access points; "*" is every one */
};

/* Where people are when they have passed: occupancy and anti-passback count per area. An access
 * point is of one area at the most; those of none are one area, "". */
struct registry_area {
        char id[FLOW_ID_MAX];
        int occupancy_limit;    /* 0: none */
        int passback;           /* enum rules_passback, or -1: as the configuration says */
        int passback_reset_h;   /* hours, 0: never; -1: as the configuration says */
        int passback_reset_min; /* minute of the local day; -1: none; -2: as the configuration says
                                 */
        size_t points;
        char point[REGISTRY_POINTS_MAX][FLOW_ID_MAX];
};

/* A day on which the special-day periods of every schedule hold instead of the weekly ones. */
struct registry_special_day {
        int year, month, day; /* year 0: every year */
        char name[64];
};

/* Revoked passes: one by its lookup, or all of a holder that were issued up to a moment. */
struct registry_revocation {
        uint8_t lookup[FLOW_DIGEST_LEN]; /* the pass's; all zero: the holder's */
        char holder[FLOW_ID_MAX];
        int64_t at_us;    /* when; of a holder: passes issued up to then */
        int64_t until_us; /* when it can be forgotten, the pass having expired; 0: never */
};

/* What is asked of the registry about a scan. */
struct registry_question {
        const uint8_t *lookup;          /* FLOW_DIGEST_LEN */
        const struct pass_claims *pass; /* a genuine site pass, or NULL */
        const char *access_point;
        const struct schedule_moment *local; /* for the special days */
};

/* What rules need to know of a scanned credential. Of a pass: the holder by its `sub`, when the
 * registry has them, and the levels that the pass names; without any, the holder's. */
struct registry_match {
        bool is_known;    /* the holder is there */
        bool is_enrolled; /* the credential is there, and is theirs */
        bool is_revoked;  /* the credential, the pass, or all of the holder's passes of its time */
        bool is_listed;   /* the holder is on the centre's blocked list, be they known or not */
        bool is_listed_silent;
        struct registry_credential credential; /* void unless is_enrolled */
        struct registry_holder holder;         /* of an unknown pass: only id, from sub */
        struct registry_declaration declaration;
        /* Of the levels, those that cover the access point asked for. */
        size_t covering;
        struct {
                struct registry_validity validity;
                bool has_schedule;
                struct schedule
                        schedule; /* one that is not there any more: without periods, never open */
        } covers[REGISTRY_COVERS_MAX];
        bool has_pass_schedule; /* the pass's own, and the registry knows it */
        struct schedule pass_schedule;
        bool has_area;
        struct registry_area area;    /* without its points */
        bool is_special, was_special; /* today, yesterday */
};

/*
 * Like journal_open: migrates, refuses newer, sets a damaged file aside (*set_aside, 256 bytes,
 * gets its new path, else ""). A new registry has the level "all" with access point "*".
 */
MUST_USE int registry_open(const char *path, struct registry **registry, char set_aside[256]);
struct registry *registry_close(struct registry *registry);

/* Looks a credential up. 0 (is_known may be false) or -errno. */
MUST_USE int registry_find(struct registry *registry, const struct registry_question *question,
                           struct registry_match *match);

/*
 * What a row of the centre's (adoption.h) would be changed or removed by is refused: -EPERM.
 * -EBUSY: the centre's rows are being adopted.
 */
/* Adds or replaces. 0; -ENOENT: a level named is not there; -errno. */
MUST_USE int registry_put_holder(struct registry *registry, const struct registry_holder *holder);
/* 0, -ENOENT, -errno. */
MUST_USE int registry_get_holder(struct registry *registry, const char *id,
                                 struct registry_holder *holder);
/* With the holder's credentials and declaration. 0, -ENOENT, -errno. */
MUST_USE int registry_remove_holder(struct registry *registry, const char *id);
/* Replaces what was declared. 0; -ENOENT: no such holder; -errno. */
MUST_USE int registry_put_declaration(struct registry *registry, const char *holder,
                                      const struct registry_declaration *declaration);
/* 0 (result 0: nothing was declared, or there is no such holder) or -errno. */
MUST_USE int registry_get_declaration(struct registry *registry, const char *holder,
                                      struct registry_declaration *declaration);
/* 0; -ENOENT: no such holder; -EEXIST: it is enrolled for another holder; -errno. */
MUST_USE int registry_put_credential(struct registry *registry,
                                     const struct registry_credential *credential);
/* Revokes one credential. 0, -ENOENT, -errno. */
MUST_USE int registry_revoke(struct registry *registry, const uint8_t lookup[FLOW_DIGEST_LEN],
                             int64_t at_us);
/* Revokes all credentials of a holder. Number revoked or -errno. */
MUST_USE int registry_revoke_holder(struct registry *registry, const char *holder, int64_t at_us);
/* Passes need not be enrolled, nor their holders known. Of two about the same, what revokes more,
 * and for longer. 0 or -errno. */
MUST_USE int registry_put_revocation(struct registry *registry,
                                     const struct registry_revocation *revocation);
/* Removes visitors, with what they showed, whose visit ended before. Who is blocked stays so, and
 * those of the centre are the centre's. Looks at every holder. Number removed or -errno. */
MUST_USE int registry_trim_visitors(struct registry *registry, int64_t before_us);
/* Forgets those that ended before. Number forgotten or -errno. */
MUST_USE int registry_trim_revocations(struct registry *registry, int64_t before_us);

/* 0; -ENOENT: no such schedule; -errno. */
MUST_USE int registry_put_level(struct registry *registry, const struct registry_level *level);
/* 0; -ENOENT; -EBUSY: holders still have it. */
MUST_USE int registry_remove_level(struct registry *registry, const char *id);
MUST_USE int registry_put_schedule(struct registry *registry, const struct schedule *schedule);
/* 0; -ENOENT; -EBUSY: levels still have it. */
MUST_USE int registry_remove_schedule(struct registry *registry, const char *id);
/* 0; -EEXIST: one of the access points is of another area; -errno. */
MUST_USE int registry_put_area(struct registry *registry, const struct registry_area *area);
MUST_USE int registry_remove_area(struct registry *registry, const char *id);
MUST_USE int registry_put_special_day(struct registry *registry,
                                      const struct registry_special_day *day);
MUST_USE int registry_remove_special_day(struct registry *registry, int year, int month, int day);

/* Pages through in order of id, `after` exclusive ("" begins). Number of rows or -errno. */
MUST_USE int registry_holders(struct registry *registry, const char *after,
                              struct registry_holder *rows, size_t limit);
MUST_USE int registry_levels(struct registry *registry, const char *after,
                             struct registry_level *rows, size_t limit);
MUST_USE int registry_schedules(struct registry *registry, const char *after, struct schedule *rows,
                                size_t limit);
MUST_USE int registry_areas(struct registry *registry, const char *after,
                            struct registry_area *rows, size_t limit);
/* In order of year, month, day, `after` exclusive (NULL begins). */
MUST_USE int registry_special_days(struct registry *registry,
                                   const struct registry_special_day *after,
                                   struct registry_special_day *rows, size_t limit);
/* By lookup, `after` exclusive (NULL begins); `holder` NULL: everybody's. */
MUST_USE int registry_credentials(struct registry *registry, const char *holder,
                                  const uint8_t *after, struct registry_credential *rows,
                                  size_t limit);
/* By lookup and holder, `after` exclusive (NULL begins). */
MUST_USE int registry_revocations(struct registry *registry,
                                  const struct registry_revocation *after,
                                  struct registry_revocation *rows, size_t limit);

/* Which of the centre's registries it is, from from_us until until_us (exclusive). */
struct registry_issue {
        int64_t from_us, until_us; /* INT64_MIN, INT64_MAX: no limit */
        uint64_t version;          /* 0: none then, or nobody knows any more */
        int64_t issued_s;
};
/* The one of a moment; sees adoptions when they are committed. 0 or -errno. */
MUST_USE int registry_issue_at(struct registry *registry, int64_t at_us,
                               struct registry_issue *issue);

struct registry_counts {
        uint64_t holders, credentials, levels;
};
MUST_USE int registry_counts(struct registry *registry, struct registry_counts *counts);
/* Somebody else has changed it, and counted. */
void registry_recount(struct registry *registry, const struct registry_counts *counts);

/* Several changes as one: nothing of them is seen or kept until commit. 0 or -errno. */
MUST_USE int registry_begin(struct registry *registry);
MUST_USE int registry_commit(struct registry *registry);
MUST_USE int registry_rollback(struct registry *registry);
