#include "controller/validate/rules.h"

static const int64_t HOUR_US = INT64_C(3600) * 1000000;

static bool has_limit(const struct rules_validity *validity)
{
        return validity->from_us != 0 || validity->until_us != 0;
}

static enum reason judge_validity(const struct rules_validity *validity, int64_t now_us)
{
        if (validity->from_us != 0 && now_us < validity->from_us)
                return REASON_NOT_YET_VALID;
        if (validity->until_us != 0 && now_us >= validity->until_us)
                return REASON_EXPIRED;
        return REASON_NONE;
}

/* One covering level that is valid now is enough; else the first one's objection is the reason. */
static enum reason judge_levels(const struct rules_facts *facts)
{
        enum reason first = REASON_WRONG_ACCESS_POINT;
        for (size_t i = 0; i < facts->covering; i++) {
                enum reason reason = judge_validity(&facts->covers[i], facts->now_us);
                if (reason == REASON_NONE)
                        return REASON_NONE;
                if (i == 0)
                        first = reason;
        }
        return first;
}

static bool depends_on_time(const struct rules_facts *facts)
{
        if (has_limit(&facts->credential) || has_limit(&facts->holder))
                return true;
        for (size_t i = 0; i < facts->covering; i++)
                if (!has_limit(&facts->covers[i]))
                        return false;
        return facts->covering > 0;
}

static bool is_passback(const struct rules_config *config, const struct rules_facts *facts)
{
        if (config->passback == RULES_PASSBACK_OFF)
                return false;
        if (facts->has_open_grant)
                return true;
        if (facts->last_taken != facts->direction)
                return false;
        return config->passback_reset_h == 0 ||
               facts->now_us - facts->last_taken_us < config->passback_reset_h * HOUR_US;
}

static struct rules_verdict refuse(enum reason reason, const char *rule)
{
        return (struct rules_verdict){ .reason = reason, .rule = rule };
}

static struct rules_verdict judge_entry(const struct rules_config *config,
                                        const struct rules_facts *facts)
{
        if (facts->is_locked_down)
                return refuse(REASON_OUT_OF_SERVICE, "lock-down");
        if (!facts->is_known)
                return refuse(REASON_UNKNOWN_CREDENTIAL, "registry");
        if (facts->is_blocked)
                return refuse(REASON_BLOCKED, "holder");
        if (facts->is_revoked)
                return refuse(REASON_REVOKED, "credential");
        if (facts->clock == CLOCK_UNTRUSTED && config->is_untrusted_clock_denied &&
            depends_on_time(facts))
                return refuse(REASON_CLOCK_UNTRUSTED, "clock");
        enum reason reason = judge_validity(&facts->credential, facts->now_us);
        if (reason != REASON_NONE)
                return refuse(reason, "credential");
        reason = judge_validity(&facts->holder, facts->now_us);
        if (reason != REASON_NONE)
                return refuse(reason, "holder");
        reason = judge_levels(facts);
        if (reason != REASON_NONE)
                return refuse(reason, "access level");
        bool objects = is_passback(config, facts);
        if (objects && config->passback == RULES_PASSBACK_HARD)
                return refuse(REASON_PASSBACK, "anti-passback");
        return (struct rules_verdict){ .admit = true,
                                       .is_passback_soft = objects,
                                       .reason = objects ? REASON_PASSBACK : REASON_NONE,
                                       .rule = objects ? "anti-passback (soft)" : "access level" };
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
