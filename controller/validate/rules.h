/*
 * Rules: may this credential pass here, now? Pure: everything it knows is in its arguments.
 *
 * The rules are a table. Its order is the order of reasons: the first that objects gives the reason
 * and the name of the rule. An exit is never refused; what would have been said stays in the
 * verdict.
 */
#pragma once

#include "common/base.h"
#include "controller/flow.h"
#include "controller/validate/schedule.h"

enum rules_passback {
        RULES_PASSBACK_OFF,
        RULES_PASSBACK_SOFT,
        RULES_PASSBACK_HARD
};

/* Unsigned identity codes (citizen card, insurance card, personal QR): anyone can print one. */
enum rules_identity {
        RULES_IDENTITY_DENY,
        RULES_IDENTITY_ENROLLED,       /* as any enrolled code */
        RULES_IDENTITY_PRE_REGISTERED, /* only somebody with a visit whose time is now */
        RULES_IDENTITY_LOG_ONLY        /* everybody who shows one, unless blocked or revoked */
};

enum rules_health_cert {
        RULES_HEALTH_CERT_OFF,      /* not a pass here */
        RULES_HEALTH_CERT_ENROLLED, /* a genuine one that is enrolled for a holder */
        RULES_HEALTH_CERT_ADMIT     /* any genuine one */
};

enum rules_declaration {
        RULES_DECLARATION_NONE,
        RULES_DECLARATION_WARN,
        RULES_DECLARATION_REQUIRE
};

struct rules_config {
        char site[FLOW_ID_MAX];
        enum rules_passback passback;
        int passback_reset_h;   /* a presence older than this does not count; 0: it always counts */
        int passback_reset_min; /* nor one from before this minute of the local day; -1: none */
        bool is_untrusted_clock_denied;
        enum rules_identity identity;
        enum rules_health_cert health_cert;
        bool is_static_pass_denied; /* passes without a proof of possession */
        int proof_window_s;         /* a proof may be so much older or newer than our clock */
        enum rules_declaration declaration;
        int declaration_h; /* a declaration is good for so long */
        int escort_s;      /* an escort's own grant is good for so long */
        int stale_after_h; /* the registry is stale so long after its issue; 0: never */
        bool is_stale_denied;
};

/* Validity [from, until), µs of wall clock; 0: no limit. */
struct rules_validity {
        int64_t from_us, until_us;
};

/* A level that covers the access point. */
struct rules_cover {
        struct rules_validity validity;
        const struct schedule *schedule; /* NULL: always */
};

enum rules_health {
        RULES_HEALTH_UNKNOWN, /* nothing was declared */
        RULES_HEALTH_GREEN,
        RULES_HEALTH_AMBER,
        RULES_HEALTH_RED
};

struct rules_facts {
        enum direction direction;
        bool is_locked_down, is_locked_out;
        int64_t registry_us; /* when the registry was issued at the centre; 0: none ever came */
        int64_t now_us;      /* wall clock */
        enum clock_quality clock;
        struct schedule_moment local;
        int64_t started_us; /* proofs from before the start may have been used already */
        const struct credential *credential;
        /* From the registry. */
        bool is_known;    /* the holder is in the registry */
        bool is_enrolled; /* the credential is; a site pass need not be */
        bool is_revoked, is_blocked;
        bool is_visit; /* the holder is a visitor whose visit is pre-registered */
        struct rules_validity enrolment, holder;
        int uses_max, day_uses_max; /* the credential's; 0: no limit */
        size_t covering; /* of the holder's or pass's levels, those for this access point */
        const struct rules_cover *covers;
        bool has_pass_schedule;               /* the pass names one … */
        const struct schedule *pass_schedule; /* … this; NULL: the registry does not know it */
        bool has_area;
        int occupancy_limit;          /* of the access point's area; 0: none */
        enum rules_passback passback; /* of the area, or the configuration's */
        int passback_reset_h, passback_reset_min;
        bool needs_escort;
        enum rules_health health;
        int64_t health_at_us, health_until_us; /* declared; good until (0: declaration_h decides) */
        /* From the journal and the recorder. */
        enum direction
                last_taken; /* in this area: where anti-passback believes the holder went last */
        int64_t last_taken_us;
        int64_t last_reset_us;  /* when passback_reset_min was last; 0: none */
        bool has_open_grant;    /* granted in this direction, and the passage is not settled yet */
        int64_t uses, day_uses; /* so far, open grants too */
        int64_t inside;         /* in the area, open grants too */
        int64_t escort_us;      /* the last grant of an escort here, in this direction; 0: none */
        int64_t last_proof_us;  /* of this pass, the newest proof that opened a lane; 0: none */
        bool is_one_time_good;  /* CREDENTIAL_ONE_TIME: the digits are right and new */
        bool is_one_time_used;  /* the digits were right, and have opened a lane already */
};

struct rules_verdict {
        bool admit, is_passback_soft, is_undeclared;
        enum reason reason;
        const char *rule;
};

/* Is the registry older than policy allows? */
bool rules_is_stale(const struct rules_config *config, int64_t registry_us, int64_t now_us);

MUST_USE struct rules_verdict rules_judge(const struct rules_config *config,
                                          const struct rules_facts *facts);

/* The whole reasoning: what every rule says on its own, in their order. */
struct rules_step {
        const char *rule;
        const char *about;  /* what it asks, in words */
        bool applies;       /* false: it has nothing to say here */
        enum reason reason; /* REASON_NONE: no objection */
        bool is_warning;    /* it objects, and admits (soft anti-passback, declaration: warn) */
};
enum {
        RULES_STEPS_MAX = 32
};
MUST_USE size_t rules_explain(const struct rules_config *config, const struct rules_facts *facts,
                              struct rules_step steps[RULES_STEPS_MAX]);
