/*
 * Registry port: who may pass where. Implemented once per build (drivers/store), in a database file
 * of its own, so that a damaged journal does not lock people out, nor the reverse.
 *
 * Belongs to the recorder thread. Validity is [from, until) in wall clock µs; 0 means no limit.
 * Codes and card numbers are not stored: a credential's key is an HMAC of it (flow.h), and `hint`
 * keeps its last characters for people.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

struct registry;

enum {
        REGISTRY_LEVELS_MAX = 16, /* access levels of one holder */
        REGISTRY_HINT_MAX = 16,
        REGISTRY_POINTS_MAX = 64 /* access points of one level */
};

struct registry_validity {
        int64_t from_us, until_us;
};

struct registry_holder {
        char id[FLOW_ID_MAX];
        char name[FLOW_NAME_MAX];
        bool is_blocked;
        struct registry_validity validity;
        size_t levels;
        struct {
                char level[FLOW_ID_MAX];
                struct registry_validity validity;
        } level[REGISTRY_LEVELS_MAX];
};

struct registry_credential {
        uint8_t lookup[FLOW_DIGEST_LEN];
        enum credential_class class; /* CREDENTIAL_CODE or CREDENTIAL_CCCD (both cards' number) */
        char holder[FLOW_ID_MAX];
        char hint[REGISTRY_HINT_MAX];
        struct registry_validity validity;
        int64_t revoked_us; /* 0: not revoked */
};

struct registry_level {
        char id[FLOW_ID_MAX];
        size_t points;
        char point[REGISTRY_POINTS_MAX][FLOW_ID_MAX]; /* access points; "*" is every one */
};

/* What rules need to know of a scanned credential. */
struct registry_match {
        bool is_known;
        struct registry_credential credential;
        struct registry_holder holder;
        /* Of the holder's levels, those that cover the access point asked for. */
        size_t covering;
        struct registry_validity covers[REGISTRY_LEVELS_MAX];
};

/*
 * Like journal_open: migrates, refuses newer, sets a damaged file aside (*set_aside, 256 bytes,
 * gets its new path, else ""). A new registry has the level "all" with access point "*".
 */
MUST_USE int registry_open(const char *path, struct registry **registry, char set_aside[256]);
struct registry *registry_close(struct registry *registry);

/* Looks a credential up. 0 (is_known may be false) or -errno. */
MUST_USE int registry_find(struct registry *registry, const uint8_t lookup[FLOW_DIGEST_LEN],
                           const char *access_point, struct registry_match *match);

/* Adds or replaces. 0; -ENOENT: a level named is not there; -errno. */
MUST_USE int registry_put_holder(struct registry *registry, const struct registry_holder *holder);
/* 0, -ENOENT, -errno. */
MUST_USE int registry_get_holder(struct registry *registry, const char *id,
                                 struct registry_holder *holder);
/* With the holder's credentials. 0, -ENOENT, -errno. */
MUST_USE int registry_remove_holder(struct registry *registry, const char *id);
/* 0; -ENOENT: no such holder; -EEXIST: it is enrolled for another holder; -errno. */
MUST_USE int registry_put_credential(struct registry *registry,
                                     const struct registry_credential *credential);
/* Revokes one credential. 0, -ENOENT, -errno. */
MUST_USE int registry_revoke(struct registry *registry, const uint8_t lookup[FLOW_DIGEST_LEN],
                             int64_t at_us);
/* Revokes all credentials of a holder. Number revoked or -errno. */
MUST_USE int registry_revoke_holder(struct registry *registry, const char *holder, int64_t at_us);
MUST_USE int registry_put_level(struct registry *registry, const struct registry_level *level);
/* 0; -ENOENT; -EBUSY: holders still have it. */
MUST_USE int registry_remove_level(struct registry *registry, const char *id);

/* Pages through in order of id, `after` exclusive ("" begins). Number of rows or -errno. */
MUST_USE int registry_holders(struct registry *registry, const char *after,
                              struct registry_holder *rows, size_t limit);
MUST_USE int registry_levels(struct registry *registry, const char *after,
                             struct registry_level *rows, size_t limit);
/* By lookup, `after` exclusive (NULL begins); `holder` NULL: everybody's. */
MUST_USE int registry_credentials(struct registry *registry, const char *holder,
                                  const uint8_t *after, struct registry_credential *rows,
                                  size_t limit);

struct registry_counts {
        uint64_t holders, credentials, levels;
};
MUST_USE int registry_counts(struct registry *registry, struct registry_counts *counts);

/* Several changes as one: nothing of them is seen or kept until commit. 0 or -errno. */
MUST_USE int registry_begin(struct registry *registry);
MUST_USE int registry_commit(struct registry *registry);
MUST_USE int registry_rollback(struct registry *registry);
