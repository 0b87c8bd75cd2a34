#include "controller/tuning.h"

#include <string.h>

/* The settings' choices stand in the order of the rules' own. */
static struct rules_config rules_of(const struct settings *settings)
{
        struct rules_config rules = {
                .passback = (enum rules_passback)settings->rules.passback,
                .passback_reset_h = settings->rules.passback_reset_h,
                .passback_reset_min = settings_parse_time(settings->rules.passback_reset_at),
                .is_untrusted_clock_denied = settings->rules.clock_untrusted == CLOCK_POLICY_DENY,
                .identity = (enum rules_identity)settings->rules.identity,
                .health_cert = (enum rules_health_cert)settings->rules.health_cert,
                .is_static_pass_denied = settings->rules.static_passes == STATIC_PASSES_DENY,
                .proof_window_s = settings->rules.proof_window_s,
                .declaration = (enum rules_declaration)settings->rules.declaration,
                .declaration_h = settings->rules.declaration_h,
                .escort_s = settings->rules.escort_s,
                .stale_after_h = settings->sync.stale_after_h,
                .is_stale_denied = settings->sync.stale == STALE_DENY,
        };
        memcpy(rules.site, settings->gate.site, sizeof(rules.site));
        return rules;
}

struct recorder_tuning tuning_of_recorder(const struct settings *settings)
{
        return (struct recorder_tuning){
                .rules = rules_of(settings),
                .lockout = { .codes = settings->rules.lockout_codes,
                             .within_s = settings->rules.lockout_within_s,
                             .for_s = settings->rules.lockout_for_s },
                .wait_ms = settings->record.wait_ms,
                .scan_age_ms = settings->record.scan_age_ms,
                .retention_days = settings->store.retention_days,
                .budget_bytes = (int64_t)settings->store.budget_mb << 20,
                .drops_oldest = settings->store.when_full == WHEN_FULL_DROP_OLDEST,
        };
}

struct gate_tuning tuning_of_gate(const struct settings *settings, size_t point)
{
        return (struct gate_tuning){
                .wait_ms = settings->record.wait_ms,
                .opens_on_failure = settings->record.on_failure == ON_FAILURE_OPEN,
                .pulse_ms = settings->point[point].pulse_ms,
                .window_ms = settings->point[point].window_ms,
                .open_too_long_ms = settings->point[point].open_too_long_ms,
                .signals = { .granted_ms = settings->signals.granted_ms,
                             .denied_ms = settings->signals.denied_ms,
                             .is_buzzing = settings->signals.is_buzzing,
                             .is_aiming = settings->signals.is_aiming },
        };
}
