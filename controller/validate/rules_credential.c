/* Rules about what was shown: is it genuine, of a kind that counts here, known, of its time, new?
 */
#include "controller/validate/rules_private.h"

#include <string.h>

static const int64_t second_us = 1000000;
static const int64_t hour_us = INT64_C(3600) * 1000000;

bool rules_is_identity(const struct rules_facts *facts)
{
        enum credential_class class = facts->credential->class;
        return class == CREDENTIAL_CCCD || class == CREDENTIAL_CAN_CUOC_2024 ||
               class == CREDENTIAL_PERSONAL_QR || class == CREDENTIAL_INSURANCE;
}

bool rules_is_for_everybody(const struct rules_config *config, const struct rules_facts *facts)
{
        return (rules_is_identity(facts) && config->identity == RULES_IDENTITY_LOG_ONLY) ||
               (facts->credential->class == CREDENTIAL_HEALTH_CERT &&
                config->health_cert == RULES_HEALTH_CERT_ADMIT);
}

enum reason rules_judge_validity(const struct rules_validity *validity, int64_t now_us)
{
        if (validity->from_us != 0 && now_us < validity->from_us)
                return REASON_NOT_YET_VALID;
        if (validity->until_us != 0 && now_us >= validity->until_us)
                return REASON_EXPIRED;
        return REASON_NONE;
}

static bool has_limit(const struct rules_validity *validity)
{
        return validity->from_us != 0 || validity->until_us != 0;
}

struct rules_opinion rules_signature(const struct rules_config *config,
                                     const struct rules_facts *facts)
{
        (void)config;
        return rules_says(facts->credential->objection);
}

struct rules_opinion rules_class(const struct rules_config *config, const struct rules_facts *facts)
{
        if (facts->credential->class == CREDENTIAL_HEALTH_CERT)
                return rules_says_if(config->health_cert == RULES_HEALTH_CERT_OFF,
                                     REASON_NOT_A_PASS);
        if (!rules_is_identity(facts))
                return rules_no_matter();
        if (config->identity == RULES_IDENTITY_DENY)
                return rules_says(REASON_NOT_A_PASS);
        return rules_says_if(config->identity == RULES_IDENTITY_PRE_REGISTERED && !facts->is_visit,
                             REASON_UNKNOWN_CREDENTIAL);
}

struct rules_opinion rules_site(const struct rules_config *config, const struct rules_facts *facts)
{
        const char *site = facts->credential->pass.site;
        if (facts->credential->class != CREDENTIAL_SITE_PASS || site[0] == '\0')
                return rules_no_matter();
        return rules_says_if(strcmp(site, config->site) != 0, REASON_WRONG_SITE);
}

bool rules_is_stale(const struct rules_config *config, int64_t registry_us, int64_t now_us)
{
        return config->stale_after_h != 0 &&
               (registry_us == 0 || now_us - registry_us >= config->stale_after_h * hour_us);
}

/* Who was blocked since then is not known here. */
struct rules_opinion rules_fresh(const struct rules_config *config, const struct rules_facts *facts)
{
        if (config->stale_after_h == 0 || !config->is_stale_denied)
                return rules_no_matter();
        return rules_says_if(rules_is_stale(config, facts->registry_us, facts->now_us),
                             REASON_REGISTRY_STALE);
}

/* A genuine pass vouches for itself; everything else must be enrolled, or let everybody in. */
struct rules_opinion rules_registry(const struct rules_config *config,
                                    const struct rules_facts *facts)
{
        if (facts->credential->class == CREDENTIAL_SITE_PASS ||
            rules_is_for_everybody(config, facts))
                return rules_no_matter();
        return rules_says_if(!facts->is_enrolled, REASON_UNKNOWN_CREDENTIAL);
}

struct rules_opinion rules_revocation(const struct rules_config *config,
                                      const struct rules_facts *facts)
{
        (void)config;
        return rules_says_if(facts->is_revoked, REASON_REVOKED);
}

static bool depends_on_levels(const struct rules_facts *facts)
{
        for (size_t i = 0; i < facts->covering; i++)
                if (!has_limit(&facts->covers[i].validity) && !facts->covers[i].schedule)
                        return false;
        return facts->covering > 0;
}

/* Of the registry's dates only those count that would be asked about: else somebody whom
 * everybody's policy lets in would be better off unknown. */
static bool depends_on_registry(const struct rules_config *config, const struct rules_facts *facts)
{
        return !rules_is_for_everybody(config, facts) &&
               (has_limit(&facts->enrolment) || has_limit(&facts->holder) ||
                depends_on_levels(facts));
}

static bool depends_on_declaration(const struct rules_config *config,
                                   const struct rules_facts *facts)
{
        return config->declaration == RULES_DECLARATION_REQUIRE &&
               facts->health != RULES_HEALTH_UNKNOWN &&
               facts->credential->class != CREDENTIAL_HEALTH_CERT;
}

/* A proof or a one-time code is about this very minute: without a clock it says nothing. */
struct rules_opinion rules_clock(const struct rules_config *config, const struct rules_facts *facts)
{
        const struct credential *shown = facts->credential;
        const struct rules_validity own = { shown->from_us, shown->until_us };
        bool is_of_the_minute = shown->class == CREDENTIAL_ONE_TIME ||
                                (shown->class == CREDENTIAL_SITE_PASS && shown->pass.proof_us != 0);
        bool is_dated = has_limit(&own) || facts->has_pass_schedule || facts->day_uses_max > 0 ||
                        depends_on_registry(config, facts) || depends_on_declaration(config, facts);
        if (!is_of_the_minute && !(config->is_untrusted_clock_denied && is_dated))
                return rules_no_matter();
        return rules_says_if(facts->clock == CLOCK_UNTRUSTED, REASON_CLOCK_UNTRUSTED);
}

struct rules_opinion rules_own_validity(const struct rules_config *config,
                                        const struct rules_facts *facts)
{
        (void)config;
        const struct rules_validity own = { facts->credential->from_us,
                                            facts->credential->until_us };
        return has_limit(&own) ? rules_says(rules_judge_validity(&own, facts->now_us))
                               : rules_no_matter();
}

struct rules_opinion rules_proof(const struct rules_config *config, const struct rules_facts *facts)
{
        const struct pass_claims *pass = &facts->credential->pass;
        if (facts->credential->class != CREDENTIAL_SITE_PASS)
                return rules_no_matter();
        if (pass->proof_us == 0)
                return rules_says_if(pass->is_bound || config->is_static_pass_denied,
                                     REASON_PROOF_MISSING);
        int64_t age_us = facts->now_us - pass->proof_us;
        int64_t window_us = config->proof_window_s * second_us;
        if (age_us > window_us || age_us < -window_us)
                return rules_says(REASON_PROOF_EXPIRED);
        return rules_says_if(pass->proof_us < facts->started_us ||
                                     pass->proof_us <= facts->last_proof_us,
                             REASON_REPLAYED);
}

/* Without a clock no digits are right or wrong: then the clock has its say, and a gate that lost
 * the time does not lock people out for guessing. */
struct rules_opinion rules_one_time(const struct rules_config *config,
                                    const struct rules_facts *facts)
{
        (void)config;
        if (facts->credential->class != CREDENTIAL_ONE_TIME || facts->clock == CLOCK_UNTRUSTED)
                return rules_no_matter();
        if (facts->is_one_time_used)
                return rules_says(REASON_REPLAYED);
        return rules_says_if(!facts->is_one_time_good, REASON_UNKNOWN_CREDENTIAL);
}

struct rules_opinion rules_enrolment(const struct rules_config *config,
                                     const struct rules_facts *facts)
{
        return facts->is_enrolled && !rules_is_for_everybody(config, facts)
                       ? rules_says(rules_judge_validity(&facts->enrolment, facts->now_us))
                       : rules_no_matter();
}
