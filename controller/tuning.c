#include "controller/tuning.h"

struct recorder_tuning tuning_of_recorder(const struct settings *settings)
{
        return (struct recorder_tuning){
                .rules = { .passback = (enum rules_passback)settings->rules.passback,
                           .passback_reset_h = settings->rules.passback_reset_h,
                           .is_untrusted_clock_denied =
                                   settings->rules.clock_untrusted == CLOCK_POLICY_DENY },
                .wait_ms = settings->record.wait_ms,
                .scan_age_ms = settings->record.scan_age_ms,
                .retention_days = settings->store.retention_days,
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
                             .is_buzzing = settings->signals.is_buzzing },
        };
}
