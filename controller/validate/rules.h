/*
 * Rules: may this credential pass here, now? Pure: everything it knows is in its arguments.
 *
 * The order of the rules is the order of reasons: the first that objects gives the reason. An exit
 * is never refused; what would have been said stays in the verdict.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"

enum rules_passback {
        RULES_PASSBACK_OFF,
        RULES_PASSBACK_SOFT,
        RULES_PASSBACK_HARD
};

struct rules_config {
        enum rules_passback passback;
        int passback_reset_h; /* a presence older than this does not count; 0: it always counts */
        bool is_untrusted_clock_denied;
};

/* Validity [from, until), µs of wall clock; 0: no limit. */
struct rules_validity {
        int64_t from_us, until_us;
};

struct rules_facts {
        enum direction direction;
        bool is_locked_down;
        int64_t now_us; /* wall clock */
        enum clock_quality clock;
        /* From the registry. */
        bool is_known, is_revoked, is_blocked;
        struct rules_validity credential, holder;
        size_t covering; /* of the holder's access levels, those that cover this access point */
        const struct rules_validity *covers;
        /* From the journal. */
        enum direction last_taken; /* where anti-passback believes the holder went last */
        int64_t last_taken_us;
        bool has_open_grant; /* granted in this direction, and the passage is not settled yet */
};

struct rules_verdict {
        bool admit, is_passback_soft;
        enum reason reason;
        const char *rule;
};

MUST_USE struct rules_verdict rules_judge(const struct rules_config *config,
                                          const struct rules_facts *facts);
