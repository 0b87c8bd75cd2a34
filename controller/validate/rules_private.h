/* Rules: what the parts of the rules share. One function a rule; the table is in rules.c. */
#pragma once

#include "controller/validate/rules.h"

/* What a rule says of the facts. */
struct rules_opinion {
        bool applies;
        enum reason reason; /* REASON_NONE: no objection */
        bool is_warning;
};

typedef struct rules_opinion rule_fn(const struct rules_config *config,
                                     const struct rules_facts *facts);

static inline struct rules_opinion rules_no_matter(void)
{
        return (struct rules_opinion){ .applies = false };
}

static inline struct rules_opinion rules_says(enum reason reason)
{
        return (struct rules_opinion){ .applies = true, .reason = reason };
}

static inline struct rules_opinion rules_says_if(bool objects, enum reason reason)
{
        return rules_says(objects ? reason : REASON_NONE);
}

/* Citizen card, insurance card, personal QR. */
bool rules_is_identity(const struct rules_facts *facts);
/* Policy lets everybody in who shows such a code. Whether they are enrolled does not matter then:
 * to be forgotten must not open a door that being known keeps shut. Blocks and revocations count.
 */
bool rules_is_for_everybody(const struct rules_config *config, const struct rules_facts *facts);
enum reason rules_judge_validity(const struct rules_validity *validity, int64_t now_us);

/* rules_credential.c */
rule_fn rules_signature, rules_class, rules_site, rules_fresh, rules_registry, rules_revocation,
        rules_clock, rules_own_validity, rules_proof, rules_one_time, rules_enrolment;
/* rules_holder.c */
rule_fn rules_blocked, rules_holder_validity, rules_level, rules_pass_schedule, rules_declared,
        rules_uses, rules_escort, rules_occupancy, rules_anti_passback;
