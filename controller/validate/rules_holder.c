/* Rules about who it is, where and when: levels, schedules, declarations, uses, escorts, areas. */
#include "controller/validate/rules_private.h"

static const int64_t second_us = 1000000;
static const int64_t hour_us = INT64_C(3600) * 1000000;

struct rules_opinion rules_blocked(const struct rules_config *config,
                                   const struct rules_facts *facts)
{
        (void)config;
        return facts->is_known || facts->is_blocked
                       ? rules_says_if(facts->is_blocked, REASON_BLOCKED)
                       : rules_no_matter();
}

struct rules_opinion rules_holder_validity(const struct rules_config *config,
                                           const struct rules_facts *facts)
{
        return facts->is_known && !rules_is_for_everybody(config, facts)
                       ? rules_says(rules_judge_validity(&facts->holder, facts->now_us))
                       : rules_no_matter();
}

static enum reason judge_cover(const struct rules_cover *cover, const struct rules_facts *facts)
{
        enum reason reason = rules_judge_validity(&cover->validity, facts->now_us);
        if (reason == REASON_NONE && cover->schedule &&
            !schedule_is_open(cover->schedule, &facts->local))
                reason = REASON_OUTSIDE_SCHEDULE;
        return reason;
}

/* One covering level that is valid and open now is enough. Else the reason is the one that ends
 * first by itself: outside its schedule before not yet valid before expired. */
struct rules_opinion rules_level(const struct rules_config *config, const struct rules_facts *facts)
{
        bool is_outside = false, is_early = false;
        if (rules_is_for_everybody(config, facts))
                return rules_no_matter();
        if (facts->covering == 0)
                return rules_says(REASON_WRONG_ACCESS_POINT);
        for (size_t i = 0; i < facts->covering; i++) {
                enum reason reason = judge_cover(&facts->covers[i], facts);
                if (reason == REASON_NONE)
                        return rules_says(REASON_NONE);
                is_outside = is_outside || reason == REASON_OUTSIDE_SCHEDULE;
                is_early = is_early || reason == REASON_NOT_YET_VALID;
        }
        return rules_says(is_outside ? REASON_OUTSIDE_SCHEDULE
                          : is_early ? REASON_NOT_YET_VALID
                                     : REASON_EXPIRED);
}

/* A schedule that the registry does not know is never open. */
struct rules_opinion rules_pass_schedule(const struct rules_config *config,
                                         const struct rules_facts *facts)
{
        (void)config;
        if (!facts->has_pass_schedule)
                return rules_no_matter();
        return rules_says_if(!facts->pass_schedule ||
                                     !schedule_is_open(facts->pass_schedule, &facts->local),
                             REASON_OUTSIDE_SCHEDULE);
}

static bool is_declared(const struct rules_config *config, const struct rules_facts *facts)
{
        if (facts->health == RULES_HEALTH_UNKNOWN || facts->health_at_us > facts->now_us)
                return false;
        if (facts->health_until_us != 0 && facts->now_us >= facts->health_until_us)
                return false;
        return facts->now_us - facts->health_at_us < config->declaration_h * hour_us;
}

/* A genuine certificate declares by itself. A red declaration refuses as long as it is good; amber
 * admits, and is noted. `warn` asks for a declaration and admits without one. */
struct rules_opinion rules_declared(const struct rules_config *config,
                                    const struct rules_facts *facts)
{
        if (config->declaration == RULES_DECLARATION_NONE)
                return rules_no_matter();
        bool is_good = is_declared(config, facts);
        if (is_good && facts->health == RULES_HEALTH_RED)
                return rules_says(REASON_DECLARATION_REFUSED);
        if (facts->credential->class == CREDENTIAL_HEALTH_CERT ||
            (is_good && facts->health == RULES_HEALTH_GREEN))
                return rules_says(REASON_NONE);
        struct rules_opinion opinion = rules_says(REASON_DECLARATION_MISSING);
        opinion.is_warning = is_good || config->declaration == RULES_DECLARATION_WARN;
        return opinion;
}

struct rules_opinion rules_uses(const struct rules_config *config, const struct rules_facts *facts)
{
        if (facts->direction == DIRECTION_EXIT || rules_is_for_everybody(config, facts) ||
            (facts->uses_max == 0 && facts->day_uses_max == 0))
                return rules_no_matter();
        return rules_says_if(
                (facts->uses_max > 0 && facts->uses >= facts->uses_max) ||
                        (facts->day_uses_max > 0 && facts->day_uses >= facts->day_uses_max),
                REASON_MAX_USES);
}

struct rules_opinion rules_escort(const struct rules_config *config,
                                  const struct rules_facts *facts)
{
        if (!facts->needs_escort || facts->direction == DIRECTION_EXIT ||
            rules_is_for_everybody(config, facts))
                return rules_no_matter();
        return rules_says_if(facts->escort_us == 0 || facts->escort_us > facts->now_us ||
                                     facts->now_us - facts->escort_us >
                                             config->escort_s * second_us,
                             REASON_ESCORT_MISSING);
}

struct rules_opinion rules_occupancy(const struct rules_config *config,
                                     const struct rules_facts *facts)
{
        (void)config;
        if (facts->occupancy_limit == 0 || facts->direction == DIRECTION_EXIT)
                return rules_no_matter();
        return rules_says_if(facts->inside >= facts->occupancy_limit, REASON_OCCUPANCY_LIMIT);
}

/* Has the holder gone this way last, as far as that still counts? */
static bool is_passback(const struct rules_facts *facts)
{
        if (facts->has_open_grant)
                return true;
        if (facts->last_taken != facts->direction || facts->last_taken == DIRECTION_NONE)
                return false;
        if (facts->last_reset_us != 0 && facts->last_taken_us < facts->last_reset_us)
                return false;
        return facts->passback_reset_h == 0 ||
               facts->now_us - facts->last_taken_us < facts->passback_reset_h * hour_us;
}

struct rules_opinion rules_anti_passback(const struct rules_config *config,
                                         const struct rules_facts *facts)
{
        (void)config;
        if (facts->passback == RULES_PASSBACK_OFF)
                return rules_no_matter();
        struct rules_opinion opinion = rules_says_if(is_passback(facts), REASON_PASSBACK);
        opinion.is_warning =
                opinion.reason != REASON_NONE && facts->passback == RULES_PASSBACK_SOFT;
        return opinion;
}
