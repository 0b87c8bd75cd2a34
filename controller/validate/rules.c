#include "controller/validate/rules.h"

#include "controller/validate/rules_private.h"

static struct rules_opinion lock_down(const struct rules_config *config,
                                      const struct rules_facts *facts)
{
        (void)config;
        return rules_says_if(facts->is_locked_down, REASON_OUT_OF_SERVICE);
}

static struct rules_opinion lockout(const struct rules_config *config,
                                    const struct rules_facts *facts)
{
        (void)config;
        return rules_says_if(facts->is_locked_out, REASON_LOCKOUT);
}

/* In the order in which they are asked. */
static const struct {
        const char *name, *about;
        rule_fn *say;
} rules[] = {
        { "lock-down", "is the access point in service?", lock_down },
        { "lockout", "is the reader open, or were there too many bad codes?", lockout },
        { "kind of code", "does policy take this kind of code?", rules_class },
        { "signature", "is it a pass, whole, and signed by somebody trusted?", rules_signature },
        { "site", "is the pass for this site?", rules_site },
        { "registry age", "is the registry new enough?", rules_fresh },
        { "registry", "is it enrolled?", rules_registry },
        { "one-time code", "are the digits right, and new?", rules_one_time },
        { "holder", "is the holder blocked?", rules_blocked },
        { "credential", "has it been revoked?", rules_revocation },
        { "clock", "can its dates be judged by this clock?", rules_clock },
        { "credential", "is it in its own time?", rules_own_validity },
        { "proof", "is a phone's proof there, fresh and unused?", rules_proof },
        { "enrolment", "is its enrolment in time?", rules_enrolment },
        { "holder", "is the holder's own validity in time?", rules_holder_validity },
        { "access level", "does a level cover this access point, now?", rules_level },
        { "schedule", "is the pass's own schedule open?", rules_pass_schedule },
        { "declaration", "has the holder declared their health?", rules_declared },
        { "uses", "are there uses left?", rules_uses },
        { "escort", "has the escort gone before?", rules_escort },
        { "occupancy", "is there room in the area?", rules_occupancy },
        { "anti-passback", "are they on this side?", rules_anti_passback },
};

_Static_assert(ARRAY_LEN(rules) <= RULES_STEPS_MAX, "every rule is a step");

static struct rules_verdict judge_entry(const struct rules_config *config,
                                        const struct rules_facts *facts)
{
        struct rules_verdict verdict = { .admit = true, .rule = "access level" };
        for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
                struct rules_opinion opinion = rules[i].say(config, facts);
                if (!opinion.applies || opinion.reason == REASON_NONE)
                        continue;
                if (!opinion.is_warning)
                        return (struct rules_verdict){ .reason = opinion.reason,
                                                       .rule = rules[i].name };
                verdict.is_passback_soft |= opinion.reason == REASON_PASSBACK;
                verdict.is_undeclared |= opinion.reason == REASON_DECLARATION_MISSING;
                if (verdict.reason == REASON_NONE) {
                        verdict.reason = opinion.reason;
                        verdict.rule = rules[i].name;
                }
        }
        return verdict;
}

struct rules_verdict rules_judge(const struct rules_config *config, const struct rules_facts *facts)
{
        struct rules_verdict verdict = judge_entry(config, facts);
        if (facts->direction == DIRECTION_EXIT && !verdict.admit) {
                verdict.admit = true;
                verdict.rule = "egress is never refused";
        }
        return verdict;
}

size_t rules_explain(const struct rules_config *config, const struct rules_facts *facts,
                     struct rules_step steps[RULES_STEPS_MAX])
{
        for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
                struct rules_opinion opinion = rules[i].say(config, facts);
                steps[i] = (struct rules_step){ .rule = rules[i].name,
                                                .about = rules[i].about,
                                                .applies = opinion.applies,
                                                .reason = opinion.reason,
                                                .is_warning = opinion.is_warning };
        }
        return ARRAY_LEN(rules);
}
